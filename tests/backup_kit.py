"""An installation with backups, on a server of its own, and ways to break what it keeps."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.declarations import load as declared
from contracts.modules import OWN
from pipeline import backup as backups
from pipeline.example.connections import write_connections
from repository.backup.cluster import Cluster
from repository.backup.manifest import Manifest
from repository.backup.restore import Wanted, remove_restored
from repository.backup.take import needed as needed_of
from repository.database import connect
from repository.landing import store_for
from repository.migrate import migrate
from repository.server import Server
from tests.journey_kit import OURS, Home, Region

PLACES = ("WATERSMEET_BACKUP", "WATERSMEET_BACKUP_KEYS", "WATERSMEET_BACKUP_WAL")


@dataclass
class Lived:
    """An installation with backups, and what is known of it.

    The first load; a full backup; moment ``between``; a second load and, while it and small
    transactions go on, an incremental backup; the log carried.
    """

    home: Home
    place: Path
    keys: Path
    full: Manifest
    incremental: Manifest
    between: datetime
    rows_between: dict[str, list[str]]
    committed: int

    def restored(self, to: Path, **wanted: Any) -> Any:
        return backups.restore(Wanted(to, **wanted))


@pytest.fixture(scope="module")
def kept(small_region: Region) -> Iterator[Lived]:
    # pytest's own temporary folders are closed to the server's user.
    root = Path(tempfile.mkdtemp(prefix="watersmeet-test-backup-"))
    root.chmod(0o755)
    environment = {
        "WATERSMEET_STATE": str(root / "state"),
        "WATERSMEET_CONNECTIONS": str(root / "connections.json"),
        "WATERSMEET_BACKUP": str(root / "backup"),
        "WATERSMEET_BACKUP_KEYS": str(root / "keys"),
    }
    server = Server(root / "state")
    with pytest.MonkeyPatch.context() as patched:
        for name in (*OURS, *PLACES):
            patched.delenv(name, raising=False)
        for name, value in {**environment, "WATERSMEET_TEST_NO_FSYNC": "1"}.items():
            patched.setenv(name, value)
        patched.setattr(backups, "PROOFS", 5)
        try:
            url = server.ensure().watersmeet
            write_connections(root / "connections.json", root / "example", 9)
            passwords = root / "state" / "analysts.json"
            migrate(url, declared(OWN), passwords)
            yield _live(Home(root, url, small_region, environment, passwords))
        finally:
            server.remove()
            shutil.rmtree(root)


def _live(home: Home) -> Lived:
    home.supply("northmoor/spend")
    assert home.one("northmoor/spend").outcome is not None
    full = backups.take()
    with connect(home.url) as conn:
        conn.execute("UPDATE watersmeet.feed SET checked_found = 7")
    between = now(home)
    rows = home.everything()
    time.sleep(0.01)
    home.supply("northmoor/spend", 2)
    home.supply("eastvale/school_census")
    with busy(home) as counted:
        feeds = ("northmoor/spend", "eastvale/school_census")
        loads = threading.Thread(target=lambda: [home.one(feed) for feed in feeds])
        loads.start()
        incremental = backups.take()
        loads.join()
    assert home.one_value("SELECT count(*) FROM watersmeet.delivery") == 3
    with connect(home.url) as conn:
        conn.execute("UPDATE watersmeet.feed SET checked_found = 8")
    finish_segment(home)
    backups.ship()
    return Lived(
        home, home.root / "backup", home.root / "keys", full, incremental, between, rows, counted[0]
    )


class busy:
    """Lands bytes and commits that they landed, again and again, as deliveries do."""

    def __init__(self, home: Home) -> None:
        self.home, self.counted, self.done = home, [0], threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self) -> list[int]:
        self.thread.start()
        return self.counted

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def work(self) -> None:
        store = store_for(str(self.home.landing))
        path = self.home.root / "small"
        with connect(self.home.url) as conn:
            [first] = conn.execute("SELECT min(delivery_id) FROM watersmeet.delivery").fetchone()
            while not self.done.is_set():
                number = self.counted[0] + 2
                path.write_text(f"{number}\n")
                file = store.put("northmoor/spend", path)
                conn.execute(
                    "INSERT INTO watersmeet.delivery_file (delivery_id, number, name, sha256,"
                    " bytes, landed_key) VALUES (%s, %s, %s, %s, %s, %s)",
                    (first, number, f"s{number}", bytes.fromhex(file.sha256), file.bytes, file.key),
                )
                conn.commit()
                self.counted[0] += 1
                time.sleep(0.005)


def now(home: Home) -> datetime:
    moment: datetime = home.one_value("SELECT clock_timestamp()")
    return moment.astimezone(UTC)


def finish_segment(home: Home) -> str:
    """Have the server finish a segment of its log and put it away; its name."""
    cluster = Cluster.of(home.url, None)
    with cluster.connected() as conn:
        [name] = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        for _ in range(1000):
            [last] = conn.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
            if last[:24] >= name:
                return str(name)
            time.sleep(0.02)
    raise AssertionError("the server does not put its log away")


@pytest.fixture
def folder(kept: Lived) -> Iterator[Path]:
    """A folder to restore into, which the server's user can reach, gone afterwards."""
    made = Path(tempfile.mkdtemp(dir=kept.home.root))
    made.chmod(0o755)
    yield made / "state"
    if (made / "state").exists():
        remove_restored(made / "state")


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def landed(kept: Lived, place: Path) -> Path:
    """The first file that landed, as it is kept."""
    key = kept.home.one_value(
        "SELECT landed_key FROM watersmeet.delivery_file ORDER BY delivery_id, number LIMIT 1"
    )
    return next(place.glob(f"*/landed/{key}"))


def _segment(kept: Lived, place: Path, number: int) -> Path:
    return sorted(place.rglob("wal/*"))[number]


BROKEN = {
    "base flipped": (lambda kept, place: flipped(next(place.rglob("*-full/base"))), r"-full/base"),
    "base missing": (lambda kept, place: next(place.rglob("*-full/base")).unlink(), r"-full/base"),
    "increment flipped": (
        lambda kept, place: flipped(next(place.rglob("*-incremental/base"))),
        r"-incremental/base",
    ),
    "manifest altered": (
        lambda kept, place: flipped(next(place.rglob("*-full/manifest.json"))),
        r"-full, which is missing or damaged",
    ),
    "segment missing": (
        lambda kept, place: _segment(kept, place, -1).with_name(needed(kept)[0]).unlink(),
        r"segment [0-9A-F]{24}",
    ),
    "segment flipped": (
        lambda kept, place: flipped(_segment(kept, place, -1).with_name(needed(kept)[-1])),
        r"wal/[0-9A-F]{24} was altered",
    ),
    "landed missing": (
        lambda kept, place: landed(kept, place).unlink(),
        r"landed file northmoor/spend/.* is missing",
    ),
    "landed altered": (
        lambda kept, place: flipped(landed(kept, place)),
        r"landed/northmoor/spend/.* was altered",
    ),
    "list of landed files cut": (
        lambda kept, place: os.truncate(next(place.rglob("*-incremental/landed")), 100),
        r"-incremental/landed was altered",
    ),
}


def needed(kept: Lived) -> list[str]:
    return needed_of(kept.incremental)


@pytest.fixture
def copy(kept: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of backups, to be broken."""
    shutil.copytree(kept.place, tmp_path / "backup")
    monkeypatch.setenv("WATERSMEET_BACKUP", str(tmp_path / "backup"))
    return tmp_path / "backup"
