"""An installation with two bodies' payments, and the open API over them, served as to others.

Loaded by the ``conftest.py`` of every folder whose tests ask the API.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from psycopg import sql

from api.app import make_app
from api.settings import Limits
from contracts.declarations import load as declared
from repository.database import parsed
from repository.migrate import migrate
from repository.open.tables import ROLE
from repository.state import read_private, write_private
from tests import journey_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database


@pytest.fixture(scope="session")
def loaded_database(
    server: Any,
    superuser: Callable[[str], psycopg.Connection],
    declared_database: tuple[str, Path],
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A database in which two bodies' first deliveries are loaded, to copy."""

    def made() -> tuple[str, Path]:
        root, name = tmp_path_factory.mktemp("loaded"), f"template_{secrets.token_hex(4)}"
        kit = _KIT.installation(root, small_region, declared_database, server, superuser)
        with kit as home, superuser("postgres") as conn:
            for feed in ("northmoor/spend", "eastvale-nhs/spend"):
                home.supply(feed)
                home.run(feed)
            conn.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER watersmeet").format(
                    sql.Identifier(name), sql.Identifier(parsed(home.url).database)
                )
            )
        return name, declared_database[1]

    found: tuple[str, Path] = _KIT._once("loaded", made)
    return found


@pytest.fixture(scope="module")
def published(
    server: Any,
    superuser: Callable[[str], psycopg.Connection],
    loaded_database: tuple[str, Path],
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """An installation in which two bodies' first deliveries are loaded."""
    root = tmp_path_factory.mktemp("published")
    with _KIT.installation(root, small_region, loaded_database, server, superuser) as home:
        yield home


@pytest.fixture(scope="module")
def open_url(published: Any) -> str:
    """The address of the database for the role that reads open tables."""
    # Roles are the whole server's, and other tests may have given this one another password.
    file = published.root / "open.json"
    others = {k: v for k, v in read_private(published.passwords).items() if k != ROLE}
    write_private(file, others)
    migrate(published.url, declared(), file)
    url = parsed(published.url).set(username=ROLE, password=read_private(file)[ROLE])
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def served(open_url: str) -> Iterator[str]:
    """The address of the API, served as it is to others."""
    limits = Limits(connections=4, downloads=2, wait=5, values=20)
    with serving(make_app(open_url, limits)) as address:
        yield address


@pytest.fixture(scope="module")
def client(served: str) -> Iterator[httpx.Client]:
    """Asks the API."""
    with httpx.Client(base_url=served, headers={"Accept-Encoding": "identity"}) as made:
        yield made


@pytest.fixture(scope="session")
def serve() -> Callable[[FastAPI], AbstractContextManager[str]]:
    """Serves an application."""
    return serving


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        [listening] = server.servers[0].sockets
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
