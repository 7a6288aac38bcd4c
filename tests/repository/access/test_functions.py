"""What was so and what was known: analysts ask about any day and moment, within their rights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.entity import Entity, column
from contracts.kinds import Date, Reference
from repository.access.apply import apply_access
from repository.database import connect, parsed
from repository.migrate import migrate
from repository.state import read_private

FIRST = [("P1", "2026-01-05", 1050, "secret", "Acme Ltd"), ("P2", "2026-01-06", 700, "x", "Brook")]
SECOND = [("P1", "2026-01-05", 2000, "secret", "Acme Ltd"), ("P3", "2026-01-07", 900, "x", "Brook")]
FUNCTIONS = (
    "payment_as_at('2026-01-02')",
    "payment_as_known(now())",
    "payment_as_at('2026-01-02', now())",
)


class Stay(Entity, name="stay", identity=("reference",), valid_from="began_on", valid_to="left_on"):
    """Stays, dated by their source."""

    reference: Reference = column("The supplier's own number")
    began_on: Date = column("First day")
    left_on: Date = column("Last day", nullable=True)


@dataclass
class Opened:
    """A repository with two deliveries of one open feed and one of a closed one."""

    url: str
    analyst: psycopg.Connection
    moments: list[Any]
    declared: Any
    secrets: Path

    def amounts(self, function: str) -> dict[str, str]:
        query = f"SELECT reference, amount::text FROM {function}"  # noqa: S608
        return dict(self.analyst.execute(query.encode()).fetchall())

    def refused(self, query: str) -> str:
        with pytest.raises(psycopg.Error) as caught:
            self.analyst.execute(query.encode())
        return caught.value.sqlstate or ""


@pytest.fixture
def opened(
    database_url: str, tmp_path: Path, declarations_kit: Any, supplier_at: Callable[..., Any]
) -> Iterator[Opened]:
    declared, feed, agreement = declarations_kit
    closed = {
        **agreement,
        "id": "closed",
        "purposes": [{**agreement["purposes"][0], "name": "tracing"}],
    }
    declarations = declared([feed(), feed("works/spend", "closed")], [agreement, closed])
    secrets = tmp_path / "analysts.json"
    migrate(database_url, declarations, secrets)
    supplier_at(database_url, feed="works/spend").load([("W1", *FIRST[0][1:])])
    northmoor = supplier_at(database_url)
    moments = []
    for rows, day in ((FIRST, 2), (SECOND, 4)):
        northmoor.load(rows, as_at=date(2026, 1, day))
        with connect(database_url) as conn:
            moments.append(conn.execute("SELECT clock_timestamp()").fetchone()[0])  # type: ignore[index]
    url = parsed(database_url).set(
        username="audit_analyst", password=read_private(secrets)["audit_analyst"]
    )
    with connect(url.render_as_string(hide_password=False), autocommit=True) as conn:
        yield Opened(database_url, conn, moments, declarations, secrets)


def test_any_day_and_any_moment(opened: Opened) -> None:
    days(opened)
    columns(opened)
    before, after = {"P1": "10.50", "P2": "7.00"}, {"P1": "20.00", "P3": "9.00"}
    first = f"timestamptz '{opened.moments[0]}'"
    assert opened.amounts("payment") == after
    assert opened.amounts("payment_as_at('2026-01-01')") == {}
    assert opened.amounts("payment_as_at('2026-01-03')") == before
    assert opened.amounts("payment_as_at('2026-01-04')") == after
    assert opened.amounts(f"payment_as_known({first})") == before
    assert opened.amounts("payment_as_known(now())") == after
    assert opened.amounts("payment_as_known('2020-01-01')") == {}
    # What came to an end afterwards was not known to end.
    assert opened.amounts(f"payment_as_at('2026-06-01', {first})") == before
    assert opened.amounts("payment_as_at('2026-06-01', now())") == after
    assert opened.amounts("payment_as_at('2026-01-03', now())") == before


def days(opened: Opened) -> None:
    """On which days a row is valid, as is known now and as was known."""
    asked = "SELECT reference, as_at, valid_from, valid_to, latest_as_at FROM "
    second, fourth = date(2026, 1, 2), date(2026, 1, 4)
    [p1] = opened.analyst.execute(f"{asked} payment WHERE reference = 'P1'".encode()).fetchall()
    assert p1 == ("P1", fourth, fourth, None, fourth)
    was = opened.analyst.execute(
        f"{asked} payment_as_at('2026-01-02') WHERE reference = 'P1'".encode()
    ).fetchone()
    assert was == ("P1", second, second, date(2026, 1, 3), fourth)
    # As it was known then, nothing said that it would end.
    then = opened.analyst.execute(
        f"{asked} payment_as_known(%s) WHERE reference = 'P1'".encode(), (opened.moments[0],)
    ).fetchone()
    assert then == ("P1", second, second, None, fourth)


def columns(opened: Opened) -> None:
    """Functions give the view's columns."""
    [view, *functions] = [
        [(one.name, one.type_code) for one in cursor.description or ()]
        for cursor in (
            opened.analyst.execute(f"SELECT * FROM {what}".encode())  # noqa: S608
            for what in ("payment", *FUNCTIONS)
        )
    ]
    assert all(one == view for one in functions)
    assert {"as_at", "valid_from", "valid_to", "latest_as_at"} <= {name for name, _ in view}


