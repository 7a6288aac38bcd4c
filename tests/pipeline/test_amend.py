"""A feed's file takes what a person accepted, and keeps every other line as somebody wrote it."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from contracts.modules import OWN
from pipeline.amend import difference

LIMITS: dict[str, Any] = {
    "gates": {"rows": {"fall": 0.95}, "columns": {"amount": {"missing_most": 0.3}}},
}
HEADER: dict[str, Any] = {"columns": {"supplier": {"header": "Payee: name"}}}

ODD = """\
# Payments of one council
title:   A feed   # its title
place: {kind: folder,   connection: here}

ignored_columns:
- Card Y/N    # never used
-   Other
notes: >
  Written by hand,
  two lines.
columns:
    supplier: {header:  "Beneficiary"}   # was Payee once
    amount:
        header: 'Net Amount'
gates:
    rows:
        fall: 0.5   # agreed in May
    columns: {paid_on: {missing_most: 0.1}}
last: yes
"""


def amended(tmp_path: Path, text: str, additions: dict[str, Any]) -> tuple[list[str], str]:
    """Lines of the patch that take away or add, and the new text."""
    path = tmp_path / "feeds" / "here" / "feed.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    after, patch = difference(path, additions, tmp_path)
    assert patch.startswith("--- a/feeds/here/feed.yml\n+++ b/feeds/here/feed.yml\n")
    lines = patch.splitlines()[2:]
    return [line for line in lines if line[:1] in "+-"], after


def test_only_what_is_accepted_changes(tmp_path: Path) -> None:
    changed, after = amended(tmp_path, ODD, HEADER)
    assert [line[0] for line in changed] == ["-", "+"], changed
    assert "Payee: name" in changed[1] and "# was Payee once" in changed[1]
    assert YAML().load(after)["columns"]["supplier"] == {"header": "Payee: name"}
    changed, after = amended(tmp_path, ODD, {"gates": {"rows": {"fall": 0.95}}})
    assert [line.strip("+-").split() for line in changed] == [
        ["fall:", figure, "#", "agreed", "in", "May"] for figure in ("0.5", "0.95")
    ]
    told = YAML().load(after)
    assert told["gates"]["rows"] == {"fall": 0.95}
    assert told["gates"]["columns"] == {"paid_on": {"missing_most": 0.1}}


def test_every_feed_of_the_project_takes_limits_as_lines_more(tmp_path: Path) -> None:
    for path in sorted((OWN / "feeds").glob("*/*.yml")):
        text = path.read_text(encoding="utf-8")
        for without in (text, text.replace("  ", "    "), text.replace("\n", "\r\n")):
            changed, after = amended(tmp_path, without, LIMITS)
            assert all(line.startswith("+") for line in changed), (path, changed)
            assert YAML().load(after)["gates"] == LIMITS["gates"]
            assert ("\r\n" in after) == ("\r\n" in without)
            assert after.replace("\r\n", "").count("\n") in (0, after.count("\n")), "all alike"


@pytest.mark.parametrize("text", ["title: x", "title: x\n", "---\ntitle: x\n", "title: x\n\n\n"])
def test_ends_of_files(tmp_path: Path, text: str) -> None:
    _, after = amended(tmp_path, text, LIMITS)
    assert YAML().load(after) == {"title": "x", **LIMITS}
