"""The dictionary: what every table of the repository holds, column by column.

All of it is worked out from contracts, feeds and agreements as declared and, with a connection,
from the record of deliveries; nothing is typed in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import psycopg

from contracts.column import ColumnFacts
from contracts.dataset import Dataset
from contracts.declarations import Declarations, UnknownDeclaration, load
from contracts.entity import Entity, entity_facts, links_of
from contracts.feed import Feed
from contracts.file_forms import FixedWidth
from contracts.kinds import Identifier, Kind, Money, Percentage, Personal
from contracts.model import canonical_columns, columns_of
from pipeline.settings import Settings
from repository import dictionary as record
from repository.database import connected, database_url

UNITS: Mapping[type[Kind], str] = {Money: "pounds", Percentage: "per cent"}
"""Kinds whose unit follows from the kind; of others a column's option ``unit`` tells it."""

COLUMNS = (
    "entity", "column", "meaning", "kind", "sql_type", "unit", "code_list", "personal", "nullable",
    "headers", "missing",
)  # fmt: skip
"""Columns of the dictionary as a table, as :func:`lines` gives them."""

ORDER: tuple[Personal, ...] = ("none", "personal", "special")


@dataclass(frozen=True)
class SourceHeader:
    """How one supplier calls a column: ``header`` as the supplier writes it."""

    feed: str
    organisation: str
    header: str


@dataclass(frozen=True)
class DictionaryColumn:
    """One column of a table.

    Attributes:
        name: its canonical name.
        meaning: one line.
        kind: the kind of value (:mod:`contracts.kinds`).
        sql_type: its PostgreSQL type.
        unit: ``pounds``, ``per cent``; None where it has none.
        code_list: the code list its codes are of.
        personal: its personal-data class. An identifier made from personal values is personal.
        nullable: whether a row may lack the value.
        headers: what suppliers call it; empty for columns no header stands for.
        missing: feed to share, 0 to 1, of loaded rows without the value in its latest delivery;
            feeds nothing is known of are left out.
    """

    name: str
    meaning: str
    kind: str
    sql_type: str
    unit: str | None
    code_list: str | None
    personal: str
    nullable: bool
    headers: tuple[SourceHeader, ...]
    missing: Mapping[str, float]


@dataclass(frozen=True)
class DictionaryTable:
    """One table: the rows of an entity.

    Attributes:
        entity: its name.
        title: for people.
        meaning: what a row is, and the caveats.
        version: of its contract.
        columns: the identifier first, then as the contract declares them, companions after theirs.
        feeds: those that supply it, in alphabetical order.
        kitemarks, latest_as_at, last_checked_at: by feed; empty without a connection.
    """

    entity: str
    title: str
    meaning: str
    version: str
    columns: tuple[DictionaryColumn, ...]
    feeds: tuple[str, ...]
    kitemarks: Mapping[str, str | None]
    latest_as_at: Mapping[str, date | None]
    last_checked_at: Mapping[str, datetime | None]

    @property
    def personal(self) -> str:
        """The strictest personal-data class of its columns."""
        return max((column.personal for column in self.columns), key=_strictness, default="none")

    def column(self, name: str) -> DictionaryColumn | None:
        """A column by name."""
        return next((one for one in self.columns if one.name == name), None)


@dataclass(frozen=True)
class _Known:
    """What the record of deliveries says; nothing where there is no connection."""

    standing: Mapping[str, record.FeedStanding] = field(default_factory=dict)
    headers: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[tuple[int, str], float] = field(default_factory=dict)

    def delivery(self, feed: str) -> int | None:
        """The latest loaded delivery of a feed."""
        return self.standing[feed].delivery_id if feed in self.standing else None


def dictionary(
    conn: psycopg.Connection | None,
    declarations: Declarations,
    entities: Collection[str] | None = None,
) -> list[DictionaryTable]:
    """The dictionary of all tables, or of some, in alphabetical order.

    Args:
        conn: as the repository's owner; None tells what is declared only: headers as feeds' files
            name them, nothing of missing values, kitemarks and freshness.
        declarations: contracts, feeds and agreements.
        entities: names of those wanted; all where None.

    Raises:
        contracts.declarations.UnknownDeclaration: there is no such entity.
    """
    wanted = sorted(declarations.entities if entities is None else set(entities))
    for name in wanted:
        if name not in declarations.entities:
            there = ", ".join(sorted(declarations.entities))
            raise UnknownDeclaration(f"there is no entity {name}; there are {there}")
    known = _Known() if conn is None else _known(conn, declarations)
    return [_Table(declarations, name, known).told() for name in wanted]


