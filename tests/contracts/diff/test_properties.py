"""What holds for every pair of versions, whatever changed."""

import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.declarations import load
from contracts.diff.change import LEVELS, BadVersion, declared, level_of, required_version
from contracts.diff.compare import changes
from contracts.odcs.document import Plain
from contracts.odcs.export import documents

# The code of a change, and the code it must have seen from the other side.
OPPOSITE = {
    "column-added": "column-removed",
    "headers-added": "headers-removed",
    "codes-added": "codes-removed",
    "check-added": "check-removed",
    "check-tightened": "check-loosened",
    "kind-narrowed": "kind-widened",
    "reasons-added": "reasons-removed",
}
OPPOSITE |= {there: back for back, there in OPPOSITE.items()}


@cache
def shipped() -> list[Plain]:
    """Every contract that comes with the project."""
    found = list(documents(load()).values())
    assert len(found) >= 8
    return found


def altered(draw: st.DataObject, document: Plain) -> Plain:
    """The document with some columns, headers, codes or words gone or changed."""
    made = copy.deepcopy(document)
    table = made["schema"][0]
    parts = table["properties"]
    for part in [one for one in parts if draw.draw(st.integers(0, 4)) == 0]:
        what = draw.draw(st.sampled_from(["gone", "words", "headers", "rules", "class", "asked"]))
        if what == "gone":
            parts.remove(part)
        elif what == "words":
            part["description"] += "?"
        elif what == "headers":
            listed = [c for c in part["customProperties"] if c["property"] == "headers"]
            for one in listed:
                one["value"] = draw.draw(st.permutations(one["value"][1:]))
        elif what == "rules":
            part["quality"] = part.get("quality", [])[1:]
        elif what == "class":
            part["classification"] = draw.draw(st.sampled_from(["none", "personal", "special"]))
        else:
            part["required"] = not part.get("required", False)
    return made


def told(before: Plain, after: Plain) -> list[tuple[str, str | None]]:
    return sorted((one.code, one.column or "") for one in changes(before, after))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_nothing_differs_from_itself(draw: st.DataObject) -> None:
    document = altered(draw, draw.draw(st.sampled_from(shipped())))
    assert changes(document, copy.deepcopy(document)) == []


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_change_taken_back_is_the_opposite_change(draw: st.DataObject) -> None:
    before = draw.draw(st.sampled_from(shipped()))
    after = altered(draw, before)
    there, back = told(before, after), told(after, before)
    mirrored: list[Any] = sorted((OPPOSITE[c], n) for c, n in there if c in OPPOSITE)
    assert [one for one in back if one[0] in OPPOSITE] == mirrored
    assert {n for _, n in there} == {n for _, n in back}
    assert bool(there) == bool(back)


VERSIONS = st.tuples(*[st.integers(0, 30)] * 3).map(lambda v: ".".join(map(str, v)))


@given(VERSIONS, st.sampled_from(LEVELS))
def test_the_version_asked_for_declares_and_nothing_below_does(version: str, level: Any) -> None:
    asked = required_version(version, level)
    assert declared(version, asked, level)
    assert declared(version, version, level) == (level == "none")


def test_versions_are_raised_as_semantic_versioning_says() -> None:
    assert required_version("1.2.3", "patch") == "1.2.4"
    assert required_version("1.2.3", "minor") == "1.3.0"
    assert required_version("1.2.3", "major") == "2.0.0"
    assert required_version("0.2.3", "major") == "0.3.0"
    assert declared("1.9.0", "1.10.0", "minor")
    assert not declared("1.9.0", "1.10.0", "major")
    assert declared("1.9.0", "3.0.0", "major")
    assert not declared("2.0.0", "1.0.0", "none")


def test_a_version_is_three_numbers() -> None:
    with pytest.raises(BadVersion, match=r"'1\.0' is no version"):
        required_version("1.0", "minor")


def test_the_level_of_many_is_the_highest() -> None:
    before = shipped()[0]
    after = copy.deepcopy(before)
    after["schema"][0]["properties"][1]["description"] += "?"
    assert level_of(changes(before, after)) == "patch"
    after["schema"][0]["properties"].pop(0)
    assert level_of(changes(before, after)) == "major"
