"""Reads a backup as it is kept, without restoring it: is all there, and as it was written?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from repository.backup.keys import BackupKey
from repository.backup.landed import check_copy, landed_file
from repository.backup.manifest import Manifest
from repository.backup.place import Place
from repository.backup.problems import BackupDamaged
from repository.backup.sealed import Written, opened
from repository.backup.shelf import Shelf
from repository.backup.unpack import landed_of, unpack_log
from repository.landing import LandedFile


@dataclass(frozen=True)
class Verified:
    """What reading a backup found.

    Attributes:
        backup: its name.
        chain: it and those it goes on from.
        segments: of the log, read.
        reaches: the moment up to which the log is kept.
        landed: landed files, read and their SHA-256 compared.
        problems: what is wrong; empty where all is well.
    """

    backup: str
    chain: tuple[str, ...]
    segments: int
    reaches: datetime | None
    landed: int
    problems: tuple[str, ...]


def verify(
    backup: Manifest,
    shelf: Shelf,
    place: Place,
    keys: dict[bytes, BackupKey],
    progress: Callable[[str, int], None] = lambda step, done: None,
) -> Verified:
    """Read every byte of a backup, of the log since, and of the landed files."""
    problems: list[str] = []
    chain: list[Manifest] = [backup]
    try:
        chain = shelf.chain(backup)
    except BackupDamaged as error:
        problems.append(str(error))
    for one in chain:
        for part in one.files.values():
            problems += _read(part, place, keys)
            progress("cluster", part.bytes)
    segments, reaches = 0, None
    try:
        log = unpack_log(backup, place, keys, None, None)
        segments, reaches = len(log.segments), log.reaches
        problems += log.problems
        progress("log", segments)
    except BackupDamaged as error:
        problems.append(str(error))
    landed = 0
    try:
        for file in _landed(backup, place, keys):
            try:
                check_copy(place, backup.cluster.system, file, keys)
                landed += 1
                progress("landed", file.bytes)
            except BackupDamaged as error:
                problems.append(str(error))
    except BackupDamaged as error:
        problems.append(str(error))
    names = tuple(one.name for one in chain)
    return Verified(backup.name, names, segments, reaches, landed, tuple(dict.fromkeys(problems)))


def _landed(backup: Manifest, place: Place, keys: dict[bytes, BackupKey]) -> dict[LandedFile, None]:
    """The landed files a backup lists, and those carried since with the log, each once.

    Of the latter only what is there is known; a restore compares with what the database says.
    """
    before = f"{backup.cluster.system}/landed/"
    since = (landed_file(name.removeprefix(before), 0) for name, _ in place.list(before))
    files = {file.key: file for file in since if file is not None}
    files |= {file.key: file for file in landed_of(backup, place, keys)}
    return dict.fromkeys(files.values())


def _read(part: Written, place: Place, keys: dict[bytes, BackupKey]) -> list[str]:
    size = 0
    try:
        with place.reading(part.name) as path:
            for some in opened(path, keys, part.name):
                size += len(some)
    except FileNotFoundError:
        return [f"{part.name} is missing from {place}"]
    except BackupDamaged as error:
        return [str(error)]
    return [] if size == part.plain_bytes else [f"{part.name} is not what its manifest tells of"]
