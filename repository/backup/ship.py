"""Carries the log, and the bytes that landed meanwhile, to the place of backups.

The order is what makes every delivery in a restored database have its landed bytes: bytes land
before their delivery commits, so all that is committed in the segments that are finished now has
landed by now. First the segments are listed, then landed bytes are copied, and only then do those
segments go to the place. Whatever interrupts this, no segment is there before its landed bytes.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from repository.backup.cluster import Cluster
from repository.backup.keys import BackupKey
from repository.backup.landed import copy_landed, listed
from repository.backup.place import Place
from repository.backup.problems import BackupProblem
from repository.backup.sealed import SealedWriter, opened
from repository.backup.segments import HISTORY, SEGMENT
from repository.landing import LandedFile, LandingStore

STAMP = 32
"""Bytes before a segment in its file: when the server had finished it, ISO 8601, padded."""


@dataclass(frozen=True)
class Shipped:
    """What was carried: how many segments of the log, how many landed files; all that landed."""

    segments: int
    landed: int
    files: tuple[LandedFile, ...]


@dataclass(frozen=True)
class Carrier:
    """Carries from one installation to one place.

    Attributes:
        cluster: whose log.
        system: the cluster's identifier.
        store: the landing store.
        place: where to.
        key: what to encrypt with.
        keys: every backup key.
        state: the state folder, for the lock.
    """

    cluster: Cluster
    system: str
    store: LandingStore
    place: Place
    key: BackupKey
    keys: dict[bytes, BackupKey]
    state: Path

    def ship(self, progress: Callable[[str, int], None]) -> Shipped:
        """Carry everything that is finished; safe to call at any time, from several processes.

        Args:
            progress: told a step and the bytes it has just carried.

        Raises:
            BackupProblem, repository.landing.LandingProblem: what is carried so far is whole.
        """
        with alone(self.state, "ship"):
            finished = self._finished()
            files = tuple(listed(self.store))
            landed = copy_landed(
                self.store, files, self.place, self.system, self.key,
                lambda size: progress("landed bytes", size),
            )  # fmt: skip
            there = {name for name, _ in self.place.list(f"{self.system}/wal/")}
            segments = 0
            for path in finished:
                segments += self._carry(path, there)
                progress("log", path.stat().st_size if path.exists() else 0)
            return Shipped(segments, landed, files)

    def _finished(self) -> list[Path]:
        if not self.cluster.wal.is_dir():
            raise BackupProblem(
                f"there is no folder {self.cluster.wal}, where the server is to put finished "
                "segments of its log"
            )
        try:
            names = sorted(path.name for path in self.cluster.wal.iterdir())
        except PermissionError:
            names = None
        if names is None:
            raise BackupProblem(f"{self.cluster.wal} may not be read by this user")
        known = [name for name in names if SEGMENT.fullmatch(name) or HISTORY.fullmatch(name)]
        return [self.cluster.wal / name for name in known]

    def _carry(self, path: Path, there: set[str]) -> int:
        """Carry a segment, and take it away where its folder is ours; 1 where it was not there."""
        name = f"{self.system}/wal/{path.name}"
        if name in there:
            if self.cluster.own:
                self._same(path, name)
                path.unlink()
            return 0
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
        with (
            self.place.writing(name) as written,
            SealedWriter(written, self.key, name) as sealed,
            path.open("rb") as reading,
        ):
            sealed.write(moment.encode().ljust(STAMP))
            while some := reading.read(1 << 20):
                sealed.write(some)
        if self.cluster.own:
            path.unlink()
        return 1

    def _same(self, path: Path, name: str) -> None:
        """See that a segment that is at the place already is this one."""
        own = hashlib.sha256(path.read_bytes()).hexdigest()
        _, blocks = segment_in(self.place, name, self.keys)
        whole = hashlib.sha256()
        for some in blocks:
            whole.update(some)
        if whole.hexdigest() != own:
            raise BackupProblem(
                f"{name} is in {self.place} with other content: two servers put their logs there, "
                f"perhaps one restored from the other. Give this one another place; {path} is kept"
            )


def segment_in(
    place: Place, name: str, keys: dict[bytes, BackupKey]
) -> tuple[datetime, Iterator[bytes]]:
    """A segment at the place: when it was finished, and its bytes, block by block.

    Raises:
        repository.backup.problems.BackupDamaged: it is not whole, even while its bytes are read.
        FileNotFoundError: it is not there.
    """

    def read() -> Iterator[bytes]:
        with place.reading(name) as path:
            yield from opened(path, keys, name)

    blocks = read()
    first = next(blocks)
    moment = datetime.fromisoformat(first[:STAMP].decode().strip())

    def rest() -> Iterator[bytes]:
        yield first[STAMP:]
        yield from blocks

    return moment, rest()


@contextmanager
def alone(state: Path, what: str) -> Iterator[None]:
    """Wait until no other process does this on a state folder, and keep others waiting."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / f"backup-{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
