"""The embedded server: made once, found again, never in the way of what is not ours."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from repository.database import NoDatabase, connect, database_url
from repository.problems import DatabaseDown
from repository.server import Server
from repository.state import read_private


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Iterator[Path]:
    # pytest's own temporary folders are closed to other users: the cluster then goes elsewhere.
    monkeypatch.setenv("WATERSMEET_TEST_NO_FSYNC", "1")
    folder = tmp_path_factory.mktemp("state")
    yield folder
    Server(folder).remove()


def test_made_started_found_again_and_stopped(state: Path) -> None:
    modes = {path: path.stat().st_mode for path in (state, *state.parents)}
    server = Server(state)
    assert not server.status().made and server.urls() is None and not server.stop()
    urls = server.ensure()
    assert server.ensure() == urls
    with connect(urls.watersmeet) as conn:
        assert conn.execute("SHOW server_version_num").fetchall()[0][0].startswith("18")
        mine = conn.execute(
            "SELECT rolsuper, datcollate, current_setting('jit') FROM pg_roles, pg_database"
            " WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
        assert mine is not None and mine[0] is False and mine[2] == "off"
    with connect(urls.airflow.replace("psycopg2", "psycopg")) as conn:
        assert conn.execute("SELECT current_database()").fetchone() == ("airflow",)
    with pytest.raises(DatabaseDown, match=r"refuses the login|does not know"):
        connect(urls.airflow.replace("psycopg2", "psycopg").replace("/airflow", "/watersmeet"))
    assert server.record.stat().st_mode & 0o777 == 0o600
    assert server.stop() and not server.stop()
    assert not server.status().running
    assert server.ensure() == urls
    assert {path: path.stat().st_mode for path in modes} == modes


def test_with_a_place_of_backups_it_keeps_its_log(state: Path, monkeypatch: Any) -> None:
    """By default it does not; set up later, it is started again, and stays so for who lacks it."""

    def log_of(url: str) -> tuple[Any, ...]:
        with connect(url) as conn:
            row = conn.execute(
                "SELECT current_setting('wal_level'), current_setting('archive_mode'),"
                " pg_postmaster_start_time()"
            ).fetchone()
        assert row is not None
        return row

    monkeypatch.delenv("WATERSMEET_BACKUP", raising=False)
    server = Server(state)
    assert log_of(server.ensure().watersmeet)[:2] == ("minimal", "off")
    monkeypatch.setenv("WATERSMEET_BACKUP", str(state / "elsewhere"))
    on = log_of(server.ensure().watersmeet)
    assert on[:2] == ("replica", "on")
    assert log_of(server.ensure().watersmeet) == on, "once is enough"
    monkeypatch.delenv("WATERSMEET_BACKUP")
    assert log_of(server.ensure().watersmeet) == on
    server.stop()
    assert log_of(server.ensure().watersmeet)[:2] == ("minimal", "off")


def test_nobody_gets_in_without_the_password(state: Path) -> None:
    urls = Server(state).ensure()
    for host in ("127.0.0.1", read_private(Server(state).record)["socket"]):
        with pytest.raises(psycopg.OperationalError, match=r"password"):
            psycopg.connect(host=host, port=urls.port, user="postgres", dbname="postgres")


def test_a_stale_pid_file_and_a_taken_port(state: Path) -> None:
    server = Server(state)
    before = server.ensure()
    server.stop()
    data = server.status().data
    assert data is not None
    # The number of a living process that is no server of ours.
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n{before.port}\n")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", before.port))
        taken.listen()
        after = server.ensure()
    assert after.port != before.port
    assert database_url(state) == after.watersmeet
    with connect(after.watersmeet) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_it_outlives_who_started_it(state: Path) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from repository.server import Server;"
            "print(Server(Path(sys.argv[1])).ensure().port)",
            str(state),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert Server(state).status().running
    assert Server(state).ensure().port == int(told.stdout)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_a_folder_the_server_cannot_reach_is_left_alone(state: Path) -> None:
    closed = state / "closed"
    closed.mkdir(mode=0o700)
    server = Server(closed)
    try:
        server.ensure()
        data = server.status().data
        assert data is not None and not data.is_relative_to(closed)
        assert closed.stat().st_mode & 0o777 == 0o700
        assert str(data.parent) in read_private(server.record)["note"]
    finally:
        server.remove()
    assert not data.exists()


def test_no_database_and_one_that_is_down(state: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("WATERSMEET_DATABASE_URL", raising=False)
    with pytest.raises(NoDatabase, match="make run"):
        database_url(state)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"postgresql+psycopg://me:hunter2@127.0.0.1:{port}/watersmeet"
    monkeypatch.setenv("WATERSMEET_DATABASE_URL", url)
    assert database_url(state) == url
    with pytest.raises(DatabaseDown) as caught:
        connect(url)
    assert f"127.0.0.1, port {port}" in str(caught.value)
    assert "WATERSMEET_DATABASE_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="not a PostgreSQL address"):
        connect("sqlite:///x")
