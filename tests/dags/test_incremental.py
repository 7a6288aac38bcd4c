"""Whole DAGs of feeds that are fetched from elsewhere: only what is new, and nothing new at all."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from airflow.models.connection import Connection
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session

from contracts.declarations import load
from contracts.modules import OWN
from dags.feeds import dags
from repository.database import connect, connection_parts
from repository.migrate import migrate
from tests.journey_kit import DECLARED
from tests.servers.sshd import Sshd, sshd

FEED, DAG = "northmoor/spend", "northmoor__spend"
DECLARATION = """\
title: Northmoor Council, payments over £500
owner: Head of Financial Operations, Northmoor Council
maintainer: data engineering
agreement: spend-transparency
{place}
columns:
  body: {{constant: Northmoor Council}}
  transaction_number: {{header: number}}
gates: {{not_checked: "deliveries are what is new, of any size"}}
"""
TABLE = """\
replaces: nothing
place:
  kind: database
  connection: northmoor_ledger
  table: ledger.payments
  columns: [paid_on, payee, number, amount]
  watermark: {column: entered_at, overlap: 3600}"""
FILES = """\
place: {kind: sftp, connection: northmoor_sftp, path: spend, pattern: "*.csv"}"""

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]

Declare = Callable[[str], None]


@pytest.fixture
def declare(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Writes the feed with a place, in declarations of this test's own."""
    contracts = tmp_path / "contracts"
    for name in DECLARED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(OWN / name, contracts / name, ignore=ignored)
    for name, value in {
        "STATE": tmp_path / "state",
        "CONTRACTS": contracts,
        "CONNECTIONS": tmp_path / "none.json",
        "DATABASE_URL": database_url,
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))

    def to(place: str) -> None:
        path = contracts / "feeds" / f"{FEED}.yml"
        path.write_text(DECLARATION.format(place=place), encoding="utf-8")
        migrate(database_url, load(contracts, only=FEED), tmp_path / "analysts.json")

    return to


@pytest.fixture
def in_airflow() -> Iterator[Callable[..., None]]:
    """Puts a connection into Airflow's own store, for as long as the test lasts."""
    made: list[str] = []

    def put(conn_id: str, **facts: Any) -> None:
        with create_session() as session:
            session.query(Connection).filter(Connection.conn_id == conn_id).delete()
            session.add(Connection(conn_id=conn_id, **facts))
        made.append(conn_id)

    yield put
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id.in_(made)).delete()


def tasks(run: DagRun, name: str) -> list[str]:
    """The states of a task, by map index."""
    found = sorted(run.get_task_instances(), key=lambda one: one.map_index)
    return [str(one.state) for one in found if one.task_id == name]


def states(run: DagRun) -> dict[str, set[str]]:
    names = {one.task_id for one in run.get_task_instances()}
    return {name: set(tasks(run, name)) for name in sorted(names)}


def numbers(url: str) -> list[str]:
    with connect(url) as conn:
        rows = conn.execute("SELECT transaction_number FROM store.payment ORDER BY 1")
        return [number for (number,) in rows]


def test_a_run_brings_only_what_is_new_of_a_table(
    declare: Declare,
    in_airflow: Callable[..., None],
    database_url: str,
    superuser: Callable[[str], psycopg.Connection],
) -> None:
    declare(TABLE)
    parts = connection_parts(database_url)
    in_airflow(
        "northmoor_ledger",
        conn_type="postgres",
        host=parts["host"],
        port=int(parts["port"]),
        schema=parts["dbname"],
        login=parts["user"],
        password=parts["password"],
    )
    with superuser(parts["dbname"]) as conn:
        conn.execute("CREATE SCHEMA ledger AUTHORIZATION watersmeet")
        conn.execute("SET ROLE watersmeet")
        conn.execute(
            "CREATE TABLE ledger.payments (id serial PRIMARY KEY, paid_on date, payee text,"
            " number text, amount numeric, entered_at timestamptz DEFAULT clock_timestamp())"
        )

        def pay(*which: int) -> None:
            for number in which:
                conn.execute(
                    "INSERT INTO ledger.payments (paid_on, payee, number, amount)"
                    " VALUES ('2026-01-05', 'Tern Plant Hire', %s, %s)",
                    (f"P{number}", number),
                )

        pay(1, 2)
        first = dags()[DAG].test()
        assert first.state == "success" and tasks(first, "delivery.load") == ["success"]

        none = dags()[DAG].test()
        assert none.state == "success"
        ended = states(none)
        assert ended.pop("discover") == {"success"}, "whether there is anything shows when fetched"
        assert set().union(*ended.values()) == {"skipped"}
        with connect(database_url) as ours:
            counted = ours.execute("SELECT count(*) FROM watersmeet.delivery").fetchone()
        assert counted == (1,), "nothing new is no delivery"

        pay(3)
        second = dags()[DAG].test()
        assert second.state == "success" and tasks(second, "delivery.announce") == ["success"]
    assert numbers(database_url) == ["P1", "P2", "P3"]


@pytest.fixture(scope="module")
def supplier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd") / "root") as made:
        yield made


def put(supplier: Sshd, name: str, *which: int) -> None:
    """A file of payments at the server, which has long been still."""
    path = supplier.shared / "spend" / name
    path.parent.mkdir(exist_ok=True)
    lines = [f"05/01/2026,Tern Plant Hire,P{number},{number}.00" for number in which]
    path.write_text("\n".join(["Payment date,Supplier,number,Amount", *lines, ""]))
    os.utime(path, (time.time() - 600 + 60 * len(which),) * 2)


def test_files_of_a_server_are_mapped_and_taken_once(
    declare: Declare,
    in_airflow: Callable[..., None],
    database_url: str,
    supplier: Sshd,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    declare(FILES)
    facts = {
        "conn_type": "sftp",
        "host": "127.0.0.1",
        "port": supplier.port,
        "login": supplier.account,
    }
    host_key = {"host_key": supplier.host_key}
    put(supplier, "april.csv", 1)
    put(supplier, "may.csv", 2, 3)

    in_airflow("northmoor_sftp", **facts, password="canary-wrong-word", extra=json.dumps(host_key))
    refused = dags()[DAG].test()
    assert refused.state == "failed" and tasks(refused, "discover") == ["failed"]
    said = "".join(capfd.readouterr())
    assert "(connection 'northmoor_sftp'): the server refused the login" in said
    assert "canary" not in said and supplier.host_key.split()[-1] not in said

    extra = {**host_key, "private_key": supplier.key("ed25519")}
    in_airflow("northmoor_sftp", **facts, extra=json.dumps(extra))
    both = dags()[DAG].test()
    assert both.state == "success"
    for name in ("land", "map", "load", "reconcile", "announce"):
        assert tasks(both, f"delivery.{name}") == ["success"] * 2, states(both)
    assert numbers(database_url) == ["P1", "P2", "P3"]

    none = dags()[DAG].test()
    assert none.state == "success"
    ended = states(none)
    assert ended.pop("discover") == {"success"}
    assert set().union(*ended.values()) == {"skipped"}

    put(supplier, "may.csv", 2, 3, 4)
    changed = dags()[DAG].test()
    assert changed.state == "success" and tasks(changed, "delivery.announce") == ["success"]
    assert numbers(database_url) == ["P1", "P2", "P3", "P4"]
    said = "".join(capfd.readouterr())
    assert "PRIVATE KEY" not in said
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"PRIVATE KEY" in path.read_bytes()]
