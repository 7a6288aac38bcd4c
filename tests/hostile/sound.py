"""Small sound files of every form that is read, made by other writers than our readers."""

import bz2
import gzip
import io
import json
import lzma
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import dbf
import pandas as pd
import py7zr
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from tests.old_workbooks import Page, xls, xlsb

ROWS = 40
RECORDS = [(f"{1000 + i:05d}", f"Person {i}", round(i * 1.25, 2)) for i in range(ROWS)]
HEADER = ("local_id", "name", "amount")


def delimited() -> bytes:
    return "".join(f"{','.join(map(str, row))}\r\n" for row in (HEADER, *RECORDS)).encode()


def utf16() -> bytes:
    return delimited().decode().encode("utf-16")


def json_records() -> bytes:
    return json.dumps([dict(zip(HEADER, row, strict=True)) for row in RECORDS]).encode()


def json_lines() -> bytes:
    return b"".join(
        json.dumps(dict(zip(HEADER, row, strict=True))).encode() + b"\n" for row in RECORDS
    )


def xml() -> bytes:
    lines = "".join(
        "<row>" + "".join(f"<{n}>{v}</{n}>" for n, v in zip(HEADER, row, strict=True)) + "</row>"
        for row in RECORDS
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rows>{lines}</rows>'.encode()


def html() -> bytes:
    lines = "".join(
        "<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
        for row in (HEADER, *RECORDS)
    )
    return f"<html><body><table>{lines}</table></body></html>".encode()


@cache
def xlsx() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("One")
        for number, row in enumerate((HEADER, *RECORDS)):
            sheet.write_row(number, 0, row)
    return content.getvalue()


@cache
def old_xls() -> bytes:
    return xls([Page("One", [HEADER, *RECORDS])])


@cache
def binary_xlsb() -> bytes:
    return xlsb([Page("One", [HEADER, *RECORDS])])


@cache
def ods() -> bytes:
    made, sheet = OpenDocumentSpreadsheet(), Table(name="One")
    for row in (HEADER, *RECORDS):
        line = TableRow()
        for value in row:
            if isinstance(value, float):
                line.addElement(TableCell(valuetype="float", value=str(value)))
            else:
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=value))
                line.addElement(cell)
        sheet.addElement(line)
    made.spreadsheet.addElement(sheet)
    content = io.BytesIO()
    made.write(content)
    return content.getvalue()


def _written(name: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


@cache
def dbase() -> bytes:
    def write(path: Path) -> None:
        fields = "local_id C(5); name C(20); amount N(8,2); born D"
        table = dbf.Table(str(path), fields, codepage="cp1252")
        table.open(dbf.READ_WRITE)
        for row in RECORDS:
            table.append((*row, date(1990, 1, 1)))
        table.close()

    return _written("a.dbf", write)


def _frame() -> pd.DataFrame:
    return pd.DataFrame(RECORDS, columns=list(HEADER))


@cache
def spss() -> bytes:
    return _written("a.sav", lambda path: pyreadstat.write_sav(_frame(), str(path)))


@cache
def stata() -> bytes:
    return _written("a.dta", lambda path: pyreadstat.write_dta(_frame(), str(path)))


@cache
def sas_transport() -> bytes:
    return _written("a.xpt", lambda path: pyreadstat.write_xport(_frame(), str(path)))


@cache
def parquet() -> bytes:
    return _written("a.parquet", lambda path: pq.write_table(pa.Table.from_pandas(_frame()), path))


def zipped(members: dict[str, bytes] | None = None) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in (members or {"a.csv": delimited()}).items():
            archive.writestr(name, member)
    return content.getvalue()


def gzipped() -> bytes:
    return gzip.compress(delimited(), mtime=0)


def bzipped() -> bytes:
    return bz2.compress(delimited())


def xz() -> bytes:
    return lzma.compress(delimited())


@cache
def seven_zip() -> bytes:
    content = io.BytesIO()
    with py7zr.SevenZipFile(content, "w") as archive:
        archive.writestr(delimited(), "a.csv")
    return content.getvalue()


FIXED = {
    "format": "fixed-width",
    "fields": [
        {"name": "LOCAL_ID", "start": 1, "length": 5},
        {"name": "NAME", "start": 6, "length": 20},
    ],
}
"""How the lines of ``fixed_width`` are declared."""


def fixed_width() -> bytes:
    return "".join(f"{row[0]}{row[1]:20}\n" for row in RECORDS).encode()
