"""Whatever order deliveries are loaded in, the same is so, and what was known stays known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repository.database import connect
from repository.migrate import migrate
from tests.repository.load import held, ordered
from tests.repository.load.folded import Delivered, Row, fold

DAY = st.integers(1, 6)
ROW = st.builds(
    Row,
    st.sampled_from("ABC"),
    st.integers(1, 2),
    st.none() | DAY,
    st.none() | DAY,
    st.sampled_from(["", "x", "y"]),
    st.sampled_from([False, False, False, True]),
)
ROWS = st.lists(ROW, max_size=3, unique_by=lambda row: row.key).map(tuple)
DELIVERIES = st.lists(
    st.tuples(DAY, ROWS, st.sampled_from(["a.csv", "b.csv"])), min_size=2, max_size=6
)


@pytest.fixture
def url(database_url: str, declarations_kit: Any, tmp_path: Path) -> str:
    declared, _, _ = declarations_kit
    declarations = replace(declared(), entities={**declared().entities, **ordered.ENTITIES})
    migrate(database_url, declarations, tmp_path / "analysts.json")
    return database_url


def holds(url: str, kind: str, scope: str, deliveries: list[Any], order: Any) -> None:
    """Load deliveries as drawn, and compare with the fold and with what was known in between."""
    feed = next(ordered.feeds)
    arrived = order.draw(st.permutations(range(1, len(deliveries) + 1)))
    if kind == "event":
        deliveries = [(at, tuple(map(_dated, rows)), name) for at, rows, name in deliveries]
    every = [
        Delivered(as_at, number, name if scope == "same-name" else f"{number}.csv", rows)
        for (as_at, rows, name), number in zip(deliveries, arrived, strict=True)
    ]
    seen: list[Any] = []
    so_far: list[Delivered] = []
    with connect(url, autocommit=True) as conn:
        ordered.land(conn, feed, every)
        for one in order.draw(st.permutations(every)):
            outcome = ordered.load(url, feed, kind, scope, one, skip=order.draw(st.booleans()))
            so_far.append(one)
            counted = outcome.new + outcome.changed + outcome.unchanged + outcome.quarantined
            if outcome.state == "loaded":
                assert outcome.landed == counted == len(one.rows)
            truth = fold(kind, scope, so_far)
            now_held = held.told(conn, feed, kind)
            assert now_held == truth.told(), so_far
            now = conn.execute("SELECT clock_timestamp()").fetchone()
            assert now is not None
            seen.append((now[0], now_held))
        for at, (pieces, stood, _) in seen:
            assert held.current(conn, feed, kind, at) == stood
            assert held.known(conn, feed, kind, at) == pieces
        for table in (kind, "body"):
            assert held.both_so(conn, feed, table) == 0


def _dated(row: Row) -> Row:
    """An event has its date always."""
    return row._replace(starts=row.starts or 1)


COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


def test_whatever_order_deliveries_are_loaded_in(url: str) -> None:
    # The same examples every time; the sweep below draws new ones.
    @settings(max_examples=12, derandomize=True, **COMMON)
    @given(
        st.sampled_from(sorted(ordered.KINDS)),
        st.sampled_from(["everything", "same-name", "nothing"]),
        DELIVERIES,
        st.data(),
    )
    def in_any_order(kind: str, scope: str, deliveries: list[Any], order: Any) -> None:
        holds(url, kind, scope, deliveries, order)

    in_any_order()


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(ordered.KINDS))
@pytest.mark.parametrize("scope", ["everything", "same-name", "nothing"])
def test_many_in_whatever_order(url: str, kind: str, scope: str) -> None:
    @settings(max_examples=40, **COMMON)
    @given(DELIVERIES, st.data())
    def in_any_order(deliveries: list[Any], order: Any) -> None:
        holds(url, kind, scope, deliveries, order)

    in_any_order()
