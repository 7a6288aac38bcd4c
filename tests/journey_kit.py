"""The invented region supplied to a repository of the test's own, for tests of whole journeys.

Loaded by the ``conftest.py`` of every folder whose tests take deliveries the whole way.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from contracts.declarations import load as declared
from contracts.modules import OWN
from pipeline.example.api_server import ApiServer, Manners, serving
from pipeline.example.connections import write_connections
from pipeline.example.region import make
from pipeline.example.supply import Plan
from pipeline.ingest import Run, run_feed
from repository.database import connect, parsed
from repository.migrate import migrate

ROWS = 600
FEEDS = (
    "northmoor/spend",
    "works/spend",
    "eastvale-nhs/spend",
    "northmoor/school_census",
    "eastvale/school_census",
    "northmoor/meal_eligibility",
)
MAIN = {"spend": "payment", "school_census": "enrolment", "meal_eligibility": "meal_entitlement"}
SECRET = "canary-client-secret"
QUICK = Manners(page_size=100, retry_after=0)
DECLARED = ("datasets", "entities", "registers", "agreements", "feeds")
OURS = (
    "WATERSMEET_STATE",
    "WATERSMEET_DATABASE_URL",
    "WATERSMEET_CONNECTIONS",
    "WATERSMEET_LANDING",
    "WATERSMEET_CONTRACTS",
    "WATERSMEET_KEYS",
)


@dataclass
class Region:
    """The example's two deliveries, made once a session, and their right answers."""

    folders: tuple[Path, Path]

    def answers(self, feed: str, delivery: int = 1) -> dict[str, Any]:
        path = self.folders[delivery - 1] / "answers" / f"{feed}.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def truth(self, feed: str, delivery: int = 1) -> list[dict[str, Any]]:
        """The true rows that are to be loaded."""
        path = self.folders[delivery - 1] / "answers" / f"{feed}.parquet"
        return [row for row in pq.read_table(path).to_pylist() if row["issue"] is None]


@dataclass
class Home:
    """One installation: state folder, database, connections, and what suppliers left at places."""

    root: Path
    url: str
    region: Region
    environment: dict[str, str]
    passwords: Path

    @property
    def supplied(self) -> Path:
        return self.root / "example"

    @property
    def landing(self) -> Path:
        return self.root / "state" / "landing"

    def file(self, feed: str, delivery: int = 1) -> Path:
        return self.supplied / str(self.region.answers(feed, delivery)["file"])

    def supply(self, feed: str, delivery: int = 1) -> Path:
        """Leave a delivery of a feed at its place, as if for a while already."""
        path = self.file(feed, delivery)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.region.folders[delivery - 1] / path.relative_to(self.supplied), path)
        settle(path, 1000 - 100 * delivery)
        return path

    def put(self, name: str, content: bytes | str, age: float = 500) -> Path:
        """Leave any file below the suppliers' folder."""
        path = self.supplied / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        settle(path, age)
        return path

    @contextmanager
    def api(self, **how: Any) -> Iterator[ApiServer]:
        """Serve the Department of Works' records, on a port that is new each time."""
        (self.supplied / "works" / "api").mkdir(parents=True, exist_ok=True)
        with serving(self.supplied, SECRET, manners=how.pop("manners", QUICK), **how) as server:
            self.connect_api(server.server_address[1])
            yield server

    def connect_api(self, port: int, secret: str = SECRET) -> None:
        path = Path(self.environment["WATERSMEET_CONNECTIONS"])
        write_connections(path, self.supplied, port)
        held = json.loads(path.read_text())
        held["works_api"]["password"] = secret
        path.write_text(json.dumps(held))

    def run(self, feed: str) -> list[Run]:
        """Take what is new the whole way; an API is served meanwhile."""
        if feed == "works/spend":
            with self.api():
                return run_feed(feed)
        return run_feed(feed)

    def one(self, feed: str) -> Run:
        [run] = self.run(feed)
        return run

    def contracts(self) -> Path:
        """A copy of the declarations, which the journeys of this test follow from now on."""
        folder = self.root / "contracts"
        if not folder.exists():
            for name in DECLARED:
                shutil.copytree(
                    OWN / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
                )
            os.environ["WATERSMEET_CONTRACTS"] = str(folder)
        return folder

    def migrate(self) -> None:
        """Bring the database to what is declared now."""
        migrate(self.url, declared(), self.passwords)

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        with connect(self.url) as conn:
            return conn.execute(query.encode(), parameters).fetchall()

    def one_value(self, query: str, *parameters: Any) -> Any:
        [(value,)] = self.rows(query, *parameters)
        return value

    def table_names(self) -> list[tuple[str, str]]:
        """Every table of ours that holds rows itself."""
        return self.rows(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
            " AND n.nspname IN ('store', 'history', 'watersmeet') ORDER BY 1, 2"
        )

    def everything(self) -> dict[str, list[str]]:
        """All rows of all our tables as text."""
        found = {}
        with connect(self.url) as conn:
            for schema, name in self.table_names():
                query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(
                    sql.Identifier(schema, name)
                )
                found[f"{schema}.{name}"] = [row[0] for row in conn.execute(query)]
        return found

    def content(self, feed: str) -> dict[str, Any]:
        """What readers are given of a feed, and what is recorded beside it; no numbers or times
        that differ from one run to the next."""
        main = MAIN[feed.partition("/")[2]]
        number = self.one_value("SELECT feed_id FROM watersmeet.feed WHERE name = %s", feed)
        passing = "{delivery_id,upheld_by,known_from,known_during,open_until,ended_by,record_hash}"
        beside = " FROM watersmeet.{} x JOIN watersmeet.delivery d USING (delivery_id)"
        queries = {
            "store": f"SELECT to_jsonb(d) - '{passing}'::text[] FROM store.{main} d",  # noqa: S608
            "history": f"SELECT to_jsonb(d) - '{passing}'::text[] FROM history.{main} d",  # noqa: S608
            "deliveries": "SELECT encode(d.sha256, 'hex'), d.state, d.landed, d.new, d.changed,"
            " d.unchanged, d.quarantined, d.excluded, d.ended FROM watersmeet.delivery d",
            "receipts": "SELECT encode(d.sha256, 'hex') FROM watersmeet.receipt d",
            "quarantine": "SELECT x.source_row, x.codes, x.record, x.state"
            + beside.format("quarantine"),
            "issues": "SELECT x.source_row, x.cell, x.code" + beside.format("issue"),
            "excluded": "SELECT x.source_row, x.reason" + beside.format("excluded_row"),
            "files": "SELECT x.name, encode(x.sha256, 'hex')" + beside.format("delivery_file"),
            "tables": "SELECT x.number, x.sheet" + beside.format("delivery_table"),
        }
        return {
            name: sorted(map(repr, self.rows(f"{query} WHERE d.feed_id = %s", number)))
            for name, query in queries.items()
        }

    @contextmanager
    def analyst(self, purpose: str) -> Iterator[psycopg.Connection]:
        """A connection of those who read for a purpose."""
        parts, role = parsed(self.url), f"{purpose}_analyst"
        with psycopg.connect(
            host=parts.host,
            port=parts.port,
            dbname=parts.database,
            user=role,
            password=json.loads(self.passwords.read_text())[role],
        ) as conn:
            yield conn


