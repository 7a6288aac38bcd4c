"""The same invented payments in every form that is read, by other libraries than read them."""

import csv
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HEADER = ("id", "surname", "forename", "paid_on", "amount", "code", "note", "number")
_NAMES = ("Ashdown", "Brightwell", "Carrow", "Dunmore", "Eastley", "Fenwick", "Garside", "Holt")
_MOST_XLS = 65_535  # Rows a sheet has, less the header.

Record = tuple[str, str, str, date, float, str, str, int]


def records(rows: int) -> Iterator[Record]:
    """Invented payments, always the same."""
    chance = random.Random(5)
    for number in range(rows):
        yield (
            f"{number:08d}",
            f"{chance.choice(_NAMES)} {number % 997}",
            chance.choice(_NAMES),
            date(2020, 1, 1) + timedelta(days=chance.randrange(2000)),
            round(chance.random() * 10_000, 2),
            chance.choice(("M", "F", "X")),
            f"note {chance.randrange(100_000)} of the supplier",
            chance.randrange(1_000_000),
        )


def delimited(path: Path, rows: int) -> None:
    """Comma-separated."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(HEADER)
        writer.writerows(records(rows))


def xlsx(path: Path, rows: int) -> None:
    """By XlsxWriter, texts in the shared table, as Excel has them."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Payments")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER)
        for number, record in enumerate(records(rows), 1):
            for position, value in enumerate(record):
                if isinstance(value, date):
                    sheet.write_datetime(number, position, value, day)
                else:
                    sheet.write(number, position, value)


def _pages(rows: int) -> list[Any]:
    from tests.old_workbooks import Day, Page

    first = date(1899, 12, 30)
    lines = [
        [Day((value - first).days) if isinstance(value, date) else value for value in record]
        for record in records(rows)
    ]
    return [Page("Payments", [list(HEADER), *lines])]


def xls(path: Path, rows: int) -> None:
    """By our tests' own writer; no library that is kept writes xls."""
    from tests.old_workbooks import xls as write

    path.write_bytes(write(_pages(min(rows, _MOST_XLS))))


def xlsb(path: Path, rows: int) -> None:
    """By our tests' own writer; no library writes xlsb."""
    from tests.old_workbooks import xlsb as write

    path.write_bytes(write(_pages(rows)))


def ods(path: Path, rows: int) -> None:
    """As LibreOffice writes one, without its styles; odfpy takes minutes."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    lines = [f"<table:table-row>{''.join(map(_ods_cell, HEADER))}</table:table-row>"]
    lines += [
        f"<table:table-row>{''.join(map(_ods_cell, record))}</table:table-row>"
        for record in records(rows)
    ]
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="Payments">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest="
            '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", content)


def _ods_cell(value: Any) -> str:
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


def _dictionaries(rows: int) -> Iterator[dict[str, Any]]:
    for record in records(rows):
        yield {**dict(zip(HEADER, record, strict=True)), "paid_on": str(record[3])}


def json_records(path: Path, rows: int) -> None:
    """One list of objects."""
    path.write_text(json.dumps(list(_dictionaries(rows))), encoding="utf-8")


def json_lines(path: Path, rows: int) -> None:
    """An object a line."""
    lines = "".join(f"{json.dumps(one)}\n" for one in _dictionaries(rows))
    path.write_text(lines, encoding="utf-8")


def _tagged(rows: int, row: str, cell: Callable[[str, Any], str]) -> str:
    return "".join(
        f"<{row}>{''.join(cell(name, value) for name, value in one.items())}</{row}>"
        for one in _dictionaries(rows)
    )


def xml(path: Path, rows: int) -> None:
    """An element a record."""
    body = _tagged(rows, "row", lambda name, value: f"<{name}>{value}</{name}>")
    path.write_text(f"<rows>{body}</rows>", encoding="utf-8")


def html(path: Path, rows: int) -> None:
    """A table, as systems write one and call it .xls."""
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    body = _tagged(rows, "tr", lambda name, value: f"<td>{value}</td>")
    path.write_text(f"<html><table><tr>{head}</tr>{body}</table></html>", encoding="utf-8")


def dbase(path: Path, rows: int) -> None:
    """By the library dbf."""
    import dbf  # type: ignore[import-untyped]

    fields = (
        "id C(8); surname C(20); forename C(20); paid_on D; amount N(10,2); code C(1); "
        "note C(40); number N(8,0)"
    )
    with dbf.Table(str(path), fields, codepage="cp1252").open(dbf.READ_WRITE) as table:
        for record in records(rows):
            table.append(record)


def _frame(rows: int) -> Any:
    import pandas as pd

    return pd.DataFrame(records(rows), columns=list(HEADER))


def spss(path: Path, rows: int) -> None:
    """By pyreadstat, which is ReadStat as our reader is: none other writes the form."""
    import pyreadstat  # type: ignore[import-untyped]

    pyreadstat.write_sav(_frame(rows), str(path))


def parquet(path: Path, rows: int) -> None:
    """By Polars."""
    import polars as pl

    pl.DataFrame(list(records(rows)), schema=list(HEADER), orient="row").write_parquet(path)


FILES: dict[str, tuple[str, Callable[[Path, int], None], tuple[str, ...]]] = {
    "delimited text": ("csv", delimited, ("pyarrow.csv", "polars", "csv")),
    "xlsx": ("xlsx", xlsx, ("python-calamine",)),
    "xls": ("xls", xls, ("python-calamine",)),
    "xlsb": ("xlsb", xlsb, ("python-calamine",)),
    "ods": ("ods", ods, ("python-calamine",)),
    "JSON": ("json", json_records, ("ijson",)),
    "JSON lines": ("jsonl", json_lines, ("json",)),
    "XML": ("xml", xml, ("lxml",)),
    "HTML": ("html", html, ("lxml.html",)),
    "DBF": ("dbf", dbase, ("dbf",)),
    "SPSS": ("sav", spss, ("pyreadstat",)),
    "Parquet": ("parquet", parquet, ("pyarrow.parquet",)),
}
"""Form to the ending of its files, what writes one, and the libraries that read it."""
