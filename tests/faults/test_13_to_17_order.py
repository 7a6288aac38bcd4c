"""Cases 14-16: the same source twice at once, the same bytes renamed, the same name with new bytes.

Cases 13 and 17, deliveries that come to be loaded out of order, stand in
tests/repository/load/test_loading.py.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from repository.database import connect

ROWS = [(f"P{i}", "2026-01-05", i, "it", f"Firm {i % 3}") for i in range(20)]


def test_14_four_loads_of_one_delivery_at_once(supplier: Callable[..., Any]) -> None:
    one = supplier()
    record = one.record(ROWS, "spend.csv")
    together = threading.Barrier(4)

    def load(_: int) -> str:
        mine = replace(one)
        together.wait()
        return str(mine.load(ROWS, record=record).state)

    with ThreadPoolExecutor(4) as pool:
        states = sorted(pool.map(load, range(4)))
    assert states == ["already", "already", "already", "loaded"]
    with connect(one.url) as conn:
        assert conn.execute("SELECT count(*) FROM store.payment").fetchone() == (20,)


def test_14_first_loads_of_two_feeds_at_once(supplier: Callable[..., Any]) -> None:
    feeds = [f"body_{i}/spend" for i in range(4)]
    suppliers = [supplier(feed=feed) if i == 0 else None for i, feed in enumerate(feeds)]
    first = suppliers[0]
    together = threading.Barrier(4)

    def load(feed: str) -> str:
        mine = replace(first, feed=feed)
        together.wait()
        return str(mine.load(ROWS).state)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(load, feeds)) == ["loaded"] * 4
    with connect(first.url) as conn:
        assert conn.execute("SELECT count(*) FROM store.payment").fetchone() == (80,)


def test_15_the_same_bytes_under_a_new_name(supplier: Callable[..., Any]) -> None:
    one = supplier(replaces="same-name")
    first = one.load(ROWS, name="january.csv")
    again = one.load(ROWS, name="january (1).csv")
    assert (again.state, again.delivery_id) == ("already", first.delivery_id)


def test_16_the_same_name_with_new_bytes(supplier: Callable[..., Any]) -> None:
    one = supplier(replaces="same-name")
    one.load(ROWS, name="january.csv")
    outcome = one.load(ROWS[:19], name="january.csv")
    assert (outcome.state, outcome.unchanged, outcome.ended) == ("loaded", 19, 1)
    with connect(one.url) as conn:
        kept = conn.execute("SELECT reference, ending FROM history.payment").fetchall()
        assert kept == [("P19", "gone")]
