"""Precedence: what is declared is read; what is broken is told with its place, and takes nothing
with it."""

from typing import Any

import pytest

from contracts.precedence import USUAL, Authority, Precedence

FILE = "precedence/firm.yml"
SOUND = """rules: [kitemark, as_at]
attributes:
  name:
    - authority: [northmoor/fines]
    - as_at
"""
FIRM = '''
from contracts.entity import Entity, column
from contracts.kinds import OrganisationName, Text


class Firm(Entity, name="firm", identity=["name_match"], shared=True):
    """A firm.

    Caveats: none.
    """

    name: OrganisationName = column("Name")
    trade: Text = column("Trade", nullable=True)
'''


@pytest.fixture
def declared(folder: Any) -> Any:
    folder.write("entities/firm.py", FIRM)
    folder.write(FILE, SOUND)
    return folder


def test_rules_are_of_all_attributes_or_of_one(declared: Any) -> None:
    loaded = declared.load()
    assert loaded.broken == ()
    firm = loaded.precedence["firm"]
    assert firm.of("trade") == ("kitemark", "as_at")
    assert firm.of("name") == (Authority(authority=("northmoor/fines",)), "as_at")
    assert Precedence(entity="fine").of("amount") == USUAL == ("as_at", "kitemark")


def test_what_ships_is_sound() -> None:
    from contracts.declarations import load
    from contracts.modules import OWN

    loaded = load(OWN)
    assert [str(one) for one in loaded.broken if one.path.parts[0] == "precedence"] == []
    assert set(loaded.precedence) == {"organisation"}


BREAKS = {
    "no such feed": (
        ("northmoor/fines", "northmoor/fine"),
        "line 4, column 19: there is no feed 'northmoor/fine' in feeds/; add it or correct the "
        "name",
    ),
    "no such attribute": (
        ("  name:", "  nam:"),
        "line 3, column 3: firm has no attribute 'nam'; it has name, trade",
    ),
    "no such rule": (
        ("- as_at", "- newest"),
        "line 5, column 7: `rule`: Input should be 'as_at' or 'kitemark'",
    ),
    "a rule twice": (
        ("- as_at", "- authority: [northmoor/fines]"),
        "line 1, column 1: name: authority is asked twice; keep it once",
    ),
    "a feed twice": (
        ("[northmoor/fines]", "[northmoor/fines, northmoor/fines]"),
        "northmoor/fines is listed twice; keep it once",
    ),
    "an unknown word": (("attributes:", "atributes:"), "did you mean `attributes`?"),
}


@pytest.mark.parametrize("broken", list(BREAKS))
def test_what_is_broken_says_where(declared: Any, broken: str) -> None:
    (old, new), said = BREAKS[broken]
    declared.change(FILE, old, new)
    [told] = declared.broken()
    assert told.startswith(f"{FILE}, line ") and said in told
    loaded = declared.load()
    assert loaded.precedence == {} and list(loaded.feeds) == ["northmoor/fines"]


def test_no_two_feeds_speak_of_what_is_each_feeds_own(declared: Any) -> None:
    declared.write("precedence/fine.yml", "rules: [as_at]\n")
    declared.write("precedence/fare.yml", "rules: [as_at]\n")
    told = declared.broken()
    assert any("fine is each feed's own" in one for one in told)
    assert any("there is no entity 'fare'" in one for one in told)
    assert set(declared.load().precedence) == {"firm"}


def test_a_feed_that_is_broken_is_a_feed(declared: Any) -> None:
    declared.change("feeds/northmoor/fines.yml", "format: delimited", "format: stone")
    assert all(not one.startswith("precedence") for one in declared.broken())
    assert set(declared.load().precedence) == {"firm"}
