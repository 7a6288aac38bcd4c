"""Everything the catalogue shows, gathered once: from declarations and the record of deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from contracts.agreement import Agreement, Purpose
from contracts.declarations import Declarations
from contracts.kinds import BirthDate, Code, Date
from contracts.ladder import Ladder
from contracts.model import canonical_columns
from contracts.open_table import OpenTable
from pipeline.catalogue.preview import Preview, preview
from pipeline.catalogue.queries_read import Query, queries
from pipeline.dictionary import DictionaryTable, dictionary, landed_columns, sources_of
from pipeline.kitemark import described, ladder_of
from repository import catalogue as record
from repository import dictionary as known
from repository.access.purposes import Grant, grants_of, london_today
from repository.access.views import ViewColumn, view_columns
from repository.catalogue import Counted
from repository.kitemark import standing

MOST_DELIVERIES = 40
"""Deliveries of a feed that are listed and drawn."""


@dataclass(frozen=True)
class Reader:
    """One purpose's view of a table.

    Attributes:
        purpose: whose view it is.
        columns: those it shows, beside those every view has.
        feeds: whose rows it shows.
        until: the last day any of its agreements is in force.
    """

    purpose: Purpose
    columns: tuple[ViewColumn, ...]
    feeds: tuple[str, ...]
    until: date


@dataclass(frozen=True)
class Site:
    """Everything the pages are made from.

    Attributes:
        declarations: as declared.
        today: the day agreements are in force on.
        stamp: when the repository last learnt something; None where it never did.
        tables: the dictionary, by entity.
        numbers: feeds' numbers in the repository, by feed.
        marks: kitemark of each feed (:func:`pipeline.kitemark.described`).
        deliveries: of each feed, latest first (:func:`repository.catalogue.deliveries`).
        counted: rows and months of each table.
        codes: of tables that are nobody's data: entity to column to feed to code to rows.
        previews: by entity.
        readers: by entity.
        queries: by entity.
        ladder: the levels of the kitemark.
    """

    declarations: Declarations
    today: date
    stamp: datetime | None
    tables: Mapping[str, DictionaryTable]
    numbers: Mapping[str, int]
    marks: Mapping[str, Mapping[str, Any]]
    deliveries: Mapping[str, Sequence[Mapping[str, Any]]]
    counted: Mapping[str, Counted]
    codes: Mapping[str, Mapping[str, Mapping[str, Mapping[str, int]]]]
    previews: Mapping[str, Preview]
    readers: Mapping[str, tuple[Reader, ...]]
    queries: Mapping[str, tuple[Query, ...]]
    ladder: Ladder

    def open_tables(self, entity: str) -> list[OpenTable]:
        """The open tables made from an entity."""
        every = self.declarations.open_tables.values()
        return [one for one in every if one.entity == entity]

    def rows(self, entity: str) -> dict[str, int]:
        """Rows of a table by feed, of the feeds that have any."""
        there = self.counted[entity].rows
        return {feed: there[number] for feed, number in self.numbers.items() if number in there}

    def feeds_of_list(self, name: str) -> list[tuple[str, str]]:
        """Tables and columns whose codes are of a list."""
        return [
            (table.entity, column.name)
            for table in self.tables.values()
            for column in table.columns
            if column.code_list == name
        ]


def gather(conn: psycopg.Connection, declarations: Declarations, today: date | None = None) -> Site:
    """Everything the pages are made from.

    Args:
        conn: as the repository's owner; nothing is written.
        declarations: as declared.
        today: the day; where None, today in London by the database's clock.

    Raises:
        pipeline.kitemark.LadderBroken: the ladder of the kitemark cannot be used.
        pipeline.catalogue.queries_read.BadQuery
    """
    day = today or london_today(conn)
    tables = {one.entity: one for one in dictionary(conn, declarations)}
    there = known.standings(conn, declarations.feeds)
    numbers = {feed: one.feed_id for feed, one in there.items()}
    ladder = ladder_of(declarations.root)
    marks = standing(conn, ladder.trend_over, list(declarations.feeds))
    deliveries: dict[str, list[Mapping[str, Any]]] = {feed: [] for feed in declarations.feeds}
    for one in record.deliveries(conn, list(declarations.feeds), MOST_DELIVERIES):
        deliveries[one["feed"]].append(one)
    latest = {feed: one.delivery_id for feed, one in there.items() if one.delivery_id}
    asked = queries(declarations)
    return Site(
        declarations=declarations,
        today=day,
        stamp=record.newest(conn),
        tables=tables,
        numbers=numbers,
        marks={one["feed"]: described(one, ladder) for one in marks},
        deliveries=deliveries,
        counted={
            name: record.counted(conn, name, _dates(declarations, table))
            for name, table in tables.items()
        },
        codes=_codes(conn, declarations, tables, latest),
        previews={
            name: preview(conn, declarations, table, numbers, day) for name, table in tables.items()
        },
        readers=_readers(declarations, numbers, day),
        queries={name: tuple(one for one in asked if one.entity == name) for name in tables},
        ladder=ladder,
    )


def _dates(declarations: Declarations, table: DictionaryTable) -> list[str]:
    """The date columns of a table that are counted by month: none where it is about persons."""
    if table.personal != "none":
        return []
    kinds = canonical_columns(declarations.entities[table.entity])
    return [
        name
        for name, kind in kinds.items()
        if issubclass(kind, Date) and not issubclass(kind, BirthDate)
    ]


def _codes(
    conn: psycopg.Connection,
    declarations: Declarations,
    tables: Mapping[str, DictionaryTable],
    latest: Mapping[str, int],
) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """Rows by code in the latest delivery of each feed, for tables that are nobody's data."""
    kept = record.codes(conn, list(latest.values()))
    found: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for entity, table in tables.items():
        if table.personal != "none":
            continue
        kinds = canonical_columns(declarations.entities[entity])
        for feed_id in table.feeds:
            feed = declarations.feeds[feed_id]
            ways = sources_of(declarations.datasets[feed.dataset], entity)
            for name, column in ways.items():
                counts = kept.get((latest.get(feed_id, 0), column))
                landed = column in landed_columns(declarations, feed)
                if counts and landed and issubclass(kinds[name], Code):
                    found.setdefault(entity, {}).setdefault(name, {})[feed_id] = counts
    return found


