"""``watersmeet held``: a person looks at a stopped delivery and decides."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from cli.floor.summary import nothing_new, summary
from cli.floor.watch import Outcome
from cli.main import main
from tests.journey_kit import Home

FEED = "northmoor/spend"


def says(capsys: pytest.CaptureFixture[str], *arguments: str, ends: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert (ended.value.code or 0) == ends, capsys.readouterr()
    return capsys.readouterr().out


def tenth(home: Home, capsys: pytest.CaptureFixture[str]) -> str:
    """A feed whose next delivery is held; what `run` says of that."""
    home.supply(FEED)
    says(capsys, "run", FEED)
    path = home.file(FEED)
    lines = path.read_text(encoding="cp1252").splitlines(keepends=True)
    home.put(
        str(path.relative_to(home.supplied)),
        "".join(lines[: len(lines) // 10]).encode("cp1252"),
        100,
    )
    return says(capsys, "run", FEED, ends=3)


def test_look_and_accept_once(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    told = tenth(home, capsys)
    assert "held for a person to decide (hold 1)" in told and "fewer than usual" in told
    assert "Held: northmoor/spend" in says(capsys, "status")
    assert "stops: the delivery holds" in says(capsys, "held", "list")
    [found] = json.loads(says(capsys, "held", "list", FEED, "--json"))
    assert found["state"] == "waiting" and found["findings"][0]["code"] == "rows-fell"
    shown = says(capsys, "held", "show", "1")
    assert "+gates:" in shown and "held accept 1" in shown
    done = says(capsys, "held", "accept", "1", "--once", "--by", "A. Steward", "--reason", "known")
    assert "landed = " in done and "The feed's file" not in done
    assert "No delivery waits" in says(capsys, "held", "list")
    told = says(capsys, "held", "show", "1")
    assert "accepted-once by A. Steward" in told and "known" in told
    assert json.loads(says(capsys, "status", "--json"))["held"] == []


def test_accept_with_the_contract(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home.contracts()
    tenth(home, capsys)
    feed = folder / "feeds" / f"{FEED}.yml"
    before = feed.read_text(encoding="utf-8")
    made = json.loads(says(capsys, "held", "accept", "1", "--reason", "from now on", "--json"))
    assert made["written"] and made["outcome"]["state"] == "loaded"
    assert feed.read_text(encoding="utf-8") == before + "gates:\n  rows:\n    fall: 0.95\n"


def test_only_the_patch(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home.contracts()
    tenth(home, capsys)
    feed = folder / "feeds" / f"{FEED}.yml"
    before = feed.read_text(encoding="utf-8")
    told = says(capsys, "held", "accept", "1", "--reason", "from now on", "--patch")
    assert "Apply this patch" in told and "+++ b/feeds/northmoor/spend.yml" in told
    assert "landed = " in told, "it is loaded all the same"
    assert feed.read_text(encoding="utf-8") == before
    assert "+gates:" in says(capsys, "held", "show", "1"), "the patch is kept"


def test_refuse(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    tenth(home, capsys)
    told = says(capsys, "held", "refuse", "1", "--by", "A. Steward", "--reason", "half is missing")
    assert "refused by A. Steward" in told
    assert says(capsys, "run", FEED, ends=1) == f"{FEED}: nothing new.\n"
    refused = json.loads(says(capsys, "status", "--json"))["refused"]
    assert [one["code"] for one in refused] == ["delivery-refused-by-person"]
    found: list[dict[str, Any]] = json.loads(says(capsys, "held", "list", "--all", "--json"))
    assert [one["state"] for one in found] == ["refused"]


def test_mistakes_are_told(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    tenth(home, capsys)
    with pytest.raises(SystemExit) as ended:
        main(["held", "accept", "9", "--reason", "why"])
    assert ended.value.code == 2 and "held list" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["held", "refuse", "1", "--reason", " "])
    assert ended.value.code == 2 and "a name and a reason" in capsys.readouterr().err


def test_up_says_that_a_delivery_waits_however_often_it_is_asked(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    written = io.StringIO()
    console = Console(file=written, width=200)
    tenth(home, capsys)
    summary(Outcome((), {}, ("northmoor__spend",)), console)
    assert "northmoor__spend is held" in written.getvalue()
    assert "Nothing new" not in written.getvalue(), "it was not received before"
    assert not nothing_new(home.url, console), "the second time too"
    assert written.getvalue().count("northmoor__spend is held") == 2
    says(capsys, "held", "refuse", "1", "--reason", "half is missing")
    assert nothing_new(home.url, console)
