"""A delivered file is opened by what it is, checked against what the feed declares."""

import importlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as NewWorkbook

from connectors.read import Unreadable, open_tables
from connectors.read.tables import KINDS, NAMED_FOR
from contracts.file_forms import Delimited, FixedWidth, Json, JsonLines, Workbook, Xml


def test_a_file_of_another_form_than_declared_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.xls"
    path.write_bytes(b"a,b\n1,2\n")
    for form in (Workbook(format="workbook"), Json(format="json")):
        with pytest.raises(Unreadable, match="delimited text") as refusal:
            open_tables(path, form)
        assert refusal.value.code == "file-form-differs"
    assert open_tables(path, Delimited())[0].file == "accounts.xls"
    assert open_tables(path, name="January.csv")[0].file == "January.csv"


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        open_tables(tmp_path / "gone.csv")
    assert refusal.value.code == "file-unreadable"


def test_several_files_are_several_tables(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x,y\n1,2\n")
    tables = open_tables([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [table.file for table in tables] == ["a.csv", "b.csv"]
    with pytest.raises(Unreadable):
        open_tables([])


def workbook() -> bytes:
    book: Any = NewWorkbook()
    book.active.append(["a", "b"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind", "noted"),
    [
        ("a.xls", b"a\tb\n1\t2\n", "delimited", True),
        ("a.xls", b"<table><tr><td>a</table>", "html", True),
        ("a.csv", workbook(), "workbook", True),
        ("a.csv", b"a,b\n1,2\n", "delimited", False),
        ("A.XLSX", workbook(), "workbook", False),
        ("a.txt", b'[{"a": 1}]', "json", False),
        ("a.csv", b'[{"a": 1}]', "json", True),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', "json-lines", False),
        ("a.json", b"<r><p/><p/></r>", "xml", True),
    ],
)
def test_a_name_that_misleads_is_noted(
    tmp_path: Path, name: str, content: bytes, kind: str, noted: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    for table in open_tables(tmp_path / name):
        assert table.kind == kind
        assert ("not-what-its-name-says" in table.notes) == noted


def test_of_two_right_forms_the_declared_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"<table><tr><td>1</td></tr><tr><td>2</td></tr></table>")
    [table] = open_tables(path, Xml(format="xml", records="table/tr"))
    assert (table.kind, table.cell(2, 0)) == ("xml", "2")
    path.write_bytes(b'{"a": 1}')
    assert open_tables(path, JsonLines(format="json-lines"))[0].kind == "json-lines"


def test_pages_of_several_files_are_one_table_and_not_mixed(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_text(json.dumps([{"a": number}] * number))
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    [table] = open_tables(paths, Json(format="json", records=""))
    assert table.place(3, 0) == ("2.json", None, "record 2, a")
    assert table.places == {"pages": [["1.json", 1], ["2.json", 3]], "keys": ["a"]}
    (tmp_path / "3.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Unreadable, match="some not"):
        open_tables([*paths, tmp_path / "3.csv"])


def test_members_are_of_the_declared_form_too(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "001Tern\n002Quill\n")
    form = FixedWidth.model_validate(
        {
            "format": "fixed-width",
            "fields": [
                {"name": "n", "start": 1, "length": 3},
                {"name": "who", "start": 4, "length": 5},
            ],
        }
    )
    [table] = open_tables(path, form)
    assert (table.file, table.cell(2, 1)) == ("a.zip/a.txt", "Quill")
    with pytest.raises(Unreadable, match="feed declares a workbook") as refusal:
        open_tables(path, Workbook(format="workbook"))
    assert "members" in refusal.value.message


def test_every_content_has_an_opener() -> None:
    promised = {content for contents in NAMED_FOR.values() for content in contents}
    assert promised <= set(KINDS)
    for kind in KINDS.values():
        module, _, function = kind.opener.partition(":")
        assert callable(getattr(importlib.import_module(module), function))
