"""The landed bytes: each copied once, its hash checked as it is copied."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from repository.backup.keys import BackupKey
from repository.backup.place import Place
from repository.backup.problems import BackupDamaged
from repository.backup.sealed import SealedWriter, opened
from repository.landing import LandedFile, LandingStore


def landed_file(key: str, size: int) -> LandedFile | None:
    """The landed file a key names; the key holds its hash. None: it is no key of a landed file."""
    parts = PurePosixPath(key).parts
    if len(parts) < 4 or len(parts[-2]) != 64 or parts[-3] != parts[-2][:2]:
        return None
    return LandedFile(parts[-1], key, parts[-2], size)


def feed_of(file: LandedFile) -> str:
    """The feed a landed file came on."""
    return str(PurePosixPath(file.key).parents[2])


def listed(store: LandingStore) -> list[LandedFile]:
    """Everything that was landed, by key; what lies in the store besides is left alone.

    Raises:
        repository.landing.LandingProblem: it cannot be listed.
    """
    found = (landed_file(key, size) for key, size in sorted(store.keys()))
    return [file for file in found if file is not None]


def copy_landed(
    store: LandingStore,
    files: Iterable[LandedFile],
    place: Place,
    system: str,
    key: BackupKey,
    progress: Callable[[int], None],
) -> int:
    """Copy what the place lacks; how many files that were.

    Raises:
        repository.landing.LandingProblem: landed bytes are gone or are not those that landed.
        BackupDamaged: they changed while they were copied.
    """
    there = {name for name, _ in place.list(f"{system}/landed/")}
    made = 0
    for file in files:
        name = name_of(system, file)
        if name in there:
            continue
        with store.local(file) as source, place.writing(name) as path:
            with SealedWriter(path, key, name) as sealed, source.open("rb") as reading:
                while some := reading.read(1 << 20):
                    sealed.write(some)
            if sealed.written().plain_sha256 != file.sha256:
                raise BackupDamaged(f"{file.key} changed in the landing store while it was copied")
        made += 1
        progress(file.bytes)
    return made


def name_of(system: str, file: LandedFile) -> str:
    """Where a landed file lies at the place of backups."""
    return f"{system}/landed/{file.key}"


def check_copy(place: Place, system: str, file: LandedFile, keys: dict[bytes, BackupKey]) -> None:
    """Read a copy to its end.

    Raises:
        BackupDamaged: it is missing, or is not the bytes that landed.
    """
    name = name_of(system, file)
    whole = hashlib.sha256()
    try:
        with place.reading(name) as path:
            for some in opened(path, keys, name):
                whole.update(some)
    except FileNotFoundError:
        raise BackupDamaged(f"the landed file {file.key} is missing from {place}") from None
    if whole.hexdigest() != file.sha256:
        raise BackupDamaged(f"the landed file {file.key} in {place} has other bytes than landed")


def list_text(files: Iterable[LandedFile]) -> bytes:
    """The list of landed files as a backup keeps it."""
    return json.dumps([[file.key, file.bytes] for file in files]).encode()


def list_in(text: bytes) -> list[LandedFile]:
    """The landed files of such a list."""
    found = (landed_file(key, size) for key, size in json.loads(text))
    return [file for file in found if file is not None]
