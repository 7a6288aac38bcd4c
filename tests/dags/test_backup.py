"""The DAGs of backups: there always, on their timetable once a place is named, plain when not."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from dags.backup import ship_dag, take_dag, try_dag
from repository.database import connect
from repository.migrate import operations
from repository.server import Server
from tests.airflow_home import ROOT

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_database")]
MADE = (take_dag, ship_dag, try_dag)


def test_they_are_there_and_keep_to_a_timetable_only_where_set_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WATERSMEET_BACKUP", raising=False)
    bag = DagBag(str(ROOT / "dags" / "backup.py"), bundle_path=ROOT, bundle_name="watersmeet")
    assert bag.import_errors == {}
    assert set(bag.dags) == {"backup__take", "backup__ship", "backup__try_restore"}
    assert all(make().schedule is None for make in MADE)
    assert all("Waits until WATERSMEET_BACKUP" in make().description for make in MADE)
    monkeypatch.setenv("WATERSMEET_BACKUP", "/somewhere")
    # Looking back at the first start would try a restore before there is a backup.
    assert {make().schedule.run_immediately for make in MADE} == {timedelta(0)}
    assert [make().schedule.expression for make in MADE] == [
        "30 1 * * *",
        "*/5 * * * *",
        "0 3 * * 0",
    ]


def test_not_set_up_a_run_is_skipped_and_says_how(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WATERSMEET_BACKUP", raising=False)
    run = take_dag().test()
    assert {one.state for one in run.get_task_instances()} == {"skipped"}
    told = capfd.readouterr()
    assert "WATERSMEET_BACKUP_KEYS" in told.out + told.err


def test_half_set_up_it_fails_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("WATERSMEET_BACKUP", f"{tmp_path}/backup")
    monkeypatch.delenv("WATERSMEET_BACKUP_KEYS", raising=False)
    run = try_dag().test()
    assert run.state == "failed"
    told = capfd.readouterr()
    assert "names no place for keys" in told.out + told.err


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a repository on a server of its own, with places for backups."""
    # pytest's own temporary folders are closed to the server's user.
    root = Path(tempfile.mkdtemp(prefix="watersmeet-test-backup-"))
    root.chmod(0o755)
    for name in ("DATABASE_URL", "BACKUP_WAL", "KEYS", "LANDING"):
        monkeypatch.delenv(f"WATERSMEET_{name}", raising=False)
    monkeypatch.setenv("WATERSMEET_TEST_NO_FSYNC", "1")
    for name, folder in (("STATE", "state"), ("BACKUP", "backup"), ("BACKUP_KEYS", "keys")):
        monkeypatch.setenv(f"WATERSMEET_{name}", str(root / folder))
    server = Server(root / "state")
    try:
        url = server.ensure().watersmeet
        operations(url)
        yield url
    finally:
        server.remove()
        shutil.rmtree(root)


@pytest.mark.slow
def test_taken_carried_and_tried(small: str, caplog: pytest.LogCaptureFixture) -> None:
    for make in (ship_dag, try_dag):
        first = make().test()
        assert {one.state for one in first.get_task_instances()} == {"skipped"}, "none was taken"
    for make in (take_dag, ship_dag, try_dag):
        assert make().test().state == "success"
    assert "recovery time" in caplog.text
    with connect(small) as conn:
        [(outcome, backup)] = conn.execute(
            "SELECT outcome, backup FROM watersmeet.backup_check"
        ).fetchall()
    assert outcome == "good" and backup.endswith("-full")
