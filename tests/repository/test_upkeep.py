"""Statistics of whole tables, sizes, and what they warn of."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from repository.database import connect
from repository.upkeep import Size, analyse, sizes

ROWS = [(f"P{i}", "2026-01-05", i, "it", f"Firm {i % 3}") for i in range(200)]


def test_whole_tables_get_statistics(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(ROWS)
    with connect(one.url) as conn:
        asked = (
            "SELECT count(*) FROM pg_stats WHERE schemaname = 'store' AND tablename = 'payment'"
            " AND attname = 'reference' AND inherited"
        )
        conn.execute("ANALYZE store.payment_feed_1")
        assert conn.execute(asked).fetchone() == (0,), "what the parts know is not enough"
        assert "store.payment" in analyse(conn)
        assert conn.execute(asked).fetchone() == (1,)


def test_sizes_count_the_parts(supplier: Callable[..., Any]) -> None:
    first = supplier()
    first.load(ROWS)
    replace(first, feed="another/spend").load(ROWS)
    with connect(first.url) as conn:
        conn.execute("ANALYZE store.payment_feed_1")
        conn.execute("ANALYZE store.payment_feed_2")
        found = {size.name: size for size in sizes(conn)}
        assert (found["store.payment"].parts, found["store.payment"].rows) == (2, 400)
        assert found["store.payment"].bytes > 0
        assert found["watersmeet.delivery"].parts == 1
        assert not any(size.warnings for size in found.values())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"parts": 301}, "301 parts"),
        ({"dead": 600}, "600 dead rows"),
        ({"oldest": 1_500_000_000}, "1,500,000,000 transactions"),
    ],
)
def test_what_needs_a_person(changed: dict[str, int], said: str) -> None:
    sound = Size("store.payment", parts=300, rows=1000, bytes=1, dead=400, oldest=9)
    assert sound.warnings == []
    [warning] = replace(sound, **changed).warnings
    assert said in warning
