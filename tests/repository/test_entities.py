"""Entity tables follow their contracts: what is added migrates itself, what differs is told."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from contracts.entity import Entity, column
from contracts.kinds import Date, Money, Reference, Text
from repository.database import connect, engine
from repository.entities import MigrationNeeded, ensure_entities
from repository.migrate import migrate
from repository.tables import SCHEMA, metadata


class Visit(Entity, name="visit", identity=["number"]):
    """A visit."""

    number: Reference = column("Number")
    seen_on: Date = column("Day of the visit")


class VisitWithCost(Entity, name="visit", identity=["number"]):
    """A visit."""

    number: Reference = column("Number")
    seen_on: Date = column("Day of the visit")
    cost: Money = column("Pounds", nullable=True)


class VisitByText(Entity, name="visit", identity=["number"]):
    """A visit."""

    number: Reference = column("Number")
    seen_on: Text = column("Day of the visit")


def columns(conn: Any, table: str) -> dict[str, str]:
    return dict(
        conn.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0",
            (table,),
        ).fetchall()
    )


def test_tables_are_made_widened_and_described(database_url: str) -> None:
    with connect(database_url) as conn:
        ensure_entities(conn, {"visit": Visit})
        conn.execute("CREATE TABLE store.visit_feed_1 PARTITION OF store.visit FOR VALUES IN (1)")
        before = columns(conn, "store.visit")
        assert before["seen_on"] == "date" and before["seen_on_precision"] == "text"
        ensure_entities(conn, {"visit": VisitWithCost})
        for table in ("store.visit", "history.visit", "store.visit_feed_1"):
            assert columns(conn, table)["cost"] == "numeric(18,2)"
        told = conn.execute(
            "SELECT col_description('store.visit'::regclass, attnum) FROM pg_attribute"
            " WHERE attrelid = 'store.visit'::regclass AND attname = 'cost'"
        ).fetchone()
        assert told == ("Pounds",)


@pytest.mark.parametrize(
    ("later", "says"),
    [(VisitByText, "seen_on is date and should be text"), (Visit, "cost is no longer declared")],
)
def test_other_differences_say_which_migration_they_need(
    database_url: str, later: Any, says: str
) -> None:
    with connect(database_url) as conn:
        ensure_entities(conn, {"visit": VisitWithCost})
        with pytest.raises(MigrationNeeded, match=says):
            ensure_entities(conn, {"visit": later})


def test_migrations_make_what_the_tables_say(database_url: str) -> None:
    # Named in full: the owner's name is the schema's, and would otherwise be its default.
    made = engine(f"{database_url}?options=-csearch_path%3Dpublic")
    try:
        with made.connect() as conn:
            context = MigrationContext.configure(
                conn,
                opts={
                    "include_schemas": True,
                    "version_table_schema": SCHEMA,
                    "include_object": lambda item, name, *_: (
                        getattr(item, "schema", SCHEMA) == SCHEMA and name != "alembic_version"
                    ),
                },
            )
            assert compare_metadata(context, metadata) == []
            checks = sa.inspect(conn).get_check_constraints("delivery", schema=SCHEMA)
            assert {"delivery_reconciles", "delivery_state"} == {c["name"] for c in checks}
    finally:
        made.dispose()


def test_migrating_again_changes_nothing(
    database_url: str, declarations_kit: Any, tmp_path: Path
) -> None:
    declared, _, _ = declarations_kit
    migrate(database_url, declared(), tmp_path / "analysts.json")
    query = (
        "SELECT (SELECT max(xmin::text::bigint) FROM watersmeet.entity),"
        " (SELECT max(applied_at) FROM watersmeet.purpose),"
        " (SELECT max(declared_at) FROM watersmeet.agreement)"
    )
    with connect(database_url) as conn:
        before = conn.execute(query).fetchone()
        assert conn.execute("SELECT name FROM watersmeet.feed").fetchall() == [
            ("northmoor_council/spend",)
        ]
    migrate(database_url, declared(), tmp_path / "analysts.json")
    with connect(database_url) as conn:
        assert conn.execute(query).fetchone() == before
