"""``watersmeet example``."""

import json
from pathlib import Path

import pytest

from cli.main import main


def run(*arguments: str) -> int:
    try:
        main(["example", *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_it_writes_files_and_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--seed", "7", "--rows", "200", "--into", str(tmp_path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [
        "northmoor/spend",
        "works/spend",
        "eastvale-nhs/spend",
        "northmoor/school_census",
        "eastvale/school_census",
        "northmoor/meal_eligibility",
    ]
    for line in lines[:-1]:
        assert (tmp_path / "answers" / f"{line.split()[0]}.json").is_file()


def test_json_says_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--rows", "200", "--into", str(tmp_path), "--delivery", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seed"], told["rows"], told["delivery"]) == (7, 200, 2)
    for made in told["files"]:
        answers = json.loads((tmp_path / "answers" / f"{made['feed']}.json").read_text())
        assert answers["delivery"] == 2
        assert made["rows"] == answers["rows"]
        assert Path(made["path"]).stat().st_size == made["bytes"]


def test_it_writes_connections_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "connections.json"
    arguments = ["--rows", "60", "--into", str(tmp_path / "example"), "--json"]
    assert run(*arguments, "--connections", str(file), "--api-port", "8791") == 0
    assert json.loads(file.read_text())["works_api"]["port"] == 8791


@pytest.mark.parametrize(
    "wrong", [["--rows", "5"], ["--delivery", "3"], ["--seed", "-1"], ["--rows", "many"]]
)
def test_arguments_out_of_range_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    assert run("--into", str(tmp_path / "example"), *wrong) == 2
    assert not (tmp_path / "example").exists()
