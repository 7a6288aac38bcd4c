"""One value of each attribute where several feeds speak of one thing, by declared precedence.

``settled.<e>`` has one row for each identifier of an entity that feeds share. Each attribute is
chosen by itself, among the feeds that give a value at all, by the rules of
``contracts/precedence/<e>.yml``: never a value where there is none, never none where there is one.
Companions (a match form, a precision) come from the row their attribute comes from.

``settled.<e>_conflict`` has every value that was chosen and every one that lost, where feeds
differ. The losing values are not touched: they stay the rows of their feeds.

Both are views, made of a query that gives the rows to settle: rows of the store here and in the
views of a purpose (:mod:`repository.access.settled_views`), and whatever else speaks of one thing
under one identifier.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from contracts.declarations import Declarations
from contracts.entity import Entity, entity_facts
from contracts.kinds import Kind
from contracts.model import canonical_columns, columns_of
from contracts.precedence import Authority, Precedence, Rule
from repository.made import made_once

SCHEMA = "settled"

IN_WORDS = {
    "authority": "authoritative source",
    "as_at": "more recent as-at",
    "kitemark": "higher kitemark",
}
LAST = "feed name"
"""Decides where no rule does, so that the same rows always settle alike."""

KEYS = {
    "as_at": sql.SQL("coalesce(date '2000-01-01' - e.as_at, 2147483647)"),
    "kitemark": sql.SQL("coalesce(-k.level, 2147483647)"),
}
"""Rules as numbers: the lower wins."""

LEVELS = sql.SQL(
    "(SELECT DISTINCT ON (m.feed_id) m.feed_id, m.level FROM watersmeet.kitemark m"
    " JOIN watersmeet.delivery d ON d.delivery_id = m.delivery_id"
    " ORDER BY m.feed_id, d.landed_at DESC, m.delivery_id DESC)"
)
"""The kitemark each feed has now."""

CONFLICT = {
    "attribute": "The attribute on which feeds differ",
    "value": "What the feed says, as text",
    "feed": "The feed that says so",
    "as_at": "The date its delivery speaks of",
    "kitemark": "The level of the feed's kitemark",
    "chosen": "Whether this is the settled value",
    "reason": "The rule that decided: of a value that lost, what the chosen one has over it; of "
    "the chosen one, what it has over the best that lost",
}
"""Columns of a conflict beside the identifier, and what they mean."""


class CannotSettle(Exception):
    """An entity's attributes have names its settled view needs; the message says which."""


@dataclass(frozen=True)
class Settling:
    """What is settled, and how.

    Attributes:
        entity: its name.
        attributes: the attributes chosen by themselves, each with its companions.
        precedence: the rules.
        rows: a query of the rows to settle: ``<entity>_id``, ``feed_id``, ``as_at`` and every
            attribute and companion.
    """

    entity: str
    attributes: Mapping[str, tuple[str, ...]]
    precedence: Precedence
    rows: sql.Composable

    @property
    def id(self) -> sql.Identifier:
        """The identifier's column."""
        return sql.Identifier(f"{self.entity}_id")

    @property
    def orders(self) -> list[tuple[Rule, ...]]:
        """The different lists of rules; most attributes share one."""
        return list(dict.fromkeys(self.precedence.of(name) for name in self.attributes))

    def columns(self) -> dict[str, str]:
        """Every column of the settled view beside the identifier, and the attribute it tells of.

        Raises:
            CannotSettle: two would have one name.
        """
        found: dict[str, str] = {}
        for name, companions in self.attributes.items():
            for column in (name, *companions, f"{name}_source", f"{name}_as_at"):
                if column in found or column in ("sources", "conflicts"):
                    raise CannotSettle(
                        f"entity {self.entity}: {column} would stand twice in its settled view; "
                        "rename the attribute"
                    )
                found[column] = name
        return found


