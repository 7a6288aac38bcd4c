"""Cases 34 to 36: bombs, nested archives and a million entries; members that lead out of an
archive; XML that reads other files or expands without end. Each is refused with its reason, before
it takes memory, time or disk, and the worker lives."""

import bz2
import gc
import gzip
import io
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import py7zr
import pytest

from connectors.read import Unreadable, open_tables
from contracts.file_forms import Delimited, FileForm, Workbook, Xml

CSV = b"name,sum\nTern,1.50\n"


@pytest.fixture(autouse=True)
def bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No case leaves anything in the folder that members are unpacked in, nor takes the worker
    more than 30 seconds of its own; what the child takes is limited by itself."""
    spools = tmp_path / "spools"
    spools.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spools))
    began = time.process_time()
    yield
    assert time.process_time() - began < 30
    gc.collect()
    assert not list(spools.iterdir())


def refused(path: Path, form: FileForm | None = None) -> str:
    """The code of the refusal, which must name the file."""
    with pytest.raises(Unreadable) as refusal:
        open_tables(path, form)
    assert refusal.value.message.startswith(path.name)
    return refusal.value.code


def zip_of(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def overlapping(path: Path, entries: int) -> Path:
    """One stream of bytes that many entries of the directory point at."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = b"\0" * (20 << 20)
    body = packed.compress(content) + packed.flush()
    crc = zlib.crc32(content)
    local = struct.pack(
        "<4s5HLLL2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(body), len(content), 1, 0
    )
    whole = local + b"a" + body
    start = len(whole)
    for number in range(entries):
        name = b"a" if number == 0 else b"%d" % number
        whole += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(body), len(content),
            len(name), 0, 0, 0, 0, 0, 0,
        ) + name  # fmt: skip
    whole += struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, entries, entries, len(whole) - start, start, 0
    )
    path.write_bytes(whole)
    return path


def test_34_a_bomb_is_refused_by_what_it_says(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"a.csv": b"\0" * (80 << 20)})
    assert path.stat().st_size < 1 << 20
    assert refused(path) == "file-too-demanding"
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w", filters=[{"id": py7zr.FILTER_BZIP2}]) as out:
        out.writestr(b"\0" * (80 << 20), "a.csv")
    assert refused(tmp_path / "a.7z") == "file-too-demanding"


def test_34_a_bomb_is_refused_while_it_expands(tmp_path: Path) -> None:
    for name, opened in (("a.csv.gz", gzip.open), ("a.csv.bz2", bz2.open)):
        with opened(tmp_path / name, "wb") as out:
            for _ in range(80):
                out.write(b"\0" * (1 << 20))
        assert refused(tmp_path / name) == "file-too-demanding"


def test_34_sizes_that_lie_are_found_out(tmp_path: Path) -> None:
    honest = zip_of(tmp_path / "a.zip", {"a.csv": CSV * 100}).read_bytes()
    size, central = struct.pack("<L", len(CSV) * 100), honest.rindex(b"PK\1\2")
    codes = set()
    for lie in (10, len(CSV) * 100 + 10, 0xFFFFFFF0):
        for places in ([22, central + 24], [central + 24], [22]):
            false = bytearray(honest)
            for place in places:
                assert false[place : place + 4] == size
                false[place : place + 4] = struct.pack("<L", lie)
            (tmp_path / "lie.zip").write_bytes(false)
            codes.add(refused(tmp_path / "lie.zip"))
    assert codes == {"archive-damaged", "archive-unsafe", "file-too-demanding"}


def test_34_entries_over_one_another_are_refused(tmp_path: Path) -> None:
    assert refused(overlapping(tmp_path / "a.zip", 2)) == "archive-unsafe"
    assert refused(overlapping(tmp_path / "b.zip", 2_000)) in (
        "archive-unsafe",
        "file-too-demanding",
    )


def test_34_nested_archives_are_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", CSV)
    nested = zip_of(tmp_path / "a.zip", {"b.zip": inner.getvalue(), "c.csv": CSV})
    assert refused(nested) == "archive-nested"
    assert refused(zip_of(tmp_path / "b.zip", {"c.csv": gzip.compress(CSV)})) == "archive-nested"
    (tmp_path / "c.zip.gz").write_bytes(gzip.compress(inner.getvalue()))
    assert refused(tmp_path / "c.zip.gz") == "archive-nested"
    chosen = open_tables(nested, Delimited(members="*.csv"))
    assert [table.file for table in chosen] == ["a.zip/c.csv"]


def test_34_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.csv", b"")
    assert refused(path) == "file-too-demanding"


