"""Backups for real: a server of this file's own, loads, a backup under load, and the way back."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from cli.main import main
from pipeline import backup as backups
from repository.backup.checks import compare_counts
from repository.backup.counts import counts
from repository.backup.problems import BackupDamaged, BackupProblem, LogTorn
from repository.backup.prune import Kept
from repository.backup.restore import remove_restored
from repository.database import connect
from repository.landing import FolderStore, LandingProblem
from repository.server import Server
from tests import backup_kit
from tests.backup_kit import BROKEN, Lived, finish_segment, flipped
from tests.journey_kit import Home

copy, folder, kept = backup_kit.copy, backup_kit.folder, backup_kit.kept
ROOT = Path(__file__).resolve().parents[2]


def test_a_moment_between_two_loads_has_exactly_the_first(kept: Lived, folder: Path) -> None:
    told = kept.restored(folder, at=kept.between)
    assert told.problems == [] and told.opened and told.backup == kept.full.name
    assert told.reaches == kept.between and told.recovery_point <= kept.between
    assert told.tables > 20 and told.rows == sum(kept.full.counts.values()) > 500
    assert told.proofs == backups.PROOFS and told.hashes > 0
    server = Server(folder)
    try:
        url = server.ensure().watersmeet
        back = Home(folder, url, kept.home.region, {}, folder / "analysts.json")
        assert back.everything() == kept.rows_between
        assert back.one_value("SELECT count(*) FROM watersmeet.delivery") == 1
        assert back.one_value("SELECT pg_is_in_recovery()") is False
        assert kept.home.url != url, "passwords are new"
        purpose = next(iter(json.loads(back.passwords.read_text()))).removesuffix("_analyst")
        with back.analyst(purpose) as conn:
            assert conn.execute("SELECT current_user").fetchone() == (f"{purpose}_analyst",)
    finally:
        server.stop()
    for path in (folder / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_no_segment_is_carried_before_the_bytes_that_landed_before_it(
    kept: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: dict[str, str] = {}

    class Late(FolderStore):
        """Bytes land, and their delivery commits, just when the store has been listed."""

        def keys(self) -> Iterator[tuple[str, int]]:
            yield from list(super().keys())
            if not late:
                path = kept.home.root / "late"
                path.write_text("late")
                file = self.put("northmoor/spend", path)
                with connect(kept.home.url) as conn:
                    conn.execute("UPDATE watersmeet.feed SET checked_found = 9")
                late.update(key=file.key, segment=finish_segment(kept.home))

    monkeypatch.setattr(backups, "store_for", Late)
    there = lambda: {path.name for path in kept.place.rglob("*") if path.is_file()}  # noqa: E731
    backups.ship()
    assert late["segment"] not in there() and "late" not in there()
    backups.ship()
    assert {late["segment"], "late"} <= there()


def test_a_table_that_lost_rows_is_named(kept: Lived) -> None:
    with connect(kept.home.url) as conn:
        told = counts(conn)
        assert compare_counts(conn, told) == []
        told["watersmeet.feed"] += 1
        told["store.gone"] = 3
        first, second = compare_counts(conn, told)
    assert first.startswith("store.gone holds 0 rows at the mark, and 3")
    assert second.startswith("watersmeet.feed holds")


def test_moments_no_backup_reaches(kept: Lived, folder: Path) -> None:
    far = timedelta(days=1)
    for wanted, told in (
        ({"at": kept.between, "backup": kept.incremental.name}, "reaches from"),
        ({"at": kept.full.started_at - far}, "no whole backup is as old"),
        ({"at": datetime.now(UTC) + far}, "log that is kept reaches to"),
        ({"backup": "another"}, "there is no whole backup another"),
    ):
        with pytest.raises(BackupProblem, match=told):
            kept.restored(folder, **wanted)
        remove_restored(folder)


def test_nothing_is_restored_over_something(kept: Lived) -> None:
    state = kept.home.root / "state"
    before = sorted(path.name for path in state.iterdir())
    for there in (state, kept.home.root / "connections.json"):
        with pytest.raises(BackupProblem, match="is not empty"):
            kept.restored(there)
    assert sorted(path.name for path in state.iterdir()) == before


def test_keys_lie_apart_and_nothing_else_opens_a_backup(kept: Lived, folder: Path) -> None:
    names = {path.name for path in kept.place.rglob("*") if path.is_file()}
    assert not {"backup-1.json", "records-1.json", "server.json", "analysts.json"} & names
    secret = json.loads((kept.home.root / "state/keys/backup-1.json").read_text())["key"]
    password = json.loads(kept.home.passwords.read_text()).popitem()[1]
    for path in kept.place.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert path.stat().st_mode & 0o777 == 0o600
            assert secret.encode() not in content and password.encode() not in content
            assert b"Northmoor Council" not in content
    with pytest.MonkeyPatch.context() as patched:
        empty = kept.home.root / "no-keys"
        patched.setenv("WATERSMEET_BACKUP_KEYS", str(empty))
        with pytest.raises(BackupProblem, match="no backup key"):
            kept.restored(folder)


def test_what_is_whole_is_found_whole(kept: Lived) -> None:
    good = backups.verify(kept.incremental.name)
    assert good.problems == () and len(good.chain) == 2 and good.segments and good.landed


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_found_and_named(kept: Lived, copy: Path, what: str) -> None:
    breaking, named = BROKEN[what]
    breaking(kept, copy)
    found = backups.verify(kept.incremental.name)
    assert len(found.problems) >= 1
    assert re.search(named, "; ".join(found.problems)), found.problems


def test_a_damaged_cluster_is_not_brought_back(kept: Lived, copy: Path, folder: Path) -> None:
    flipped(next(copy.rglob("*-full/base")))
    with pytest.raises(BackupDamaged, match="-full/base"):
        kept.restored(folder, accept_damage=True)
    assert Server(folder).urls() is None, "there is nothing to start"


@pytest.mark.slow
def test_a_damaged_landed_file_keeps_it_shut(kept: Lived, copy: Path, folder: Path) -> None:
    BROKEN["landed altered"][0](kept, copy)
    told = kept.restored(folder)
    assert len(told.problems) > 0 and not told.opened
    assert Server(folder).urls() is None, "there is nothing to start"


@pytest.mark.slow
def test_a_damaged_backup_is_opened_only_where_it_is_accepted(
    kept: Lived, copy: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    BROKEN["landed missing"][0](kept, copy)
    with pytest.raises(SystemExit) as ended:
        main(["restore", "--to", str(folder), "--accept-damage", "--json"])
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert any("northmoor/spend" in one for one in told["problems"]) and told["opened"]
    url = Server(folder).ensure().watersmeet
    with connect(url) as conn:
        count = conn.execute("SELECT count(*) FROM watersmeet.delivery_file").fetchone()
        assert count == (kept.home.one_value("SELECT count(*) FROM watersmeet.delivery_file"),)
        # What the last segment of the log brought.
        last = "SELECT min(checked_found) FROM watersmeet.feed"
        assert kept.home.one_value(last) > 7
        assert conn.execute(last).fetchone() == (kept.home.one_value(last),)
    Server(folder).stop()


@pytest.mark.slow
def test_taken_under_load_and_tried(
    kept: Lived,
    copy: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counts hold at the mark although transactions ended all the while, nothing landed lacks, and
    all of it is recorded."""
    assert kept.incremental.kind == "incremental" and kept.incremental.on == kept.full.name
    at_mark = kept.incremental.counts["watersmeet.delivery_file"]
    assert 1 < at_mark < kept.committed, "the mark was set while files landed"
    with pytest.raises(SystemExit) as ended:
        main(["backup", "try", "--json"])
    assert not ended.value.code
    told = json.loads(capsys.readouterr().out)
    assert told["problems"] == [] and told["hashes"] > kept.committed
    assert [one["step"] for one in told["before_opening"]] == [
        "tombstones",
        "retention",
    ]
    assert not Path(told["state"]).exists(), "the scratch is gone"
    assert not any((kept.home.root / "state" / "backup-tries").iterdir())
    flipped(next(copy.rglob("*-full/base")))
    with pytest.raises(BackupProblem, match="-full/base"):
        backups.try_restore()
    good, bad = kept.home.rows(
        "SELECT outcome, backup, rows_compared, hashes_checked, lineage_proofs, recovery_seconds,"
        " lost_seconds, recovery_point, message FROM watersmeet.backup_check ORDER BY check_id"
    )
    assert good[0] == "good" and good[1] == kept.incremental.name and good[8] == ""
    assert good[2:5] == (sum(kept.incremental.counts.values()), told["hashes"], backups.PROOFS)
    assert good[5] > 0 and good[6] > 0 and good[7] > kept.incremental.restore_point_at
    assert bad[0] == "failed" and "-full/base" in bad[8]
    with pytest.raises(SystemExit):
        main(["status"])
    assert "FAILED: " in capsys.readouterr().out
    monkeypatch.delenv("WATERSMEET_BACKUP")
    with pytest.raises(SystemExit):
        main(["status"])
    assert "not set up any more" in capsys.readouterr().out


