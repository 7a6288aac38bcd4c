"""What can be wrong with backups."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager


class BackupProblem(Exception):
    """A backup cannot be made, read or restored; the message says why and what to do."""


class LogTorn(BackupProblem):
    """The server ran for a while without keeping its log; nothing can go on from before that."""


class BackupDamaged(BackupProblem):
    """Something kept is missing, cut short or altered; the message names it."""


REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


@contextmanager
def let_in(where: str) -> Iterator[None]:
    """Tell plainly of a folder that this user may not use, or that is none.

    Args:
        where: the folder, as a person knows it.

    Raises:
        BackupProblem: it may not be read or written, or is no folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        said = error.strerror
    else:
        return
    raise BackupProblem(
        f"{where} cannot be used ({said}); it must be a folder that the user Watersmeet runs as "
        "may read and write, on a disk that is mounted so"
    )


@contextmanager
def room_at(where: str) -> Iterator[None]:
    """Tell plainly of a full disk.

    Args:
        where: what is written to, as a person knows it.

    Raises:
        BackupProblem: the disk, or what may be used of it, is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
    else:
        return
    raise BackupProblem(
        f"{where} has no room left; make room there, or prune older backups, and start again. What "
        "was half written does not count as a backup"
    )
