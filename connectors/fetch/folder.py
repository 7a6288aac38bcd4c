"""Fetches from a folder that is there: local, or a share somebody mounted."""

import os
import shutil
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.connection import Connection
from connectors.errors import Unreachable
from connectors.fetch.arrival import Arrival, Fetched, Found, Standing
from contracts.places import Folder


def discover(place: Folder, connection: Connection, standing: Standing) -> Found:
    """Files that match the pattern and have come to rest, oldest first.

    A file still being written is not there yet: size and time must have been still for
    ``settled_for`` seconds. Names that begin with ``.`` or ``~$`` (what programs leave while they
    write) are passed over.

    Raises:
        Unreachable: the folder is missing, not mounted, not readable; or something in it leads
            out of it.
    """
    root, folder = _folder(place, connection)
    found: list[tuple[os.stat_result, Path]] = []
    early: list[tuple[os.stat_result, Path]] = []
    try:
        now = time.time()
        for path in folder.glob(place.pattern):
            if path.name.startswith((".", "~$")) or not path.is_file():
                continue
            _demand_inside(path, root, connection)
            facts = path.stat()
            age = now - facts.st_mtime
            if age >= place.settled_for:
                found.append((facts, path))
            elif age < 0:
                early.append((facts, path))
        found += _still(early, place.settled_for)
    except OSError as error:
        raise _unreadable(folder, connection, error) from None
    found.sort(key=lambda one: (one[0].st_mtime_ns, one[1].name))
    return Found(
        tuple(
            Arrival(
                name=path.name,
                size=facts.st_size,
                modified=datetime.fromtimestamp(facts.st_mtime, UTC),
                files=(path.relative_to(root).as_posix(),),
            )
            for facts, path in found
        )
    )


def fetch(place: Folder, connection: Connection, arrival: Arrival, into: Path) -> Fetched:
    """Copies the arrival's files, bytes unchanged.

    Raises:
        Unreachable: a file has gone, or changed while it was copied (``passing``); nothing of it
            is left in ``into`` then.
    """
    root, _ = _folder(place, connection)
    copies: list[Path] = []
    for name in arrival.files:
        source = root / name
        try:
            _demand_inside(source, root, connection)
            copies.append(_copy(source, into / source.name, arrival))
        except OSError as error:
            raise Unreachable(
                "file-gone",
                f"{source.name} can no longer be read from folder {root} (connection "
                f"{connection.id!r}): {error.strerror or 'input/output error'}. It is tried again.",
                passing=True,
            ) from None
    return Fetched(tuple(copies))


def _copy(source: Path, copy: Path, arrival: Arrival) -> Path:
    before = source.stat()
    try:
        with source.open("rb") as bytes_in, copy.open("xb") as bytes_out:
            shutil.copyfileobj(bytes_in, bytes_out, 1 << 20)
            after = os.fstat(bytes_in.fileno())
        written = copy.stat().st_size
        if _looks(before) != _looks(after) or _looks(source.stat()) != _looks(after):
            raise _changed(arrival)
        if written != after.st_size or (arrival.size is not None and written != arrival.size):
            raise _changed(arrival)
    except (OSError, Unreachable):
        copy.unlink(missing_ok=True)
        raise
    return copy


def _looks(facts: os.stat_result) -> tuple[int, int, int]:
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _changed(arrival: Arrival) -> Unreachable:
    return Unreachable(
        "file-changed",
        f"{arrival.name} changed while it was fetched; the copy was thrown away and is made again "
        "once the file has come to rest.",
        passing=True,
    )


def _still(
    files: list[tuple[os.stat_result, Path]], seconds: float
) -> list[tuple[os.stat_result, Path]]:
    """Files stamped in the future tell nothing by their age; they are looked at twice instead."""
    if not files:
        return []
    time.sleep(seconds)
    return [
        (facts, path)
        for facts, path in files
        if path.exists() and _looks(path.stat()) == _looks(facts)
    ]


def _folder(place: Folder, connection: Connection) -> tuple[Path, Path]:
    """The connection's folder, resolved, and the place's folder in it."""
    if not connection.path:
        raise Unreachable(
            "connection-incomplete",
            f"Connection {connection.id!r} gives no folder; add its path "
            '(extra: {"path": "/the/folder"}).',
        )
    declared = Path(connection.path)
    if Path(place.pattern).is_absolute() or ".." in Path(place.pattern).parts:
        raise Unreachable(
            "pattern-leaves-folder",
            f"Pattern {place.pattern!r} leads out of its folder; correct the feed.",
        )
    folder = declared / place.path
    try:
        root = declared.resolve()
        facts = folder.stat()
    except FileNotFoundError:
        raise Unreachable(
            "folder-missing",
            f"Folder {folder} (connection {connection.id!r}) does not exist. If it is a share, "
            "mount it; otherwise correct the connection's path or the feed's place.",
            passing=True,
        ) from None
    except OSError as error:
        raise _unreadable(folder, connection, error) from None
    if not stat.S_ISDIR(facts.st_mode):
        raise Unreachable(
            "folder-missing",
            f"{folder} (connection {connection.id!r}) is not a folder; correct the connection's "
            "path or the feed's place.",
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        raise _unreadable(folder, connection, PermissionError(13, "Permission denied"))
    _demand_inside(folder, root, connection)
    return root, root / folder.resolve().relative_to(root)


def _demand_inside(path: Path, root: Path, connection: Connection) -> None:
    if not path.resolve().is_relative_to(root):
        raise Unreachable(
            "link-leaves-folder",
            f"{path.name} leads out of the folder of connection {connection.id!r}, by a link or by "
            "the feed's path; it was refused. Remove the link, or give the other folder a "
            "connection of its own.",
        )


def _unreadable(folder: Path, connection: Connection, error: OSError) -> Unreachable:
    return Unreachable(
        "folder-unreadable",
        f"Folder {folder} (connection {connection.id!r}) cannot be read: "
        f"{error.strerror or 'input/output error'}. Give this account the right to read it, or "
        "mount the share again.",
        passing=not isinstance(error, PermissionError),
    )
