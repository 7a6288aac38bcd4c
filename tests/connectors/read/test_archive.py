"""Archives are opened and their members read; nothing of them stays behind."""

import bz2
import gc
import gzip
import lzma
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import dbf
import py7zr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.confined.archives.members import Members
from connectors.read import SourceTable, Unreadable, open_tables
from contracts.file_forms import Delimited

CSV = "name,sum\nTern,1.50\nQuill,007\n"


def zipped(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def files(tables: list[SourceTable]) -> list[str]:
    return [table.file for table in tables]


@pytest.fixture(autouse=True)
def spools(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which archives are unpacked."""
    folder = tmp_path_factory.mktemp("spools")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_members_are_read_as_files_of_the_delivery(tmp_path: Path, spools: Path) -> None:
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("2026")
        archive.writestr("2026/april.csv", CSV)
        archive.writestr("2026\\may.csv", CSV)
        archive.writestr("__MACOSX/2026/._april.csv", b"\0\1")
        archive.writestr(".DS_Store", b"\0\1")
    tables = open_tables(path)
    assert files(tables) == ["outer.zip/2026/april.csv", "outer.zip/2026/may.csv"]
    assert all(table.notes == ("members-passed-over",) for table in tables)
    assert tables[0].place(3, 1) == ("outer.zip/2026/april.csv", None, "B3")
    assert [table.cell(3, 1) for table in tables] == ["007", "007"]
    assert list(spools.iterdir())
    kept = tables.pop()
    del tables
    gc.collect()
    assert kept.cell(2, 0) == "Tern"
    del kept
    gc.collect()
    assert not list(spools.iterdir())


def test_members_are_chosen_by_pattern(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", a__x="not a table", b__spend="x,y\n1,2\n", **{"c.csv": CSV})
    assert files(open_tables(path, Delimited(members="*.csv"))) == ["a.zip/c.csv"]
    assert files(open_tables(path, Delimited(members="b/*"))) == ["a.zip/b/spend"]
    with pytest.raises(Unreadable, match=r"no member that matches '\*\.txt'; it has 'a/x'") as no:
        open_tables(path, Delimited(members="*.txt"))
    assert no.value.code == "archive-without-members"


def test_a_member_that_is_no_table_says_what_to_declare(tmp_path: Path, spools: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"a.csv": CSV, "read me.pdf": "%PDF-1.4"})
    with pytest.raises(Unreadable, match=r"a\.zip/read me\.pdf is a PDF.*`members`") as refusal:
        open_tables(path)
    assert refusal.value.code == "file-kind-unknown"
    del refusal
    gc.collect()
    assert not list(spools.iterdir())


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_single_packed_files(tmp_path: Path, kind: str) -> None:
    plain = tmp_path / "spend.csv"
    plain.write_text(CSV)
    packer = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}[kind]
    path = tmp_path / f"spend.csv.{kind}"
    if shutil.which(packer):
        subprocess.run([packer, "-k", str(plain)], check=True)
    else:
        compress = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[kind]
        path.write_bytes(compress(CSV.encode()))
    [table] = open_tables(path)
    assert (table.file, table.cell(3, 1)) == (f"spend.csv.{kind}/spend.csv", "007")
    assert table.notes == ()
    whole = path.read_bytes()
    for damaged in (whole[:-6], whole[:30] + bytes([whole[30] ^ 255]) + whole[31:]):
        path.write_bytes(damaged)
        with pytest.raises(Unreadable) as refusal:
            open_tables(path)
        assert refusal.value.code == "archive-damaged"


def test_7z_of_another_writer(tmp_path: Path) -> None:
    if shutil.which("7z") is None:
        pytest.skip("NO 7z COMMAND: install the Debian package p7zip-full to try its archives")
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "in/b.csv"):
        (tmp_path / name).write_text(CSV)
    (tmp_path / "empty.txt").write_text("")
    for method in ("LZMA2", "PPMd", "BZip2", "Deflate64"):
        pack = ["7z", "a", "-bd", f"-m0={method}", f"{method}.7z", "a.csv", "in", "empty.txt"]
        subprocess.run(pack, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
        tables = open_tables(tmp_path / f"{method}.7z", Delimited(members="*.csv"))
        assert sorted(files(tables)) == [f"{method}.7z/a.csv", f"{method}.7z/in/b.csv"]
        assert [table.cell(3, 1) for table in tables] == ["007", "007"]
    for switches in (["-psecret"], ["-psecret", "-mhe=on"]):
        (tmp_path / "locked.7z").unlink(missing_ok=True)
        pack = ["7z", "a", "-bd", *switches, "locked.7z", "a.csv"]
        subprocess.run(pack, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
        with pytest.raises(Unreadable, match="password") as refusal:
            open_tables(tmp_path / "locked.7z")
        assert refusal.value.code == "archive-encrypted"


def test_7z_in_several_blocks_and_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.7z"
    with py7zr.SevenZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(CSV, f"{number}.csv")
    assert files(open_tables(path)) == [f"a.7z/{number}.csv" for number in range(3)]
    whole = path.read_bytes()
    for damaged in (whole[:-8], whole[:40] + bytes([whole[40] ^ 255]) + whole[41:], whole[:20]):
        path.write_bytes(damaged)
        with pytest.raises(Unreadable) as refusal:
            open_tables(path)
        assert refusal.value.code in ("archive-damaged", "file-damaged")


def test_memos_come_with_their_table(tmp_path: Path) -> None:
    table = dbf.Table(str(tmp_path / "notes.dbf"), "id C(3); note M", dbf_type="db3")
    table.open(mode=dbf.READ_WRITE)
    table.append(("001", "a long note"))
    table.close()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "notes.dbf", "x/notes.dbf")
        archive.write(tmp_path / "notes.dbt", "x/notes.dbt")
        archive.writestr("x/notes.cdx", b"\0index")
    for form in (None, Delimited(members="*.txt")):
        if form is not None:
            with pytest.raises(Unreadable):
                open_tables(path, form)
            continue
        [found] = open_tables(path)
        assert found.file == "a.zip/x/notes.dbf"
        assert found.cell(1, 1) == "a long note"


def test_json_pages_in_an_archive_are_one_table(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"1.json": '[{"a": 1}]', "2.json": '[{"a": 2}]'})
    [table] = open_tables(path)
    assert table.place(2, 0) == ("a.zip/2.json", None, "record 1, a")


@pytest.mark.parametrize("name", ["empty.zip", "only-folders.zip", "only-junk.zip"])
def test_an_archive_of_no_files_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        if "folders" in name:
            archive.mkdir("a")
        if "junk" in name:
            archive.writestr(".DS_Store", b"x")
    with pytest.raises(Unreadable) as refusal:
        open_tables(tmp_path / name)
    assert refusal.value.code == "archive-without-members"


def test_a_child_forked_off_leaves_the_members(tmp_path: Path) -> None:
    tables = open_tables(zipped(tmp_path / "a.zip", **{"a.csv": CSV}))
    process = os.fork()
    if process == 0:
        del tables
        gc.collect()
        os._exit(0)
    os.waitpid(process, 0)
    assert tables[0].cell(2, 0) == "Tern"


PARTS = st.text(st.sampled_from("ab.\\/: \0\u202e~é"), min_size=1, max_size=12)


@settings(max_examples=300)
@given(PARTS)
def test_no_name_leads_out(name: str) -> None:
    members = Members("a.zip", None)
    try:
        path = members.add(name, is_folder=False, is_special=False, is_encrypted=False)
    except Unreadable as refusal:
        assert refusal.code == "archive-unsafe"
        return
    if path is not None:
        assert not path.startswith("/")
        assert not {"..", ".", ""} & set(path.split("/"))
        assert "\\" not in path and "\0" not in path and not re.match("[A-Za-z]:", path)
