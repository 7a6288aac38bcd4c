"""``watersmeet quarantine`` and ``watersmeet corrections`` as people use them."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from pipeline.ingest import run_feed
from tests.journey_kit import Home
from tests.stewards_kit import FEED, UPNS, Pupil, allow, standing, supply

ONE, TWO, THREE, FOUR = UPNS
Capture = pytest.CaptureFixture[str]


def ask(*arguments: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def told(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert ask(*arguments, "--json") == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def delivery(home: Home) -> str:
    """A delivery of which three rows are held; its number."""
    supply(
        home,
        "june.csv",
        *(Pupil(ONE), Pupil(TWO, sex="Lad"), Pupil(THREE, postcode="NM99")),
        Pupil(FOUR, birth_date="31.02.2017"),
    )
    [run] = run_feed(FEED)
    assert run.outcome is not None and run.outcome.quarantined == 3
    return str(run.outcome.delivery_id)


def test_from_groups_to_nothing_held(
    home: Home, delivery: str, capsys: Capture, tmp_path: Path
) -> None:
    assert ask("quarantine", "groups") == 0
    said = capsys.readouterr().out
    for word in (FEED, "code-unknown", "postcode-invalid", "D3", "steward", "supplier"):
        assert word in said
    groups = told(capsys, "quarantine", "groups", "--organisation", "eastvale")
    assert [one["rows"] for one in groups] == [1, 1, 1]

    assert ask("quarantine", "rows", FEED, "--code", "date-unreadable") == 0
    said = capsys.readouterr().out
    assert f"{delivery}/5" in said and "june.csv" in said and FOUR not in said
    assert len(told(capsys, "quarantine", "rows", FEED, "--most", "2")) == 2

    row = f"{delivery}/5"
    assert ask("quarantine", "show", FEED, row, "--why", "a question", "--by", "o.perations") == 0
    said = capsys.readouterr().out
    assert FOUR in said and "31.02.2017" in said and "date-unreadable" in said
    [read] = told(capsys, "quarantine", "readers", FEED)
    assert (read["reader"], read["why"]) == ("o.perations", "a question")
    path = tmp_path / "held.csv"
    assert ask("quarantine", "export", FEED, str(path), "--why", "back to the supplier") == 0
    assert "3 rows" in capsys.readouterr().out and TWO in path.read_text(encoding="utf-8-sig")

    assert ask("quarantine", "replay", FEED) == 1
    assert "nothing has changed since, 3 rows are held still" in capsys.readouterr().out
    home.contracts()
    allow(home, "Lad")
    [run] = told(capsys, "quarantine", "replay", FEED)
    assert (run["released"], run["still_held"]) == (1, 2)

    asked = ("--reason", "no fixed address", "--author", "a.steward")
    assert ask("quarantine", "release", FEED, f"{delivery}/4", *asked) == 0
    assert "postcode-invalid waived" in capsys.readouterr().out

    correct = ("corrections", "add", FEED, "birth_date", "--becomes", "28.02.2017")
    assert ask(*correct, "--was", "31.02.2017", "--reason", "certificate seen") == 0
    said = capsys.readouterr().out
    assert "stands until" in said and f"watersmeet quarantine replay {FEED}" in said
    assert ask("quarantine", "replay", FEED) == 0
    assert "1 rows released, 0 held still" in capsys.readouterr().out
    assert set(standing(home)) == set(UPNS)
    assert ask("quarantine", "replay", FEED) == 0
    assert ask("quarantine", "groups") == 0
    assert "Nothing is held" in capsys.readouterr().out


def test_the_life_of_a_correction(
    home: Home, delivery: str, capsys: Capture, tmp_path: Path
) -> None:
    row = f"{delivery}/5"
    add = ("corrections", "add", FEED, "birth_date", "--row", row, "--reason", "seen")
    assert ask(*add, "--becomes", "28.02.2017", "--expires", "2001-01-01") == 2
    assert "a year from now at the latest" in capsys.readouterr().err
    assert ask(*add, "--becomes", "28.02.2017") == 0
    [one] = told(capsys, "corrections", "list", FEED)
    assert one["one_record"] and one["state"] == "not used yet"
    assert told(capsys, "corrections", "check") == []
    assert ask("quarantine", "replay", FEED) == 0
    path = tmp_path / "review.csv"
    assert ask("corrections", "export", FEED, str(path), "--why", "yearly review") == 0
    assert "31.02.2017" in path.read_text(encoding="utf-8-sig")

    supply(home, "june.csv", Pupil(FOUR))
    run_feed(FEED)
    capsys.readouterr()
    assert ask("corrections", "check") == 1
    assert "not-needed" in capsys.readouterr().out
    number = str(one["correction_id"])
    assert ask("corrections", "withdraw", number, "--by", "a.steward") == 0
    assert ask("corrections", "check") == 0
    assert told(capsys, "corrections", "list") == []
    [gone] = told(capsys, "corrections", "list", "--withdrawn")
    assert (gone["state"], gone["withdrawn_by"]) == ("withdrawn", "a.steward")
    assert ask("corrections", "withdraw", number) == 2


def test_what_cannot_be_done_is_said_plainly(home: Home, delivery: str, capsys: Capture) -> None:
    for arguments, message in {
        ("show", FEED, "five", "--why", "x"): "names no row",
        ("show", FEED, f"{delivery}/99", "--why", "x"): "no row",
        ("show", FEED, f"{delivery}/5", "--why", " "): "what for",
        ("release", FEED, f"{delivery}/99", "--reason", "x"): "no row",
        ("replay", FEED, "--delivery", "99"): "no delivery 99",
        ("replay", "eastvale/nothing"): "eastvale/nothing",
    }.items():
        assert ask("quarantine", *arguments) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        "quarantine groups {}",
        "quarantine rows {}",
        "quarantine readers {}",
        "quarantine export {} held.csv --why x",
        "corrections list {}",
        "corrections check {}",
        "corrections export {} made.csv --why x",
        "held list {}",
    ],
)
def test_a_feed_that_is_none_is_not_taken_for_one_of_which_nothing_is_held(
    home: Home, capsys: Capture, arguments: str
) -> None:
    assert ask(*arguments.format("eastvale/pupils").split()) == 2
    assert "no feed eastvale/pupils" in capsys.readouterr().err


def test_where_a_file_cannot_be_written_nothing_is_opened_for_it(
    home: Home, delivery: str, capsys: Capture, tmp_path: Path
) -> None:
    for command in ("quarantine", "corrections"):
        for name, message in {"none/held.csv": "no folder", "held.txt": ".xlsx or .csv"}.items():
            assert ask(command, "export", FEED, str(tmp_path / name), "--why", "x") == 2
            assert message in capsys.readouterr().err
    assert told(capsys, "quarantine", "readers", FEED) == []
    assert ask("quarantine", "export", FEED, str(tmp_path / "held.csv"), "--why", "x") == 0
    assert (tmp_path / "held.csv").stat().st_mode & 0o077 == 0, "for its owner only"


def test_a_new_key_is_made(home: Home, delivery: str, capsys: Capture) -> None:
    assert ask("quarantine", "new-key") == 0
    assert "Key 2" in capsys.readouterr().out
    assert ask("quarantine", "show", FEED, f"{delivery}/5", "--why", "x") == 0
