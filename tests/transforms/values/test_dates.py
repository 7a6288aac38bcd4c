"""Calendar dates."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel

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
        ("2020-03-04", "%d/%m/%Y"), ("60", "excel-serial"), ("Total", "%d/%m/%Y"),
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


EVERY_DAY = [date(1900, 1, 1) + timedelta(days=day) for day in range(73_414)]
FORMATS = [
    "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%d%m%Y",
    "%Y%m%d", "%a %d %b %Y", "%d-%m-%YT%H:%M:%S",
]  # fmt: skip


def many(written: list[str], *formats: str) -> list[date | None]:
    parsed = dates.parse(pa.array(written), {"formats": formats})
    return list(parsed.values.to_pylist())


@pytest.mark.parametrize("how", FORMATS)
def test_every_day_of_two_centuries_reads_back(how: str) -> None:
    expected = [None if day in dates.PLACEHOLDERS else day for day in EVERY_DAY]
    assert EVERY_DAY[-1] == date(2100, 12, 31)
    assert many([day.strftime(how) for day in EVERY_DAY], how) == expected


@pytest.mark.parametrize("how", ["%d/%m/%y", "%d-%b-%y", "%y%m%d", "%d%m%y"])
def test_every_day_of_the_century_of_two_digits_reads_back(how: str) -> None:
    days = [day for day in EVERY_DAY if 1970 <= day.year <= 2069]
    assert many([day.strftime(how) for day in days], how) == days


def test_every_day_reads_back_from_week_and_day_of_the_year() -> None:
    days = EVERY_DAY[2:]
    weeks = ["{}-W{:02}-{}".format(*day.isocalendar()) for day in days]
    assert many(weeks, "iso-week") == days
    assert many([day.strftime("%Y-%j") for day in days], "ordinal") == days
    assert many([day.strftime("%Y%j") for day in days], "ordinal") == days


def test_every_serial_is_the_day_its_workbook_shows() -> None:
    # openpyxl reads the serials of workbooks as Excel shows them, but for the day that never was.
    serials = [serial for serial in range(3, 73_416) if serial != 60]
    shown = [from_excel(serial).date() for serial in serials]
    assert many([str(serial) for serial in serials], "excel-serial") == shown
    shown = [from_excel(serial, CALENDAR_MAC_1904).date() for serial in serials]
    assert many([f"{serial}.75" for serial in serials], "excel-serial-1904") == shown


@settings(max_examples=100, deadline=None)
@given(
    st.dates(date(1000, 1, 1), date(9999, 12, 30)),
    st.lists(st.sampled_from([*FORMATS, "excel-serial", "%d/%m/%y", "year"]), unique=True),
    st.sampled_from(FORMATS),
)
def test_formats_beside_each_other_never_read_a_value_differently(
    day: date, others: list[str], how: str
) -> None:
    written = day.strftime(how)
    alone = {read(written, one) for one in (how, *others)} - {(None, "date-unreadable")}
    together = read(written, how, *others)
    assert together == read(written, *others, how)
    if len(alone) == 1:
        assert together in alone
    else:
        assert together == (None, "date-two-ways")


@pytest.mark.parametrize(
    ("written", "how", "day", "precision"),
    [
        ("Jun-10", "%b-%y", "2010-06-01", "month"), ("2010-06", "%Y-%m", "2010-06-01", "month"),
        ("06/2010", "%m/%Y", "2010-06-01", "month"), ("2010", "year", "2010-01-01", "year"),
        ("Q3 2010", "quarter", "2010-07-01", "quarter"),
        ("2010-Q4", "quarter", "2010-10-01", "quarter"),
        ("2010/11", "financial-year", "2010-04-01", "year"),
        ("1999-00", "financial-year", "1999-04-01", "year"),
        ("FY2010/2011", "financial-year", "2010-04-01", "year"),
        ("2010-11", "academic-year", "2010-09-01", "year"),
        ("Q4 2010/11", "financial-quarter", "2011-01-01", "quarter"),
        ("2010-11 Q1", "financial-quarter", "2010-04-01", "quarter"),
        ("2010-W05", "iso-week", "2010-02-01", "week"),
        ("2009-W53-7", "iso-week", "2010-01-03", "day"),
        ("2012-366", "ordinal", "2012-12-31", "day"),
    ],
)  # fmt: skip
def test_what_is_told_only_in_part(written: str, how: str, day: str, precision: str) -> None:
    parsed = dates.parse(pa.array([written]), {"formats": (how,)})
    assert parsed.values.to_pylist() == [date.fromisoformat(day)]
    assert parsed.companions["precision"].to_pylist() == [precision]


@pytest.mark.parametrize(
    ("written", "how"),
    [
        ("2010/12", "financial-year"), ("2010/1", "financial-year"), ("Q5 2010", "quarter"),
        ("2010-W53", "iso-week"), ("2010-W00", "iso-week"), ("2010-366", "ordinal"),
        ("2010-W05-8", "iso-week"), ("100000", "excel-serial"), ("-1", "excel-serial"),
        # None of them is read unless it is declared.
        ("2010", "%Y-%m"), ("2010-W05", "%Y-%m-%d"), ("2010-123", "%Y-%m-%d"), ("2010/11", "%m/%Y"),
        ("\u0660\u0663/\u0660\u0664/\u0662\u0660\u0662\u0660", "%d/%m/%Y"),
        ("1 Mehefin 2011", "%d %B %Y"), ("1 June 2011", "cy:%d %B %Y"), ("2011-02-30", "%Y-%m-%d"),
    ],
)  # fmt: skip
def test_is_not_a_date_of_that_form(written: str, how: str) -> None:
    assert read(written, how) == (None, "date-unreadable")


@pytest.mark.parametrize(
    ("written", "how"),
    [
        ("01/01/1900", "%d/%m/%Y"), ("31/12/9999", "%d/%m/%Y"), ("01/01/0001", "%d/%m/%Y"),
        ("30/12/1899 00:00:00", "%d/%m/%Y"), ("1753-01-01", "%Y-%m-%d"), ("0", "excel-serial"),
        ("1", "excel-serial"), ("2958465", "excel-serial"), ("00/00/0000", "%d/%m/%Y"),
        ("0000-00-00", "%Y-%m-%d"), ("99/99/9999", "%d/%m/%Y"), ("00/00/00", "%d/%m/%y"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("birth", [False, True])
def test_a_placeholder_is_missing_whatever_its_form(written: str, how: str, birth: bool) -> None:
    assert read(written, how, birth=birth, today="2026-06-15") == (None, "date-placeholder")


def test_what_a_workbook_holds_for_29_february_1900_is_no_day() -> None:
    assert many(["59", "60", "61", "61.9999"], "excel-serial") == [
        date(1900, 2, 28), None, date(1900, 3, 1), date(1900, 3, 1),
    ]  # fmt: skip


def test_months_in_welsh_where_the_feed_says_so() -> None:
    written = ["1 Gorffennaf 2011", "1 Gorff 2011", "2 Rhag. 2011", "3 mai 2011"]
    assert many(written, "cy:%d %B %Y") == [
        date(2011, 7, 1), date(2011, 7, 1), date(2011, 12, 2), date(2011, 5, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written", ["2020-03-31T23:30:00Z", "2020-03-31 23:30 +01:00", "2020-03-31T00:15:00.5-0500",
                "2020-03-31 11:30 PM", "2020-03-31 23:30:00 UTC"],
)  # fmt: skip
def test_the_date_is_the_one_written_whatever_the_time_and_zone(written: str) -> None:
    assert read(written, "%Y-%m-%d") == ("2020-03-31", None)


def test_a_year_out_of_all_reason_is_kept_and_said() -> None:
    assert read("01/02/2202", "%d/%m/%Y") == ("2202-02-01", "date-implausible")
    assert read("01/02/1066", "%d/%m/%Y") == ("1066-02-01", "date-implausible")
    assert read("01/02/2150", "%d/%m/%Y") == ("2150-02-01", None)


def test_a_birth_before_a_plausible_life_is_kept_and_said() -> None:
    birth = {"birth": True, "today": "2026-06-15"}
    assert read("31/12/1905", "%d/%m/%Y", **birth) == ("1905-12-31", "date-implausible")
    assert read("01/01/1906", "%d/%m/%Y", **birth) == ("1906-01-01", None)
    assert read("Jun-10", "%b-%y", **birth) == ("2010-06-01", "date-imprecise")


def test_no_pivot_puts_a_birth_into_the_future() -> None:
    birth = {"birth": True, "today": "2026-06-15", "two_digit_years_before": 2040}
    assert read("01/01/27", "%d/%m/%y", **birth) == ("1927-01-01", None)
    assert read("01/01/26", "%d/%m/%y", **birth) == ("2026-01-01", None)
    birth["two_digit_years_before"] = 2000
    assert read("01/01/26", "%d/%m/%y", **birth) == ("1926-01-01", None)