def standing_dictionary(
    entities: Collection[str] | None = None, *, declared_only: bool = False
) -> list[DictionaryTable]:
    """The dictionary of this installation, by its settings; see :func:`dictionary`.

    Raises:
        repository.database.NoDatabase, repository.problems.DatabaseDown: there is no database, or
            it does not answer, and not only what is declared was asked for.
    """
    settings = Settings.from_environment()
    declarations = load(settings.contracts)
    if declared_only:
        return dictionary(None, declarations, entities)
    with connected(database_url(settings.state)) as conn:
        return dictionary(conn, declarations, entities)


def lines(tables: Iterable[DictionaryTable]) -> Iterator[tuple[str, ...]]:
    """The dictionary as a table, one line a column of the repository, under :data:`COLUMNS`."""
    for table in tables:
        for one in table.columns:
            yield (
                table.entity, one.name, one.meaning, one.kind, one.sql_type, one.unit or "",
                one.code_list or "", one.personal, "yes" if one.nullable else "no",
                " | ".join(f"{each.feed}: {each.header}" for each in one.headers),
                " | ".join(f"{feed}: {share:.4f}" for feed, share in one.missing.items()),
            )  # fmt: skip


def sources_of(dataset: type[Dataset], entity: str) -> dict[str, str]:
    """The attributes of an entity that a dataset fills, each with the contract column it is from;
    of several the first."""
    found: dict[str, str] = {}
    for name, facts in columns_of(dataset).items():
        for target in facts.to:
            role, _, attribute = target.partition(".")
            if role.partition(":")[0] == entity:
                found.setdefault(attribute, name)
    return found


def feeds_of(declarations: Declarations, entity: str) -> tuple[str, ...]:
    """The feeds that supply an entity, in alphabetical order."""
    return tuple(
        feed_id
        for feed_id, feed in sorted(declarations.feeds.items())
        if sources_of(declarations.datasets[feed.dataset], entity)
    )


def landed_columns(declarations: Declarations, feed: Feed) -> frozenset[str]:
    """The contract columns of a feed that its agreement lets in."""
    return frozenset(declarations.agreement_of(feed).columns.get(feed.dataset, ()))


def personal_class(declarations: Declarations, entity: str, column: str) -> Personal:
    """The personal-data class of a canonical column.

    An identifier has that of what it is made from, since it stands for it; a companion of a column
    about persons is about them too.
    """
    contract = declarations.entities[entity]
    facts = columns_of(contract)
    if column == f"{entity}_id":
        return _identity_class(contract)
    if column not in facts:
        of_persons: Personal = (
            "none" if facts[owner_of(column, facts)].personal == "none" else "personal"
        )
        return max(canonical_columns(contract)[column].personal, of_persons, key=_strictness)
    link = links_of(contract).get(column, "").partition(":")[0]
    own = facts[column].personal
    if link in declarations.entities:
        return max(own, _identity_class(declarations.entities[link]), key=_strictness)
    return own


def owner_of(companion: str, facts: Collection[str]) -> str:
    """The column a companion belongs to, among the names of a contract's columns."""
    return max((name for name in facts if companion.startswith(f"{name}_")), key=len)


def _identity_class(contract: type[Entity]) -> Personal:
    facts, kinds = columns_of(contract), canonical_columns(contract)
    made_from = entity_facts(contract).identity or tuple(facts)
    classes = [facts[name].personal if name in facts else kinds[name].personal
               for name in made_from]  # fmt: skip
    return max(classes, key=_strictness)


def _strictness(personal: str) -> int:
    return [*ORDER].index(personal)  # type: ignore[arg-type]


def _known(conn: psycopg.Connection, declarations: Declarations) -> _Known:
    standing = record.standings(conn, declarations.feeds)
    deliveries = [one.delivery_id for one in standing.values() if one.delivery_id is not None]
    return _Known(standing, record.headers(conn, deliveries), record.missing(conn, deliveries))


