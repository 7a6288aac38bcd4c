"""``watersmeet kitemark`` as it is called."""

import json

import pytest

from cli.main import main
from tests.journey_kit import FEEDS, Home

FEED = "northmoor/school_census"


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_levels_dimensions_and_what_is_missing_are_told(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.supply(FEED)
    home.one(FEED)
    assert ends("kitemark") == 0
    said = capsys.readouterr().out
    assert all(feed in said for feed in FEEDS) and "none yet" in said
    assert ends("kitemark", FEED, "--json") == 0
    [one] = json.loads(capsys.readouterr().out)
    assert one["name"] and one["next"] and one["short_of"][0]["whose"] in (
        "supplier", "steward", "operations"
    )  # fmt: skip
    assert ends("kitemark", FEED) == 0
    said = capsys.readouterr().out
    assert f"{FEED}: {one['name']}" in said and one["meaning"] in said
    assert f"Keeps it from {one['next']}:" in said and "too early to say" in said
    for dimension, shown in one["dimensions"].items():
        line = next(line for line in said.splitlines() if line.startswith(dimension))
        assert f"{shown['checks']} of {shown['could']}" in line
        if shown["checks"]:
            assert f"{shown['failed']:,} of {shown['examined']:,} (" in line, "counts beside %"
        else:
            assert "not shown: no check ran" in line
    assert ends("status") == 0
    lines = capsys.readouterr().out.splitlines()
    assert one["name"] in next(line for line in lines if line.startswith(FEED))


def test_an_unknown_feed_is_said_plainly(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("kitemark", "nobody/spend") == 2
    assert "knows no feed nobody/spend" in capsys.readouterr().err
