"""Counts that are not those of the tables are noticed, whoever changed them."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from repository.database import connect
from repository.reconcile import DoesNotReconcile, reconciled

FEED = "northmoor_council/spend"
FIRST = [
    ("P1", "2026-01-05", 1050, "it", "Acme Ltd"),
    ("P2", "2026-01-06", 300, "it", "Brook & Sons"),
    ("P3", "2026-01-07", 7, "bad", "Cole plc"),
]
SECOND = [("P1", "2026-01-05", 2000, "it", "Acme Ltd"), ("P4", "2026-01-06", 4, "it", "Dene Ltd")]


def test_a_delivery_reconciles_while_it_stands_and_after(supplier: Callable[..., Any]) -> None:
    one = supplier()
    first = one.record(FIRST, "spend.csv")
    one.load(FIRST, record=first)
    second = one.record(SECOND, "spend.csv")
    one.load(SECOND, record=second)
    with connect(one.url) as conn:
        told = reconciled(conn, FEED, first.sha256, "payment")
        assert (told.landed, told.new, told.quarantined, told.excluded) == (4, 2, 1, 1)
        told = reconciled(conn, FEED, second.sha256, "payment")
        assert (told.landed, told.new, told.changed, told.ended) == (3, 1, 1, 1)
        with pytest.raises(LookupError, match="load it first"):
            reconciled(conn, FEED, "00" * 32, "payment")


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        (
            "UPDATE watersmeet.delivery SET new = new - 1, landed = landed - 1",
            "1 recorded, 2 found",
        ),
        (
            "UPDATE watersmeet.delivery SET new = new - 1, unchanged = unchanged + 1",
            "new \\+ changed 1 recorded, 2 found",
        ),
        ("DELETE FROM store.payment WHERE reference = 'P1'", "new \\+ changed 2 recorded, 1 found"),
        ("DELETE FROM watersmeet.quarantine", "quarantined 1 recorded, 0 found"),
        ("DELETE FROM watersmeet.excluded_row", "excluded 1 recorded, 0 found"),
        (
            "ALTER TABLE watersmeet.delivery DROP CONSTRAINT delivery_reconciles;"
            "UPDATE watersmeet.delivery SET landed = 9",
            "landed 9 recorded, 4 found",
        ),
    ],
)
def test_tampering_is_noticed(supplier: Callable[..., Any], tampering: str, told: str) -> None:
    one = supplier()
    record = one.record(FIRST, "spend.csv")
    one.load(FIRST, record=record)
    with connect(one.url) as conn:
        conn.execute(tampering.encode())
        with pytest.raises(DoesNotReconcile, match=told):
            reconciled(conn, FEED, record.sha256, "payment")


def test_the_table_refuses_counts_that_do_not_add_up(supplier: Callable[..., Any]) -> None:
    one = supplier()
    one.load(FIRST)
    with connect(one.url) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE watersmeet.delivery SET landed = landed + 1")
