"""``watersmeet impact`` as it is called."""

import json
from pathlib import Path

import pytest

from cli.main import main


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command says of declared things needs none."""
    monkeypatch.delenv("WATERSMEET_DATABASE_URL", raising=False)
    monkeypatch.delenv("WATERSMEET_CONTRACTS", raising=False)
    monkeypatch.setenv("WATERSMEET_STATE", str(tmp_path))


def test_the_tree_is_indented_and_says_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("impact", "payment.amount") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("column payment.amount")
    assert '    header of northmoor/spend: "Net Amount"' in lines
    assert lines[-1].startswith("Note: only what is declared is shown")


def test_json_is_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("impact", "northmoor/spend", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == "feed" and told["depends"][0]["name"] == "northmoor/spend"


def test_an_unknown_thing_ends_with_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("impact", "payment.amonut") == 2
    assert "near it: payment.amount" in capsys.readouterr().err