def test_the_planner_sees_through_a_function(opened: Opened) -> None:
    def plan(query: str) -> str:
        return "\n".join(row[0] for row in opened.analyst.execute(f"EXPLAIN {query}".encode()))

    with connect(opened.url) as owner:
        tables = dict(owner.execute("SELECT name, feed_id FROM watersmeet.feed").fetchall())
    for function in FUNCTIONS:
        whole = plan(f"SELECT * FROM {function} WHERE reference = 'P1'")  # noqa: S608
        assert "Function Scan" not in whole
        assert "reference = 'P1'" in whole
        assert f"payment_feed_{tables['northmoor_council/spend']} " in whole
        assert f"payment_feed_{tables['works/spend']} " not in whole
        # What is not asked for is not joined.
        assert "delivery" not in plan(f"SELECT amount FROM {function}")  # noqa: S608


def test_what_is_behind_the_functions_is_closed(opened: Opened) -> None:
    for function in FUNCTIONS:
        assert opened.amounts(function) and "W1" not in opened.amounts(function)
        assert opened.refused(f"SELECT category FROM {function}") == "42703"  # noqa: S608
        assert opened.refused(f"SELECT row_number FROM {function}") == "42703"  # noqa: S608
    for query in (
        "TABLE history.payment",
        "SELECT reference FROM history.payment",
        "SELECT * FROM history.payment_as_at('2026-01-02')",
        "SELECT * FROM tracing.payment_as_at('2026-01-02')",
        "TABLE settled.organisation",
        "TABLE watersmeet.redirect",
        "CREATE FUNCTION audit.mine() RETURNS int RETURN 1",
    ):
        assert opened.refused(query) == "42501", query
    opened.analyst.execute("SET search_path = history, store, tracing, settled, audit")
    assert opened.amounts("payment_as_at('2026-01-03')") == {"P1": "10.50", "P2": "7.00"}
    opened.analyst.execute("SET row_security = off")
    assert opened.refused("SELECT * FROM audit.payment_as_at('2026-01-03')") == "42501"


def test_a_leaky_function_sees_no_hidden_row(opened: Opened, superuser: Any) -> None:
    with superuser(parsed(opened.url).database) as conn:
        conn.execute(
            "CREATE FUNCTION public.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
            " $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$"
        )
        conn.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        # As if the closed feed's rows stood in the same tables' history too.
        conn.execute(
            "INSERT INTO history.payment (record_hash, delivery_id, row_number, upheld_by, as_at,"
            " feed_id, payment_id, role, reference, valid_during, known_during, open_until,"
            " ended_by, ending) SELECT record_hash, delivery_id, row_number, upheld_by, as_at,"
            " feed_id, payment_id, role, 'W0', '[2026-01-01,2026-12-31]',"
            " tstzrange('2026-01-01', NULL), now() + interval '1 day', delivery_id, 'changed'"
            " FROM store.payment WHERE reference = 'W1'"
        )
    heard: list[str] = []
    opened.analyst.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    for function in FUNCTIONS:
        opened.analyst.execute(
            f"SELECT count(*) FROM {function} WHERE public.leak(reference)".encode()  # noqa: S608
        )
    assert {"saw P1", "saw P2"} <= set(heard)
    assert not any("W" in one for one in heard)


def test_history_ends_with_the_agreement(opened: Opened) -> None:
    with connect(opened.url) as owner:
        policy = owner.execute(
            "SELECT qual FROM pg_policies WHERE policyname = 'audit_analyst'"
            " AND schemaname = 'history' AND tablename = 'payment'"
        ).fetchone()
        assert policy is not None and "2099-12-31" in policy[0] and "Europe/London" in policy[0]
        # The day comes, and nobody applies anything.
        owner.execute(
            "ALTER POLICY audit_analyst ON history.payment USING ({})".format(
                policy[0].replace("2099-12-31", "2026-01-31")
            ).encode()
        )
    assert opened.amounts("payment_as_at('2026-01-03')") == {}
    with connect(opened.url) as owner:
        declared = replace(opened.declared, agreements={}, feeds={})
        assert apply_access(owner, declared, opened.secrets) == ["audit", "tracing"]
    assert opened.refused("SELECT * FROM audit.payment_as_at('2026-01-03')") in ("42501", "42883")


