"""``watersmeet lineage`` as it is called."""

import json
from pathlib import Path

import pytest

from cli.main import main
from tests.journey_kit import Home
from tests.lineage_kit import listening

SPEND = "northmoor/spend"


@pytest.fixture(autouse=True)
def no_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WATERSMEET_OPENLINEAGE_URL", "AIRFLOW_CONN_OPENLINEAGE"):
        monkeypatch.delenv(name, raising=False)


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["lineage", *arguments])
    return int(ended.value.code or 0)


def test_what_happened_is_shown_waits_and_is_sent(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ends("show", SPEND) == 1 and "no events yet" in capsys.readouterr().out
    home.supply(SPEND)
    outcome = home.one(SPEND).outcome
    assert outcome is not None
    assert ends("show", SPEND, "--json") == 0
    events = json.loads(capsys.readouterr().out)
    assert [one["eventType"] for one in events] == ["START", "COMPLETE"]
    assert ends("show", str(outcome.delivery_id)) == 0
    said = capsys.readouterr().out
    assert (
        f"COMPLETE  {SPEND}  delivery {outcome.delivery_id}" in said and "checks and gates" in said
    )
    # Without a receiver nothing is wrong.
    assert ends("pending") == 0 and "Waiting   2" in capsys.readouterr().out
    assert ends("send") == 0 and "no receiver is set" in capsys.readouterr().out
    with listening() as collector:
        monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", collector.url)
        collector.usual = 500
        assert ends("send") == 1
        assert "the receiver last said: " in capsys.readouterr().out
        collector.usual = 400
        assert ends("send", "--json") == 1
        capsys.readouterr()
        assert ends("pending", "--json") == 1
        assert json.loads(capsys.readouterr().out)["refused"] == 2
        with pytest.raises(SystemExit):
            main(["status"])
        assert "watersmeet lineage pending" in capsys.readouterr().out
        collector.usual = 201
        assert ends("send", "--refused") == 0
        assert collector.types[-2:] == ["START", "COMPLETE"]
        assert ends("pending") == 0
        with pytest.raises(SystemExit):
            main(["status"])
        assert "lineage" not in capsys.readouterr().out


def test_what_is_not_there_is_said(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ends("show", "4711") == 2 and "delivery 4711" in capsys.readouterr().err
    assert ends("show", "northmoor/nothing") == 2
    monkeypatch.setenv("WATERSMEET_OPENLINEAGE_URL", "canary")
    capsys.readouterr()
    assert ends("send") == 2
    told = capsys.readouterr().err
    assert "WATERSMEET_OPENLINEAGE_URL" in told and "canary" not in told
    assert Path(home.root).exists()
