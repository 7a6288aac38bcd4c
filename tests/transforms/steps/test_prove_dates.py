"""Dates are proved by the whole column, or refused."""

import pytest

from transforms.mapping import Refused
from transforms.steps.prove_dates import DateColumn, DateProof, prove_dates, proved_order


def column(*values: str) -> DateColumn:
    made = DateColumn()
    for row, value in enumerate(values, start=2):
        made.add(value, 1, row)
    return made


def prove(*values: str, **how: object) -> DateProof:
    return prove_dates(column(*values), "dmy", **how)  # type: ignore[arg-type]


def refusal(*values: str, **how: object) -> str:
    with pytest.raises(Refused) as caught:
        prove(*values, **how)
    for value in values:
        assert value not in caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["13/04/2020", "01/04/2020"], ("%d/%m/%Y",)),
        (["4/30/2020", "4/1/2020"], ("%m/%d/%Y",)),
        (["31/01/13", "01/01/2013"], ("%d/%m/%y", "%d/%m/%Y")),
        (["20.04.2011"], ("%d.%m.%Y",)),
        (["15-Feb-11", "03-Feb-11"], ("%d-%b-%y",)),
        (["15 February 2011"], ("%d %b %Y",)),
        (["February 15, 2011"], ("%b %d, %Y",)),
        (["Jun-10"], ("%b-%y",)),
        (["06/2010"], ("%m/%Y",)),
        (["2020-12-02", "2020-12-24"], ("%Y-%m-%d",)),
        (["2010-01-06T00:00:00", "2010-01-16 00:00:00"], ("%Y-%m-%d",)),
        (["43922", "43951"], ("excel-serial",)),
        (["20200401", "20200430"], ("%Y%m%d",)),
        (["20102010", "01022010"], ("%d%m%Y",)),
        (["04302010", "04012010"], ("%m%d%Y",)),
        (["03/05/2017", "19-May-17"], ("%d-%b-%y", "%d/%m/%Y")),
        (["13/04/2020", "Total", "", "n/a"], ("%d/%m/%Y",)),
    ],
)
def test_formats(values: list[str], formats: tuple[str, ...]) -> None:
    assert prove(*values).formats == formats


def test_the_row_that_proves_is_named() -> None:
    assert prove("01/04/2020", "02/04/2020", "13/04/2020").evidence == "day first, proved by row 4"


def test_both_orders_at_once_are_refused() -> None:
    assert refusal("13/04/2020", "04/14/2020", "01/02/2020") == "date-order-contradictory"


def test_a_stray_in_the_other_order_is_left_unreadable() -> None:
    many = column(*[f"{day:02d}/04/2020" for day in range(1, 29)])
    for value in many.counts:
        many.counts[value] = 20
    many.add("04/30/2020", 1, 900)
    assert prove_dates(many, "dmy").formats == ("%d/%m/%Y",)


def test_unproved_order_is_the_contracts() -> None:
    proof = prove("01/04/2020", "02/04/2020", "03/04/2020")
    assert proof.formats == ("%d/%m/%Y",)
    assert proof.order is None
    assert "contract" in proof.evidence


def test_one_month_spread_over_a_year_is_refused() -> None:
    assert refusal("04/01/2020", "04/02/2020", "04/03/2020") == "date-order-ambiguous"


def test_other_dates_of_the_column_speak_for_or_against_the_default() -> None:
    assert refusal("04/01/2020", "04/02/2020", "20-Apr-20") == "date-order-ambiguous"
    agreeing = prove("01/04/2020", "02/05/2020", "20-Apr-20")
    assert "%d/%m/%Y" in agreeing.formats


def test_what_the_feed_declares_needs_no_proof() -> None:
    values = ("04/01/2020", "04/02/2020", "04/03/2020")
    assert prove(*values, declared_order="mdy").formats == ("%m/%d/%Y",)
    assert prove(*values, declared_order="dmy").formats == ("%d/%m/%Y",)


def test_another_table_of_the_file_may_prove() -> None:
    assert prove("04/01/2020", order_elsewhere="mdy").formats == ("%m/%d/%Y",)
    assert prove("13/01/2020", order_elsewhere="mdy").formats == ("%d/%m/%Y",)


@pytest.mark.parametrize(
    "values",
    [
        ["2010-01-06T00:00:00", "2010-11-06T00:00:00", "6/15/2010", "6/17/2010"],
        ["2010-06-01", "2010-06-02", "15/06/2010", "17/06/2010"],
        ["40330", "40331", "15/06/2010", "17/06/2010"],
    ],
)
def test_the_mark_of_a_swapping_spreadsheet_is_refused(values: list[str]) -> None:
    if values[0] == "40330":
        values = ["40213", "40241", *values[2:]]  # 4 February and 4 March 2010
    assert refusal(*values) == "date-swapped"


def test_true_stamps_beside_text_are_no_swap() -> None:
    assert prove("2010-06-01", "2010-06-29", "15/06/2010").formats == ("%Y-%m-%d", "%d/%m/%Y")


@pytest.mark.parametrize("numbers", [["43922", "12"], ["1234567"], ["43922", "99999"]])
def test_numbers_are_serials_only_if_all_could_be(numbers: list[str]) -> None:
    assert prove(*numbers, "13-Apr-20").formats == ("%d-%b-%y",)


def test_a_required_column_without_a_date_is_refused() -> None:
    assert refusal("13-Apr", "14-Apr") == "date-format-unproved"
    assert prove("13-Apr", required=False).formats == ()
    assert prove("Total", "").formats == ()


def test_a_year_that_may_stand_first_is_refused() -> None:
    assert refusal("20-04-30", "20-04-01") == "date-order-ambiguous"
    assert prove("30-04-20", "01-04-20").formats == ("%d-%m-%y",)


def test_the_plausible_span_leaves_a_mistyped_year_outside() -> None:
    made = column(*[f"{day:02d}-Jan-11" for day in range(1, 31)], "28-Jan-01", "28-Jan-12")
    span = prove_dates(made, "dmy").plausible
    assert span is not None
    assert "2001-01-28" < span[0] < "2011-01-01"
    assert "2011-01-31" < span[1] < "2012-01-28"


def test_a_time_of_day_does_not_make_values_distinct() -> None:
    made = column("2020-01-01 10:00:01", "2020-01-01 10:00:02", "2020-01-01T23:59:59.5")
    assert len(made.counts) == 1
    assert prove_dates(made, "dmy").formats == ("%Y-%m-%d",)


def test_proved_order_of_a_column() -> None:
    assert proved_order(column("13/01/2020")) == "dmy"
    assert proved_order(column("1/13/2020")) == "mdy"
    assert proved_order(column("1/1/2020")) is None
    assert proved_order(column("13/01/2020", "1/13/2020")) is None


def test_a_declared_order_settles_a_contradiction() -> None:
    values = ("13/04/2020", "04/14/2020", "01/02/2020")
    assert prove(*values, declared_order="dmy").formats == ("%d/%m/%Y",)
    assert prove(*values, declared_order="mdy").formats == ("%m/%d/%Y",)


def test_a_declared_year_first_is_taken_as_such() -> None:
    proof = prove("20-04-30", "20-04-01", declared_order="ymd")
    assert proof.formats == ("%y-%m-%d",)
    assert "year first" in proof.evidence
    assert prove("30/04/2020", declared_order="ymd").formats == ("%d/%m/%Y",)
