"""``watersmeet codes``: the worklist at the command line, one answer at a time."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.codes import codes
from cli.main import main
from tests import codes_kit
from tests.journey_kit import Home

LINES = """G1,03/04/2020,Leads City,10.00
G2,13/04/2020,Leads City,20.00
G3,13/04/2020,Nowhere,30.00
G4,14/04/2021,[bold]Brissle,40.00
"""
DECIDED = ["--by", "A. Steward", "--reason", "their own name"]


@pytest.fixture
def grants(home: Home) -> Home:
    codes_kit.declare(home)
    codes_kit.supply(home, "northmoor", LINES)
    home.one("northmoor/grants")
    return home


def ask(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["codes", *arguments])
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return code or 0


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def review(lines: str) -> str:
    """What a steward sees who types these lines."""
    result = CliRunner().invoke(codes, ["review", "--by", "A. Steward"], input=lines)
    assert result.exit_code == 0, result.output
    return str(result.output)


def test_list_accept_refuse_unused(grants: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("list", "--json") == 0
    found = told(capsys)
    assert [(one["written"], one["rows"]) for one in found] == [
        ("Leads City", 2), ("Nowhere", 1), ("[bold]Brissle", 1),
    ]  # fmt: skip
    assert found[0]["suggestions"][0]["code"] == "LDS"
    assert found[0]["feeds"] == ["northmoor/grants"]
    assert ask("list") == 0
    shown = capsys.readouterr().out
    assert "'Leads City'" in shown and "LDS (Leeds City Council)" in shown
    assert "[bold]Brissle" in shown

    assert ask("accept", "local-authority", "Leads City", "LDS", *DECIDED, "--json") == 0
    decision = told(capsys)
    assert decision["line"] == f"{codes_kit.ALIASES}, line 2"
    assert decision["replayed"] == {"northmoor/grants": "2 rows released, 2 still held"}
    assert ask("accept", "local-authority", "Leads City", "LDS", *DECIDED) == 0
    assert "the register says so already" in capsys.readouterr().out
    assert ask("refuse", "northmoor/grants", "Nowhere", *DECIDED) == 0
    assert "refused" in capsys.readouterr().out
    assert ask("list", "--state", "all", "--json") == 0
    assert {one["written"]: one["state"] for one in told(capsys)} == {
        "Leads City": "accepted", "Nowhere": "refused", "[bold]Brissle": "open",
    }  # fmt: skip

    accept = ["accept", "northmoor/grants", "[bold]Brissle", "BST", *DECIDED]
    assert ask(*accept, "--from", "2022-01-01") == 0
    capsys.readouterr()
    assert ask("unused", "--json") == 0
    assert [(one["writing"], one["feed"]) for one in told(capsys)] == [
        ("[bold]Brissle", "northmoor/grants")
    ]


def test_a_mistake_is_told_and_ends_with_2(
    grants: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("accept", "local-authority", "Leads City", "Leeds", *DECIDED) == 2
    said = capsys.readouterr().err
    assert "local-authority has no code 'Leeds'; did you mean LDS (Leeds City Council)" in said
    assert not (grants.contracts() / codes_kit.ALIASES).exists()


def test_a_review_is_taken_up_where_it_was_left(grants: Home) -> None:
    shown = review("x\na\nIt is Leeds, misspelt\n\nq\n")
    assert "1 of 3  local-authority: 'Leads City'" in shown
    assert "2 rows of northmoor/grants, column council" in shown
    assert "that is none of the answers" in shown
    assert "northmoor/grants: 2 rows released, 2 still held" in shown
    stored = "SELECT reference, council FROM store.grant ORDER BY 1"
    assert grants.rows(stored) == [("G1", "LDS"), ("G2", "LDS")]

    shown = review("s\nn\nBRISTOL\nwhy\ny\nn\nBST\nso they call it\nn\n")
    assert "1 of 2" in shown and "has no code 'BRISTOL'" in shown
    assert grants.rows(stored)[2:] == [("G4", "BST")]
    written = (grants.contracts() / codes_kit.ALIASES).read_text().splitlines()
    assert written[2].startswith("BST,[bold]Brissle,,,northmoor/grants,A. Steward,")

    shown = review("r\nThere is no such place\n")
    assert "'Nowhere' refused" in shown
    assert "The worklist is empty." in review("")
