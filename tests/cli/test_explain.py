"""``watersmeet explain`` as it is called."""

import json

import psycopg
import pytest
from journey_kit import Home

from cli.main import main


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


def test_an_unknown_identifier_ends_with_a_message(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends("explain", "payment", "not-one", "amount") == 2
    assert "is no identifier" in capsys.readouterr().err
