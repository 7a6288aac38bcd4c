"""``watersmeet read``."""

import json
import struct
import zipfile
from pathlib import Path

import pytest

from cli.main import main
from contracts.issues import issue_types


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.txt"
    path.write_text("id;name\n007;Ann [b]x[/b]\n008;Bob\u202e\n")
    return path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["read", *arguments])
    return int(ended.value.code or 0)


def test_it_shows_tables_and_records(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(file), "--encoding", "utf-8") == 1, "a turned direction is a problem of its row"
    shown = capsys.readouterr().out
    assert "3 records, 2 columns; delimited; utf-8; delimiter ';'" in shown
    assert "007  Ann [b]x[/b]" in shown, "as written, and no markup"
    assert "\u202e" not in shown and "Bob\\u202e" in shown
    assert "control-character: 1, in row 3" in shown


def test_json_is_for_programs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(str(file), "--json", "--rows", "1")
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == "people.txt" and len(told["sha256"]) == 64
    [table] = told["tables"]
    assert table["rows"] == 3 and table["first"] == [{"row": 1, "cells": ["id", "name"]}]


def test_what_is_known_of_the_file_is_said_as_in_a_feed(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(str(file), "--form", "{format: delimited, delimiter: '|'}") == 1
    assert "3 records, 1 column;" in capsys.readouterr().out
    assert run(str(file), "--delimiter", "\\t", "--out", str(tmp_path / "out.csv")) == 1
    assert (tmp_path / "out.csv").read_text().startswith('"id;name"')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--form", "delimited"], "is not '{format: ..., ...}'"),
        (["--form", "{format: word}"], "'word'"),
        (["--form", "{format: delimited, delimeter: x}"], "delimeter"),
        (["--out", "x.docx"], "write to a .csv or a .parquet"),
        (["--table", "9"], "no table 9"),
        (["--feed", "northmoor/spend", "--encoding", "ascii"], "the feed says"),
    ],
)
def test_what_cannot_be_is_said_plainly(
    file: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(file), *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tmp_path / "none.csv")) == 2
    assert "there is no file" in capsys.readouterr().err


def test_a_folder_is_told_apart_from_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a b").mkdir()
    assert run(str(tmp_path / "a b")) == 2
    assert f"watersmeet discover '{tmp_path}/a b'" in capsys.readouterr().err


def test_one_is_said_of_one_and_tables_stand_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id,name\n1,x\u202e\n2,y\u202e\n")
        archive.writestr("b.csv", "id\n")
    assert run(str(path)) == 1
    shown = capsys.readouterr().out
    assert "control-character: 2, in rows 2, 3: " in shown
    assert "\n\ntwo.zip/b.csv: table 2: 1 record, 1 column;" in shown


def test_deleted_records_are_said_to_be_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = struct.pack("<BBBBLHH20x", 3, 126, 5, 1, 2, 65, 5)
    field = b"NAME".ljust(11, b"\0") + b"C" + bytes(4) + b"\4" + bytes(15)
    (tmp_path / "old.dbf").write_bytes(head + field + b"\r" + b" Ann " + b"*Bob " + b"\x1a")
    assert run(str(tmp_path / "old.dbf")) == 0
    shown = capsys.readouterr().out
    assert "1 record, 1 column" in shown and "  1 record left out: deleted in the file\n" in shown


COPYBOOK = "       01  R.\n           05  REF    PIC 9(4).\n           05  PAYEE  PIC X(4).\n"


@pytest.mark.parametrize("absolute", [True, False])
def test_a_copybook_lies_wherever_it_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    absolute: bool,
) -> None:
    folder = tmp_path / "some where"
    folder.mkdir()
    (folder / "pay.cpy").write_text(COPYBOOK)
    (tmp_path / "PAY.D260501").write_bytes(b"\xf0\xf0\xf0\xf7\xc1\x95\x95\x40")
    monkeypatch.chdir(tmp_path)
    book = str((folder if absolute else Path("some where")) / "pay.cpy")
    assert run("PAY.D260501", "--copybook", book, "--encoding", "cp037", "--json") == 0
    [table] = json.loads(capsys.readouterr().out)["tables"]
    assert table["names"] == ["REF", "PAYEE"]
    assert table["first"] == [{"row": 1, "cells": ["0007", "Ann"]}]
    assert run("PAY.D260501", "--copybook", book) == 2
    assert "--encoding" in capsys.readouterr().err, "a code page is never guessed"
    assert run("PAY.D260501", "--copybook", "none.cpy", "--encoding", "cp037") == 2
    assert "there is no copybook none.cpy" in capsys.readouterr().err


def test_a_problem_is_told_in_words(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(str(file))
    shown = capsys.readouterr().out
    assert f"in row 3: {issue_types()['control-character'].message}" in shown


def test_a_table_is_not_written_over_the_file_or_nowhere(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = file.rename(tmp_path / "people.csv")
    before = named.read_bytes()
    assert run(str(named), "--out", str(tmp_path / "x" / ".." / "people.csv")) == 2
    assert run(str(named), "--out", str(named)) == 2
    assert "is the file that is read" in capsys.readouterr().err
    assert named.read_bytes() == before
    assert run(str(named), "--out", str(tmp_path / "none" / "out.csv")) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_members_of_an_archive_are_tables_by_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "month.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("May/north.csv", "a,b\n1,2\n")
        archive.writestr("May/south.csv", "a,b\n3,4\n")
    assert run(str(path), "--out", str(tmp_path / "out.csv")) == 2
    assert "1 (May/north.csv), 2 (May/south.csv)" in capsys.readouterr().err
    assert run(str(path), "--table", "May/south.csv", "--out", str(tmp_path / "out.csv")) == 0
    assert (tmp_path / "out.csv").read_text().endswith('"3","4"\n')


def test_help_fits_any_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("--help") == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    at = next(i for i, line in enumerate(lines) if line.startswith("Needs no contract"))
    assert all(len(line) > 60 for line in lines[at : at + 3]), "lines are filled, not broken twice"
