"""What first records settle is what the whole column proves, whatever follows."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.mapping import Refused
from transforms.steps.date_shapes import DateColumn
from transforms.steps.prove_dates import DateProof, prove_dates
from transforms.steps.survey import gather_dates
from transforms.steps.watch_dates import DateWatch, NotSettled
from transforms.values import dates

FORMATS = [
    "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%Y-%m-%d", "%d-%b-%Y", "%d %B %Y", "%b-%y", "%d.%m.%Y",
    "%Y-%m-%dT%H:%M:%S", "%Y%m%d",
]  # fmt: skip
DAYS = st.integers(0, 9000).map(lambda n: date(2000, 1, 1) + timedelta(n))
ODD = st.sampled_from(
    ["", " ", "n/a", "Total", "31/02/2020", "13/13/2020", "00/00/0000", "05/31/2020", "43922",
     "01.Jan.2020", "1/1/2020", " 01/02/2020 ", "20-04-30", "Jan 5", "#REF!", "12/2020"]
)  # fmt: skip


@st.composite
def columns(draw: st.DrawFn) -> list[str]:
    """Columns as they come: mostly one or two formats, now and then something else."""
    formats = draw(st.lists(st.sampled_from(FORMATS), min_size=1, max_size=2))
    days = st.tuples(DAYS, st.sampled_from(formats)).map(lambda one: one[0].strftime(one[1]))
    often = draw(st.lists(days, min_size=20, max_size=150))
    late = draw(st.lists(st.one_of(days, ODD), max_size=12))
    return [*often, *late]


def gathered(values: list[str], first_row: int = 2) -> DateColumn:
    column = DateColumn()
    gather_dates(column, pa.array(values), range(first_row, first_row + len(values)))
    return column


def proved(values: list[str], **how: object) -> DateProof | str:
    try:
        return prove_dates(gathered(values), "dmy", **how)  # type: ignore[arg-type]
    except Refused as refused:
        return f"{refused.code}: {refused.message}"


def unread(values: list[str], formats: tuple[str, ...]) -> pa.Array:
    problems = dates.parse(pa.array(values), {"formats": formats}).problems.to_pylist()
    kept = [v for v, problem in zip(values, problems, strict=True) if problem == "date-unreadable"]
    return pa.array(kept, pa.string())


def watched(values: list[str], head: int, size: int, **how: object) -> DateProof | None:
    """What the first records prove where they settle it and nothing after unsettles it."""
    first = proved(values[:head], **how)
    if isinstance(first, str):
        return None
    try:
        watch = DateWatch(
            gathered(values[:head]),
            first,
            how.get("declared_order"),  # type: ignore[arg-type]
            birth=bool(how.get("birth")),
        )
        for start in range(0, len(values), size):
            batch = values[start : start + size]
            watch.see(pa.array(batch), unread(batch, first.formats))
    except NotSettled:
        return None
    return first


@settings(max_examples=120, deadline=None)
@given(
    values=columns(),
    head=st.integers(1, 150),
    size=st.integers(1, 60),
    declared=st.sampled_from([None, "dmy", "mdy"]),
)
def test_the_first_records_prove_what_all_do_or_nothing(
    values: list[str], head: int, size: int, declared: str | None
) -> None:
    short = watched(values, head, size, declared_order=declared)
    if short is None:
        return
    whole = proved(values, declared_order=declared)
    assert isinstance(whole, DateProof)
    assert (set(short.formats), short.evidence, short.order) == (
        set(whole.formats),
        whole.evidence,
        whole.order,
    )


def test_a_plain_column_is_settled() -> None:
    values = [(date(2020, 1, 1) + timedelta(n)).strftime("%d/%m/%Y") for n in range(300)]
    assert watched([*values, "31/02/2020", ""], 100, 50) is not None


@pytest.mark.parametrize(
    "late", ["2020-01-31", "31-Jan-20", "12/31/2020", "see note", "43922", "20200131"]
)
def test_what_may_change_the_proof_unsettles_it(late: str) -> None:
    values = [(date(2020, 1, 1) + timedelta(n)).strftime("%d/%m/%Y") for n in range(100)]
    assert watched([*values, late], 100, 50) is None


def test_few_rows_of_the_other_order_are_strays_to_both() -> None:
    values = [f"{13 + n % 15}/01/{2000 + n // 15}" for n in range(300)]
    few, many = [*values, "01/31/2020", "01/30/2020"], [*values, *["01/31/2020"] * 4]
    assert watched(few, 300, 50, birth=True) is not None
    assert watched(many, 300, 50, birth=True) is None


def test_a_row_of_the_other_order_leaves_others_in_doubt_which_the_whole_column_tells() -> None:
    values = [f"{13 + n % 15}/01/{2000 + n // 15}" for n in range(300)]
    assert watched([*values, "01/31/2020"], 300, 50) is None
    assert watched(["01/31/2020", *values], 300, 50) is None


@pytest.mark.parametrize("late", ["2020/13", "13/2020", "00/2020"])
def test_a_month_no_calendar_has_may_be_the_period_of_a_year(late: str) -> None:
    values = [f"{2000 + n // 12}/{n % 12 + 1:02}" for n in range(200)]
    assert watched(values, 150, 50) is not None
    assert watched([*values, late], 150, 50) is None


def test_order_that_is_not_proved_is_not_settled() -> None:
    assert watched(["01/02/2020", "03/04/2020"] * 50, 50, 50) is None
