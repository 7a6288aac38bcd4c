"""Cases 37 to 39: workbooks with macros, links, hidden sheets or a password; formulas without
value, error cells, merged cells and dates; formulas that a spreadsheet would run."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from connectors.read import Unreadable, open_tables
from contracts.file_forms import Workbook
from tests.compound_file import compound
from tests.old_workbooks import Computed, Day, Page, xls, xlsb
from transforms.steps.neutralise import neutralise

HEADER = ["id", "amount"]


def xlsx(rows: Sequence[Sequence[Any]], **more: bytes) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    with zipfile.ZipFile(content, "a") as archive:
        for name, member in more.items():
            archive.writestr(name, member)
    return content.getvalue()


def hidden(state: str) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a"])
    sheet = book.create_sheet("Aside")
    sheet.append(["b"])
    sheet.sheet_state = state
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def told(path: Path, content: bytes, **declared: Any) -> Any:
    """Sheets with their notes, or the code of the refusal."""
    path.write_bytes(content)
    try:
        tables = open_tables(path, Workbook.model_validate({"format": "workbook", **declared}))
    except Unreadable as refusal:
        return refusal.code
    return [(table.sheet, table.notes) for table in tables]


def test_37_macros_links_and_hidden_sheets_are_as_the_source_declares(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsm"
    macros = xlsx([HEADER], **{"xl/vbaProject.bin": b"x"})
    assert told(path, macros) == [("Sheet", ("macros",))]
    assert told(path, macros, macros="refuse") == "workbook-macros"
    links = xlsx([HEADER], **{"xl/externalLinks/externalLink1.xml": b"<x/>"})
    assert told(path, links) == [("Sheet", ("external-links",))]
    assert told(path, links, external_links="refuse") == "workbook-external-links"
    for state in ("hidden", "veryHidden"):
        content = hidden(state)
        assert told(path, content) == [("Sheet", ()), ("Aside", ("hidden-sheet",))]
        assert told(path, content, hidden="skip") == [("Sheet", ())]
        assert told(path, content, hidden="refuse") == "sheet-hidden"


def test_37_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    package = compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(100)})
    assert told(tmp_path / "a.xlsx", package) == "workbook-encrypted"


@pytest.mark.parametrize("write", [xls, xlsb], ids=["xls", "xlsb"])
def test_38_nothing_is_lost_unsaid(tmp_path: Path, write: Callable[..., bytes]) -> None:
    rows = [["a", "b"], ["#REF!", 1], [Computed("#N/A"), 2], [Day(60), 3], ["m", 4], [None, 5]]
    path = tmp_path / "a"
    path.write_bytes(write([Page("One", rows, merged=[(4, 5, 0, 0)])]))
    [table] = open_tables(path)
    [batch] = table.batches()
    assert batch.table.column("0").to_pylist()[1:5] == ["#REF!", "#N/A", "1900-02-29", "m"]
    assert batch.table.column("1").to_pylist() == ["b", "1", "2", "3", "4", "5"]
    assert batch.problems == [(6, "merged-cell")]


def test_38_rows_of_formulas_never_computed_are_kept_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx([HEADER, ["1", "=1+1"], ["=A2", "=B2"], ["3", 5]]))
    [table] = open_tables(path)
    [batch] = table.batches()
    assert batch.problems == [(2, "formula-without-value"), (3, "formula-without-value")]
    assert batch.rows.tolist() == [1, 2, 3, 4]


DANGEROUS = ["=1+1", "+a", "-1+1", "@x", "\t=1", " =1", "\u00a0=1", "\uff1d1", "\uff0bx", "\n=1"]


@pytest.mark.parametrize("text", [*DANGEROUS, "\r=1"])
def test_39_formulas_stay_as_written_and_are_neutral_on_export(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'id,note\r\n1,"{text}"\r\n'.encode())
    [table] = open_tables(path)
    assert table.cell(2, 1) == text
    assert neutralise(pa.array([text])).to_pylist() == [f"'{text}"]
