"""The record of tried restores, in the repository."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from repository.backup.restore import Restored


def record_check(
    conn: psycopg.Connection, began: datetime, restored: Restored | None, message: str
) -> int:
    """Write down what came of a tried restore; its number.

    Args:
        began: when it began.
        restored: what came of it; None where nothing could be restored.
        message: what was wrong; empty where all was well.
    """
    row = conn.execute(
        """
        INSERT INTO watersmeet.backup_check (checked_at, backup, recovery_point, lost_seconds,
            recovery_seconds, tables_compared, rows_compared, hashes_checked, lineage_proofs,
            outcome, message)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        RETURNING check_id
        """,
        (
            began,
            restored.backup if restored else None,
            restored.reaches if restored else None,
            restored.lost_seconds if restored else None,
            restored.seconds if restored else None,
            restored.tables if restored else 0,
            restored.rows if restored else 0,
            restored.hashes if restored else 0,
            restored.proofs if restored else 0,
            "failed" if message else "good",
            message,
        ),
    ).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def last_check(conn: psycopg.Connection) -> dict[str, Any] | None:
    """The newest record, by column; None where no restore was tried yet."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT * FROM watersmeet.backup_check ORDER BY check_id DESC LIMIT 1"
        ).fetchone()
