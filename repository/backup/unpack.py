"""A backup brought to the disk: the data folder, the log, the landed bytes, each checked."""

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from repository.backup.cluster import client_programs
from repository.backup.keys import BackupKey
from repository.backup.landed import feed_of, landed_file, list_in, name_of
from repository.backup.manifest import Manifest
from repository.backup.place import Place
from repository.backup.problems import BackupDamaged
from repository.backup.sealed import opened
from repository.backup.segments import Segment, missing, position
from repository.backup.ship import segment_in
from repository.backup.take import needed
from repository.landing import LandedFile, LandingProblem, LandingStore

Keys = dict[bytes, BackupKey]


class _Stream:
    """A sealed file as tarfile reads it, hashed as it passes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._left = blocks, b""
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        while len(self._left) < size:
            some = next(self._blocks, b"")
            if not some:
                break
            self.sha256.update(some)
            self._left += some
        given, self._left = self._left[:size], self._left[size:]
        return given


def unpack_cluster(chain: Sequence[Manifest], place: Place, keys: Keys, root: Path) -> None:
    """Bring the data folder of a backup to ``<root>/data``, and compare every file's SHA-256.

    Args:
        chain: the full backup and those that go on from it, in order.

    Raises:
        BackupDamaged: a part is missing or altered; the message names it.
    """
    parts = []
    for number, backup in enumerate(chain):
        part = root / (f"part-{number}" if len(chain) > 1 else "data")
        part.mkdir(mode=0o700)
        _unpack(backup, place, keys, part)
        parts.append(part)
    data = root / "data"
    if len(parts) > 1:
        _program("pg_combinebackup", "--manifest-checksums=SHA256", "--no-sync", "--link",
                 "-o", str(data), *map(str, parts))  # fmt: skip
        for part in parts:
            shutil.rmtree(part)
    # The log is not in the data folder, and is checked by itself.
    _program("pg_verifybackup", "--no-parse-wal", "--quiet", str(data))


def _unpack(backup: Manifest, place: Place, keys: Keys, folder: Path) -> None:
    told = backup.files["base"]
    try:
        with place.reading(told.name) as path:
            stream = _Stream(opened(path, keys, told.name))
            with tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as tar:  # type: ignore[call-overload]
                _extract(tar, folder)
            while stream.read(1 << 20):
                pass
    except FileNotFoundError:
        raise BackupDamaged(f"{told.name} is missing from {place}") from None
    except tarfile.TarError:
        raise BackupDamaged(f"{told.name} is not whole") from None
    if stream.sha256.hexdigest() != told.plain_sha256:
        raise BackupDamaged(f"{told.name} is not the file its manifest tells of")


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """Everything of an archive, below a folder."""
    if hasattr(tarfile, "tar_filter"):
        tar.extractall(folder, filter="tar")
        return
    # Python before 3.11.4 checks no names.
    inside = folder.resolve()
    for member in tar:
        if not (inside / member.name).resolve().is_relative_to(inside):
            raise tarfile.TarError("a name leads out")
        tar.extract(member, folder)


def _program(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(client_programs() / name), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"LC_ALL": "C"},
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupDamaged(f"{name} finds the backup damaged: {' '.join(done.stderr.split())}")


@dataclass(frozen=True)
class Log:
    """What there is of the log from a backup on.

    Attributes:
        segments: names of what was, or would be, brought back, in order.
        reaches: when the last of them was finished.
        problems: what is wrong with it.
    """

    segments: tuple[str, ...]
    reaches: datetime | None
    problems: tuple[str, ...] = field(default=())


def unpack_log(
    backup: Manifest,
    place: Place,
    keys: Keys,
    at: datetime | None,
    into: Path | None,
) -> Log:
    """Read the log from a backup on, and bring it to a folder.

    Args:
        at: the moment to be reached; segments finished after it are left but for the first.
        into: the folder; None: it is only checked.

    Raises:
        BackupDamaged: a segment is missing or damaged without which the backup is nothing.
    """
    before = f"{backup.cluster.system}/wal/"
    size, own = backup.cluster.segment_bytes, backup.cluster.timeline
    names = [name.removeprefix(before) for name, _ in place.list(before)]
    lacking = [one for one in needed(backup) if one not in names]
    if lacking:
        raise BackupDamaged(
            f"segment {lacking[0]} of the log is missing from {place}; {backup.name} needs it"
        )
    first = Segment.at(own, position(backup.begins), size)
    problems: list[str] = []
    taken: list[str] = []
    reaches: datetime | None = None
    beyond: set[int] = set()
    whole: set[Segment] = set()
    for name in names:
        segment = Segment.named(name, size) if len(name) == 24 else None
        if segment and (segment.number < first.number or segment.timeline < own):
            continue
        if segment and segment.timeline in beyond:
            continue
        try:
            moment = _segment(place, before + name, keys, into / name if into else None)
        except BackupDamaged as error:
            if name in needed(backup):
                raise
            problems.append(str(error))
            continue
        taken.append(name)
        if segment is None:
            continue
        whole.add(segment)
        reaches = max(reaches, moment) if reaches else moment
        if at is not None and moment > at:
            beyond.add(segment.timeline)
    problems += _gaps(whole, own, first, size)
    return Log(tuple(taken), reaches, tuple(problems))


def _gaps(there: set[Segment], own: int, first: Segment, size: int) -> Iterator[str]:
    """Segments that are missing between others: the log cannot be played back past them."""
    for timeline in sorted({one.timeline for one in there}):
        of = [one for one in there if one.timeline == timeline]
        begin = first if timeline == own else min(of)
        for one in missing(of, begin, max(of)):
            yield (
                f"segment {one.name(size)} of the log is missing or damaged: no moment after it "
                "can be restored from this backup. Take a full backup now"
            )
            break


def _segment(place: Place, name: str, keys: Keys, into: Path | None) -> datetime:
    """Read one segment, and write it; when it was finished."""
    try:
        moment, blocks = segment_in(place, name, keys)
        if into is None:
            for _ in blocks:
                pass
        else:
            with into.open("wb") as out:
                for some in blocks:
                    out.write(some)
    except BackupDamaged:
        if into is not None:
            into.unlink(missing_ok=True)
        raise
    return moment


@dataclass(frozen=True)
class LandedBack:
    """What came of the landed bytes: how many were checked, and what is wrong."""

    checked: int
    problems: tuple[str, ...]


def unpack_landed(
    backup: Manifest,
    place: Place,
    keys: Keys,
    store: LandingStore,
    scratch: Path,
    progress: Callable[[int], None],
) -> LandedBack:
    """Land again every byte that was landed, at a store; each has the hash it is named for.

    Args:
        scratch: a folder for one file at a time.
    """
    before = f"{backup.cluster.system}/landed/"
    problems, checked = [], 0
    there = {name for name, _ in place.list(before)}
    wanted = {file.key: file for file in landed_of(backup, place, keys)}
    problems += [
        f"the landed file {key} is missing from {place}"
        for key, file in wanted.items()
        if name_of(backup.cluster.system, file) not in there
    ]
    for name in sorted(there):
        file = landed_file(name.removeprefix(before), 0)
        if file is None:
            continue
        path = scratch / "landing"
        try:
            with place.reading(name) as kept, path.open("wb") as out:
                for some in opened(kept, keys, name):
                    out.write(some)
            back = store.put(feed_of(file), path, file.name)
        except (BackupDamaged, LandingProblem) as error:
            problems.append(str(error))
            continue
        finally:
            path.unlink(missing_ok=True)
        if back.key != file.key:
            problems.append(f"the landed file {file.key} in {place} has other bytes than landed")
            continue
        checked += 1
        progress(back.bytes)
    return LandedBack(checked, tuple(problems))


def landed_of(backup: Manifest, place: Place, keys: Keys) -> list[LandedFile]:
    """The landed files a backup lists.

    Raises:
        BackupDamaged: the list is not whole.
    """
    name = backup.files["landed"].name
    try:
        with place.reading(name) as path:
            return list_in(b"".join(opened(path, keys, name)))
    except FileNotFoundError:
        raise BackupDamaged(f"{name} is missing from {place}") from None
