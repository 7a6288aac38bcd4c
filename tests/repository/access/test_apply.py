"""Analysts read what their purpose allows, and find no way round."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.declarations import Declarations
from repository.access.apply import apply_access
from repository.database import connect, parsed
from repository.migrate import migrate
from repository.state import read_private

ROWS = [
    ("P1", "2026-01-05", 1050, "secret", "Acme Ltd"),
    ("P2", "2026-01-06", -300, "secret", "Brook & Sons"),
]


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    return tmp_path / "analysts.json"


def two_feeds(declared: Any, feed: Any, agreement: dict[str, Any]) -> Declarations:
    """One feed whose agreement grants amounts for audit, one that grants only references."""
    narrow = {
        **agreement,
        "id": "narrow",
        "purposes": [{**agreement["purposes"][0], "entities": {"payment": ["reference"]}}],
    }
    closed = {
        **agreement,
        "id": "closed",
        "purposes": [{**agreement["purposes"][0], "name": "tracing"}],
    }
    made: Declarations = declared(
        [
            feed(),
            feed("eastvale_council/spend", "narrow"),
            feed("department_of_works/spend", "closed"),
        ],
        [agreement, narrow, closed],
    )
    return made


@pytest.fixture
def opened(
    database_url: str, secrets: Path, declarations_kit: Any, supplier_at: Callable[..., Any]
) -> Iterator[tuple[str, Callable[[str], psycopg.Connection]]]:
    declared, feed, agreement = declarations_kit
    migrate(database_url, two_feeds(declared, feed, agreement), secrets)
    for organisation in ("northmoor_council", "eastvale_council", "department_of_works"):
        supplier_at(database_url, feed=f"{organisation}/spend").load(
            [(f"{organisation[:1]}{r[0]}", *r[1:]) for r in ROWS]
        )
    made: list[psycopg.Connection] = []

    def as_analyst(purpose: str) -> psycopg.Connection:
        role = f"{purpose}_analyst"
        url = parsed(database_url).set(username=role, password=read_private(secrets)[role])
        conn = connect(url.render_as_string(hide_password=False), autocommit=True)
        made.append(conn)
        return conn

    yield database_url, as_analyst
    for conn in made:
        conn.close()


def refused(conn: psycopg.Connection, query: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        conn.execute(query.encode())
    return caught.value.sqlstate or ""


def test_rows_and_columns_by_agreement(opened: Any) -> None:
    _, as_analyst = opened
    seen = (
        as_analyst("audit")
        .execute("SELECT reference, amount::text, supplied_by FROM payment ORDER BY reference")
        .fetchall()
    )
    assert seen == [
        ("eP1", None, "eastvale_council"),
        ("eP2", None, "eastvale_council"),
        ("nP1", "10.50", "northmoor_council"),
        ("nP2", "-3.00", "northmoor_council"),
    ]
    for function in ("payment_as_at('2030-01-01')", "payment_as_known(now())"):
        query = f"SELECT reference, amount::text, supplied_by FROM {function} ORDER BY 1"  # noqa: S608
        assert as_analyst("audit").execute(query.encode()).fetchall() == seen
    traced = as_analyst("tracing").execute("SELECT reference FROM payment ORDER BY 1").fetchall()
    assert traced == [("dP1",), ("dP2",)]


def test_base_tables_are_closed(opened: Any) -> None:
    _, as_analyst = opened
    conn = as_analyst("audit")
    for table in (
        "store.payment",
        "store.payment_feed_1",
        "history.payment",
        "watersmeet.delivery",
        "watersmeet.quarantine",
        "watersmeet.feed",
        "tracing.payment",
    ):
        assert refused(conn, f"TABLE {table}") == "42501", table
    # A column that may be read through the view may not be read past it: the schema is closed.
    assert conn.execute("SELECT amount FROM payment").fetchall()
    assert refused(conn, "SELECT amount FROM store.payment") == "42501"
    assert refused(conn, "SELECT category FROM payment") == "42703"
    assert refused(conn, "SELECT 1 FROM payment WHERE category = 'secret'") == "42703"
    assert refused(conn, "UPDATE payment SET amount = 0") in ("42501", "55000")
    assert refused(conn, "CREATE TABLE audit.mine (a int)") == "42501"
    assert refused(conn, "CREATE TEMPORARY TABLE mine (a int)") == "42501"
    assert refused(conn, "CREATE FUNCTION public.leak() RETURNS int RETURN 1") == "42501"
    other = conn.info.get_parameters()
    assert other["dbname"]


def test_no_setting_opens_more(opened: Any) -> None:
    _, as_analyst = opened
    conn = as_analyst("audit")
    assert refused(conn, "SET ROLE watersmeet") == "42501"
    assert refused(conn, "SET ROLE tracing_analyst") == "42501"
    assert refused(conn, "SET SESSION AUTHORIZATION watersmeet") == "42501"
    conn.execute("SET row_security = off")
    assert refused(conn, "SELECT * FROM payment") == "42501"
    conn.execute("SET row_security = on")
    conn.execute("SET search_path = store, history, watersmeet, tracing, audit")
    conn.execute("SET timezone = 'Pacific/Kiritimati'")
    conn.execute("SELECT set_config('app.purpose', 'tracing', false)")
    assert conn.execute("SELECT count(*) FROM payment").fetchone() == (4,)


def test_statistics_tell_nothing(opened: Any) -> None:
    url, as_analyst = opened
    with connect(url, autocommit=True) as owner:
        owner.execute("ANALYZE store.payment")
        assert owner.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'store'").fetchone()
    conn = as_analyst("audit")
    assert conn.execute(
        "SELECT count(*) FROM pg_stats WHERE schemaname IN ('store', 'history', 'watersmeet')"
        " AND tablename NOT IN ('feed', 'delivery')"
    ).fetchone() == (0,)


def test_a_leaky_function_sees_no_hidden_row(opened: Any, superuser: Any) -> None:
    url, as_analyst = opened
    with superuser(parsed(url).database) as conn:
        conn.execute(
            "CREATE FUNCTION public.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
            " $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$"
        )
        conn.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    conn = as_analyst("audit")
    heard: list[str] = []
    conn.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    conn.execute("SELECT reference FROM payment WHERE public.leak(reference)")
    conn.execute("SELECT reference FROM payment WHERE public.leak(amount::text)")
    assert sorted(heard)[-4:] == ["saw eP1", "saw eP2", "saw nP1", "saw nP2"]
    assert not any("dP" in one for one in heard)
    assert [one for one in heard if one == "saw <NULL>"] == ["saw <NULL>"] * 2


def test_columns_are_explained(opened: Any) -> None:
    _, as_analyst = opened
    conn = as_analyst("audit")
    told = dict(
        conn.execute(
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = 'audit.payment'::regclass AND attnum > 0"
        ).fetchall()
    )
    assert told["amount"] == "Pounds paid"
    assert told["paid_on_precision"] == "Date of payment (precision)"
    assert {"supplied_by", "feed", "delivered_at", "known_since", "last_checked_at"} <= set(told)
    assert "category" not in told and "supplier_id" not in told
    assert all(told.values())
    assert conn.execute(
        "SELECT count(*) FROM payment WHERE delivered_at IS NOT NULL AND feed IS NOT NULL"
    ).fetchone() == (4,)


def test_applying_again_changes_nothing(opened: Any, secrets: Path, declarations_kit: Any) -> None:
    url, _ = opened
    declared, feed, agreement = declarations_kit
    assert secrets.stat().st_mode & 0o777 == 0o600
    before = secrets.read_bytes()
    with connect(url) as conn:
        assert apply_access(conn, two_feeds(declared, feed, agreement), secrets) == []
    assert secrets.read_bytes() == before


def test_access_ends_with_the_agreement(opened: Any, secrets: Path, declarations_kit: Any) -> None:
    url, as_analyst = opened
    declared, feed, agreement = declarations_kit
    ended = {**agreement, "review": date(2026, 1, 1), "end": date(2026, 1, 2)}
    conn = as_analyst("audit")
    with connect(url) as owner:
        assert apply_access(owner, declared([feed()], [ended]), secrets) == ["audit", "tracing"]
    assert refused(conn, "SELECT * FROM audit.payment") in ("42501", "42P01")
    with pytest.raises(Exception, match=r"login|cannot be reached"):
        as_analyst("audit")
    # It can be opened again.
    with connect(url) as owner:
        assert apply_access(owner, two_feeds(declared, feed, agreement), secrets)
    assert as_analyst("audit").execute("SELECT count(*) FROM payment").fetchone() == (4,)


def test_the_policy_itself_knows_the_last_day(
    opened: Any, secrets: Path, declarations_kit: Any, superuser: Any
) -> None:
    """Nobody need apply anything for access to end: the policy carries the dates."""
    url, _ = opened
    with connect(url) as owner:
        policy = owner.execute(
            "SELECT qual FROM pg_policies WHERE policyname = 'audit_analyst'"
            " AND tablename = 'payment'"
        ).fetchone()
        assert policy is not None
        assert "2099-12-31" in policy[0] and "Europe/London" in policy[0]
        assert date.today() + timedelta(days=1) < date(2099, 12, 31)