def attributes_of(
    contract: type[Entity], shown: Iterable[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """An entity's attributes with their companions; only those shown, where that is told.

    A companion shown without its attribute stands by itself.
    """
    seen = list(canonical_columns(contract) if shown is None else shown)
    found: dict[str, tuple[str, ...]] = {}
    for name, facts in columns_of(contract).items():
        companions = [c for c in (f"{name}_{suffix}" for suffix in facts.companions) if c in seen]
        if name in seen:
            found[name] = tuple(companions)
        else:
            found |= dict.fromkeys(companions, ())
    found.pop(f"{entity_facts(contract).name}_id", None)
    return found


def settled_query(settling: Settling) -> sql.Composable:
    """The query of a settled view: one sort for each list of rules, then one pass.

    The columns are the identifier, for every attribute its value, companions, ``<attr>_source`` and
    ``<attr>_as_at``, then ``sources`` and ``conflicts``.
    """
    settling.columns()
    orders = settling.orders
    rank = {rules: sql.Identifier(f"rank {i}") for i, rules in enumerate(orders)}
    of = {name: rank[settling.precedence.of(name)] for name in settling.attributes}
    best = {name: sql.Identifier(f"best {name}") for name in settling.attributes}
    chosen = {name: sql.Identifier(f"chosen {name}") for name in settling.attributes}
    ranked = sql.SQL(", ").join(
        sql.SQL("row_number() OVER (PARTITION BY e.{} ORDER BY {}, f.name) AS {}").format(
            settling.id, sql.SQL(", ").join(_keys(rules)), name
        )
        for rules, name in rank.items()
    )
    bests = [
        sql.SQL("min({}) FILTER (WHERE {} IS NOT NULL) OVER one AS {}").format(
            of[name], sql.Identifier(name), best[name]
        )
        for name in settling.attributes
    ]
    chosens = [
        sql.SQL("any_value({}) FILTER (WHERE {} = {}) OVER one AS {}").format(
            sql.Identifier(name), of[name], best[name], chosen[name]
        )
        for name in settling.attributes
    ]
    return sql.SQL(
        "SELECT {id}, {values}, count(*)::integer AS sources,"
        " array_remove(ARRAY[{conflicts}]::text[], NULL) AS conflicts"
        " FROM (SELECT *{chosens} FROM (SELECT *{bests} FROM ("
        'SELECT e.*, f.name AS "feed of", {ranked} FROM ({rows}) e'
        " JOIN watersmeet.feed f ON f.feed_id = e.feed_id"
        " LEFT JOIN {levels} k ON k.feed_id = e.feed_id"
        ") e WINDOW one AS (PARTITION BY {id})) e WINDOW one AS (PARTITION BY {id})) e"
        " GROUP BY {id}"
    ).format(
        id=settling.id,
        values=sql.SQL(", ").join(
            part for name in settling.attributes for part in _chosen(settling, name, of, best)
        ),
        conflicts=sql.SQL(", ").join(
            sql.SQL("CASE WHEN bool_or({} <> {}) THEN {} END").format(
                sql.Identifier(name), chosen[name], sql.Literal(name)
            )
            for name in settling.attributes
        ),
        chosens=_more(chosens),
        bests=_more(bests),
        ranked=ranked,
        rows=settling.rows,
        levels=LEVELS,
    )


def conflict_query(settling: Settling) -> sql.Composable:
    """The query of a view of conflicts; only identifiers of several rows are looked at."""
    said = sql.SQL(", ").join(
        sql.SQL("({}, e.{}::text, ARRAY[{}], ARRAY[{}]::text[])").format(
            sql.Literal(name),
            sql.Identifier(name),
            sql.SQL(", ").join(_keys(settling.precedence.of(name))),
            sql.SQL(", ").join(map(sql.Literal, _words(settling.precedence.of(name)))),
        )
        for name in settling.attributes
    )
    most = max(len(settling.precedence.of(name)) for name in settling.attributes)
    decided = sql.SQL(" ").join(
        sql.SQL("WHEN keys[{n}] <> other[{n}] THEN rules[{n}]").format(n=sql.Literal(n))
        for n in range(1, most + 1)
    )
    return sql.SQL(
        "SELECT {id}, attribute, value, feed, as_at, kitemark, place = 1 AS chosen,"
        " CASE {decided} ELSE {last} END AS reason"
        " FROM (SELECT *, CASE WHEN place = 1 THEN"
        " min(keys) FILTER (WHERE differs) OVER one ELSE first END AS other,"
        " bool_or(differs) OVER one AS open"
        " FROM (SELECT *, value <> first_value(value) OVER ranked AS differs,"
        " first_value(keys) OVER ranked AS first, row_number() OVER ranked AS place"
        " FROM (SELECT e.{id}, s.attribute, s.value, s.keys, s.rules, f.name AS feed, e.as_at,"
        " k.level AS kitemark FROM"
        " (SELECT r.*, count(*) OVER (PARTITION BY r.{id}) AS speak FROM ({rows}) r) e"
        " JOIN watersmeet.feed f ON f.feed_id = e.feed_id"
        " LEFT JOIN {levels} k ON k.feed_id = e.feed_id"
        " CROSS JOIN LATERAL (VALUES {said}) s (attribute, value, keys, rules)"
        " WHERE e.speak > 1 AND s.value IS NOT NULL) e"
        " WINDOW ranked AS (PARTITION BY {id}, attribute ORDER BY keys, feed)) e"
        " WINDOW one AS (PARTITION BY {id}, attribute)) e WHERE open"
    ).format(
        id=settling.id,
        decided=decided,
        last=sql.Literal(LAST),
        rows=settling.rows,
        levels=LEVELS,
        said=said,
    )


def meanings_of(settling: Settling, facts: Mapping[str, str]) -> dict[str, str]:
    """What every column of a settled view means.

    Args:
        facts: the meaning of the attributes and companions.
    """
    title = settling.entity.replace("_", " ")
    said = {f"{settling.entity}_id": f"The repository's identifier of the {title}"}
    for column, name in settling.columns().items():
        if column == f"{name}_source":
            said[column] = f"The feed that {name} is taken from"
        elif column == f"{name}_as_at":
            said[column] = f"The date the delivery speaks of that {name} is taken from"
        else:
            said[column] = facts[column]
    said["sources"] = f"How many feeds speak of the {title}"
    said["conflicts"] = "Attributes on which they differ"
    return said


def make_views(
    settling: Settling,
    schema: str,
    names: tuple[str, str],
    facts: Mapping[str, str],
    how: str = "",
) -> Iterator[sql.Composable]:
    """The statements that make a settled view and its view of conflicts, and describe them.

    Args:
        schema, names: what they are called.
        facts: the meaning of the attributes and companions.
        how: the views' options, ``WITH (...)``.
    """
    title = settling.entity.replace("_", " ")
    both = (
        (
            settled_query(settling),
            meanings_of(settling, facts),
            f"One row for each {title}: of every attribute the value that counts, by the "
            f"declared precedence of feeds. Where they differ: {names[1]}",
        ),
        (
            conflict_query(settling),
            {f"{settling.entity}_id": f"The repository's identifier of the {title}", **CONFLICT},
            f"Where feeds differ on {_a(title)}: every value, which was chosen, and why",
        ),
    )
    for name, (query, meanings, said) in zip(names, both, strict=True):
        view = sql.Identifier(schema, name)
        yield sql.SQL("CREATE VIEW {} {} AS {}").format(view, sql.SQL(how), query)
        yield sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(said))
        for column, meaning in meanings.items():
            yield sql.SQL("COMMENT ON COLUMN {} IS {}").format(
                sql.Identifier(schema, name, column), sql.Literal(meaning)
            )


def ensure_settled(conn: psycopg.Connection, declarations: Declarations) -> bool:
    """Bring the schema ``settled`` to what is declared; False where it is so already.

    Runs in the connection's transaction.

    Raises:
        CannotSettle: two columns of a settled view would have one name.
    """
    conn.execute("CREATE SCHEMA IF NOT EXISTS settled")
    statements = [
        one.as_string(conn)
        for name, contract in sorted(declarations.entities.items())
        if entity_facts(contract).shared
        for one in make_views(
            settling_of(
                contract,
                declarations.precedence,
                attributes_of(contract),
                sql.SQL("SELECT * FROM {}").format(sql.Identifier("store", name)),
            ),
            SCHEMA,
            (name, f"{name}_conflict"),
            meanings(contract),
        )
    ]
    said = "Watersmeet: of what several feeds speak of, the values that count"
    return made_once(conn, SCHEMA, said, statements)


def settling_of(
    contract: type[Entity],
    declared: Mapping[str, Precedence],
    attributes: Mapping[str, tuple[str, ...]],
    rows: sql.Composable,
) -> Settling:
    """How rows of an entity are settled: by its declared precedence, else by the usual rules."""
    name = entity_facts(contract).name
    return Settling(name, attributes, declared.get(name, Precedence(entity=name)), rows)


def meanings(contract: type[Entity]) -> dict[str, str]:
    """The meaning of every attribute and companion of an entity."""
    kinds: Mapping[str, type[Kind]] = canonical_columns(contract)
    found: dict[str, str] = {}
    for name, facts in columns_of(contract).items():
        found[name] = facts.meaning
        for suffix in facts.companions:
            if f"{name}_{suffix}" in kinds:
                found[f"{name}_{suffix}"] = f"{facts.meaning} ({suffix.replace('_', ' ')})"
    return found


def _a(title: str) -> str:
    return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"


def _chosen(
    settling: Settling,
    name: str,
    of: Mapping[str, sql.Identifier],
    best: Mapping[str, sql.Identifier],
) -> Iterator[sql.Composable]:
    picked = sql.SQL("{} = {}").format(of[name], best[name])
    # Of a value nobody gives there may still be said why: as the first in order says it.
    beside = sql.SQL("{} = coalesce({}, 1)").format(of[name], best[name])
    for column in (name, *settling.attributes[name]):
        yield sql.SQL("any_value({c}) FILTER (WHERE {}) AS {c}").format(
            picked if column == name else beside, c=sql.Identifier(column)
        )
    yield sql.SQL('any_value("feed of") FILTER (WHERE {}) AS {}').format(
        picked, sql.Identifier(f"{name}_source")
    )
    yield sql.SQL("any_value(as_at) FILTER (WHERE {}) AS {}").format(
        picked, sql.Identifier(f"{name}_as_at")
    )


def _keys(rules: Sequence[Rule]) -> list[sql.Composable]:
    """The rules as numbers of a row, the lower winning."""
    found: list[sql.Composable] = []
    for rule in rules:
        if isinstance(rule, Authority):
            names = sql.SQL(", ").join(map(sql.Literal, rule.authority))
            found.append(
                sql.SQL("coalesce(array_position(ARRAY[{}]::text[], f.name), 2147483647)").format(
                    names
                )
            )
        else:
            found.append(KEYS[rule])
    return found


def _words(rules: Sequence[Rule]) -> list[str]:
    names = ("authority" if isinstance(rule, Authority) else rule for rule in rules)
    return [IN_WORDS[name] for name in names]


def _more(columns: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL("").join(sql.SQL(", {}").format(one) for one in columns)
