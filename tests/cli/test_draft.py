"""``watersmeet draft``."""

import json
import shutil
from pathlib import Path

import pytest

from cli.main import main
from tests.journey_kit import OWN


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(OWN, tmp_path / "contracts"))
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(folder))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kennels.csv"
    path.write_text(
        "Kennel number,Street,Dogs\n"
        + "".join(f"K{i:03d},Mill Lane {i},{i % 4}\n" for i in range(30))
    )
    return path


def run(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_what_it_writes_is_accepted_by_check(
    file: Path, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("draft", str(file), "--new", "kennel", "--organisation", "northmoor") == 0
    shown = capsys.readouterr().out
    assert "a new dataset, kennel" in shown
    assert "What may tell records apart: kennel_number; street" in shown
    assert f"watersmeet check {file} --dataset kennel --organisation northmoor" in shown
    assert (contracts / "feeds/northmoor/kennel.yml").is_file()
    assert run("check", str(file), "--dataset", "kennel", "--organisation", "northmoor") == 0
    assert "30 rows: 30 good" in capsys.readouterr().out


def test_nothing_is_written_over(
    file: Path, contracts: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    there = tmp_path / "other" / "datasets" / "kennel.py"
    there.parent.mkdir(parents=True)
    there.write_text("# mine\n")
    assert run("draft", str(file), "--new", "kennel", "--into", str(tmp_path / "other")) == 2
    assert "datasets/kennel.py is there already" in capsys.readouterr().err
    assert there.read_text() == "# mine\n"
    assert not (tmp_path / "other" / "entities").exists()


def test_dry_and_json_write_nothing(
    file: Path, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("draft", str(file), "--new", "kennel", "--dry") == 0
    shown = capsys.readouterr().out
    assert "--- datasets/kennel.py" in shown and "Nothing was written" in shown
    assert "watersmeet check" not in shown, "what was not written cannot be tried"
    assert run("draft", str(file), "--new", "kennel", "--dry", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dataset"] == "kennel" and told["keys"][0] == ["kennel_number"]
    assert (told["into"], told["written"]) == (str(contracts), False)
    assert not (contracts / "datasets" / "kennel.py").exists()


def test_what_cannot_be_is_said_plainly(
    file: Path, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("draft", str(file), "--new", "x", "--dataset", "spend") == 2
    assert "not both" in capsys.readouterr().err
    assert run("draft", str(file.parent / "none.csv")) == 2
    assert "there is no file" in capsys.readouterr().err
    assert run("draft", str(file.parent)) == 2
    assert "is a folder" in capsys.readouterr().err


def test_the_command_to_go_on_with_can_be_pasted(
    file: Path, contracts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spaced = file.rename(tmp_path / "kennels of May.csv")
    other = tmp_path / "other"
    assert run("draft", str(spaced), "--new", "kennel", "--into", str(other)) == 0
    pasted = capsys.readouterr().out.splitlines()[-1].strip()
    assert pasted == (f"WATERSMEET_CONTRACTS={other} watersmeet check '{spaced}' --dataset kennel")


@pytest.mark.parametrize("width", [60, 200])
def test_columns_are_readable_in_any_window(
    contracts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    width: int,
) -> None:
    path = tmp_path / "odd.csv"
    header = "How many [b]dogs[/b] there are in each of the kennels of the district"
    path.write_text(f"Kennel,{header}\n" + "".join(f"K{i},{i}\n" for i in range(20)))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    assert run("draft", str(path), "--new", "kennel", "--dry") == 0
    shown = capsys.readouterr().out
    told = shown[: shown.index("What may tell")].splitlines()
    assert any(header in line for line in told), "whole, and no markup"
    assert ("guessed from" in shown) == (width == 200)
    assert any("all 20 different values read as" in line for line in told)
    assert "…" not in shown
