"""Calendar dates."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.values import dates


def read(written: str, *formats: str, **options: Any) -> tuple[str | None, str | None]:
    parsed = dates.parse(pa.array([written]), {"formats": formats, **options})
    day = parsed.values[0].as_py()
    return day.isoformat() if day else None, parsed.problems[0].as_py()


@pytest.mark.parametrize(
    ("written", "how", "day"),
    [
        ("03/04/2020", "%d/%m/%Y", "2020-04-03"), ("03/04/2020", "%m/%d/%Y", "2020-03-04"),
        ("3/4/2020", "%d/%m/%Y", "2020-04-03"), ("3.4.20", "%d.%m.%y", "2020-04-03"),
        ("15-Feb-11", "%d-%b-%y", "2011-02-15"), ("15 February 2011", "%d %B %Y", "2011-02-15"),
        ("1 Sept 2011", "%d %b %Y", "2011-09-01"), ("Jun-10", "%b-%y", "2010-06-01"),
        ("2010-01-06T00:00:00", "%Y-%m-%d", "2010-01-06"),
        ("01/02/2020 13:45", "%d/%m/%Y", "2020-02-01"), ("40000", "excel-serial", "2009-07-06"),
        ("40000.5", "excel-serial", "2009-07-06"), ("61", "excel-serial", "1900-03-01"),
        ("20200403", "%Y%m%d", "2020-04-03"), ("030420", "%d%m%y", "2020-04-03"),
        ("29/02/2020", "%d/%m/%Y", "2020-02-29"), (" 03/04/2020 ", "%d/%m/%Y", "2020-04-03"),
        ("Fri 03/04/2020", "%a %d/%m/%Y", "2020-04-03"),
    ],
)  # fmt: skip
def test_reads_as_told(written: str, how: str, day: str) -> None:
    assert read(written, how) == (day, None)


@pytest.mark.parametrize(
    ("written", "how"),
    [
        ("31/02/2020", "%d/%m/%Y"), ("29/02/2019", "%d/%m/%Y"), ("13/13/2020", "%d/%m/%Y"),
        ("00/01/2020", "%d/%m/%Y"), ("03-04-2020", "%d/%m/%Y"), ("03/04/2020x", "%d/%m/%Y"),
        ("3420", "%d%m%y"), ("03/04/0201", "%d/%m/%Y"), ("15-Foo-11", "%d-%b-%y"),
        ("2020-03-04", "%d/%m/%Y"), ("0", "excel-serial"), ("Total", "%d/%m/%Y"),
    ],
)  # fmt: skip
def test_does_not_bend(written: str, how: str) -> None:
    assert read(written, how) == (None, "date-unreadable")


def test_two_digit_years_lie_before_the_year_said() -> None:
    assert read("01/01/69", "%d/%m/%y")[0] == "2069-01-01"
    assert read("01/01/70", "%d/%m/%y")[0] == "1970-01-01"
    assert read("01/01/26", "%d/%m/%y", two_digit_years_before=2027)[0] == "2026-01-01"
    assert read("01/01/27", "%d/%m/%y", two_digit_years_before=2027)[0] == "1927-01-01"


def test_a_date_of_birth_is_never_in_the_future() -> None:
    birth = {"birth": True, "today": "2026-06-15"}
    assert read("15/06/26", "%d/%m/%y", **birth) == ("2026-06-15", None)
    assert read("16/06/26", "%d/%m/%y", **birth) == ("1926-06-16", None)
    assert read("16/06/2026", "%d/%m/%Y", **birth) == (None, "date-in-future")


def test_a_placeholder_is_missing_and_said() -> None:
    assert read("01/01/1900", "%d/%m/%Y") == (None, "date-placeholder")


def test_far_from_the_others_is_kept_and_said() -> None:
    span = {"plausible": ["2010-06-01", "2011-06-01"]}
    assert read("28-Jan-01", "%d-%b-%y", **span) == ("2001-01-28", "date-implausible")
    assert read("28-Jan-11", "%d-%b-%y", **span) == ("2011-01-28", None)


def test_precision_says_month() -> None:
    parsed = dates.parse(pa.array(["Jun-10", "01-Jun-10", "x"]), {"formats": ("%b-%y", "%d-%b-%y")})
    assert parsed.companions["precision"].to_pylist() == ["month", "day", None]


@pytest.mark.parametrize("how", ["%d/%m", "%H:%M", "%d/%m/%Q", "%d/%d/%m/%Y"])
def test_a_format_must_say_year_and_month_once(how: str) -> None:
    with pytest.raises(dates.BadFormat):
        dates.compiled(how)


@settings(max_examples=100, deadline=None)
@given(
    st.dates(date(1900, 1, 3), date(2099, 12, 31)),
    st.sampled_from(
        ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d %B %Y", "%d%m%Y", "%Y%m%d"]
    ),
)
def test_agrees_with_strftime(day: date, how: str) -> None:
    assert read(day.strftime(how), how) == (day.isoformat(), None)


@given(st.integers(61, 100_000 - 1))
@settings(max_examples=50, deadline=None)
def test_serials_count_from_1899(serial: int) -> None:
    day = (date(1899, 12, 30) + timedelta(days=serial)).isoformat()
    assert read(str(serial), "excel-serial")[0] == day
