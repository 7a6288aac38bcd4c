"""An Airflow of the tests' own: its environment, set before Airflow is imported, and its database.

Loaded by the ``conftest.py`` of every folder whose tests import Airflow.
"""

import atexit
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

ROOT = Path(__file__).resolve().parents[1]


def _environment(home: Path) -> dict[str, str]:
    bundle = {
        "name": "watersmeet",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(ROOT)},
    }
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "no-dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,steward:op,viewer:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of the tests, long enough to sign with: "
        + "x" * 32,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__CORE__LAZY_LOAD_PLUGINS": "True",
    }


# Each test process has its own; a worker inherits its parent's environment and must not share it.
if os.environ.get("WATERSMEET_TEST_AIRFLOW") != str(os.getpid()):
    _home = Path(tempfile.mkdtemp(prefix="watersmeet-airflow-"))
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    (_home / "passwords.json").write_text(
        '{"admin": "admin", "steward": "steward", "viewer": "viewer"}', encoding="utf-8"
    )
    os.environ.update(_environment(_home))
    os.environ["WATERSMEET_TEST_AIRFLOW"] = str(os.getpid())


@event.listens_for(Engine, "connect")
def _without_fsync(connection: Any, _: object) -> None:
    """What the tests' SQLite holds need not outlast the machine."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def airflow_database() -> Iterator[None]:
    """Airflow's tables in the tests' own SQLite; runs of DAGs that look for tasks often."""
    from airflow.utils.db import initdb

    # Each folder that takes this fixture over has it anew; the tables need making only once.
    if "tables" not in _made:
        initdb()
        _made.add("tables")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "sleep", _sleep)
        yield


_made: set[str] = set()
_real_sleep = time.sleep


def _sleep(seconds: float) -> None:
    """As ever; but a DAG's ``test()``, which is Airflow's own loop, waits no whole second for the
    state of a task to change."""
    asked_by = sys._getframe(1).f_globals.get("__name__")
    _real_sleep(0.1 if asked_by == "airflow.sdk.definitions.dag" else seconds)


@pytest.fixture(autouse=True)
def one_landing_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same landing store for every DAG of the session.

    Its address is in the addresses of assets, and Airflow takes an asset whose address changed only
    once its scheduler has put the former one away; here is no scheduler.
    """
    for name in ("WATERSMEET_LANDING", "WATERSMEET_TEST_LANDING"):
        monkeypatch.setenv(name, f"{os.environ['AIRFLOW_HOME']}/landing")
