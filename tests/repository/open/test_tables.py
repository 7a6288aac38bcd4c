"""Open tables: exactly what is declared, and a role that can read nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.declarations import Declarations
from contracts.open_table import OpenTable
from repository.access.apply import apply_access
from repository.access.roles import AccessNotApplied
from repository.database import connect, parsed
from repository.migrate import migrate
from repository.open.tables import ROLE
from repository.state import read_private

ROWS = [
    ("P1", "2026-01-05", 1050, "care", "Acme Ltd"),
    ("P2", "2026-01-06", -300, "fostering", "Brook & Sons"),
    ("P3", "2026-01-07", 200, "sealed", "Crane plc"),
    ("P4", "2026-01-08", 900, "", "Dale Works"),
]
SEEN = {"reference", "paid_on", "amount", "category"}


def table(**more: Any) -> OpenTable:
    return OpenTable.model_validate(
        {
            "name": "payments",
            "title": "Payments",
            "description": "What bodies pay.",
            "entity": "payment",
            "columns": ("reference", "paid_on", "amount"),
            "publisher": "Northmoor Council",
            "contact": {"name": "Desk", "email": "desk@northmoor.example"},
            "disclosure": {
                "redact": [
                    {"column": "category", "when": ("fostering",), "hide": ["reference"],
                     "reason": "paid to private persons"},
                    {"column": "category", "when": "^seal", "reason": "not to be told"},
                ]
            },
            **more,
        }
    )  # fmt: skip


@pytest.fixture
def declare(declarations_kit: Any) -> Callable[..., Declarations]:
    """Declarations of a feed that may be published, one whose agreement has ended, and one whose
    agreement does not let it be."""
    declared, feed, agreement = declarations_kit

    def make(*tables: OpenTable, **more: Any) -> Declarations:
        purpose = {**agreement["purposes"][0], "open": True,
                   "entities": {"payment": [*SEEN], "organisation": ["name"]}}  # fmt: skip
        opened = {**agreement, "purposes": [purpose], **more}
        ended = {**opened, "id": "ended", "review": date(2020, 6, 1), "end": date(2020, 12, 31)}
        closed = {**agreement, "id": "closed"}
        feeds = [
            feed(),
            feed("eastvale_council/spend", "ended"),
            feed("department_of_works/spend", "closed"),
        ]
        made: Declarations = declared(feeds, [opened, ended, closed])
        return replace(made, open_tables={one.name: one for one in tables})

    return make


@pytest.fixture
def as_reader(
    database_url: str, tmp_path: Path, declare: Callable[..., Declarations], supplier_at: Any
) -> Iterator[Callable[[], psycopg.Connection]]:
    secrets = tmp_path / "analysts.json"
    migrate(database_url, declare(table()), secrets)
    for organisation in ("northmoor_council", "eastvale_council", "department_of_works"):
        supplier_at(database_url, feed=f"{organisation}/spend").load(
            [(f"{organisation[0]}{row[0]}", *row[1:]) for row in ROWS]
        )
    made: list[psycopg.Connection] = []

    def log_in() -> psycopg.Connection:
        url = parsed(database_url).set(username=ROLE, password=read_private(secrets)[ROLE])
        made.append(connect(url.render_as_string(hide_password=False), autocommit=True))
        return made[-1]

    yield log_in
    for conn in made:
        conn.close()


def refused(conn: psycopg.Connection, query: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        conn.execute(query.encode())
    return caught.value.sqlstate or ""


def test_exactly_the_declared_columns_and_rows(as_reader: Any) -> None:
    seen = as_reader().execute("SELECT * FROM payments ORDER BY paid_on")
    assert [one.name for one in seen.description] == [
        "reference", "paid_on", "amount", "supplied_by", "as_at",
    ]  # fmt: skip
    told = [(row[0], str(row[2]), row[3]) for row in seen.fetchall()]
    assert told == [
        ("nP1", "10.50", "northmoor_council"),
        (None, "-3.00", "northmoor_council"),
        ("nP4", "9.00", "northmoor_council"),
    ]


def test_what_is_hidden_cannot_be_asked_for(as_reader: Any) -> None:
    conn = as_reader()
    assert conn.execute("SELECT 1 FROM payments WHERE reference = 'nP2'").fetchall() == []
    # A view of this kind looks at the reader's conditions after its own, so that one that tells
    # what it is given is given nothing hidden.
    leak = (
        "SELECT count(*) FROM payments WHERE 1 / (CASE reference WHEN 'nP2' THEN 0 ELSE 1 END) = 1"
    )
    assert conn.execute(leak).fetchone() == (3,)
    assert refused(conn, "SELECT category FROM payments") == "42703"


def test_rows_with_something_hidden_do_not_stand_by_their_identifiers(
    as_reader: Any, database_url: str
) -> None:
    placed = (
        as_reader()
        .execute(
            "SELECT _part, _row, paid_on::text FROM _payments"
            " UNION ALL SELECT _part, _row, paid_on::text FROM __payments"
        )
        .fetchall()
    )
    with connect(database_url) as conn:
        own = dict(conn.execute("SELECT paid_on::text, payment_id FROM store.payment"
                                " WHERE reference LIKE 'n%'").fetchall())  # fmt: skip
    parts = {day: (part, row == own[day]) for part, row, day in placed}
    assert parts == {
        "2026-01-05": (0, True), "2026-01-06": (1, False), "2026-01-08": (0, True),
    }  # fmt: skip


def test_a_page_is_read_by_an_index_and_not_sorted(as_reader: Any) -> None:
    conn = as_reader()
    conn.execute("SET enable_sort = off")
    plan = conn.execute(
        "EXPLAIN SELECT * FROM _payments WHERE amount > 0"
        " AND (_row, _feed) > ('00000000-0000-0000-0000-000000000001', 0::smallint) LIMIT 2"
    ).fetchall()
    assert "Sort  " not in str(plan) and "Index Cond: (ROW(payment_id, feed_id) >" in str(plan)
    rows = conn.execute("SELECT _row FROM _payments").fetchall()
    assert rows == sorted(rows) and len(rows) > 1


def test_the_role_has_a_right_on_nothing_else(as_reader: Any, database_url: str) -> None:
    conn = as_reader()
    with connect(database_url) as owner:
        others = owner.execute(
            """
            SELECT format('%%I.%%I', n.nspname, c.relname),
                has_table_privilege(%(role)s, c.oid,
                    'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
                OR has_any_column_privilege(%(role)s, c.oid, 'SELECT, INSERT, UPDATE')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'open')
              AND n.nspname NOT LIKE 'pg_toast%%'
            """,
            {"role": ROLE},
        ).fetchall()
        schemas = owner.execute(
            "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'USAGE')"
            " AND nspname NOT IN ('pg_catalog', 'information_schema', 'public')",
            (ROLE,),
        ).fetchall()
    assert len(others) > 20
    assert [name for name, may in others if may] == []
    assert schemas == [("open",)]
    for name, _ in others:
        assert refused(conn, f"TABLE {name}") == "42501", name
    for change in (
        "UPDATE payments SET amount = 0",
        "CREATE TABLE mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE FUNCTION public.mine() RETURNS int RETURN 1",
    ):
        assert refused(conn, change) in ("25006", "42501", "55000"), change
        # Setting a session's own default to writing gives no right to write.
        conn.execute("SET default_transaction_read_only = off")


def test_sessions_are_read_only_and_bounded(as_reader: Any) -> None:
    conn = as_reader()
    told = dict(conn.execute("SELECT name, setting FROM pg_settings").fetchall())
    assert told["default_transaction_read_only"] == "on"
    assert told["statement_timeout"] == "30000"
    assert told["transaction_timeout"] == "900000"
    assert conn.execute(
        "SELECT rolconnlimit, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone() == (40, False, False)


def test_nothing_happens_twice_and_what_is_no_longer_declared_goes(
    as_reader: Any, database_url: str, tmp_path: Path, declare: Callable[..., Declarations]
) -> None:
    secrets = tmp_path / "analysts.json"
    other = table(name="others", disclosure={})

    def states() -> dict[str, str]:
        query = "SELECT name, state FROM open._table"
        return dict(as_reader().execute(query).fetchall())

    before = states()
    with connect(database_url) as owner:
        assert apply_access(owner, declare(table()), secrets) == []
        assert apply_access(owner, declare(other, table()), secrets) == ["open"]
    after = states()
    assert set(after) == {"payments", "others"}
    assert after["payments"] == before["payments"]
    with connect(database_url) as owner:
        assert apply_access(owner, declare(table(disclosure={})), secrets) == ["open"]
    assert states().keys() == {"payments"}
    assert states()["payments"] != before["payments"]
    with connect(database_url) as owner:
        assert apply_access(owner, declare(), secrets) == ["open"]
        assert owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'open'").fetchall() == []
        assert apply_access(owner, declare(), secrets) == []
    with pytest.raises(Exception, match=r"open_reader|cannot be reached"):
        as_reader()


def test_sources_are_those_shown_today(as_reader: Any) -> None:
    rows = as_reader().execute(
        "SELECT open_table, feed, delivery_id IS NULL, loaded_at IS NULL FROM open._source"
    )
    assert rows.fetchall() == [("payments", "northmoor_council/spend", False, False)]


def test_every_view_and_column_is_explained(as_reader: Any) -> None:
    silent = (
        as_reader()
        .execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'open'::regnamespace AND a.attnum > 0"
            " AND c.relname LIKE '%payments' AND col_description(c.oid, a.attnum) IS NULL"
        )
        .fetchall()
    )
    assert silent == []


def test_a_schema_of_somebody_elses_is_left_alone(
    database_url: str, tmp_path: Path, declare: Callable[..., Declarations]
) -> None:
    with connect(database_url) as owner:
        owner.execute("CREATE SCHEMA open")
        owner.execute("CREATE TABLE open.diary (day date)")
    with pytest.raises(AccessNotApplied, match="schema open that is not ours"):
        migrate(database_url, declare(table()), tmp_path / "analysts.json")
    with connect(database_url) as owner:
        assert owner.execute("SELECT count(*) FROM open.diary").fetchone() == (0,)
