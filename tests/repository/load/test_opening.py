"""Bytes that come back are no news, unless others landed in between that may yet be loaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from repository.database import connect
from repository.migrate import migrate
from tests.repository.load import held, ordered
from tests.repository.load.folded import Delivered, Row

FIRST = Delivered(1, 1, "a.csv", (Row("A", 1, 1, None, ""),))
BETWEEN = Delivered(1, 2, "a.csv", (Row("A", 2, 1, None, ""),))
ELSEWHERE = replace(BETWEEN, name="b.csv")
BACK = replace(FIRST, arrived=3)


@pytest.fixture
def url(database_url: str, declarations_kit: Any, tmp_path: Path) -> str:
    declared, _, _ = declarations_kit
    declarations = replace(declared(), entities={**declared().entities, **ordered.ENTITIES})
    migrate(database_url, declarations, tmp_path / "analysts.json")
    return database_url


@pytest.mark.parametrize("scope", ["everything", "same-name"])
def test_bytes_that_came_back_have_the_last_word(url: str, scope: str) -> None:
    for kind in ordered.KINDS:
        feed = next(ordered.feeds)
        with connect(url, autocommit=True) as conn:
            ordered.land(conn, feed, [FIRST, BETWEEN, BACK])
            # What landed in between waited for a person.
            states = [
                ordered.load(url, feed, kind, scope, one, skip=True).state
                for one in (FIRST, BACK, BACK, BETWEEN)
            ]
            assert states[:3] == ["loaded", "loaded", "already"], kind
            assert held.current(conn, feed, kind) == {"A": (1, 1, None, "")}, (kind, states)


@pytest.mark.parametrize(
    ("scope", "landed"),
    [("everything", [FIRST, BACK]), ("same-name", [FIRST, ELSEWHERE, BACK])],
)
def test_bytes_that_came_back_are_no_news_where_nothing_came_between(
    url: str, scope: str, landed: list[Delivered]
) -> None:
    feed = next(ordered.feeds)
    with connect(url, autocommit=True) as conn:
        ordered.land(conn, feed, landed)
    states = [
        ordered.load(url, feed, "plain", scope, one, skip=True).state for one in (FIRST, BACK)
    ]
    assert states == ["loaded", "already"]
