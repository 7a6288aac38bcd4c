"""A thousand values taken at random, of every entity and of history, each led back to its cell.

What is told is held against the generator's truth, and the text in the cell against readers that
are not ours.
"""

import csv
import hashlib
import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from psycopg import sql

from connectors.cells import column_position
from pipeline.example.children import NorthmoorCensus
from pipeline.explain import Ask, explain_many
from repository.database import connect
from tests.journey_kit import FEEDS, Home, Region, installation

MANY = 1000
MADE = {"role", "person_id", "supplier_id"}
"""Columns of a row that no cell tells: the repository makes them."""

# The truth is by contract column: one that is named otherwise in the repository.
OTHERWISE = {
    ("payment", "supplier_name"): "supplier",
    ("organisation", "name"): "supplier",
    ("enrolment", "pupil_reference"): "upn",
}
REFERENCES = {"school_census": "upn", "meal_eligibility": "reference"}


@pytest.fixture(scope="module")
def loaded(
    server: Any,
    superuser: Any,
    declared_database: tuple[str, Path],
    small_region: Region,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Home]:
    """An installation with every feed, and of a feed of each kind of data what came next."""
    root = tmp_path_factory.mktemp("explained")
    with installation(root, small_region, declared_database, server, superuser) as home:
        for feed in FEEDS:
            home.supply(feed)
            home.one(feed)
        for feed in FEEDS:
            if feed.startswith("northmoor/"):
                home.supply(feed, 2)
                home.one(feed)
        yield home


@dataclass(frozen=True)
class Value:
    """One value of one version of a row."""

    entity: str
    id: str
    feed: str
    delivery: int
    row: int
    column: str
    value: Any = field(hash=False)
    known_from: datetime | None
    """Of a version that is history: a moment at which it was the latest word."""

    @property
    def ask(self) -> Ask:
        return Ask(self.entity, self.id, self.column, None, self.known_from, self.feed)


def every_value(home: Home) -> list[Value]:
    found = []
    with connect(home.url) as conn:
        entities = conn.execute("SELECT entity, columns FROM watersmeet.entity").fetchall()
        for entity, columns in entities:
            names = [c["name"] for c in columns if c["name"] not in MADE | {f"{entity}_id"}]
            for schema, moment in (
                ("store", "NULL::timestamptz"),
                # What was never the latest word cannot be asked for by a moment alone.
                ("history", "lower(e.known_during)"),
            ):
                query = sql.SQL(
                    "SELECT e.{id}::text, f.name, e.delivery_id, e.row_number, {moment}, {columns}"
                    " FROM {table} e JOIN watersmeet.feed f USING (feed_id) ORDER BY 1, 2, 3"
                ).format(
                    id=sql.Identifier(f"{entity}_id"),
                    moment=sql.SQL(moment),
                    columns=sql.SQL(", ").join(sql.Identifier("e", name) for name in names),
                    table=sql.Identifier(schema, entity),
                )
                for id_, feed, delivery, row, known, *values in conn.execute(query):
                    found += [
                        Value(entity, id_, feed, delivery, row, name, value, known)
                        for name, value in zip(names, values, strict=True)
                        if value is not None
                    ]
    return found


@dataclass
class OtherReader:
    """Reads cells of a landed file as people name them, by other means than ours."""

    path: Path
    feed: str

    @cached_property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def book(self) -> Any:
        return openpyxl.load_workbook(io.BytesIO(self.content), data_only=True)

    @cached_property
    def records(self) -> list[list[str]]:
        encoding, sign = ("cp1252", ",") if self.feed == "northmoor/spend" else ("utf-8-sig", ";")
        text = self.content.decode(encoding)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))

    @cached_property
    def lines(self) -> list[str]:
        return self.content.decode("ascii").splitlines()

    @cached_property
    def page(self) -> list[dict[str, Any]]:
        found = json.loads(self.content, parse_float=str, parse_int=str)
        payments: list[dict[str, Any]] = found["payments"]
        return payments

    def text(self, sheet: str | None, cell: str) -> Any:
        if self.path.suffix == ".xlsx":
            return self.book[sheet][cell].value
        if place := re.fullmatch(r"record (\d+), (\w+)", cell):
            return self.page[int(place[1]) - 1][place[2]]
        if place := re.fullmatch(r"line (\d+), position (\d+) \((.+)\)", cell):
            start = int(place[2]) - 1
            width = NorthmoorCensus.widths[place[3]]
            return self.lines[int(place[1]) - 1][start : start + width].rstrip()
        letters = cell.rstrip("0123456789")
        return self.records[int(cell.removeprefix(letters)) - 1][column_position(letters)]


def same(written: str, found: Any) -> bool:
    if isinstance(found, datetime):
        return written.startswith(found.date().isoformat())
    if isinstance(found, int | float):
        return Decimal(written) == Decimal(str(found))
    return bool(written == found)


def true_value(truth: dict[str, Any], one: Value) -> Any:
    """What the generator says; None where it says nothing of that column."""
    if (one.entity, one.column) in OTHERWISE:
        return truth[OTHERWISE[one.entity, one.column]]
    if one.column == "reference":
        return truth[REFERENCES[one.feed.partition("/")[2]]]
    if one.column.endswith("_precision"):
        return "day"
    return truth.get(one.column)