def test_everything_is_described(opened: Opened) -> None:
    functions = opened.analyst.execute(
        "SELECT p.proname, obj_description(p.oid, 'pg_proc') FROM pg_proc p"
        " WHERE pronamespace = 'audit'::regnamespace"
    ).fetchall()
    assert len(functions) == 6
    assert all(f"Example: SELECT * FROM {name}(" in told for name, told in functions)  # noqa: S608
    undescribed = opened.analyst.execute(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE relnamespace = 'audit'::regnamespace AND attnum > 0"
        " AND (obj_description(c.oid, 'pg_class') IS NULL"
        "   OR col_description(c.oid, attnum) IS NULL)"
    ).fetchall()
    assert undescribed == []


def test_the_owner_sees_all_of_it(opened: Opened) -> None:
    with connect(opened.url) as owner:
        found = owner.execute(
            "SELECT reference, category, valid_during::text FROM history.payment_as_at("
            "'2026-01-03') WHERE delivery_id IS NOT NULL AND feed_id IS NOT NULL ORDER BY 1"
        ).fetchall()
        assert found == [
            ("P1", "secret", "[2026-01-02,2026-01-04)"),
            ("P2", "x", "[2026-01-02,2026-01-04)"),
            ("W1", "secret", "[2026-01-02,)"),
        ]
        then = owner.execute(
            "SELECT reference, valid_during::text FROM history.payment_as_known(%s) ORDER BY 1",
            (opened.moments[0],),
        ).fetchall()
        assert then == [(one, "[2026-01-02,)") for one in ("P1", "P2", "W1")]


def one_stay_of_each_feed(database_url: str) -> None:
    """A stay from 3 March on for every feed, by the first letter of its name."""
    with connect(database_url) as owner:
        feeds = dict(owner.execute("SELECT name, feed_id FROM watersmeet.feed").fetchall())
        for name, number in feeds.items():
            owner.execute(
                f"CREATE TABLE store.stay_feed_{number} PARTITION OF store.stay"
                f" FOR VALUES IN ({number})".encode()
            )
            owner.execute(
                "INSERT INTO store.stay (record_hash, known_from, delivery_id, row_number,"
                " upheld_by, as_at, feed_id, stay_id, reference, began_on) VALUES"
                " (1, now(), 1, 1, 1, '2026-05-01', %s, gen_random_uuid(), %s, '2026-03-03')",
                (number, name[:1]),
            )


def test_days_tell_no_attribute_that_is_not_granted(
    database_url: str, tmp_path: Path, declarations_kit: Any
) -> None:
    """Whoever may not read since when, learns it from no day they ask about either."""
    declared, feed, agreement = declarations_kit

    def agreed(name: str, **purposes: list[str]) -> dict[str, Any]:
        told = [
            {**agreement["purposes"][0], "name": purpose, "entities": {"stay": attributes}}
            for purpose, attributes in purposes.items()
        ]
        return {**agreement, "id": name, "purposes": told}

    dated = ["reference", "began_on", "left_on"]
    declarations = replace(
        declared(
            [feed("northmoor/spend", "wide"), feed("eastvale/spend", "narrow")],
            [
                agreed("wide", whole=dated, partly=dated, blind=["reference"]),
                agreed("narrow", partly=["reference"], blind=["reference"]),
            ],
        ),
        entities={"stay": Stay},
    )
    secrets = tmp_path / "analysts.json"
    migrate(database_url, declarations, secrets)
    one_stay_of_each_feed(database_url)

    def seen(purpose: str, query: str) -> Any:
        url = parsed(database_url).set(
            username=f"{purpose}_analyst", password=read_private(secrets)[f"{purpose}_analyst"]
        )
        with connect(url.render_as_string(hide_password=False)) as conn:
            return conn.execute(query.encode()).fetchall()

    query = "SELECT reference, valid_from FROM {} ORDER BY 1"
    day = date(2026, 3, 3)
    assert seen("whole", query.format("stay_as_at('2026-04-01')")) == [("n", day)]
    assert seen("partly", query.format("stay")) == [("e", None), ("n", day)]
    assert seen("partly", query.format("stay_as_at('2026-04-01')")) == [("n", day)]
    assert seen("partly", query.format("stay_as_known(now())")) == [("e", None), ("n", day)]
    assert seen("blind", query.format("stay")) == [("e", None), ("n", None)]
    assert seen("blind", query.format("stay_as_known(now())")) == [("e", None), ("n", None)]
    with pytest.raises(psycopg.errors.UndefinedFunction):
        seen("blind", query.format("stay_as_at('2026-04-01')"))
    [(rights,)] = seen(
        "blind",
        "SELECT has_column_privilege(c.oid, a.attnum, 'SELECT') FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relname = 'stay'"
        " AND c.relnamespace = 'store'::regnamespace AND a.attname = 'valid_during'",
    )
    assert rights is False
