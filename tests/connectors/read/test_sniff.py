"""What a file is, is told from its bytes."""

import io
import zipfile
from pathlib import Path

import pytest

from connectors.read import Unreadable, open_tables
from connectors.read.sniff import content_of
from contracts.file_forms import Delimited, Json, Workbook


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def stream(name: str) -> bytes:
    return OLE + b"\0" * 512 + name.encode("utf-16-le") + b"\0\0"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a,b\n1,2\n", "delimited"),
        (b"\xef\xbb\xbfa;b\n", "delimited"),
        ("a,b\n1,2\n3,4\n".encode("utf-16-le"), "delimited"),
        (b"[Title],x\n", "delimited"),
        (b' {"data": []}', "json"),
        (b"[\n {", "json"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "workbook"),
        (zipped("mimetype", "content.xml"), "workbook"),
        (stream("Workbook"), "workbook"),
    ],
)
def test_kinds_that_are_read(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "misleading.pdf"
    path.write_bytes(content)
    assert content_of(path, "x") == kind


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", "file-empty", "no bytes"),
        (b" \r\n\n", "file-empty", "white space"),
        (b"%PDF-1.4", "file-kind-unknown", "a PDF document"),
        (b"\n<!DOCTYPE html><html>", "file-kind-unknown", "a web page"),
        (b"<?xml version='1.0'?><a/>", "file-kind-unknown", "an XML document"),
        (b"\x1f\x8b\x08", "file-kind-unknown", "a gzip archive"),
        (zipped("a.csv"), "file-kind-unknown", "a zip archive"),
        (zipped("word/document.xml"), "file-kind-unknown", "a Word document"),
        (b"PK\x03\x04broken", "file-damaged", "damaged"),
        (stream("EncryptedPackage"), "workbook-encrypted", "password"),
        (stream("WordDocument"), "file-kind-unknown", "no workbook"),
        (bytes(range(256)) * 4, "file-kind-unknown", "binary data"),
    ],
)
def test_kinds_that_are_not_are_named(tmp_path: Path, content: bytes, code: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        content_of(path, "a.csv")
    assert refusal.value.code == code
    assert said in refusal.value.message
    assert refusal.value.message.startswith("a.csv")


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
