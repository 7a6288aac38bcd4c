"""Parquet, CSV and workbooks hold what they were given, and are safe to open."""

import json
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from csvw import CSVW

from pipeline.export.csvw import ENDING, csvw
from pipeline.export.delimited import write_csv
from pipeline.export.facts import key_of
from pipeline.export.parquet import write_parquet
from pipeline.export.workbook import DoesNotFit, write_workbook
from tests.pipeline.export.rows_kit import MOMENT, ROWS, batches, facts


def test_parquet_keeps_every_value_and_says_what_columns_mean(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert write_parquet(path, facts(), batches()) == 3
    table = pq.read_table(path)
    assert table.to_pylist() == ROWS
    assert table.schema.field("amount").metadata[b"meaning"] == b"The amount"
    assert table.schema.field("amount").metadata[b"unit"] == b"pounds"
    assert key_of(table.schema) == ("payment_id",)


def test_rows_are_written_in_groups_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    many = [dict(ROWS[0], number=n) for n in range(1000)] * 140
    write_parquet(path, facts(), batches(many, size=5_000))
    told = pq.ParquetFile(path).metadata
    groups = [told.row_group(at).num_rows for at in range(told.num_row_groups)]
    assert sum(groups) == 140_000 and len(groups) > 2 and max(groups) <= 65_536


def test_an_empty_table_is_a_file_all_the_same(tmp_path: Path) -> None:
    assert write_parquet(tmp_path / "a.parquet", facts(), []) == 0
    assert write_csv(tmp_path / "a.csv", facts(), []).rows == 0
    assert write_workbook(tmp_path / "a.xlsx", facts(), []) == 0
    assert pq.read_table(tmp_path / "a.parquet").num_columns == 9
    assert (tmp_path / "a.csv").read_text().startswith('"payment_id","supplier"')


def test_csv_is_read_back_as_it_was_but_for_formulas(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    done = write_csv(path, facts(), batches())
    assert (done.rows, done.neutralised) == (3, 1)
    types = {one.name: one.arrow for one in facts().columns}
    types["known_since"] = pa.timestamp("us", "UTC")
    read = pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    ).to_pylist()
    assert read[0]["supplier"] == "'" + ROWS[0]["supplier"]
    assert [dict(read[0], supplier=ROWS[0]["supplier"]), *read[1:]] == ROWS
    write_csv(path, facts(), batches(), exact=True)
    assert '"=HYPERLINK' in path.read_text()


def test_csvw_tools_read_types_and_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, facts(), batches(), exact=True)
    document = csvw(facts(), path.name)
    (tmp_path / ("a.csv" + ENDING)).write_text(json.dumps(document))
    read = CSVW(str(path), validate=True)
    assert read.is_valid, read.warnings
    # Datatypes, required cells and the primary key are checked as rows are read.
    rows = [dict(row) for row in read.tables[0].iterdicts(strict=True)]
    assert rows[1]["amount"] == Decimal("-9999999999999999.99")
    assert rows[0]["paid_on"] == datetime(2026, 4, 1)
    assert rows[0]["known_since"].isoformat() == MOMENT.isoformat()
    assert [row["urgent"] for row in rows] == [True, False, None]


@pytest.mark.parametrize(
    ("column", "wrong"), [("paid_on", "01/04/2026"), ("amount", "lots"), ("payment_id", "")]
)
def test_the_check_of_csvw_can_fail(tmp_path: Path, column: str, wrong: str) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, facts(), batches([ROWS[0]]), exact=True)
    head, line = path.read_text().splitlines()
    cells = line.split(",")
    cells[list(facts().schema().names).index(column)] = wrong
    path.write_text(f"{head}\n{','.join(cells)}\n")
    (tmp_path / ("a.csv" + ENDING)).write_text(json.dumps(csvw(facts(), path.name)))
    with pytest.raises(ValueError):
        list(CSVW(str(path), validate=True).tables[0].iterdicts(strict=True))


def sheet(path: Path, name: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path)
    return [tuple(cell.value for cell in row) for row in book[name].iter_rows()]


def test_a_workbook_holds_dates_as_dates_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert write_workbook(path, facts(), batches()) == 3
    head, first, second, third = sheet(path, "Data")
    assert head == tuple(facts().schema().names)
    assert first[1] == "'" + ROWS[0]["supplier"]
    assert first[2] == "000123", "leading zeros stay"
    assert first[3] == datetime(2026, 4, 1) and first[4] == 1234.5 and first[7] is True
    assert first[8] == datetime(2026, 4, 1, 8, 30, 15, 250000)
    assert second[2] == "12345678901234567890" and second[5] == "1234567890123456789"
    assert second[4] == "-9999999999999999.99", "no digit is lost"
    assert second[3] == "1899-12-31", "a spreadsheet has no such day"
    assert third[2:] == (None,) * 7
    with zipfile.ZipFile(path) as inside:
        assert b"<f>" not in inside.read("xl/worksheets/sheet1.xml")


def test_a_workbook_has_a_dictionary_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, facts(), batches())
    amount = next(row for row in sheet(path, "Dictionary") if row[0] == "amount")
    assert amount[1:4] == ("The amount", "numeric(18,2)", "pounds")
    assert amount[7:] == ("Net Amount (Northmoor Council)", "northmoor/spend: 25.00%")
    about = {row[0]: row[1] for row in sheet(path, "About")}
    assert about["Purpose"] == "transparency" and about["Rows"] == "3"


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    many = [dict(ROWS[0], number=n) for n in range(5)]
    assert write_workbook(path, facts(), batches(many), sheet_rows=2) == 5
    numbers = [[row[5] for row in sheet(path, name)] for name in ("Data", "Data 2", "Data 3")]
    assert numbers == [["number", 0, 1], ["number", 2, 3], ["number", 4]]
    with pytest.raises(DoesNotFit, match=r"more than 20 rows, too many .* \.parquet"):
        write_workbook(path, facts(), batches(many * 5), sheet_rows=1)


def test_a_text_no_cell_holds_is_refused_by_its_column(tmp_path: Path) -> None:
    long = [dict(ROWS[0], reference="x" * 40_000)]
    with pytest.raises(DoesNotFit, match="a text in reference is longer"):
        write_workbook(tmp_path / "a.xlsx", facts(), batches(long))


def test_control_characters_do_not_break_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, facts(), batches([dict(ROWS[0], supplier="a\x07b\ufffe")]))
    assert sheet(path, "Data")[1][1] == "a\ufffdb\ufffd"
