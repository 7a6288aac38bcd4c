"""How long a thing stands of which a row spoke that another delivery of the same day covers."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from repository.database import connect
from repository.migrate import migrate
from tests.repository.load import held, ordered
from tests.repository.load.folded import OPEN, Delivered, Row

SPOKE_OF_X = Delivered(1, 1, "1.csv", (Row("A", 1, 1, None, ""), Row("B", 1, 1, None, "x")))
SPOKE_OF_Y = replace(SPOKE_OF_X, rows=(Row("A", 1, 1, None, ""), Row("B", 1, 1, None, "y")))
CORRECTED = Delivered(1, 2, "1.csv", (Row("A", 1, 1, None, ""), Row("B", 1, 1, None, "")))
LATER = Delivered(2, 3, "1.csv", (Row("B", 2, 1, None, ""),))


@pytest.fixture
def url(database_url: str, declarations_kit: Any, tmp_path: Path) -> str:
    declared, _, _ = declarations_kit
    declarations = replace(declared(), entities={**declared().entities, **ordered.ENTITIES})
    migrate(database_url, declarations, tmp_path / "analysts.json")
    return database_url


def spoken_of(
    url: str, kind: str, deliveries: Iterable[tuple[str, Delivered]]
) -> dict[str, list[tuple[int, int]]]:
    """When what rows speak of is so, once deliveries are loaded, each after its policy."""
    feed = next(ordered.feeds)
    for scope, one in deliveries:
        ordered.load(url, feed, kind, scope, one, skip=False)
    with connect(url, autocommit=True) as conn:
        told = held.told(conn, feed, kind)[2]
    return {name: [(since, until) for _, since, until in pieces] for name, pieces in told.items()}


@pytest.mark.parametrize("kind", sorted(ordered.KINDS))
def test_what_a_covered_row_spoke_of_stands_where_deliveries_add(url: str, kind: str) -> None:
    for order in (
        *permutations([SPOKE_OF_X, CORRECTED]),
        (SPOKE_OF_X, LATER, CORRECTED),
        (LATER, CORRECTED, SPOKE_OF_X),
    ):
        loaded = [("nothing", one) for one in order]
        assert spoken_of(url, kind, loaded) == {"x": [(1, OPEN)]}, order


@pytest.mark.parametrize("scope", ["everything", "same-name"])
def test_what_a_covered_row_spoke_of_never_was_where_deliveries_replace(
    url: str, scope: str
) -> None:
    for kind in ordered.KINDS:
        for order in permutations([SPOKE_OF_X, CORRECTED]):
            assert spoken_of(url, kind, [(scope, one) for one in order]) == {}, (kind, order)


def test_what_was_misread_does_not_stand_once_worked_again(url: str) -> None:
    """The same delivery is worked again: what it was taken to say was not said."""
    for kind in ordered.KINDS:
        loaded = [("nothing", one) for one in (CORRECTED, SPOKE_OF_X, SPOKE_OF_Y)]
        assert spoken_of(url, kind, loaded) == {"y": [(1, OPEN)]}, kind


def test_what_ended_while_deliveries_replaced_stays_ended_once_they_add(url: str) -> None:
    before = [
        ("everything", Delivered(1, 1, "1.csv", (Row("B", 1, None, None, "x"),))),
        ("everything", Delivered(2, 2, "2.csv", (Row("B", 1, None, None, ""),))),
    ]
    adds = [
        ("nothing", Delivered(4, 3, "3.csv", (Row("C", 1, None, None, "x"),))),
        ("nothing", Delivered(5, 4, "4.csv", (Row("D", 1, None, None, ""),))),
    ]
    for order in permutations(adds):
        assert spoken_of(url, "plain", [*before, *order]) == {"x": [(1, 2), (4, OPEN)]}, order
