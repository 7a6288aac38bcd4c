"""The views of a purpose, with the grants and policies that stand behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from psycopg import sql

from contracts.entity import Entity, entity_facts, links_of
from contracts.kinds import MatchForm
from contracts.model import canonical_columns, columns_of
from repository.purposes import Grant


@dataclass(frozen=True)
class ViewColumn:
    """One data column of a view: its meaning, and the feeds it shows (None: all of the view)."""

    name: str
    meaning: str
    feeds: tuple[int, ...] | None


BESIDE = {
    "supplied_by": ("f.organisation", "The organisation that supplies the row"),
    "feed": ("f.name", "The feed that supplies the row"),
    "delivered_at": ("d.landed_at", "When the delivery that brought the row arrived"),
    "known_since": ("e.known_from", "Since when the repository knows the row as it is"),
    "last_checked_at": ("f.checked_at", "When the feed's source was last looked at"),
}
"""Columns every view has beside the data."""


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


def make_view(
    schema: str, role: str, contract: type[Entity], columns: Sequence[ViewColumn]
) -> list[sql.Composable]:
    """The statements that make a view and grant what it needs."""
    name = entity_facts(contract).name
    view, who = sql.Identifier(schema, name), sql.Identifier(role)
    beside = {k: v for k, v in BESIDE.items() if k not in {c.name for c in columns}}
    shown = [_shown(column) for column in columns]
    shown += [
        sql.SQL("{} AS {}").format(sql.Identifier(*place.split(".")), sql.Identifier(column))
        for column, (place, _) in beside.items()
    ]
    needed = [c.name for c in columns] + ["feed_id", "delivery_id", "known_from"]
    table = sql.Identifier("store", name)
    made: list[sql.Composable] = [
        sql.SQL(
            "CREATE VIEW {} WITH (security_barrier, security_invoker) AS SELECT {} FROM {} e"
            " LEFT JOIN watersmeet.feed f ON f.feed_id = e.feed_id"
            " LEFT JOIN watersmeet.delivery d ON d.delivery_id = e.delivery_id"
        ).format(view, sql.SQL(", ").join(shown), table),
        sql.SQL("COMMENT ON VIEW {} IS {}").format(
            view, sql.Literal(entity_facts(contract).doc or entity_facts(contract).title)
        ),
        sql.SQL("GRANT SELECT ON {} TO {}").format(view, who),
        sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(
            sql.SQL(", ").join(map(sql.Identifier, needed)), table, who
        ),
    ]
    meanings = {c.name: c.meaning for c in columns} | {k: v[1] for k, v in beside.items()}
    made += [
        sql.SQL("COMMENT ON COLUMN {} IS {}").format(
            sql.Identifier(schema, name, column), sql.Literal(meaning)
        )
        for column, meaning in meanings.items()
    ]
    return made


def policy_of(role: str, entity: str, grants: Sequence[Grant]) -> sql.Composable:
    """The row policy of a role on an entity's table: its feeds, while their agreements last."""
    return sql.SQL("CREATE POLICY {0} ON {1} FOR SELECT TO {0} USING ({2})").format(
        sql.Identifier(role), sql.Identifier("store", entity), in_force(grants)
    )


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
            feed_id, _numbers(feeds), today, _day(starts), _day(ends)
        )
        for (starts, ends), feeds in sorted(windows.items())
    )


def _shown(column: ViewColumn) -> sql.Composable:
    name = sql.Identifier("e", column.name)
    if column.feeds is None:
        return name
    return sql.SQL("CASE WHEN e.feed_id = ANY ({}) THEN {} END AS {}").format(
        _numbers(column.feeds), name, sql.Identifier(column.name)
    )


def _numbers(numbers: Iterable[int]) -> sql.Composable:
    listed = sql.SQL(", ").join(map(sql.Literal, sorted(set(numbers))))
    return sql.SQL("ARRAY[{}]::smallint[]").format(listed)


def _day(day: date) -> sql.Composable:
    return sql.SQL("{}::date").format(sql.Literal(day.isoformat()))


def _owner(column: str, facts: Mapping[str, object]) -> str:
    return max((name for name in facts if column.startswith(f"{name}_")), key=len)
