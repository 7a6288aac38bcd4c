"""``watersmeet discover``, as people type it."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from cli.main import main

SPEND = "Date,Supplier,Amount\n13/04/2026,Acme,1.50\n14/04/2026,Beta,2.50\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    folder = tmp_path / "share"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "may.csv").write_text(SPEND)
    (folder / "copy.csv").write_text(SPEND)
    (folder / "other.txt").write_text("Code;Colour\n1;red\n2;blue\n")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = 0
    try:
        main(["discover", *(str(one) for one in arguments)])
    except SystemExit as ended:
        code = int(ended.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_it_tells_kinds_datasets_and_the_same_twice(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, place, "--out", tmp_path / "found")
    assert code == 0
    assert "3 files" in out and "Likely spend: 2 tables" in out
    assert "Byte for byte the same: 1 group, " in out
    assert f"watersmeet check {place}/" in out and "--dataset spend" in out
    assert "Acme" not in out
    assert {one.name for one in (tmp_path / "found").iterdir()} == {
        "discovery.csv",
        "discovery.html",
    }
    _, out, _ = run(capsys, place)
    assert "0 files looked into" in out and "3 others known from the last time" in out


def test_where_nothing_lies_that_is_said(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, place, "--pattern", "*.none", "--html", tmp_path / "none.html")
    assert code == 0
    assert "0 files" in out and "3 files passed over" in out and "nothing to look into" in out
    assert "No table resembles a dataset" in (tmp_path / "none.html").read_text()


def test_one_is_said_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "only.csv").write_text("Code,Colour\n1,red\n2,blue\n")
    _, out, _ = run(capsys, tmp_path / "one", "--fresh")
    assert "1 file, 25 B, 1 table\n" in out and "1 table is like no dataset" in out
    assert "1 file looked into" in out and "others" not in out


@pytest.mark.parametrize("width", [40, 80])
def test_json_is_all_that_is_printed_and_progress_fits_the_window(
    place: Path, tmp_path: Path, width: int
) -> None:
    """Standard error is a terminal, as it is where somebody redirects the JSON to a file."""
    window, end = os.openpty()
    termios.tcsetwinsize(end, (24, width))
    command = [sys.executable, "-m", "cli.main", "discover", str(place), "--json"]
    with (tmp_path / "found.jsonl").open("wb") as out:
        # What somebody set for the window counts more than the window itself.
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        process = subprocess.Popen(
            command, stdout=out, stderr=end, env={**environment, "TERM": "xterm"}
        )
        os.close(end)
        shown = bytearray()
        # A terminal nobody writes to any more ends with an error.
        with contextlib.suppress(OSError):
            while block := os.read(window, 4096):
                shown += block
        assert process.wait() == 0
    os.close(window)
    told = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
    assert told[-1]["type"] == "summary" and told[-1]["files"] == 3
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", bytes(shown)).decode()
    lines = re.split(r"[\r\n]+", plain)
    assert any("Looking into files" in line and "3 of 3" in line for line in lines)
    cut = [line for line in lines if len(line) > width or "…" in line]
    # What a library has to say to the terminal is no part of it.
    assert [line for line in cut if re.match("Walking|Looking|Comparing", line)] == [], cut


def test_json_lines_and_patterns(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, place, "--json", "--pattern", "*.txt")
    told = [json.loads(line) for line in out.splitlines()]
    assert (code, [one["type"] for one in told]) == (0, ["file", "summary"])
    assert told[0]["path"] == "other.txt" and told[1]["passed_over_by_pattern"] == 2


def test_a_connection_with_a_path(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"conn_type": "fs", "extra": {"path": str(place)}}
    monkeypatch.setenv("AIRFLOW_CONN_NORTHMOOR_SHARE", json.dumps(told))
    code, out, _ = run(capsys, "northmoor_share:deep", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["path"] == "may.csv"
    code, _, err = run(capsys, "northmoor_share:../..", "--json")
    assert code == 2 and "leads out" in err


def test_a_place_that_cannot_be_reached_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path / "state"))
    code, out, err = run(capsys, tmp_path / "gone")
    assert (code, out) == (2, "") and "there is no folder" in err


def test_an_output_nowhere_is_told_before_anything_is_searched(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, place, "--csv", tmp_path / "no" / "found.csv")
    assert code == 2 and "there is no folder" in err
    assert not (tmp_path / "state").exists()


def test_ctrl_c_keeps_what_was_found_and_says_how_to_go_on(place: Path, tmp_path: Path) -> None:
    for number in range(600):
        (place / f"{number}.csv").write_text(f"Code,Colour\n{number},red\n")
    command = [sys.executable, "-m", "cli.main", "discover", str(place)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    database = tmp_path / "state" / "discovery"
    looked = 0
    while looked < 50 and process.poll() is None:
        time.sleep(0.2)
        for file in database.glob("*.sqlite"):
            try:
                with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as seen:
                    [[looked]] = seen.execute("SELECT count(*) FROM files WHERE look IS NOT NULL")
                seen.close()
            except sqlite3.OperationalError:
                continue
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "kept" in err and f"watersmeet discover {place}" in err
    assert "Traceback" not in err


def test_the_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0 and "watersmeet discover northmoor_share:finance/2026" in out
