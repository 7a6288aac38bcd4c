"""Identifiers that are no longer given, and where they lead.

An identifier never changes its meaning: what it once stood for it stands for always, and it is
never given to anything else. Where two identifiers turn out to be one thing, where one turns out to
be several, or where today's steps give a row another one, a redirect in ``watersmeet.redirect``
tells where to look.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row

KINDS = {
    "merged": "it turned out to be the same thing",
    "split": "it turned out to be several things",
    "rekeyed": "the steps give the same row another identifier",
}
"""Kinds of redirect, in words."""


class NoSuchIdentifier(LookupError):
    """Nothing has, or had, this identifier."""


@dataclass(frozen=True)
class Redirect:
    """One step from an identifier that is no longer given."""

    redirect_id: int
    entity: str
    from_id: UUID
    to_id: UUID
    kind: str
    since: datetime
    reason: str
    author: str
    delivery_id: int | None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


@dataclass(frozen=True)
class Resolved:
    """Where an identifier leads today.

    Attributes:
        id: the end of the chain; where an identifier of it was split, that one, for nobody can say
            which of its parts is meant.
        chain: the redirects followed, in order; none where the identifier is still given.
        parts: the ends of a split; none where there was none.
    """

    id: UUID
    chain: tuple[Redirect, ...] = ()
    parts: tuple[UUID, ...] = ()


OF = "SELECT * FROM watersmeet.redirect WHERE entity = %(entity)s"

FROM = OF + " AND from_id = %(id)s AND withdrawn_at IS NULL ORDER BY redirect_id"

# Those that lead to or from any identifier reached, withdrawn ones too.
AROUND = """
WITH RECURSIVE reached AS (
    SELECT %(id)s::uuid AS id
    UNION
    SELECT CASE WHEN r.from_id = a.id THEN r.to_id ELSE r.from_id END
    FROM reached a JOIN watersmeet.redirect r
      ON r.entity = %(entity)s AND a.id IN (r.from_id, r.to_id)
)
SELECT r.* FROM watersmeet.redirect r
WHERE r.entity = %(entity)s AND r.from_id IN (SELECT id FROM reached)
ORDER BY r.redirect_id
"""


def identifier_of(text: str | UUID) -> UUID:
    """An identifier as it is written.

    Raises:
        NoSuchIdentifier: it has not the form of one.
    """
    try:
        return UUID(str(text))
    except ValueError:
        raise NoSuchIdentifier(f"{text!r} is no identifier; it has the form of a UUID") from None


def resolve(conn: psycopg.Connection, entity: str, id: str | UUID) -> Resolved:
    """Where an identifier leads today: merges and rekeyings are followed to their end.

    An identifier that is not redirected is its own end, whether or not anything has it. One that
    was rekeyed and is given again, since its record came again as it was, is not followed either.

    Args:
        conn: a connection that may read the repository's tables.
        entity: the entity.
        id: the identifier.

    Raises:
        NoSuchIdentifier: ``id`` has not the form of an identifier.
    """
    at = identifier_of(id)
    chain: list[Redirect] = []
    seen = {at}
    while True:
        steps = _redirects(conn, FROM, entity, at)
        if not steps or (steps[0].kind == "rekeyed" and stands(conn, entity, at)):
            return Resolved(at, tuple(chain))
        if steps[0].kind == "split":
            ends = [resolve(conn, entity, one.to_id) for one in steps]
            parts = [part for end in ends for part in (end.parts or (end.id,))]
            return Resolved(at, (*chain, *steps), tuple(dict.fromkeys(parts)))
        chain.append(steps[0])
        at = steps[0].to_id
        if at in seen:
            # No way of ours makes one; whoever wrote it by hand is told instead of kept waiting.
            raise AssertionError(f"the redirects of {entity} {at} lead in a circle")
        seen.add(at)


def merged(conn: psycopg.Connection) -> dict[str, dict[bytes, bytes]]:
    """For each entity, the identifiers that loads no longer give: each to the one given instead.

    Only what persons merged; there are few. An entity without any is not there.
    """
    found: dict[str, dict[bytes, bytes]] = {}
    rows = conn.execute(
        "SELECT DISTINCT entity, from_id FROM watersmeet.redirect"
        " WHERE kind = 'merged' AND withdrawn_at IS NULL"
    ).fetchall()
    for entity, from_id in rows:
        end = resolve(conn, entity, from_id).id
        found.setdefault(entity, {})[from_id.bytes] = end.bytes
    return found


def around(conn: psycopg.Connection, entity: str, id: UUID) -> list[Redirect]:
    """Every redirect that has to do with an identifier, withdrawn ones too, in their order."""
    return _redirects(conn, AROUND, entity, id)


def stands(conn: psycopg.Connection, entity: str, id: UUID) -> bool:
    """Whether a current row has the identifier."""
    return _found(conn, sql.Identifier("store", entity), entity, id)


def feeds_of(conn: psycopg.Connection, entity: str, id: UUID) -> list[str]:
    """The feeds with a current row of an identifier, by name."""
    rows = conn.execute(
        sql.SQL(
            "SELECT f.name FROM {} e JOIN watersmeet.feed f USING (feed_id) WHERE e.{} = %s"
            " ORDER BY f.name"
        ).format(sql.Identifier("store", entity), sql.Identifier(f"{entity}_id")),
        (id,),
    ).fetchall()
    return [row[0] for row in rows]


def known(conn: psycopg.Connection, entity: str, id: UUID) -> bool:
    """Whether a row has or had the identifier."""
    return stands(conn, entity, id) or _found(conn, sql.Identifier("history", entity), entity, id)


def _found(conn: psycopg.Connection, table: sql.Identifier, entity: str, id: UUID) -> bool:
    row = conn.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} = %s)").format(
            table, sql.Identifier(f"{entity}_id")
        ),
        (id,),
    ).fetchone()
    return row == (True,)


def _redirects(conn: psycopg.Connection, query: str, entity: str, id: UUID) -> list[Redirect]:
    with conn.cursor(row_factory=class_row(Redirect)) as cursor:
        return cursor.execute(query, {"entity": entity, "id": id}).fetchall()
