"""Fixtures of the plugin tests: Airflow's own, its API server with our pages, and a delivery."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from contracts.declarations import load
from contracts.modules import OWN
from repository.database import connect
from repository.feeds import feed_number, record_declarations
from tests import airflow_home as _AIRFLOW_HOME

airflow_database = _AIRFLOW_HOME.airflow_database
one_landing_store = _AIRFLOW_HOME.one_landing_store
ROOT: Path = _AIRFLOW_HOME.ROOT
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # as Airflow does with the root of a bundle

CANARY = "Canary-Surname"


@pytest.fixture(scope="module")
def client(airflow_database: None) -> Iterator[TestClient]:
    """Airflow's API server, with our plugin in it."""
    from airflow.api_fastapi.app import create_app

    with TestClient(create_app(), base_url="http://localhost") as client:
        yield client


@pytest.fixture
def as_user(client: TestClient) -> Callable[[str], dict[str, str]]:
    """The headers of a user who has logged in."""

    def headers(user: str) -> dict[str, str]:
        answer = client.post("/auth/token", json={"username": user, "password": user})
        assert answer.status_code == 201, answer.text
        client.cookies.clear()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return headers


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of our declarations that a test may change."""
    folder = tmp_path / "contracts"
    for name in ("datasets", "entities", "registers", "agreements", "feeds"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(OWN / name, folder / name, ignore=ignored)
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(folder))
    return folder


@pytest.fixture
def known_dags(airflow_database: None) -> None:
    """Our DAGs as Airflow's scheduler would know them, switched off."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(str(ROOT / "dags"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.dags and not bag.import_errors, bag.import_errors
    sync_bag_to_db(bag, "watersmeet", None)
    # Other tests of this process may have switched them.
    with create_session() as session:
        for dag in bag.dags.values():
            off = dag.is_paused_upon_creation is not False
            session.execute(
                update(DagModel).where(DagModel.dag_id == dag.dag_id).values(is_paused=off)
            )


@pytest.fixture
def delivery(database_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """One delivery as the repository would record it, with a quarantined row."""
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", database_url)
    mapping = {
        "columns": [{"name": "surname", "header": "PUPIL-NAME", "how": "declared"}],
        "unknown": ["HOUSE POINTS"],
        "outside_agreement": ["PARENT-TEL"],
    }
    with connect(database_url) as conn:
        declared = load()
        record_declarations(conn, declared)
        feed = declared.feeds["northmoor/school_census"]
        number = feed_number(conn, feed.id)
        row = conn.execute(
            """
            INSERT INTO watersmeet.delivery (feed_id, name, series, sha256, landed_at, as_at,
                sequence, state, replaces, contract, contract_version, steps_version, agreement,
                code_version, run_id, attributes, started_at, loaded_at, seconds, landed, new,
                quarantined, excluded)
            VALUES (%s, 'pupils <b>.dat', '', '\\xab', now(), current_date, 1, 'loaded',
                'everything', 'school_census', '1.0.0', '1', %s, 'abc123', 'manual__1', '{}', now(),
                now(), 1.5, 12345, 12342, 1, 2)
            RETURNING delivery_id
            """,
            (number, feed.agreement),
        ).fetchone()
        assert row is not None
        made = int(row[0])
        conn.execute(
            "INSERT INTO watersmeet.delivery_file"
            " VALUES (%s, 1, 'pupils.dat', '\\xabcd', 4096, 'k')",
            (made,),
        )
        conn.execute(
            "INSERT INTO watersmeet.delivery_table (delivery_id, number, file, first_number,"
            " header_row, mapping, facts) VALUES (%s, 1, 'pupils.dat', 1, NULL, %s, '{}')",
            (made, Jsonb(mapping)),
        )
        conn.execute(
            "INSERT INTO watersmeet.issue"
            " VALUES (%s, 7, 1, 8, 'surname', 1, 'B8', 'date-unreadable')",
            (made,),
        )
        conn.execute(
            "INSERT INTO watersmeet.quarantine (delivery_id, row_number, table_number, source_row,"
            " record_hash, codes, record) VALUES (%s, 7, 1, 8, 1, '{date-unreadable}', %s)",
            (made, Jsonb({"surname": CANARY})),
        )
        conn.execute(
            "INSERT INTO watersmeet.excluded_row VALUES (%s, 1, 1, 1, 'title')",
            (made,),
        )
    return made
