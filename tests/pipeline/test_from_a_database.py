"""A feed from somebody's database: only what is new, and each row once, whatever is interrupted."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipeline import ingest
from repository.database import connection_parts

FEED = "northmoor/spend"
PLACE = """\
title: Northmoor Council, payments over £500
owner: Head of Financial Operations, Northmoor Council
maintainer: data engineering
agreement: spend-transparency
replaces: nothing
place:
  kind: database
  connection: northmoor_ledger
  table: ledger.payments
  columns: [paid_on, payee, number, amount]
  watermark: {column: entered_at, overlap: 3600}
columns:
  body: {constant: Northmoor Council}
  paid_on: {header: paid_on, date_format: "%Y-%m-%d"}
  supplier: {header: payee}
  transaction_number: {header: number}
  amount: {header: amount}
gates: {not_checked: "deliveries are what is new, of any size"}
"""
KILLED = """
import os, signal, sys
from pipeline import ingest
[arrival] = ingest.discover(sys.argv[1])
ingest.land(sys.argv[1], arrival)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def ledger(home: Any, superuser: Callable[[str], psycopg.Connection]) -> Iterator[Any]:
    """Puts payments into the supplier's table, which lies in a database of the test's server."""
    folder = home.contracts()
    (folder / "feeds" / f"{FEED}.yml").write_text(PLACE)
    home.migrate()
    parts = connection_parts(home.url)
    with superuser(parts["dbname"]) as conn:
        conn.execute("CREATE SCHEMA ledger")
        conn.execute(
            "CREATE TABLE ledger.payments (id serial PRIMARY KEY, paid_on date, payee text,"
            " number text, amount numeric(12, 2), account text DEFAULT 'canary-account',"
            " entered_at timestamptz DEFAULT clock_timestamp())"
        )
        conn.execute("GRANT USAGE ON SCHEMA ledger TO watersmeet")
        conn.execute("GRANT SELECT ON ledger.payments TO watersmeet")
        path = Path(home.environment["WATERSMEET_CONNECTIONS"])
        held = json.loads(path.read_text())
        held["northmoor_ledger"] = {
            "conn_type": "postgres",
            "host": parts["host"],
            "port": int(parts["port"]),
            "schema": parts["dbname"],
            "login": parts["user"],
            "password": parts["password"],
        }
        path.write_text(json.dumps(held))

        def put(*numbers: int, late: int = 0) -> None:
            for number in numbers:
                conn.execute(
                    "INSERT INTO ledger.payments (paid_on, payee, number, amount, entered_at)"
                    " VALUES ('2026-01-05', %s, %s, %s, clock_timestamp() - %s * interval '1 s')",
                    (f"Supplier {number} Ltd", f"P{number:05}", number, late),
                )

        yield put


def numbers(home: Any) -> list[str]:
    found = home.rows("SELECT transaction_number FROM store.payment ORDER BY 1")
    return [number for (number,) in found]


def told(*wanted: int) -> list[str]:
    return [f"P{number:05}" for number in wanted]


def test_only_what_is_new_is_fetched_and_each_row_is_there_once(home: Any, ledger: Any) -> None:
    ledger(*range(1, 31))
    first = home.one(FEED)
    assert (first.outcome.state, first.outcome.new) == ("loaded", 30), first
    assert home.run(FEED) == []  # nothing new is no delivery
    ledger(31, 32)
    ledger(33, late=1800)
    second = home.one(FEED)
    # The overlap brings all again; they are known.
    assert (second.outcome.new, second.outcome.unchanged) == (3, 30)
    assert home.run(FEED) == []
    assert numbers(home) == told(*range(1, 34))
    assert b"canary-account" not in b"".join(
        path.read_bytes() for path in home.landing.rglob("*") if path.is_file()
    )


def test_killed_between_landing_and_loading(home: Any, ledger: Any) -> None:
    """What was landed and never loaded is fetched again with what has come since."""
    ledger(1, 2, 3)
    home.one(FEED)
    reached = home.one_value("SELECT max(cursor) FROM watersmeet.arrival")
    ledger(4, 5)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, FEED],
        env=os.environ.copy(),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr.decode()
    assert home.one_value("SELECT count(DISTINCT cursor) FROM watersmeet.arrival") == 2
    [arrival] = ingest.discover(FEED)
    assert arrival["since"] == reached
    ledger(6)
    outcomes = [run.outcome for run in home.run(FEED)]
    assert sum(outcome.new for outcome in outcomes) == 3
    assert numbers(home) == told(1, 2, 3, 4, 5, 6)
    assert home.run(FEED) == []


def test_a_delivery_not_taken_is_fetched_again(home: Any, ledger: Any) -> None:
    ledger(1, 2, 3)
    home.one(FEED)
    file = home.contracts() / "feeds" / f"{FEED}.yml"
    ledger(4, 5)
    file.write_text(PLACE + "least_rows: 99\n")
    [refused] = home.run(FEED)
    assert refused.outcome is None
    ledger(6)
    file.write_text(PLACE)
    outcomes = [run.outcome for run in home.run(FEED)]
    assert sum(outcome.new for outcome in outcomes) == 3
    assert numbers(home) == told(1, 2, 3, 4, 5, 6)


def test_a_watermark_whose_feed_replaces_is_refused(home: Any) -> None:
    from contracts.declarations import load

    folder = home.contracts()
    (folder / "feeds" / f"{FEED}.yml").write_text(PLACE.replace("replaces: nothing\n", ""))
    [broken] = [one for one in load(folder).broken if one.feed_id == FEED]
    assert "replaces: nothing" in broken.message
    line = PLACE.replace("replaces: nothing\n", "").splitlines()[broken.line - 1]
    assert line[broken.column - 1 :].startswith("watermark")
