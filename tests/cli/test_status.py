"""``watersmeet status`` as it is called."""

import json

import pytest

from cli.main import main
from pipeline.ingest import discover
from tests.journey_kit import FEEDS, Home


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_json_holds_feeds_deliveries_and_addresses(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.supply("northmoor/spend")
    outcome = home.one("northmoor/spend").outcome
    assert outcome is not None
    assert ends("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    feeds = {one["feed"]: one for one in told["feeds"]}
    assert set(feeds) == set(FEEDS)
    assert feeds["northmoor/spend"]["landed"] == outcome.landed
    assert feeds["northmoor/spend"]["quarantined"] == outcome.quarantined
    assert feeds["works/spend"]["delivery"] is None
    assert told["airflow"] is None and "127.0.0.1" in told["database"]
    assert ends("status") == 0
    said = capsys.readouterr().out
    assert "northmoor/spend" in said and "none yet" in said


def test_a_refused_delivery_is_shown_with_its_reason(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home.supply("northmoor/spend")
    home.put(
        str(path.relative_to(home.supplied)),
        path.read_bytes().replace(b"Net Amount", b"Sum"),
    )
    assert home.one("northmoor/spend").refused
    assert ends("status") == 0
    assert "Refused: northmoor/spend" in capsys.readouterr().out


def test_what_waits_at_a_place_and_what_is_gone_from_it_is_shown(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    first = home.supply("northmoor/spend")
    content = first.read_bytes()
    second = home.put(str(first.with_name("more.csv").relative_to(home.supplied)), content + b" ")
    home.run("northmoor/spend")
    second.unlink()
    discover("northmoor/spend")
    assert ends("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["names"] for one in told["gone"]] == [["more.csv"]]
    assert ends("status") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Gone: northmoor/spend 1 of 2 deliveries are no longer at the place: more.csv" in said
    home.put(str(first.with_name("new.csv").relative_to(home.supplied)), content, age=0)
    first.unlink()
    discover("northmoor/spend")
    assert ends("status") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Waits: northmoor/spend new.csv was changed less than 1 seconds ago" in said
    assert "all 2 deliveries are gone from the place" in said and "mounted?" in said
