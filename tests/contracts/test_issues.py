"""The issue catalogue knows every code that is told, and the docs say what to do about a stop."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.issues import issue_types

HOME = Path(__file__).parents[2]
STOPPING = {"Refused", "Unreadable"}
# Told by ``explain`` of a value whose table is gone since; it stops no delivery.
ELSEWHERE = {"table-gone"}
OTHERWISE = {"encoding-undecided"}
"""Codes that keep a row out, and a whole file where nothing is left of it."""


def codes_raised() -> Iterator[str]:
    """Codes written out where a delivery is stopped, and those a confined reader answers with."""
    for folder in ("connectors", "transforms", "pipeline"):
        for path in sorted((HOME / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = node.args[0] if node.args else None
                    if node.func.id in STOPPING and isinstance(first, ast.Constant):
                        yield str(first.value)
                elif isinstance(node, ast.Dict) and folder == "connectors":
                    for key, value in zip(node.keys, node.values, strict=True):
                        constants = isinstance(key, ast.Constant), isinstance(value, ast.Constant)
                        if all(constants) and ast.unparse(key or value) == "'code'":
                            yield str(ast.literal_eval(value))


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[str, str]]:
    """Code to meaning and remedy, of the tables in the docs."""
    text = (HOME / "docs/run-operations.md").read_text(encoding="utf-8")
    section = text.split("### What a refusal asks for")[1].split("\n### ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    found = {code: (meaning, remedy) for code, meaning, remedy in rows}
    assert len(found) == len(rows), "a code stands twice"
    return found


def test_every_code_a_delivery_is_stopped_with_is_in_the_catalogue() -> None:
    raised = set(codes_raised()) - ELSEWHERE
    assert {"column-missing", "file-empty", "file-too-demanding"} <= raised
    kinds = issue_types()
    assert {code for code in raised - OTHERWISE if kinds[code].severity != "stop"} == set()
    assert kinds.keys() >= OTHERWISE


def test_the_docs_say_of_every_stop_what_it_means_and_what_to_do(
    told: dict[str, tuple[str, str]],
) -> None:
    stops = {code: kind.message for code, kind in issue_types().items() if kind.severity == "stop"}
    assert told.keys() == stops.keys() | OTHERWISE
    assert {code: told[code][0] for code in stops} == stops
    assert all(len(remedy) > 10 for _, remedy in told.values())


def test_every_line_of_the_catalogue_is_whole() -> None:
    for kind in issue_types().values():
        assert kind.severity in ("stop", "quarantine", "note"), kind.code
        assert kind.whose in ("supplier", "steward", "operations"), kind.code
        assert kind.message.endswith(".") and kind.dimension, kind.code
