"""A folder for bytes on their way, which does not outlive its user by much, however that ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(below: Path) -> Iterator[Path]:
    """An empty folder, gone after the block.

    A process that is killed leaves its folder behind, and in it what an agreement may not allow to
    be kept. So each is locked while it is in use, and those that nobody holds go when the next is
    made.

    Args:
        below: the folder it is made in; made if missing.
    """
    below.mkdir(parents=True, exist_ok=True)
    for left in below.iterdir():
        _remove_abandoned(left)
    folder, handle = _locked(below)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(handle)


def _locked(below: Path) -> tuple[Path, int]:
    """A new folder and the handle that locks it."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=below))
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Between making and locking, another process may have taken it for abandoned.
        if folder.exists():
            return folder, handle
        os.close(handle)


def _remove_abandoned(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return  # gone meanwhile, or not ours to remove
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass  # in use
    finally:
        os.close(handle)
