"""Whatever is delivered, the store holds what was said last, and history the rest."""

import itertools
from collections.abc import Callable
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repository.database import connect

ROW = st.tuples(
    st.sampled_from(["A", "B", "C", "D"]),
    st.just("2026-01-05"),
    st.integers(1, 2),
    st.sampled_from(["it", "it", "it", "bad"]),
    st.sampled_from(["Acme Ltd", "Brook & Sons", ""]),
)
DELIVERIES = st.lists(
    st.tuples(st.lists(ROW, max_size=6), st.booleans(), st.sampled_from(["1", "2"])),
    min_size=1,
    max_size=6,
)
State = dict[str, Any]
numbers = itertools.count()


def possible(before: State, rows: list[Any]) -> list[State]:
    """What may stand afterwards: of rows of one key the first, or the one that stood already."""
    found: list[State] = [{}]
    for key in {row[0] for row in rows}:
        good = [row for row in rows if row[0] == key and row[3] != "bad"]
        if good:
            choices = [good[0], *([before[key]] if before.get(key) in good else [])]
        elif key in before:
            choices = [before[key]]
        else:
            continue
        found = [{**one, key: choice} for one in found for choice in choices]
    return found


def held(conn: psycopg.Connection, feed: str, as_known: Any = None) -> State:
    query = """
        SELECT reference, amount, category, supplier_id, known_from, NULL::timestamptz AS until
        FROM store.payment JOIN watersmeet.feed USING (feed_id) WHERE name = %(feed)s
        UNION ALL
        SELECT reference, amount, category, supplier_id, lower(known_during), open_until
        FROM history.payment JOIN watersmeet.feed USING (feed_id)
        WHERE name = %(feed)s AND open_until IS NOT NULL
    """
    rows = conn.execute(
        "SELECT p.reference, (p.amount * 100)::int, p.category, coalesce(o.name, '')"  # noqa: S608
        f" FROM ({query}) p LEFT JOIN (SELECT DISTINCT organisation_id, name FROM ("
        "   SELECT organisation_id, name FROM store.organisation UNION ALL"
        "   SELECT organisation_id, name FROM history.organisation) x) o"
        " ON o.organisation_id = p.supplier_id"
        " WHERE CASE WHEN %(at)s::timestamptz IS NULL THEN until IS NULL"
        "   ELSE known_from <= %(at)s AND (until IS NULL OR until > %(at)s) END".encode(),
        {"feed": feed, "at": as_known},
    ).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: (row[0], "2026-01-05", *row[1:]) for row in rows}


def test_any_sequence_of_deliveries(supplier: Callable[..., Any]) -> None:
    url = supplier().url

    @settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(DELIVERIES)
    def holds(deliveries: list[Any]) -> None:
        feed = f"body_{next(numbers)}/spend"
        one = supplier(feed=feed)
        known: list[tuple[Any, State]] = []
        before: State = {}
        with connect(url, autocommit=True) as conn:
            for rows, skip, steps in deliveries:
                one.steps_version = steps
                outcome = one.load(rows, skip=skip)
                after = held(conn, feed)
                if outcome.state == "loaded":
                    assert after in possible(before, rows)
                    assert outcome.ended == len(set(before) - set(after))
                    changed = [k for k in after if k in before and after[k] != before[k]]
                    assert (outcome.changed, outcome.new) == (
                        len(changed),
                        len(set(after) - set(before)),
                    )
                    at = conn.execute(
                        "SELECT loaded_at FROM watersmeet.delivery WHERE delivery_id = %s",
                        (outcome.delivery_id,),
                    ).fetchall()[0][0]
                    known.append((at, after))
                else:
                    assert after == before
                dangling = conn.execute(
                    "SELECT count(*) FROM store.payment p WHERE supplier_id IS NOT NULL"
                    " AND NOT EXISTS (SELECT FROM store.organisation o WHERE o.feed_id = p.feed_id"
                    " AND o.organisation_id = p.supplier_id)"
                ).fetchone()
                assert dangling == (0,)
                before = after
            for at, state in known:
                assert held(conn, feed, at) == state

    holds()