def test_34_a_million_entries_are_refused(tmp_path: Path) -> None:
    """Each entry is the same 46 bytes and a number; they point nowhere, and nobody looks."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, *[0] * 6)
    directory = b"".join(entry + b"%07d" % number for number in range(1_000_000))
    start = b"PK\3\4" + b"\0" * 26
    path = tmp_path / "a.zip"
    path.write_bytes(
        start
        + directory
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), len(start), 0)
    )
    assert refused(path) in ("file-too-demanding", "file-damaged", "archive-damaged")


def test_34_a_damaged_or_locked_archive_is_refused(tmp_path: Path) -> None:
    whole = zip_of(tmp_path / "a.zip", {"a.csv": CSV * 100}).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[:-30])
    assert refused(tmp_path / "a.zip") == "file-damaged"
    flipped = bytearray(whole)
    flipped[50] ^= 255
    (tmp_path / "a.zip").write_bytes(flipped)
    assert refused(tmp_path / "a.zip") == "archive-damaged"
    locked = bytearray(whole)
    for place in (6, whole.rindex(b"PK\1\2") + 8):
        locked[place] |= 1
    (tmp_path / "a.zip").write_bytes(locked)
    assert refused(tmp_path / "a.zip") == "archive-encrypted"


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "x/../../a.csv",
        "/etc/a.csv",
        "..\\a.csv",
        "\\\\host\\a.csv",
        "C:\\a.csv",
        "c:a.csv",
        "a.csv\0.exe",
        "a\x1b[2J.csv",
        "\u202evsc.a",
    ],
)
def test_35_members_that_lead_out_are_rejected(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.csv", CSV)
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, CSV)
    assert refused(path) == "archive-unsafe"
    assert not list(tmp_path.parent.glob("a.csv"))


def test_35_links_and_repeated_names_are_rejected(tmp_path: Path) -> None:
    for mode in (0o120777, 0o020666, 0o010644):
        info = zipfile.ZipInfo("a.csv")
        info.external_attr = mode << 16
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(info, "/etc/passwd")
        assert refused(tmp_path / "a.zip") == "archive-unsafe"
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("A.csv", CSV)
        archive.writestr("A.csv", CSV)
    assert refused(tmp_path / "b.zip") == "archive-unsafe"
    (tmp_path / "target").write_bytes(CSV)
    (tmp_path / "link").symlink_to("target")
    with py7zr.SevenZipFile(tmp_path / "c.7z", "w") as seven:
        seven.write(tmp_path / "link", "link.csv")
    assert refused(tmp_path / "c.7z") == "archive-unsafe"


SECRET = "canary-of-a-local-file"
LAUGHS = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 12))
ATTACKS = {
    "xxe": '<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]><r><p>&x;</p><p/></r>',
    "laughs": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><p>&l11;</p><p/></r>',
    "quadratic": f'<!DOCTYPE r [<!ENTITY x "{"x" * 50_000}">]><r><p>{"&x;" * 50_000}</p></r>',
    "external-dtd": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/a.dtd"><r><p/><p/></r>',
    "parameter": '<!DOCTYPE r [<!ENTITY % x SYSTEM "file://{secret}"> %x;]><r><p/><p/></r>',
    "default": '<!DOCTYPE r [<!ATTLIST p a CDATA "b">]><r><p/><p/></r>',
    "harmless": "<!DOCTYPE r><r><p/><p/></r>",
}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_36_document_types_are_refused(tmp_path: Path, attack: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    path = tmp_path / "a.xml"
    path.write_text(ATTACKS[attack].replace("{secret}", str(secret)))
    assert refused(path) == "xml-unsafe"
    assert refused(path, Xml(format="xml", records="r/p")) == "xml-unsafe"


def test_36_nothing_else_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    path = tmp_path / "a.xml"
    path.write_text(
        f'<?xml-stylesheet href="{tmp_path}/secret.txt"?>'
        '<r xmlns:xi="http://www.w3.org/2001/XInclude" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="urn:x file://{tmp_path}/secret.txt">'
        f'<p><xi:include href="file://{tmp_path}/secret.txt" parse="text"/></p><p/></r>'
    )
    [table] = open_tables(path)
    cells = [cell for b in table.batches() for row in b.table.to_pylist() for cell in row.values()]
    assert cells[0] == f"file://{tmp_path}/secret.txt"
    assert SECRET not in cells


@pytest.mark.parametrize(
    "content",
    [
        "<r>" + "<p>" * 100_000,
        "<r><p " + " ".join(f'a{n}="x"' for n in range(50_000)) + "/></r>",
        f'<r><p a="{"x" * (20 << 20)}"/></r>',
        "<r><!--" + "x" * (20 << 20) + "--><p/></r>",
        "<r>" + "".join(f"<p{n}/>" for n in range(20_000)) + "</r>",
        "<r>" + "".join(f"<p><a{n}/></p>" for n in range(4_000)) + "</r>",
    ],
    ids=["depth", "attributes", "tag", "comment", "names", "columns"],
)
def test_36_markup_without_measure_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(content)
    assert refused(path) in ("file-too-demanding", "xml-without-records")


def test_36_a_field_of_100_mb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    with path.open("w") as out:
        out.write("<r><p>a</p><p>")
        for _ in range(100):
            out.write("x" * (1 << 20))
        out.write("</p></r>")
    assert refused(path, Xml(format="xml", records="r/p")) == "record-too-long"


def test_36_a_workbook_saved_as_xml_is_no_way_round(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text(
        '<!DOCTYPE Workbook [<!ENTITY a "b">]>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    )
    assert refused(path, Workbook(format="workbook")) == "xml-unsafe"
