"""Values are compared as what they are, or not at all."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fetch.http.mark import Undecidable, mark

ZONES = st.integers(-18 * 60, 18 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=ZONES)


@given(INSTANTS, INSTANTS)
def test_instants_compare_as_instants_whatever_their_zone(one: datetime, other: datetime) -> None:
    later = mark(one.isoformat()).later(mark(other.isoformat()))
    assert datetime.fromisoformat(later.text) == max(one, other)


@given(st.integers(-(10**29), 10**29), st.integers(-(10**29), 10**29))
def test_numbers_compare_as_numbers(one: int, other: int) -> None:
    assert int(mark(str(one)).later(mark(str(other))).text) == max(one, other)


@given(MOMENTS, st.integers(0, 10**6), st.sampled_from("smhd"))
def test_an_overlap_is_taken_off(moment: datetime, amount: int, unit: str) -> None:
    words = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    back = timedelta(**{words[unit]: min(amount, 500_000) if unit == "d" else amount})
    if moment - datetime.min < back:
        return
    number = int(back / timedelta(**{words[unit]: 1}))
    less = mark(moment.isoformat() + "Z").less(f"{number}{unit}")
    if (moment - back).year >= 1000:
        assert datetime.fromisoformat(less) == (moment - back).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "overlap", "less"),
    [
        ("2026-03-01T00:30:00.1234567Z", "1h", "2026-02-28T23:30:00.1234567Z"),
        ("2026-03-01 00:30", "90s", "2026-03-01 00:28:30"),
        ("2026-03-01T00:30+0100", "15m", "2026-03-01T00:15+0100"),
        ("2026-03-01", "1d", "2026-02-28"),
        ("1000", "5", "995"),
        ("/Date(1492098664000)/", "1s", "/Date(1492098663000)/"),
        ("/Date(1492098664000+0060)/", "2s", "/Date(1492098662000+0060)/"),
        ("2026-03-01T00:30:00Z", "0", "2026-03-01T00:30:00Z"),
    ],
)
def test_it_is_written_as_the_value_was(written: str, overlap: str, less: str) -> None:
    assert mark(written).less(overlap) == less


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-03-01T00:00:00", "2026-03-01T00:00:00Z"),
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        ("20260301", "2026-03-01"),
        ("/Date(1)/", "/Date(1+0000)/"),
    ],
)
def test_two_kinds_have_no_order(one: str, other: str) -> None:
    with pytest.raises(Undecidable):
        mark(one).later(mark(other))


@pytest.mark.parametrize(
    "written",
    ["", "01/02/2026", "2026-02-30", "2026-3-1", "1.5", "yesterday", "2026-W05-1", "١٢", "1e9",
     "2026-03-01T25:00:00Z", "2026-03-01T00:00:00+99:00", "true"],
)  # fmt: skip
def test_what_is_no_such_value_is_not_guessed(written: str) -> None:
    with pytest.raises(Undecidable) as raised:
        mark(written)
    assert not written or written not in str(raised.value)


@pytest.mark.parametrize(("written", "overlap"), [("5", "1h"), ("2026-03-01", "1h"),
                                                  ("2026-03-01T00:00:00Z", "5")])  # fmt: skip
def test_an_overlap_of_another_kind_is_refused(written: str, overlap: str) -> None:
    with pytest.raises(Undecidable):
        mark(written).less(overlap)


def test_digits_beyond_microseconds_count() -> None:
    one, other = mark("2026-03-01T00:00:00.1234567Z"), mark("2026-03-01T00:00:00.1234568Z")
    assert other.later(one) is other and one.later(other) is other


@pytest.mark.parametrize(
    ("written", "ahead"),
    [
        ("2026-03-03T12:00:01Z", True),
        ("2026-03-02T12:00:00Z", False),
        ("2026-03-02", False),
        ("2026-03-03", False),
        ("2026-03-04", True),
        ("99999999999999", False),
    ],
)
def test_more_than_a_day_ahead(written: str, ahead: bool) -> None:
    assert mark(written).is_ahead(datetime(2026, 3, 2, 12, tzinfo=UTC)) is ahead
