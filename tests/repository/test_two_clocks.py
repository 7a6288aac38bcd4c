"""Tables made before there were two clocks are brought along; what is dated otherwise is told."""

from typing import Any

import psycopg
import pytest

from contracts.entity import Entity, column
from contracts.kinds import Date, Reference, WholeNumber
from repository.database import connect
from repository.entities import MigrationNeeded, ensure_entities


class Stay(Entity, name="stay", identity=["number"]):
    """A stay."""

    number: Reference = column("Number")
    value: WholeNumber = column("Something")
    arrived_on: Date = column("First day", nullable=True)


class DatedStay(Entity, name="stay", identity=["number"], valid_from="arrived_on"):
    """A stay."""

    number: Reference = column("Number")
    value: WholeNumber = column("Something")
    arrived_on: Date = column("First day", nullable=True)


class Arrival(Entity, name="stay", identity=["number"], happened_on="arrived_on"):
    """An arrival."""

    number: Reference = column("Number")
    value: WholeNumber = column("Something")
    arrived_on: Date = column("The day")


BEFORE = """
CREATE TABLE store.stay (record_hash bigint NOT NULL, known_from timestamptz NOT NULL,
    delivery_id integer NOT NULL, row_number integer NOT NULL, upheld_by integer NOT NULL,
    feed_id smallint NOT NULL, stay_id uuid NOT NULL, role text NOT NULL DEFAULT '',
    number text, value bigint, arrived_on date, arrived_on_precision text,
    PRIMARY KEY (stay_id, feed_id)) PARTITION BY LIST (feed_id);
CREATE TABLE store.stay_feed_1 PARTITION OF store.stay FOR VALUES IN (1);
CREATE TABLE history.stay (record_hash bigint NOT NULL, delivery_id integer NOT NULL,
    row_number integer NOT NULL, upheld_by integer NOT NULL, feed_id smallint NOT NULL,
    stay_id uuid NOT NULL, role text NOT NULL DEFAULT '', number text, value bigint,
    arrived_on date, arrived_on_precision text, known_during tstzrange NOT NULL,
    ended_by integer NOT NULL, ending text NOT NULL,
    PRIMARY KEY (stay_id, feed_id, known_during WITHOUT OVERLAPS));
CREATE INDEX ON history.stay (ended_by)
"""
ONE, TWO = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
SO = """
SELECT value, valid_during::text, upper_inf(known_during), open_until::date::text, ending
FROM history.stay ORDER BY stay_id, lower(known_during)
"""


@pytest.fixture
def before(database_url: str) -> Any:
    """A repository with three deliveries, of 1, 2 and 4 January, and tables of the old shape."""
    with connect(database_url) as conn:
        conn.execute("SET timezone = 'Europe/London'")
        conn.execute("CREATE SCHEMA store")
        conn.execute("CREATE SCHEMA history")
        conn.execute("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA watersmeet")
        for statement in BEFORE.split(";"):
            conn.execute(statement.encode())
        conn.execute(
            "INSERT INTO watersmeet.agreement (agreement, title, starts, ends, facts)"
            " VALUES ('a', 'A', '2020-01-01', '2099-01-01', '{}')"
        )
        conn.execute(
            "INSERT INTO watersmeet.feed (name, organisation, dataset) VALUES ('a/b', 'a', 'b')"
        )
        for number, day in ((1, "2026-01-01"), (2, "2026-01-02"), (3, "2026-01-04")):
            conn.execute(
                "INSERT INTO watersmeet.delivery (feed_id, name, series, sha256, landed_at,"
                " sequence, as_at, state, replaces, contract, contract_version, steps_version,"
                " agreement, code_version, attributes, started_at, loaded_at, seconds)"
                " VALUES (1, 'x', '', 'x', %(day)s::date, %(n)s, %(day)s::date, 'loaded',"
                " 'everything', 'b', '1', '1', 'a', '1', '{}', %(day)s::date, %(day)s::date, 0)",
                {"n": number, "day": day},
            )
        for id_, value, since, until, ended_by, ending in (
            (ONE, 1, "2026-01-01", "2026-01-02", 2, "changed"),
            (ONE, 2, "2026-01-02", "2026-01-04", 3, "changed"),
            (TWO, 1, "2026-01-01", "2026-01-02", 2, "gone"),
        ):
            conn.execute(
                "INSERT INTO history.stay VALUES (1, %s, 1, 1, 1, %s, '', 'n', %s, %s, 'day',"
                " tstzrange(%s, %s), %s, %s)",
                (ended_by - 1, id_, value, "2025-12-31", since, until, ended_by, ending),
            )
        conn.execute(
            "INSERT INTO store.stay VALUES (1, '2026-01-04', 3, 1, 3, 1, %s, '', 'n', 3,"
            " '2026-01-03', 'day')",
            (ONE,),
        )
        yield conn


def test_what_was_so_is_found_from_the_days_of_landing(before: psycopg.Connection) -> None:
    ensure_entities(before, {"stay": Stay})
    assert before.execute(SO.encode()).fetchall() == [
        (1, "[2026-01-01,2026-01-02)", True, "2026-01-02", "changed"),
        (2, "[2026-01-02,2026-01-04)", True, "2026-01-04", "changed"),
        (1, "[2026-01-01,2026-01-02)", True, "2026-01-02", "gone"),
    ]
    now = before.execute("SELECT as_at::text, valid_during::text FROM store.stay").fetchall()
    assert now == [("2026-01-04", "[2026-01-04,)")]
    with pytest.raises(psycopg.errors.ExclusionViolation):
        before.execute(
            "UPDATE history.stay SET valid_during = daterange('2026-01-01', NULL), stay_id = %s",
            (ONE,),
        )


def test_own_dates_are_clipped_by_those_that_followed(before: psycopg.Connection) -> None:
    ensure_entities(before, {"stay": DatedStay})
    assert before.execute(SO.encode()).fetchall() == [
        (1, "[2025-12-31,)", False, "2026-01-02", "corrected"),
        (2, "[2025-12-31,2026-01-03)", True, "2026-01-04", "changed"),
        (1, "[2025-12-31,2026-01-02)", True, "2026-01-02", "gone"),
    ]


def test_events_were_taken_back(before: psycopg.Connection) -> None:
    ensure_entities(before, {"stay": Arrival})
    endings = {(row[2], row[4]) for row in before.execute(SO.encode()).fetchall()}
    assert endings == {(False, "corrected")}


def test_bringing_along_again_changes_nothing(before: psycopg.Connection) -> None:
    ensure_entities(before, {"stay": Stay})
    first = before.execute(SO.encode()).fetchall()
    before.execute("DELETE FROM watersmeet.entity")
    ensure_entities(before, {"stay": Stay})
    assert before.execute(SO.encode()).fetchall() == first


def test_a_contract_that_dates_rows_otherwise_needs_a_migration(database_url: str) -> None:
    with connect(database_url) as conn:
        ensure_entities(conn, {"stay": Stay})
        with pytest.raises(MigrationNeeded, match="rows are kept as dated thus: When it is so"):
            ensure_entities(conn, {"stay": DatedStay})