def test_killed_while_it_is_taken_there_is_no_backup(kept: Lived, copy: Path) -> None:
    before = backups.shelf()
    running = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "backup", "take", "--full"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        if any(path.stat().st_size > 0 for path in copy.rglob("backups/*/.new-*")):
            break
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert any(copy.rglob("backups/*/.new-*")), "it was killed while the cluster was copied"
    assert backups.shelf().backups == before.backups
    assert backups.verify().backup == kept.incremental.name
    done = backups.prune(Kept(1, 0))
    assert done.deleted == () and not any(copy.rglob(".new-*"))


def test_prune_keeps_what_is_needed_and_never_deletes_the_only_good_one(
    kept: Lived, copy: Path
) -> None:
    newer = backups.take("full")
    last = backups.take()
    assert (newer.kind, last.kind, last.on) == ("full", "incremental", newer.name)
    for keep in (Kept(1, 30), Kept(2, 0)):
        assert backups.prune(keep, dry=True).deleted == ()
    older = (kept.full.name, kept.incremental.name)
    planned = backups.prune(Kept(1, 0), dry=True)
    assert planned.deleted == older and planned.kept == (newer.name, last.name)
    hidden = {path: path.read_bytes() for path in copy.rglob(f"{newer.name}/base")}
    for path in hidden:
        path.unlink()
    with pytest.raises(BackupProblem, match="none is all there; nothing was deleted"):
        backups.prune(Kept(1, 0))
    assert len(backups.shelf().backups) == 4
    for path, content in hidden.items():
        path.write_bytes(content)
    assert backups.prune(Kept(1, 0)) == planned
    assert planned.segments > 0
    assert [one.name for one in backups.shelf().backups] == [newer.name, last.name]
    assert backups.verify().problems == ()


