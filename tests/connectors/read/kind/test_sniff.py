"""What a file is, is told from its bytes."""

import io
import zipfile
from pathlib import Path

import pytest

from connectors.read import Unreadable
from connectors.read.kind.sniff import content_of


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def stream(name: str) -> bytes:
    """A compound file of one sector, the entries of its directory."""
    entry = (name.encode("utf-16-le") + b"\0\0").ljust(128, b"\0")
    return OLE.ljust(512, b"\0") + bytes(128) + entry


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
        (zipped("xl/workbook.bin"), "workbook"),
        (zipped("xl/a.csv", "b.csv"), "archive"),
        (b"PK\x05\x06" + b"\0" * 18, "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (b"7z\xbc\xaf\x27\x1c", "archive"),
        (b"BZh91AY&SY", "archive"),
        (b"BZh, BZi\n1,2\n", "delimited"),
        (b"\xfd7zXZ\0", "archive"),
        (b'{"a": 1}\n{"a": 2}\n', "json-lines"),
        (b'{"a": 1}\r\n\r\n{"a": 2}', "json-lines"),
        (b'{"a": 1}\n', "json"),
        (b'{"a":\n{"a": 2}}\n', "json"),
        (b'\xef\xbb\xbf{"a": {"b": 1}}', "json"),
        ('[{"a": 1}]'.encode("utf-16"), "json"),
        ("<r><p/></r>".encode("utf-16"), "xml"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"<!-- <html> --><?x <y> ?><p:payments/>", "xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "xml"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", "html"),
        (b"\n<!DOCTYPE html><html>", "html"),
        (b"<!-- x --><meta charset=utf-8><table>", "html"),
        (b"<TABLE border=0><tr>", "html"),
        (b"<b>Accounts</b><table>", "html"),
        (b"<script>a = 1;</script>\n<TABLE\n><tr><td>1</table> end", "html"),
        (b"<script>" + b"a = 1;" * 20_000 + b"</script><table>", "html"),
        (b"<script>location = '/login'</script>\n", "html"),
        (b"<p>You are\nnot logged in, sorry</p>\r\n", "html"),
        (b"<b>Warning</b>: no such query, x<br />", "html"),
        (b"<h2>Spend</h2>\n<p>April<td>1", "html"),
        (b"<script>alert(1)</script>,amount\n1,2\n", "delimited"),
        (b"<b>name</b>;amount\n<b>x</b>;2\n<i>table</i>;3", "delimited"),
        ("<script>alert(1)</script>,amount\n1,2\n".encode("utf-16"), "delimited"),
        (b"<p>x</p>,amount\n" + b"<p>x</p>,2\n" * 20_000, "delimited"),
        (b"<scripts><script>1</script></scripts> ", "xml"),
        (b"<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "spreadsheet-xml"),
        (b"<Workbook><a/></Workbook>", "xml"),
        (b"<5,a\n<6,b\n", "delimited"),
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
        (b"", "file-empty", "no bytes at all; ask for it again"),
        (b" \r\n\n", "file-empty", "white space; ask for it again"),
        (b"%PDF-1.4", "file-kind-unknown", "a PDF document"),
        (b"MIME-Version: 1.0\r\n", "file-kind-unknown", "MHTML"),
        (b"\0" * 257 + b"ustar\0", "file-kind-unknown", "a tar archive"),
        (zipped("ppt/presentation.xml"), "file-kind-unknown", "a PowerPoint"),
        (zipped("word/document.xml"), "file-kind-unknown", "a Word document"),
        (b"PK\x03\x04broken", "file-damaged", "damaged"),
        (stream("EncryptedPackage"), "workbook-encrypted", "password"),
        (stream("WordDocument"), "file-kind-unknown", "no workbook"),
        # What a document is about is none of its streams.
        (stream("WordDocument of a Workbook"), "file-kind-unknown", "no workbook"),
        (stream("Workbooks"), "file-kind-unknown", "no workbook"),
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


def test_a_document_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(Unreadable, match="OpenDocument"):
        content_of(path, "a.ods")


def test_markup_that_never_begins_is_looked_at_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<!---->" * 9_000 + b"<?x?>" * 50 + b" ")
    assert content_of(path, "a.xml") == "xml"
