"""Dates: every day of two centuries in every form, what is no date, and dates of real files.

Days come from Python's calendar, serials from openpyxl's reading of them, impossible days from the
lengths of months; dates of birth from the linkage files at ``../shared/real``, against Python's own
``strptime``.
"""

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel

from benchmarks.accuracy.table import Table
from transforms.values import dates

LINKAGE = Path(__file__).parents[3] / "shared" / "real" / "linkage"
DAYS = [date(1900, 1, 3) + timedelta(days=day) for day in range(73_412)]
FOUR_DIGITS = (
    "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%d%m%Y",
    "%Y%m%d", "%a %d %b %Y", "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
TWO_DIGITS = ("%d/%m/%y", "%d-%b-%y", "%d.%m.%y", "%y%m%d")


def judged(
    title: str,
    written: Sequence[str],
    answers: Sequence[date | None],
    note: str,
    *formats: str,
) -> Table:
    """Values against their days; None where there is none to be read."""
    found = dates.parse(pa.array(written, pa.string()), {"formats": formats}).values.to_pylist()
    pairs = list(zip(found, answers, strict=True))
    right = sum(a == b for a, b in pairs)
    refused = sum(a is None and b is not None for a, b in pairs)
    return Table(title, right, len(pairs) - right - refused, refused, len(pairs), note)


def tables() -> list[Table]:
    """A table for each family of forms."""
    return [
        _forms("dates, four-digit years", FOUR_DIGITS, DAYS, "1900 to 2100, Python's calendar"),
        _forms(
            "dates, two-digit years",
            TWO_DIGITS,
            [day for day in DAYS if 1970 <= day.year <= 2069],
            "1970 to 2069",
        ),
        *_workbooks(),
        _iso(),
        _impossible(),
        _placeholders(),
        *_real(),
    ]


def _added(title: str, parts: Sequence[Table], note: str) -> Table:
    right, wrong, refused, of = (
        sum(counts)
        for counts in zip(*((t.right, t.wrong, t.refused, t.of) for t in parts), strict=True)
    )
    return Table(title, right, wrong, refused, of, note)


def _forms(title: str, formats: Sequence[str], days: Sequence[date], span: str) -> Table:
    parts = [judged("", [day.strftime(how) for day in days], days, "", how) for how in formats]
    return _added(title, parts, f"{len(formats)} formats; {span}")


def _workbooks() -> list[Table]:
    serials = [serial for serial in range(3, 73_416) if serial != 60]
    shown = [from_excel(serial).date() for serial in serials]
    since_1904 = [from_excel(serial, CALENDAR_MAC_1904).date() for serial in serials]
    written = [f"{serial}.5" if serial % 2 else str(serial) for serial in serials]
    note = "as openpyxl reads them; 60 is no day"
    return [
        judged("dates, workbook serials", [*written, "60"], [*shown, None], note, dates.SERIAL),
        judged(
            "dates, serials from 1904",
            written,
            since_1904,
            "as openpyxl reads them",
            "excel-serial-1904",
        ),
    ]


def _iso() -> Table:
    weeks = ["{}-W{:02}-{}".format(*day.isocalendar()) for day in DAYS]
    ordinals = [day.strftime("%Y-%j") for day in DAYS]
    parts = [judged("", weeks, DAYS, "", "iso-week"), judged("", ordinals, DAYS, "", "ordinal")]
    return _added("dates, ISO week and ordinal", parts, "where declared; Python's calendar")


def _impossible() -> Table:
    written = []
    for year in range(1900, 2101):
        for month in range(15):
            for day in range(33):
                try:
                    date(year, month, day)
                except ValueError:
                    written.append(f"{day:02}/{month:02}/{year}")
    return judged(
        "days that never were",
        written,
        [None] * len(written),
        "30 February and the like",
        "%d/%m/%Y",
    )


def _placeholders() -> Table:
    written = [day.isoformat() for day in dates.PLACEHOLDERS] + ["0000-00-00", "9999-99-99"]
    parsed = dates.parse(pa.array(written), {"formats": ("%Y-%m-%d",)})
    right = parsed.problems.to_pylist().count("date-placeholder")
    return Table(
        "placeholder dates",
        right,
        len(written) - right,
        0,
        len(written),
        "missing, with the reason",
    )


def _real() -> list[Table]:
    files = [
        (LINKAGE / "febrl" / "dataset1.csv", "date_of_birth", "%Y%m%d"),
        (LINKAGE / "splink" / "fake_1000.csv", "dob", "%Y-%m-%d"),
    ]
    return [_births(*one) for one in files]


def _births(path: Path, column: str, how: str) -> Table:
    title = f"dates of birth, {path.name}"
    if not path.is_file():
        return Table(title, 0, 0, 0, 0, "not tried: no files at ../shared/real/linkage")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        written = [row[column].strip() for row in rows if row[column].strip()]
    answers = [_by_python(text, how) for text in written]
    return judged(title, written, answers, f"{how}; what strptime reads", how)


def _by_python(text: str, how: str) -> date | None:
    try:
        return datetime.strptime(text, how).date()
    except ValueError:
        return None
