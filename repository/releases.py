"""The record of what left the repository: releases of open tables, and exports."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

RELEASING = 0x52454C45
"""First part of an advisory lock key: an open table is being released."""


@dataclass(frozen=True)
class ReleaseRecord:
    """One version of an open table that was published.

    Attributes:
        columns: of the entity, that it is made from.
        content: SHA-256 of ``data.csv``.
        layout: name and type of each published column, in order.
        description: SHA-256 of what describes it.
        deliveries: numbers of those its rows are from.
        files: ``name``, ``bytes`` and ``sha256`` of each.
    """

    name: str
    version: str
    entity: str
    columns: list[str]
    rows: int
    content: bytes
    layout: list[list[str]]
    description: bytes
    deliveries: list[int]
    files: list[dict[str, Any]]
    disclosure: dict[str, Any]
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class ExportRecord:
    """One file made from a purpose's table; ``filtered_by`` names columns, never values."""

    purpose: str
    table: str
    entity: str | None
    columns: tuple[str, ...]
    filtered_by: tuple[str, ...]
    as_at: date | None
    as_known: datetime | None
    rows: int
    file: str
    format: str
    sha256: str
    exported_by: str


def record_export(conn: psycopg.Connection, export: ExportRecord) -> None:
    """Record an export."""
    conn.execute(
        """
        INSERT INTO watersmeet.export (purpose, "table", entity, columns, filtered_by, as_at,
            as_known, rows, file, format, sha256, exported_by)
        VALUES (%(purpose)s, %(table)s, %(entity)s, %(columns)s, %(filtered_by)s, %(as_at)s,
            %(as_known)s, %(rows)s, %(file)s, %(format)s, decode(%(sha256)s, 'hex'),
            %(exported_by)s)
        """,
        {
            **vars(export),
            "columns": list(export.columns),
            "filtered_by": list(export.filtered_by),
        },
    )


def entity_named(conn: psycopg.Connection, table: str) -> str | None:
    """The entity a purpose's table shows; of several names alike the longest."""
    row = conn.execute(
        "SELECT entity FROM watersmeet.entity WHERE %(t)s IN (entity, entity || '_settled',"
        " entity || '_conflict') ORDER BY length(entity) DESC LIMIT 1",
        {"t": table},
    ).fetchone()
    return None if row is None else str(row[0])


def hold_releases(conn: psycopg.Connection, name: str) -> None:
    """Let nobody else release an open table until the connection is closed."""
    conn.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (RELEASING, name))


def releases(conn: psycopg.Connection, name: str | None = None) -> list[ReleaseRecord]:
    """Every release, or every one of an open table, oldest first."""
    with conn.cursor(row_factory=class_row(ReleaseRecord)) as cursor:
        return cursor.execute(
            "SELECT name, version, entity, columns, rows, content, layout, description,"
            " deliveries, files, disclosure, made_by, made_at FROM watersmeet.release"
            " WHERE %(name)s::text IS NULL OR name = %(name)s ORDER BY release_id",
            {"name": name},
        ).fetchall()


def record_release(conn: psycopg.Connection, release: ReleaseRecord) -> None:
    """Record a release."""
    conn.execute(
        """
        INSERT INTO watersmeet.release (name, version, entity, columns, rows, content, layout,
            description, deliveries, files, disclosure, made_by, made_at)
        VALUES (%(name)s, %(version)s, %(entity)s, %(columns)s, %(rows)s, %(content)s, %(layout)s,
            %(description)s, %(deliveries)s, %(files)s, %(disclosure)s, %(made_by)s, %(made_at)s)
        """,
        {
            **vars(release),
            "layout": Jsonb(release.layout),
            "files": Jsonb(release.files),
            "disclosure": Jsonb(release.disclosure),
        },
    )
