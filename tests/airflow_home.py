"""An Airflow of the tests' own: its environment, set before Airflow is imported, and its database.

Loaded by the ``conftest.py`` of every folder whose tests import Airflow.
"""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def airflow_database() -> Iterator[None]:
    """Airflow's tables in the tests' own SQLite, made once a session."""
    from airflow.utils.db import initdb

    initdb()
    yield


@pytest.fixture(autouse=True)
def one_landing_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same landing store for every DAG of the session.

    Its address is in the addresses of assets, and Airflow takes an asset whose address changed only
    once its scheduler has put the former one away; here is no scheduler.
    """
    for name in ("WATERSMEET_LANDING", "WATERSMEET_TEST_LANDING"):
        monkeypatch.setenv(name, f"{os.environ['AIRFLOW_HOME']}/landing")
