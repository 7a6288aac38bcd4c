"""``watersmeet run``: what it says, on which channel, and how it ends."""

import json
from typing import Any

import pytest

from cli.main import main
from tests.journey_kit import Home

FEED = "northmoor/spend"


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["run", *arguments])
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return code or 0


def only(written: str) -> dict[str, Any]:
    """The one object of a JSON list."""
    found: list[dict[str, Any]] = json.loads(written)
    assert len(found) == 1
    return found[0]


def test_a_delivery_and_then_nothing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.supply(FEED)
    answers = home.region.answers(FEED)
    assert ends(FEED) == 0
    told = capsys.readouterr().out
    landed = answers["rows"] + len(answers["excluded"])
    assert told.startswith(f"{FEED}  payments-2026-q1.csv: {landed:,} landed = ")
    assert f"{answers['good']:,} new, {len(answers['quarantined'])} quarantined" in told
    assert told.count("\n") == 1
    assert ends(FEED) == 1
    assert capsys.readouterr().out == f"{FEED}: nothing new.\n"
    home.supply(FEED, 2)
    assert ends(FEED) == 0
    told = capsys.readouterr().out
    assert f"; {home.region.answers(FEED, 2)['outcome']['ended']} ended in " in told


def test_json_alone_on_standard_output(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    """The API refuses a page now and then: that is no part of the answer."""
    home.supply("works/spend")
    with home.api():
        assert ends("works/spend", "--json") == 0
        told = only(capfd.readouterr().out)
        assert ends("works/spend", "--json") == 1
        again = only(capfd.readouterr().out)
    answers = home.region.answers("works/spend")
    assert (told["feed"], told["delivery"], told["refused"]) == ("works/spend", "v1/payments", None)
    outcome = told["outcome"]
    assert (outcome["new"], outcome["state"]) == (answers["good"], "loaded")
    assert home.rows("SELECT encode(sha256, 'hex') FROM watersmeet.delivery") == [(told["sha256"],)]
    assert again["outcome"]["state"] == "already" and again["sha256"] == told["sha256"]


def test_a_refusal(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    path = home.supply(FEED)
    home.put(f"northmoor/exports/spend/{path.name}", path.read_bytes().replace(b"Net Amount", b"X"))
    assert ends(FEED) == 2
    told = capsys.readouterr().out
    assert told.startswith(f"{FEED}  payments-2026-q1.csv: refused: ") and "Net Amount" in told
    assert ends(FEED) == 1, "the same bytes are not refused again"


def test_what_is_wrong_is_one_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("northmoor/spent") == 2
    said = capsys.readouterr().err
    assert said == "watersmeet: there is no feed northmoor/spent; did you mean northmoor/spend?\n"
    assert ends(FEED) == 2
    said = capsys.readouterr().err
    assert said.startswith("watersmeet: Folder ") and said.count("\n") == 1
