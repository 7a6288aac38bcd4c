"""The views of a purpose, with the grants and policies that stand behind them.

A view gives an entity's rows as they are now. Functions beside it give the same columns as at a
date and as known at a moment (:mod:`repository.access.functions`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from psycopg import sql

from contracts.entity import Entity, entity_facts, links_of
from contracts.kinds import MatchForm
from contracts.model import canonical_columns, columns_of
from repository.access.purposes import Grant


@dataclass(frozen=True)
class ViewColumn:
    """One data column of a view: its meaning, and the feeds it shows (None: all of the view)."""

    name: str
    meaning: str
    feeds: tuple[int, ...] | None


BESIDE = {
    "supplied_by": (sql.SQL("f.organisation"), "The organisation that supplies the row"),
    "feed": (sql.SQL("f.name"), "The feed that supplies the row"),
    "as_at": (sql.SQL("e.as_at"), "The date the delivery that brought the row speaks of"),
    "valid_from": (
        sql.SQL("lower({validity})"),
        "Since when it is so: the source's own date, or else the date its delivery speaks of",
    ),
    "valid_to": (
        sql.SQL("upper({validity}) - 1"),
        "The last day it is so; empty where no end is known",
    ),
    "delivered_at": (
        sql.SQL("d.landed_at"),
        "When the delivery that brought the row arrived",
    ),
    "known_since": (
        sql.SQL("{known_since}"),
        "Since when the repository knows the row as it is",
    ),
    "latest_as_at": (
        sql.SQL("f.latest_as_at"),
        "The date the feed's newest delivery speaks of: where as_at is the same, the row is of "
        "the most recent update",
    ),
    "last_checked_at": (
        sql.SQL("f.checked_at"),
        "When the feed's source was last looked at",
    ),
}
"""Columns every view has beside the data: how each is found, and its meaning. In braces stand the
days the row is valid on and since when it is known."""

HIDDEN = "; empty here: what it is made from may not be read for this purpose"
"""Said of the days a row is valid on where the attributes they come from are not granted."""


def view_columns(
    contract: type[Entity],
    grants: Sequence[Grant],
    all_grants: Iterable[Grant],
    entities: Mapping[str, type[Entity]],
) -> list[ViewColumn]:
    """The data columns of a purpose's view of an entity.

    Companions come with their attribute, but for match forms, which are named to be shown. The
    entity's identifier is shown where it is named, or where a link to it is granted, or where all
    it is made from may be read or is not personal: it is a hash that could be guessed.

    Args:
        contract: the entity.
        grants: of the purpose on this entity.
        all_grants: of the purpose.
        entities: entity contracts by name.
    """
    facts, every = columns_of(contract), {grant.feed_id for grant in grants}
    name = entity_facts(contract).name
    columns: list[ViewColumn] = []
    if shows_identifier(contract, grants, all_grants, entities):
        meaning = f"The repository's identifier of the {name.replace('_', ' ')}"
        columns.append(ViewColumn(f"{name}_id", meaning, None))
    for column in canonical_columns(contract):
        if column == f"{name}_id":
            continue
        owner = column if column in facts else _owner(column, facts)
        own_right = column in facts or issubclass(canonical_columns(contract)[column], MatchForm)
        asked = {column} if own_right else {column, owner}
        feeds = {grant.feed_id for grant in grants if asked & grant.attributes}
        if feeds:
            meaning = facts[owner].meaning
            if column != owner:
                meaning += f" ({column[len(owner) + 1 :].replace('_', ' ')})"
            shown = None if feeds == every else tuple(sorted(feeds))
            columns.append(ViewColumn(column, meaning, shown))
    return columns


def shows_identifier(
    contract: type[Entity],
    grants: Sequence[Grant],
    all_grants: Iterable[Grant],
    entities: Mapping[str, type[Entity]],
) -> bool:
    """Whether a purpose's view shows the entity's identifier."""
    whole = entity_facts(contract)
    granted = frozenset.union(*(grant.attributes for grant in grants))
    if f"{whole.name}_id" in granted:
        return True
    for grant in all_grants:
        links = links_of(entities[grant.entity])
        for column, target in links.items():
            if column in grant.attributes and target.partition(":")[0] == whole.name:
                return True
    facts, kinds = columns_of(contract), canonical_columns(contract)
    made_from = whole.identity or tuple(facts)
    return all(
        column in granted
        or (facts[column].personal if column in facts else kinds[column].personal) == "none"
        for column in made_from
    )


def dated_feeds(contract: type[Entity], grants: Sequence[Grant]) -> tuple[int, ...] | None:
    """The feeds in whose rows a purpose may see on which days they are valid; None: in all.

    Where the days come from attributes of the entity, they tell those attributes, and whoever may
    not read the attributes may not ask for a day either.
    """
    whole = entity_facts(contract)
    own = {whole.valid_from, whole.valid_to, whole.happened_on} - {None}
    feeds = {grant.feed_id for grant in grants if own <= grant.attributes}
    return None if feeds == {grant.feed_id for grant in grants} else tuple(sorted(feeds))


def shown_columns(
    columns: Sequence[ViewColumn],
    dated: tuple[int, ...] | None,
    *,
    validity: sql.Composable,
    known_since: sql.Composable,
) -> sql.Composed:
    """The columns of a view, of rows called ``e`` with their feed ``f`` and delivery ``d``.

    Args:
        columns: the data.
        dated: see :func:`dated_feeds`.
        validity: the days a row is valid on, a daterange.
        known_since: since when it is known.
    """
    shown = [data_column(column) for column in columns]
    for name, (place, _) in beside(columns, dated).items():
        found = place.format(validity=validity, known_since=known_since)
        if name.startswith("valid_") and dated == ():
            found = sql.SQL("NULL::date").format()
        elif name.startswith("valid_") and dated:
            found = sql.SQL("CASE WHEN e.feed_id = ANY ({}) THEN {} END").format(
                numbers_of(dated), found
            )
        shown.append(sql.SQL("{} AS {}").format(found, sql.Identifier(name)))
    return sql.SQL(", ").join(shown)


def beside(
    columns: Sequence[ViewColumn], dated: tuple[int, ...] | None
) -> dict[str, tuple[sql.SQL, str]]:
    """What a view has beside its data, unless an attribute has the name: how, and the meaning."""
    named = {column.name for column in columns}
    return {
        name: (place, meaning + (HIDDEN if name.startswith("valid_") and dated == () else ""))
        for name, (place, meaning) in BESIDE.items()
        if name not in named
    }


def make_view(
    schema: str,
    role: str,
    contract: type[Entity],
    columns: Sequence[ViewColumn],
    dated: tuple[int, ...] | None,
) -> list[sql.Composable]:
    """The statements that make a view and grant what it needs."""
    name = entity_facts(contract).name
    view, who = sql.Identifier(schema, name), sql.Identifier(role)
    shown = shown_columns(
        columns, dated, validity=sql.SQL("e.valid_during"), known_since=sql.SQL("e.known_from")
    )
    needed = [c.name for c in columns] + ["feed_id", "delivery_id", "known_from", "as_at"]
    needed += [] if dated == () else ["valid_during"]
    table = sql.Identifier("store", name)
    made: list[sql.Composable] = [
        sql.SQL(
            "CREATE VIEW {} WITH (security_barrier, security_invoker) AS SELECT {} FROM {} e"
            " LEFT JOIN watersmeet.feed f ON f.feed_id = e.feed_id"
            " LEFT JOIN watersmeet.delivery d ON d.delivery_id = e.delivery_id"
        ).format(view, shown, table),
        sql.SQL("COMMENT ON VIEW {} IS {}").format(
            view, sql.Literal(entity_facts(contract).doc or entity_facts(contract).title)
        ),
        sql.SQL("GRANT SELECT ON {} TO {}").format(view, who),
        sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(
            sql.SQL(", ").join(map(sql.Identifier, needed)), table, who
        ),
    ]
    meanings = {c.name: c.meaning for c in columns}
    meanings |= {k: meaning for k, (_, meaning) in beside(columns, dated).items()}
    made += [
        sql.SQL("COMMENT ON COLUMN {} IS {}").format(
            sql.Identifier(schema, name, column), sql.Literal(meaning)
        )
        for column, meaning in meanings.items()
    ]
    return made


def policies_of(role: str, entity: str, grants: Sequence[Grant]) -> list[sql.Composable]:
    """The row policies of a role on an entity's tables: its feeds, while their agreements last.

    What was so before falls under the agreement as what is so now.
    """
    return [
        sql.SQL("CREATE POLICY {0} ON {1} FOR SELECT TO {0} USING ({2})").format(
            sql.Identifier(role), sql.Identifier(schema, entity), in_force(grants)
        )
        for schema in ("store", "history")
    ]


def in_force(grants: Sequence[Grant], table: str = "") -> sql.Composable:
    """The condition that a row is of one of the feeds granted, while its agreement lasts.

    Args:
        table: the alias of the table whose ``feed_id`` is meant.
    """
    windows: dict[tuple[date, date], list[int]] = {}
    for grant in grants:
        windows.setdefault((grant.starts, grant.ends), []).append(grant.feed_id)
    # The date is asked once a query, not once a row, and by a clock no setting of the analyst's
    # session can turn.
    today = sql.SQL("(SELECT (now() AT TIME ZONE 'Europe/London')::date)")
    feed_id = sql.Identifier(*filter(None, (table, "feed_id")))
    return sql.SQL(" OR ").join(
        sql.SQL("({} = ANY ({}) AND {} BETWEEN {} AND {})").format(
            feed_id, numbers_of(feeds), today, _day(starts), _day(ends)
        )
        for (starts, ends), feeds in sorted(windows.items())
    )


def data_column(column: ViewColumn) -> sql.Composable:
    """A data column of rows called ``e``, empty in the rows of feeds it may not be read of."""
    name = sql.Identifier("e", column.name)
    if column.feeds is None:
        return name
    return sql.SQL("CASE WHEN e.feed_id = ANY ({}) THEN {} END AS {}").format(
        numbers_of(column.feeds), name, sql.Identifier(column.name)
    )


def numbers_of(numbers: Iterable[int]) -> sql.Composable:
    """Feeds' numbers as an array."""
    listed = sql.SQL(", ").join(map(sql.Literal, sorted(set(numbers))))
    return sql.SQL("ARRAY[{}]::smallint[]").format(listed)


def _day(day: date) -> sql.Composable:
    return sql.SQL("{}::date").format(sql.Literal(day.isoformat()))


def _owner(column: str, facts: Mapping[str, object]) -> str:
    return max((name for name in facts if column.startswith(f"{name}_")), key=len)
