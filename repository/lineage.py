"""The way back from a value in the repository to the cell it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

DELIVERY = (
    "landed_at", "loaded_at", "contract", "contract_version", "steps_version", "agreement",
    "code_version", "run_id", "bundle_version",
)  # fmt: skip

EXPLAIN = """
SELECT x.* FROM unnest(%(entities)s::text[], %(ids)s::uuid[], %(columns)s::text[],
        %(dates)s::date[], %(moments)s::timestamptz[], %(feeds)s::text[])
    WITH ORDINALITY AS a(entity, id, "column", as_at, as_known, feed, n)
CROSS JOIN LATERAL watersmeet.explain(a.entity, a.id, a."column", a.as_at, a.as_known, a.feed) AS x
ORDER BY a.n
"""

VALUES = """
SELECT {columns} FROM {store} e JOIN watersmeet.feed f USING (feed_id)
WHERE %(current)s AND e.{id} = %(id)s AND f.name = %(feed)s
UNION ALL
SELECT {columns} FROM {history} e JOIN watersmeet.feed f USING (feed_id)
WHERE NOT %(current)s AND e.{id} = %(id)s AND f.name = %(feed)s
  AND e.delivery_id = %(delivery)s AND e.row_number = %(row)s
  AND lower(e.known_during) = %(known_from)s AND e.open_until IS NOT DISTINCT FROM %(until)s
  AND (upper_inf(e.known_during) OR upper(e.known_during) = %(known_until)s)
LIMIT 1
"""


class NotFound(LookupError):
    """The repository holds, and held, nothing of that name or identifier."""


@dataclass(frozen=True)
class Ask:
    """One row or value to be explained.

    Attributes:
        entity: the entity.
        id: the row's identifier.
        column: one of its columns; None for the row.
        as_at: tell the version that was so on that date.
        as_known: tell what the repository knew at that moment; without ``as_at``, the version that
            was current then.
        feed: tell it as this feed says it. Where none is named and several feeds speak of it, the
            latest delivery is explained.
    """

    entity: str
    id: str | UUID
    column: str | None = None
    as_at: date | None = None
    as_known: datetime | None = None
    feed: str | None = None


def explain(
    conn: psycopg.Connection,
    entity: str,
    id: str | UUID,
    column: str | None = None,
    *,
    as_at: date | None = None,
    as_known: datetime | None = None,
    feed: str | None = None,
) -> dict[str, Any]:
    """Where a row, or one value of it, comes from: what ``watersmeet.explain`` tells, and a value.

    Args:
        conn: a connection that may read the repository's tables.
        entity, id, column, as_at, as_known, feed: see :class:`Ask`.

    Returns:
        Plain values: ``entity``, ``id``, ``column``, ``value``; ``feed``; ``current`` (else
        ``ending``, ``ended_by``, ``current_until``: until when it was the latest word, and
        ``known_until``: until when it was held to have been so, None where it still is);
        ``known_from``; ``as_at`` of the delivery; ``valid_from`` and ``valid_to`` (last day
        included, None where open); ``row_number``, ``source_row``; ``file``, ``sha256``,
        ``landed_key`` and ``sheet``; ``contract_column``, ``header`` as written, ``position``,
        ``cell``, ``mapping`` (the column's mapping facts); ``delivery`` (id, name, arrival,
        versions of contract and steps, agreement, code, run); ``corrections`` and ``waivers``
        (author, reason, time of each, no text); ``last_checked``: when the source was looked at,
        ``last_confirmed``: when the last delivery landed that says the same; ``redirects``: the
        way from the identifier asked for to the one that took its place (``id`` is the one whose
        row is told, ``asked_id`` the one asked for); ``also_from``: other feeds that speak of it,
        with their ``as_at``. The value is the caller's to show or to withhold.

    Raises:
        NotFound: no such entity, row or column, or none at that time; the message names what
            there is.
    """
    [told] = explain_many(conn, [Ask(entity, id, column, as_at, as_known, feed)])
    return told


def explain_many(conn: psycopg.Connection, asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """What :func:`explain` tells of each, in the order asked.

    Raises:
        NotFound: for any of them.
    """
    ids = [_identifier(ask.id) for ask in asks]
    asked = {
        "entities": [ask.entity for ask in asks],
        "ids": ids,
        "columns": [ask.column for ask in asks],
        "dates": [ask.as_at for ask in asks],
        "moments": [ask.as_known for ask in asks],
        "feeds": [ask.feed for ask in asks],
    }
    try:
        with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(EXPLAIN, asked).fetchall()
    except psycopg.errors.NoDataFound as error:
        raise NotFound(error.diag.message_primary or "there is no such row") from None
    told = []
    for ask, id_, row in zip(asks, ids, rows, strict=True):
        one = {
            "entity": ask.entity,
            "id": str(row.pop("told_id")),
            "asked_id": str(id_),
            "column": ask.column,
            "value": None,
            **_in_python(row),
        }
        if ask.column is not None:
            one["value"] = values_of(conn, one, [ask.column])[ask.column]
        told.append(one)
    return told


def _identifier(id: str | UUID) -> UUID:
    try:
        return UUID(str(id))
    except ValueError:
        raise NotFound(f"{id!r} is no identifier; it has the form of a UUID") from None


def _in_python(row: dict[str, Any]) -> dict[str, Any]:
    during = row.pop("valid_during")
    row["valid_from"] = None if during is None else during.lower
    row["valid_to"] = _last_day(during)
    row["as_at"] = row.pop("said_as_at")
    row["delivery"] = {
        "id": row.pop("delivery_id"),
        "name": row["delivery"],
        "sha256": row.pop("delivery_sha256"),
        **{name: row.pop(name) for name in DELIVERY},
    }
    return row


def _last_day(during: Any) -> date | None:
    if during is None or during.upper is None:
        return None
    last: date = during.upper - timedelta(days=1)
    return last


def values_of(
    conn: psycopg.Connection, told: dict[str, Any], columns: Sequence[str]
) -> dict[str, Any]:
    """Values of the version of a row that :func:`explain` told of, by column.

    Raises:
        NotFound: the version is there no more.
    """
    query = sql.SQL(VALUES).format(
        columns=sql.SQL(", ").join(sql.Identifier("e", name) for name in columns),
        store=sql.Identifier("store", told["entity"]),
        history=sql.Identifier("history", told["entity"]),
        id=sql.Identifier(f"{told['entity']}_id"),
    )
    asked = {
        "id": UUID(told["id"]),
        "feed": told["feed"],
        "current": told["current"],
        "delivery": told["delivery"]["id"],
        "row": told["row_number"],
        "known_from": told["known_from"],
        "known_until": told["known_until"],
        "until": told["current_until"],
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, asked).fetchone()
    if row is None:
        raise NotFound(f"{told['entity']} {told['id']} has changed meanwhile; ask again")
    return row


def delivery_files(conn: psycopg.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """The landed files of a delivery, in order: ``name``, ``sha256``, ``bytes``, ``landed_key``."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT name, encode(sha256, 'hex') AS sha256, bytes, landed_key
            FROM watersmeet.delivery_file WHERE delivery_id = %s ORDER BY number
            """,
            (delivery_id,),
        ).fetchall()
