"""What was found of deliveries as a whole and did not stop them."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from contracts.findings import Finding

INSERT = """
INSERT INTO watersmeet.finding (delivery_id, code, "column", message, facts)
VALUES (%s, %s, %s, %s, %s)
"""

OF_DELIVERY = """
SELECT code, "column", message, facts FROM watersmeet.finding
WHERE delivery_id = %s ORDER BY finding_id
"""


def record(conn: psycopg.Connection, delivery_id: int, findings: Iterable[Finding]) -> None:
    """Record findings, inside the transaction that loads the delivery and after its row."""
    rows = [
        (delivery_id, one.code, one.column, one.message, Jsonb(dict(one.facts))) for one in findings
    ]
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(INSERT, rows)


def of_delivery(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """Findings of a delivery in the order they were recorded.

    Columns: ``code``, ``column``, ``message``, ``facts``.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(OF_DELIVERY, (delivery_id,)).fetchall()
