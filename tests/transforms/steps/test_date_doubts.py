"""Single dates of the other order, and periods of a financial year, are never read in silence."""

import pyarrow as pa
import pytest

from transforms.mapping import Refused
from transforms.steps.date_doubts import refuse_periods
from transforms.steps.date_shapes import DateColumn
from transforms.steps.prove_dates import prove_dates
from transforms.values import dates
from transforms.values.parsed import Texts


def gathered(*values: str) -> DateColumn:
    column = DateColumn()
    for row, value in enumerate(values, start=2):
        column.add(value, 1, row)
    return column


MAY = [f"{day:02}/05/2026" for day in range(1, 32)] * 5


def read(values: list[str], *written: str) -> list[str | None]:
    proof = prove_dates(gathered(*values, *written), "dmy")
    options = {"formats": proof.formats, "in_doubt_outside": proof.in_doubt}
    texts: Texts = pa.array(written, pa.string())
    problems = dates.parse(texts, {k: v for k, v in options.items() if v}).problems
    return [None] * len(written) if problems is None else list(problems.to_pylist())


def test_near_a_date_of_the_other_order_one_that_suits_it_better_is_in_doubt() -> None:
    # 05/01/2026 is 5 January day first, and 1 May, among the others, month first.
    assert read(MAY * 2, "05/01/2026", "05/14/2026") == ["date-order-in-doubt", "date-unreadable"]


def test_what_lies_among_the_others_or_suits_neither_order_is_not_in_doubt() -> None:
    told = read(MAY * 2, "05/14/2026", "01/05/2026", "02/06/2026", "20/04/2026")
    assert told == ["date-unreadable", None, None, None]


def test_without_a_date_of_the_other_order_none_is_in_doubt() -> None:
    assert read(MAY, "05/01/2026") == [None]
    assert prove_dates(gathered(*MAY, "05/01/2026"), "dmy").in_doubt is None


def test_under_a_declared_order_none_is_in_doubt() -> None:
    column = gathered(*MAY, *MAY, "05/01/2026", "05/14/2026")
    assert prove_dates(column, "dmy", declared_order="dmy").in_doubt is None
    assert prove_dates(column, "dmy", birth=True).in_doubt is None


@pytest.mark.parametrize("header", ["Period", "Posting period", "Fiscal Month", "FY month"])
@pytest.mark.parametrize("values", [["2020/01", "2020/02"], ["01/2020"], ["2020-11"]])
def test_a_number_under_a_period_is_no_month(header: str, values: list[str]) -> None:
    with pytest.raises(Refused) as told:
        refuse_periods(gathered(*values), header)
    assert told.value.code == "date-period-unclear"
    assert "date_format" in told.value.message and values[0] not in told.value.message


@pytest.mark.parametrize("beyond", ["2020/13", "13/2020", "2020/00", "2020/16"])
def test_a_number_no_calendar_has_makes_periods_of_all(beyond: str) -> None:
    with pytest.raises(Refused, match="row 4 numbers one"):
        refuse_periods(gathered("2020/01", "2020/12", beyond), "Month")


def test_two_years_in_a_row_are_no_month() -> None:
    with pytest.raises(Refused, match="two years in a row"):
        refuse_periods(gathered("2009/10", "2010/11", "2011/12"), "Date")


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Month", ["2020/01", "2020/12"]),
        ("Date", ["2010/11", "2011/11"]),
        ("Period", ["Apr-20", "May 2020"]),
        ("Period", ["01/04/2020", "2020-04-01"]),
        ("Month", ["2020/01", "2020/99", "total 13"]),
    ],
)
def test_months_stay_months(header: str, values: list[str]) -> None:
    refuse_periods(gathered(*values), header)