def _readers(
    declarations: Declarations, numbers: Mapping[str, int], today: date
) -> dict[str, tuple[Reader, ...]]:
    """Which purposes read each table today, by the same rules their views are made by."""
    purposes: dict[str, Purpose] = {}
    grants: dict[str, list[Grant]] = {}
    for purpose, grant in grants_of(declarations, numbers, today):
        purposes.setdefault(purpose.name, purpose)
        grants.setdefault(purpose.name, []).append(grant)
    names = {number: feed for feed, number in numbers.items()}
    found: dict[str, list[Reader]] = {name: [] for name in declarations.entities}
    for name, every in sorted(grants.items()):
        for entity in sorted({grant.entity for grant in every}):
            own = [grant for grant in every if grant.entity == entity]
            contract = declarations.entities[entity]
            shown = view_columns(contract, own, every, declarations.entities)
            found[entity].append(
                Reader(
                    purposes[name],
                    tuple(shown),
                    tuple(sorted({names[grant.feed_id] for grant in own})),
                    max(grant.ends for grant in own),
                )
            )
    return {name: tuple(every) for name, every in found.items()}


def agreements_of(declarations: Declarations, purpose: str) -> list[Agreement]:
    """The agreements that name a purpose, in alphabetical order."""
    return [
        one
        for _, one in sorted(declarations.agreements.items())
        if any(each.name == purpose for each in one.purposes)
    ]