def test_bytes_exchanged_in_the_landing_store_are_not_copied(kept: Lived, copy: Path) -> None:
    wrong = "0" * 64
    fake = kept.home.landing / "northmoor/spend" / wrong[:2] / wrong / "spend.csv"
    fake.parent.mkdir(parents=True)
    fake.write_bytes(b"other bytes")
    try:
        with pytest.raises(LandingProblem, match="does not have the bytes it is named for"):
            backups.ship()
    finally:
        shutil.rmtree(fake.parent)


@pytest.mark.slow
def test_a_server_that_is_not_ours(
    kept: Lived, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same server, as its administrator lends it: the repository's role, and a folder."""
    server = Server(kept.home.root / "state")
    archive = server.archive()
    assert archive is not None
    for name, value in {
        "STATE": tmp_path / "state",
        "LANDING": kept.home.landing,
        "DATABASE_URL": kept.home.url,
        "BACKUP": tmp_path / "backup",
        "BACKUP_KEYS": tmp_path / "keys",
        "BACKUP_WAL": archive,
    }.items():
        monkeypatch.setenv(f"WATERSMEET_{name}", str(value))
    with pytest.raises(BackupProblem, match="ALTER ROLE watersmeet REPLICATION"):
        backups.take()
    with psycopg.connect(**server.superuser(), dbname="watersmeet", autocommit=True) as conn:
        conn.execute("ALTER ROLE watersmeet REPLICATION")
        conn.execute(
            "GRANT EXECUTE ON FUNCTION pg_create_restore_point(text), pg_switch_wal() TO watersmeet"
        )
        made = backups.take()
        conn.execute("ALTER ROLE watersmeet NOREPLICATION")
    assert any(archive.iterdir()), "segments that are not ours to delete stay"
    told = kept.restored(folder)
    assert told.problems == [] and told.backup == made.name and told.proofs == backups.PROOFS


def test_another_servers_log_is_not_mixed_in(kept: Lived, copy: Path, tmp_path: Path) -> None:
    wal = Server(kept.home.root / "state").archive()
    assert wal is not None
    there = sorted(copy.rglob("wal/*"))[0].name
    (wal / there).write_bytes(b"of another server")
    try:
        with pytest.raises(BackupProblem, match="two servers put their logs there"):
            backups.ship()
        assert (wal / there).exists()
    finally:
        (wal / there).unlink()


@pytest.mark.slow
def test_where_the_log_is_torn_the_next_is_full_and_a_restore_comes_up_to_there(
    kept: Lived, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting left out at one start, and made again at the next. It tears the log of all that
    follow: this test is the last."""
    monkeypatch.setenv("WATERSMEET_BACKUP", str(tmp_path / "backup"))
    before = backups.take().counts["watersmeet.delivery_file"]
    server = Server(kept.home.root / "state")
    with monkeypatch.context() as patched:
        patched.delenv("WATERSMEET_BACKUP")
        server.stop()
        server.ensure()
    with connect(kept.home.url) as conn:
        conn.execute("UPDATE watersmeet.feed SET checked_found = 10")
    server.ensure()
    finish_segment(kept.home)
    backups.ship()
    with pytest.raises(LogTorn, match="ran without WATERSMEET_BACKUP"):
        backups.take("incremental")
    told = kept.restored(folder)
    assert told.opened and told.problems == [] and "the log is torn after" in told.note
    assert told.reaches < datetime.now(UTC) and told.lost_seconds > 0
    try:
        with connect(Server(folder).ensure().watersmeet) as conn:
            [(files, found)] = conn.execute(
                "SELECT (SELECT count(*) FROM watersmeet.delivery_file), max(checked_found)"
                " FROM watersmeet.feed"
            ).fetchall()
    finally:
        Server(folder).stop()
    assert files == before and found != 10
    made = backups.take()
    assert made.kind == "full" and made.on is None
    assert backups.take().on == made.name
