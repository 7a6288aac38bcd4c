"""What was so on a date, and what was known at a moment, as plain SQL functions.

For every entity, beside the view of a purpose and for the repository's owner in ``history``:

==================================  ============================================================
``<e>_as_at(date)``                 what was so on that date, as it is known now
``<e>_as_known(timestamptz)``       the current view as it stood at that moment
``<e>_as_at(date, timestamptz)``    what was so on that date, as it was known at that moment
==================================  ============================================================

Their bodies are parsed when they are made (SQL standard), so that an analyst needs no right on the
schemas of the tables behind them; they run with the rights of who calls them, so that column grants
and row policies hold as in the views; and they are plain enough for the planner to put into the
query that calls them, which then is planned as if it were written on the tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from contracts.entity import Entity, entity_facts
from repository.access.views import ViewColumn, numbers_of, shown_columns
from repository.entities import EntityTable
from repository.made import made_once

STATED = "CASE WHEN $2 < e.open_until THEN e.stated_during ELSE e.valid_during END"


@dataclass(frozen=True)
class Moment:
    """One way to ask about another time.

    Attributes:
        suffix: of the function's name.
        takes: its parameters, in the order of ``$1`` and ``$2``.
        dated: whether it asks on which days a row is valid.
        now: which rows of the store count.
        before: which rows of the history count.
        validity: the days a row of the history is valid on, as was known then.
        meaning: in words; ``{}`` is the entity's title.
        example: a call; ``{}`` is the function's name.
    """

    suffix: str
    takes: str
    dated: bool
    now: str
    before: str
    validity: str
    meaning: str
    example: str


MOMENTS = (
    Moment(
        "as_at",
        "day date",
        True,
        "e.valid_during @> $1",
        "upper_inf(e.known_during) AND e.valid_during @> $1",
        "e.valid_during",
        "{}: what was so on a date, as it is known now",
        "SELECT * FROM {}('2026-09-01')",
    ),
    Moment(
        "as_known",
        "moment timestamptz",
        False,
        "e.known_from <= $1",
        "e.known_during @> $1 AND $1 < e.open_until",
        "e.stated_during",
        "{}: the current view as it stood at a moment, whatever has come since",
        "SELECT * FROM {}('2026-09-01 09:00')",
    ),
    Moment(
        "as_at",
        "day date, moment timestamptz",
        True,
        "e.known_from <= $2 AND e.valid_during @> $1",
        f"e.known_during @> $2 AND ({STATED}) @> $1",
        STATED,
        "{}: what was so on a date, as it was known at a moment",
        "SELECT * FROM {}('2026-05-21', '2026-09-01 09:00')",
    ),
)
"""The ways to ask, in the order they are made."""


def make_functions(
    schema: str,
    role: str,
    contract: type[Entity],
    columns: Sequence[ViewColumn],
    dated: tuple[int, ...] | None,
) -> list[sql.Composable]:
    """The statements that make a purpose's functions of an entity and grant what they need.

    They give exactly the columns of the purpose's view, which must be there. Rows whose days may
    not be seen are in no answer that asks for a day.

    Args:
        schema, role: the purpose's.
        columns: the data of its view.
        dated: feeds whose rows' days it may see (:func:`repository.access.views.dated_feeds`).
    """
    name, who = entity_facts(contract).name, sql.Identifier(role)
    needed = [c.name for c in columns]
    needed += ["feed_id", "delivery_id", "as_at", "known_during", "open_until"]
    needed += [] if dated == () else ["valid_during", "stated_during"]
    made: list[sql.Composable] = [
        sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(
            sql.SQL(", ").join(map(sql.Identifier, needed)), sql.Identifier("history", name), who
        )
    ]
    for moment in MOMENTS:
        if moment.dated and dated == ():
            continue
        function = sql.Identifier(schema, f"{name}_{moment.suffix}")
        made.append(
            sql.SQL(
                "CREATE FUNCTION {}({}) RETURNS SETOF {} LANGUAGE sql STABLE PARALLEL SAFE"
                " BEGIN ATOMIC {}; END"
            ).format(
                function,
                sql.SQL(moment.takes),
                sql.Identifier(schema, name),
                _asked(name, moment, columns, dated),
            )
        )
        made += _closed(function, moment, contract, [who])
    return made


def ensure_functions(conn: psycopg.Connection, entities: Mapping[str, type[Entity]]) -> bool:
    """Bring the owner's functions to what the entities ask for; False where they are so already.

    ``history.<e>_as_at`` and ``history.<e>_as_known`` give all canonical columns and ``feed_id``,
    ``delivery_id``, ``row_number``, ``as_at`` and ``valid_during``. Runs in the connection's
    transaction.
    """
    statements = [
        one.as_string(conn) for _, entity in sorted(entities.items()) for one in _owners(entity)
    ]
    said = "Watersmeet: rows that were changed, ended or corrected"
    return made_once(conn, "history", said, statements, "_(as_at|as_known)$")


def _owners(contract: type[Entity]) -> Iterator[sql.Composable]:
    table = EntityTable.of(contract)
    types = {table.id: "uuid"} | {k: table.store_columns[k] for k in table.content_columns}
    types |= {k: table.store_columns[k] for k in ("feed_id", "delivery_id", "row_number", "as_at")}
    given = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in (types | {"valid_during": "daterange"}).items()
    )
    own = sql.SQL(", ").join(sql.Identifier("e", name) for name in types)
    for moment in MOMENTS:
        function = sql.Identifier("history", f"{table.name}_{moment.suffix}")
        yield sql.SQL(
            "CREATE FUNCTION {}({}) RETURNS TABLE ({}) LANGUAGE sql STABLE PARALLEL SAFE"
            " BEGIN ATOMIC SELECT {own}, e.valid_during FROM {} e WHERE {}"
            " UNION ALL SELECT {own}, {} FROM {} e WHERE {}; END"
        ).format(
            function,
            sql.SQL(moment.takes),
            given,
            table.store,
            sql.SQL(moment.now),
            sql.SQL(moment.validity),
            table.history,
            sql.SQL(moment.before),
            own=own,
        )
        yield from _closed(function, moment, contract, [])


def _asked(
    name: str, moment: Moment, columns: Sequence[ViewColumn], dated: tuple[int, ...] | None
) -> sql.Composable:
    """The query of one function: rows of the store and of the history, as the view shows them."""
    also: sql.Composable = sql.SQL("")
    if moment.dated and dated:
        also = sql.SQL(" AND e.feed_id = ANY ({})").format(numbers_of(dated))
    sources = (
        ("store", "e.valid_during", "e.known_from", moment.now),
        ("history", moment.validity, "lower(e.known_during)", moment.before),
    )
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(
            "SELECT {} FROM {} e LEFT JOIN watersmeet.feed f ON f.feed_id = e.feed_id"
            " LEFT JOIN watersmeet.delivery d ON d.delivery_id = e.delivery_id WHERE ({}){}"
        ).format(
            shown_columns(columns, dated, validity=sql.SQL(validity), known_since=sql.SQL(known)),
            sql.Identifier(schema, name),
            sql.SQL(which),
            also,
        )
        for schema, validity, known, which in sources
    )


def _closed(
    function: sql.Identifier,
    moment: Moment,
    contract: type[Entity],
    open_to: Iterable[sql.Identifier],
) -> Iterator[sql.Composable]:
    """Close a function to everybody but those it is for, and say what it gives."""
    types = sql.SQL(", ").join(sql.SQL(one.split()[1]) for one in moment.takes.split(", "))
    signed = sql.SQL("{}({})").format(function, types)
    yield sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(signed)
    for who in open_to:
        yield sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(signed, who)
    whole = entity_facts(contract)
    called = f"{whole.name}_{moment.suffix}"
    said = f"{moment.meaning.format(whole.title)}. Example: {moment.example.format(called)}"
    yield sql.SQL("COMMENT ON FUNCTION {} IS {}").format(signed, sql.Literal(said))