@dataclass(frozen=True)
class _Table:
    """One table while it is being told."""

    declarations: Declarations
    entity: str
    known: _Known

    @cached_property
    def contract(self) -> type[Entity]:
        return self.declarations.entities[self.entity]

    @cached_property
    def sources(self) -> dict[str, dict[str, str]]:
        """Feed to attribute to contract column, of those the feed's agreement lets in."""
        found = {}
        for feed_id in feeds_of(self.declarations, self.entity):
            feed = self.declarations.feeds[feed_id]
            landed = landed_columns(self.declarations, feed)
            ways = sources_of(self.declarations.datasets[feed.dataset], self.entity)
            found[feed_id] = {to: column for to, column in ways.items() if column in landed}
        return found

    def told(self) -> DictionaryTable:
        whole, standing = entity_facts(self.contract), self.known.standing
        feeds = tuple(self.sources)
        here = {feed: standing[feed] for feed in feeds if feed in standing}
        return DictionaryTable(
            entity=self.entity,
            title=whole.title,
            meaning=whole.doc or whole.title,
            version=whole.version,
            columns=tuple(self.columns()),
            feeds=feeds,
            kitemarks={feed: one.kitemark for feed, one in here.items()},
            latest_as_at={feed: one.latest_as_at for feed, one in here.items()},
            last_checked_at={feed: one.last_checked_at for feed, one in here.items()},
        )

    def columns(self) -> Iterator[DictionaryColumn]:
        facts = columns_of(self.contract)
        kinds: dict[str, type[Kind]] = {f"{self.entity}_id": Identifier}
        kinds |= canonical_columns(self.contract)
        for name, kind in kinds.items():
            one = facts.get(name)
            yield DictionaryColumn(
                name=name,
                meaning=self.meaning(name, facts),
                kind=kind.name,
                sql_type=kind.sql,
                unit=_unit(kind, one),
                code_list=self.code_list(one),
                personal=personal_class(self.declarations, self.entity, name),
                nullable=name != f"{self.entity}_id" and (one is None or one.nullable),
                headers=tuple(self.headers(name)),
                missing=self.missing(name),
            )

    def meaning(self, name: str, facts: Mapping[str, ColumnFacts]) -> str:
        if name in facts:
            return facts[name].meaning
        if name == f"{self.entity}_id":
            return f"The repository's identifier of the {self.entity.replace('_', ' ')}"
        owner = owner_of(name, facts)
        return f"{facts[owner].meaning} ({name[len(owner) + 1 :].replace('_', ' ')})"

    def code_list(self, facts: ColumnFacts | None) -> str | None:
        scheme = facts.options.get("scheme") if facts else None
        register = self.declarations.code_schemes.get(str(scheme)) if scheme else None
        return register.lists if register else scheme

    def headers(self, name: str) -> Iterator[SourceHeader]:
        for feed_id, ways in self.sources.items():
            if name in ways:
                feed = self.declarations.feeds[feed_id]
                organisation = organisation_name(self.declarations, feed.organisation)
                for header in self.called(feed, ways[name]):
                    yield SourceHeader(feed_id, organisation, header)

    def called(self, feed: Feed, column: str) -> tuple[str, ...]:
        """What a feed calls a contract column: in the latest delivery read, else as declared."""
        delivery = self.known.delivery(feed.id)
        if delivery is not None:
            return self.known.headers.get((delivery, column), ())
        rule = feed.columns.get(column)
        if rule is not None and (rule.header or rule.constant is not None):
            return (rule.header,) if rule.header else ()
        accepted = columns_of(self.declarations.datasets[feed.dataset])[column].headers
        if isinstance(feed.file, FixedWidth):
            accepted = tuple(one.name for one in feed.file.fields if _same(one.name, accepted))
        # Where the contract takes several, which of them the supplier writes is not declared.
        return accepted if len(accepted) == 1 else ()

    def missing(self, name: str) -> dict[str, float]:
        found = {}
        for feed_id, ways in self.sources.items():
            delivery = self.known.delivery(feed_id)
            if delivery is not None and name in ways:
                share = self.known.missing.get((delivery, ways[name]))
                if share is not None:
                    found[feed_id] = share
        return found


def organisation_name(declarations: Declarations, organisation: str) -> str:
    """An organisation's name as its register, else one of its feeds, gives it."""
    entry = declarations.organisations.get(organisation)
    if entry is not None:
        return entry.name
    named = (one.organisation_name for one in declarations.feeds.values()
             if one.organisation == organisation)  # fmt: skip
    return next(filter(None, named), organisation)


def _unit(kind: type[Kind], facts: ColumnFacts | None) -> str | None:
    declared = facts.options.get("unit") if facts else None
    return str(declared) if declared else UNITS.get(kind)


def _same(name: str, accepted: tuple[str, ...]) -> bool:
    def plain(text: str) -> str:
        return "".join(one for one in text.casefold() if one.isalnum())

    return plain(name) in {plain(one) for one in accepted}