@pytest.fixture(scope="module")
def chosen(loaded: Home) -> list[Value]:
    """A thousand values; a good part of them of history."""
    every = every_value(loaded)
    past = [one for one in every if one.known_from is not None]
    chance = random.Random(20261122)
    few = min(len(past), MANY // 4)
    now = [one for one in every if one.known_from is None]
    return chance.sample(now, MANY - few) + chance.sample(past, few)


@pytest.fixture(scope="module")
def explained(chosen: list[Value]) -> list[dict[str, Any]]:
    """What is told of each."""
    return explain_many([one.ask for one in chosen])


def test_a_thousand_values_are_led_back_to_their_true_cells(
    loaded: Home, chosen: list[Value], explained: list[dict[str, Any]]
) -> None:
    assert {one.entity for one in chosen} == {
        "payment", "organisation", "person", "enrolment", "meal_entitlement"
    }  # fmt: skip
    assert {one.feed for one in chosen} == set(FEEDS)
    assert sum(one.known_from is not None for one in chosen) > 50
    numbers = {
        row[0]: row[1]
        for row in loaded.rows(
            "SELECT delivery_id, row_number() OVER (PARTITION BY feed_id ORDER BY delivery_id)"
            " FROM watersmeet.delivery"
        )
    }
    truth = {
        (feed, number): {(t["sheet"], t["row"]): t for t in loaded.region.truth(feed, number)}
        for feed in FEEDS
        for number in (1, 2)
    }
    readers: dict[str, OtherReader] = {}
    compared = 0
    for one, told in zip(chosen, explained, strict=True):
        assert (told["feed"], told["delivery"]["id"]) == (one.feed, one.delivery), one
        assert (told["row_number"], told["value"]) == (one.row, one.value), one
        assert told["proved"], (one, told)
        if told["cell"] is not None:
            reader = readers.setdefault(
                told["landed_key"], OtherReader(loaded.landing / told["landed_key"], one.feed)
            )
            assert reader.sha256 == told["sha256"]
            assert same(told["as_written"], reader.text(told["sheet"], told["cell"])), (one, told)
        true = truth[one.feed, numbers[one.delivery]][told["sheet"], told["source_row"]]
        expected = true_value(true, one)
        if expected is not None:
            assert one.value == expected, (one, told)
            compared += 1
    assert compared > MANY * 0.6, "most columns are among the truth"


def test_the_database_names_the_same_cells(
    loaded: Home, chosen: list[Value], explained: list[dict[str, Any]]
) -> None:
    """Without a file being opened: for a thousand in one statement."""
    with connect(loaded.url) as conn:
        rows = conn.execute(
            """
            SELECT x.file, x.sha256, x.landed_key, x.sheet, x.cell, x.header, x.source_row
            FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::timestamptz[], %s::text[])
                WITH ORDINALITY AS a(entity, id, "column", as_known, feed, n)
            CROSS JOIN LATERAL watersmeet.explain(a.entity, a.id, a."column", NULL, a.as_known,
                a.feed) AS x
            ORDER BY a.n
            """,
            [
                [getattr(one, name) for one in chosen]
                for name in ("entity", "id", "column", "known_from", "feed")
            ],
        ).fetchall()
    names = ("file", "sha256", "landed_key", "sheet", "cell", "header", "source_row")
    assert rows == [tuple(one[name] for name in names) for one in explained]


def test_what_was_so_and_what_was_known_are_told_apart(loaded: Home) -> None:
    """Of a row that changed: its first cell before the second delivery, its second one after."""
    [(id_, first, second)] = loaded.rows(
        "SELECT h.person_id, h.delivery_id, s.delivery_id FROM history.person h"
        " JOIN store.person s USING (person_id, feed_id)"
        " WHERE h.postcode <> s.postcode ORDER BY 1 LIMIT 1"
    )
    [(loaded_at,)] = loaded.rows(
        "SELECT loaded_at FROM watersmeet.delivery WHERE delivery_id = %s", second
    )
    [(before,)] = loaded.rows(
        "SELECT loaded_at FROM watersmeet.delivery WHERE delivery_id = %s", first
    )
    asked = [Ask("person", id_, "postcode", None, at) for at in (None, loaded_at, before)]
    now, then, earlier = explain_many(asked)
    assert now["delivery"]["id"] == then["delivery"]["id"] == second and now["current"]
    assert earlier["delivery"]["id"] == first and not earlier["current"]
    assert earlier["as_written"] != now["as_written"] and earlier["proved"]
    assert isinstance(now["as_at"], date)
    [today] = explain_many([Ask("person", id_, "postcode", now["as_at"])])
    assert today["delivery"]["id"] == second
    with pytest.raises(LookupError, match=r"there was no person .* on 1900-01-01.*knows it from"):
        explain_many([Ask("person", id_, "postcode", date(1900, 1, 1))])


def test_explaining_writes_nothing(loaded: Home) -> None:
    with psycopg.connect(loaded.url.replace("+psycopg", "")) as conn:
        conn.read_only = True
        [row] = conn.execute(
            "SELECT x.cell FROM store.payment p,"
            " watersmeet.explain('payment', p.payment_id, 'amount') x LIMIT 1"
        ).fetchall()
    assert row[0]