def settle(path: Path, age: float) -> None:
    """Give a file an age, in seconds."""
    at = time.time() - age
    os.utime(path, (at, at))


_made: dict[str, Any] = {}


def _once(name: str, make_it: Callable[[], Any]) -> Any:
    """Each folder that takes these fixtures over has them anew; they need making only once."""
    if name not in _made:
        _made[name] = make_it()
    return _made[name]


@pytest.fixture(scope="session")
def small_region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """Two deliveries of every feed, of at most 600 rows."""

    def made() -> Region:
        folders = (tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second"))
        for delivery, folder in enumerate(folders, 1):
            make(Plan(7, ROWS, delivery), folder)
        return Region(folders)

    found: Region = _once("region", made)
    return found


@pytest.fixture(scope="session")
def declared_database(
    server: Any,
    superuser: Callable[[str], psycopg.Connection],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A database with everything the project declares and no data, to copy; analysts' passwords."""

    def made() -> tuple[str, Path]:
        name = f"template_{secrets.token_hex(4)}"
        with superuser("postgres") as conn:
            conn.execute(
                sql.SQL(
                    "CREATE DATABASE {} TEMPLATE {} OWNER watersmeet STRATEGY file_copy"
                ).format(sql.Identifier(name), sql.Identifier(template_database))
            )
        passwords = tmp_path_factory.mktemp("analysts") / "analysts.json"
        url = parsed(server.urls().watersmeet).set(database=name)
        migrate(url.render_as_string(hide_password=False), declared(OWN), passwords)
        return name, passwords

    found: tuple[str, Path] = _once("database", made)
    return found


@contextmanager
def installation(
    root: Path,
    region: Region,
    template: tuple[str, Path],
    server: Any,
    superuser: Callable[[str], psycopg.Connection],
) -> Iterator[Home]:
    """An installation with a database of its own, named by the environment."""
    declared_by, passwords = template
    name = f"journey_{secrets.token_hex(4)}"
    url = parsed(server.urls().watersmeet).set(database=name)
    environment = {
        "WATERSMEET_STATE": str(root / "state"),
        "WATERSMEET_DATABASE_URL": url.render_as_string(hide_password=False),
        "WATERSMEET_CONNECTIONS": str(root / "connections.json"),
    }
    write_connections(root / "connections.json", root / "example", 9)
    with superuser("postgres") as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER watersmeet STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(declared_by)
            )
        )
        # Roles are the whole server's: other tests may have given them other passwords since.
        for role, word in json.loads(passwords.read_text()).items():
            conn.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(word))
            )
    with pytest.MonkeyPatch.context() as patched:
        for variable in OURS:
            patched.delenv(variable, raising=False)
        # So that what a test sets of them later is undone too.
        patched.setenv("WATERSMEET_CONTRACTS", str(OWN))
        # Tests of DAGs share one: airflow_home.one_landing_store.
        shared = os.environ.get("WATERSMEET_TEST_LANDING")
        patched.setenv("WATERSMEET_LANDING", shared or str(root / "state" / "landing"))
        for variable, value in environment.items():
            patched.setenv(variable, value)
        try:
            yield Home(root, environment["WATERSMEET_DATABASE_URL"], region, environment, passwords)
        finally:
            with superuser("postgres") as conn:
                conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def home(
    server: Any,
    superuser: Callable[[str], psycopg.Connection],
    declared_database: tuple[str, Path],
    small_region: Region,
    tmp_path: Path,
) -> Iterator[Home]:
    """An installation of this test's own."""
    with installation(tmp_path, small_region, declared_database, server, superuser) as made:
        yield made


@pytest.fixture(scope="module")
def loaded(
    server: Any,
    superuser: Any,
    declared_database: Any,
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """An installation with payments, for tests that read."""
    root = tmp_path_factory.mktemp("loaded")
    with installation(root, small_region, declared_database, server, superuser) as made:
        made.supply("northmoor/spend")
        made.one("northmoor/spend")
        shutil.copyfile(made.passwords, root / "state" / "analysts.json")
        yield made
