"""``watersmeet explain`` as it is called."""

import json

import psycopg
import pytest

from cli.main import main
from tests.journey_kit import Home


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_json_holds_the_whole_way(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    with psycopg.connect(home.url.replace("+psycopg", "")) as conn:
        row = conn.execute("SELECT payment_id FROM store.payment LIMIT 1").fetchone()
    assert row is not None
    assert ends("explain", "payment", str(row[0]), "amount", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    wanted = {"file", "sha256", "sheet", "cell", "header", "as_written", "value", "rules"}
    wanted |= {"contract", "contract_version", "agreement", "code_version", "run_id", "proved"}
    assert wanted <= set(told) and told["proved"] is True
    assert ends("explain", "payment", str(row[0]), "amount") == 0
    said = capsys.readouterr().out
    assert told["cell"] in said and told["as_written"] in said and "proved" in said


def test_the_clocks_are_asked_for_in_plain_dates(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    with psycopg.connect(home.url.replace("+psycopg", "")) as conn:
        row = conn.execute(
            "SELECT payment_id, lower(valid_during) FROM store.payment LIMIT 1"
        ).fetchone()
    assert row is not None
    asked = ("explain", "payment", str(row[0]), "amount")
    at = ("--as-at", str(row[1]), "--as-known", "2999-01-01T09:30", "--feed", "northmoor/spend")
    assert ends(*asked, *at) == 0
    assert f"so            from {row[1]} on" in capsys.readouterr().out
    assert ends(*asked, "--as-at", "1900-01-01") == 2
    assert "on 1900-01-01" in capsys.readouterr().err
    assert ends(*asked, "--as-known", "1990-01-01") == 2
    assert "as known at 1990-01-01" in capsys.readouterr().err
    assert ends(*asked, "--as-at", "31/03/2026") == 2
    assert "is no date; write it as 2026-03-31" in capsys.readouterr().err


def test_an_unknown_identifier_ends_with_a_message(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends("explain", "payment", "not-one", "amount") == 2
    assert "is no identifier" in capsys.readouterr().err
