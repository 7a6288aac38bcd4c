"""Rows as a workbook (xlsx): sheets of data, a dictionary, and what the file is.

A sheet holds 1,048,576 rows and a number 15 digits. More rows go on in further sheets; longer
numbers, and whatever is a reference with leading zeros, stand as text. Dates are dates. What a
spreadsheet would take for a formula has an apostrophe before it, and is text in any case.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from pipeline.export.facts import ColumnFacts, TableFacts
from transforms.steps.neutralise import neutralise, storable

ROWS = 1_048_575
"""Rows of a sheet under its header."""
LONGEST = 32_767
"""Characters a cell can hold."""
DIGITS = 15
"""Digits of a number a spreadsheet keeps."""
FIRST = date(1900, 3, 1)
"""Before it spreadsheets count days differently."""
MOST_SHEETS = 20


class DoesNotFit(Exception):
    """Rows that no workbook can hold; the message says which format can."""


def write_workbook(
    path: Path, facts: TableFacts, batches: Iterable[pa.RecordBatch], *, sheet_rows: int = ROWS
) -> int:
    """Write a workbook; how many rows of data it has.

    Args:
        sheet_rows: rows after which the next sheet begins.

    Raises:
        DoesNotFit: more rows than 20 sheets hold, or a text longer than a cell can hold.
    """
    options = {
        # One row is held at a time; what is written lies in temporary files until it is put
        # together, beside the file itself, since it is as personal as that.
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    try:
        sheets = _Sheets(book, facts, sheet_rows)
        for batch in batches:
            for row in _cells(batch):
                sheets.add(row)
        _table_sheet(book, "Dictionary", DICTIONARY, [_told(one) for one in facts.columns])
        lines = [("Table", facts.name), ("Title", facts.title), ("Meaning", facts.meaning)]
        lines += [("Rows", f"{sheets.rows:,}"), ("Read at", f"{facts.made_at:%F %T %Z}")]
        _table_sheet(book, "About", ("", ""), [*lines, *facts.about, *NOTES])
        return sheets.rows
    finally:
        book.close()


DICTIONARY = (
    "Column", "Meaning", "Type", "Unit", "Code list", "Personal data", "May be missing",
    "Called by suppliers", "Missing",
)  # fmt: skip
NOTES = (
    ("Moments", "Dates with a time are in UTC."),
    ("Long numbers", "Numbers of more than 15 digits are text, for a spreadsheet keeps no more."),
    ("Apostrophes", "An apostrophe was put before text a spreadsheet would take for a formula."),
)


class _Sheets:
    """The sheets of data, one after the other."""

    def __init__(self, book: Any, facts: TableFacts, most: int) -> None:
        self.book, self.facts, self.most = book, facts, most
        self.rows = 0
        self.count = 0
        self.next_row = 0
        self.head = book.add_format({"bold": True})
        self.formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self.begin()

    def begin(self) -> None:
        self.count += 1
        if self.count > MOST_SHEETS:
            raise DoesNotFit(
                f"there are more than {MOST_SHEETS * self.most:,} rows, too many for a workbook; "
                "export to a file that ends in .parquet or .csv"
            )
        title = "Data" if self.count == 1 else f"Data {self.count}"
        self.sheet = self.book.add_worksheet(title)
        self.sheet.freeze_panes(1, 0)
        for at, column in enumerate(self.facts.columns):
            self.sheet.set_column(at, at, _width(column))
            self.sheet.write_string(0, at, column.name, self.head)
        self.next_row = 1

    def add(self, row: Sequence[Any]) -> None:
        if self.next_row > self.most:
            self.begin()
        for at, value in enumerate(row):
            if value is not None:
                self.write(at, value)
        self.next_row += 1
        self.rows += 1

    def write(self, at: int, value: Any) -> None:
        row, sheet = self.next_row, self.sheet
        if isinstance(value, bool):
            sheet.write_boolean(row, at, value)
        elif isinstance(value, int | float | Decimal):
            if _fits(value):
                sheet.write_number(row, at, float(value))
            else:
                sheet.write_string(row, at, str(value))
        elif isinstance(value, date):
            day = value.date() if isinstance(value, datetime) else value
            if day < FIRST:
                sheet.write_string(row, at, value.isoformat())
            else:
                sheet.write_datetime(row, at, value, self.formats[type(value)])
        else:
            if len(value) > LONGEST:
                name = self.facts.columns[at].name
                raise DoesNotFit(
                    f"a text in {name} is longer than the {LONGEST:,} characters a cell holds; "
                    "leave the column out with --columns, or export to .parquet or .csv"
                )
            sheet.write_string(row, at, storable(value))


def _cells(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    columns = []
    for column in batch.columns:
        if pa.types.is_string(column.type):
            columns.append(neutralise(column).to_pylist())
        elif pa.types.is_timestamp(column.type):
            columns.append(column.cast(pa.timestamp("us")).to_pylist())
        else:
            columns.append(column.to_pylist())
    yield from zip(*columns, strict=True)


def _fits(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet keeps every digit of a number."""
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    return len(Decimal(value).normalize().as_tuple().digits) <= DIGITS


def _told(column: ColumnFacts) -> tuple[str, ...]:
    return (
        column.name,
        column.meaning,
        column.sql_type,
        column.unit or "",
        column.code_list or "",
        column.personal,
        "yes" if column.nullable else "no",
        "; ".join(column.headers),
        "; ".join(f"{feed}: {share:.2%}" for feed, share in column.missing),
    )


def _table_sheet(
    book: Any, title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]
) -> None:
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, len(heads), 18)
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, bold)
    for number, line in enumerate(lines, 1):
        safe = neutralise(pa.array(line, pa.string())).to_pylist()
        for at, text in enumerate(safe):
            sheet.write_string(number, at, storable(text)[:LONGEST], wrapped)


def _width(column: ColumnFacts) -> float:
    if pa.types.is_string(column.arrow):
        return 28
    return 20 if pa.types.is_timestamp(column.arrow) else 14
