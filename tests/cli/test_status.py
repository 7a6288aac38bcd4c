"""``watersmeet status`` as it is called."""

import json

import pytest
from journey_kit import FEEDS, Home

from cli.main import main


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
