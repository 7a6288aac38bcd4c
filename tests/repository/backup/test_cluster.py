"""Which PostgreSQL is backed up, and what one that is not ours is told it needs."""

from pathlib import Path

import pytest

from repository.backup.cluster import Cluster
from repository.backup.problems import BackupProblem


def test_a_server_that_is_not_ours_is_told_what_it_needs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupProblem, match="ALTER ROLE watersmeet REPLICATION"):
        Cluster.of(database_url, None, tmp_path)
    cluster = Cluster.of(database_url, tmp_path, tmp_path)
    assert not cluster.own and cluster.connection["password"] not in repr(cluster)
    environment = cluster.environment()
    assert environment["PGPASSWORD"] == cluster.connection["password"]
    with (
        cluster.connected() as conn,
        pytest.raises(BackupProblem, match="ALTER SYSTEM SET wal_level"),
    ):
        cluster.facts(conn)


def test_one_that_is_down_is_told_without_its_password() -> None:
    url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/watersmeet"
    with (
        pytest.raises(BackupProblem, match="cannot be reached") as caught,
        Cluster.of(url, Path("/tmp")).connected(),
    ):
        pass
    assert "hunter2" not in str(caught.value)
