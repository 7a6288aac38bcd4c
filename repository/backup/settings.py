"""Where backups and keys go, read from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from repository.backup.place import Place, place_at
from repository.backup.problems import BackupProblem

BACKUP = "WATERSMEET_BACKUP"
KEYS = "WATERSMEET_BACKUP_KEYS"
WAL = "WATERSMEET_BACKUP_WAL"


class BackupNotSetUp(BackupProblem):
    """No place of backups is named."""


@dataclass(frozen=True)
class BackupSettings:
    """The places.

    Attributes:
        backup: where backups go (``WATERSMEET_BACKUP``, a folder or ``s3://bucket/prefix``).
        keys: where keys go, and other secrets (``WATERSMEET_BACKUP_KEYS``, the same kinds).
        wal: of a PostgreSQL that is not ours, the folder its archive command puts finished
            segments of the log in (``WATERSMEET_BACKUP_WAL``); None: the embedded server's own.
    """

    backup: Place
    keys: Place
    wal: Path | None = None

    @classmethod
    def from_environment(cls, state: Path | None = None) -> "BackupSettings":
        """The places the environment names.

        Args:
            state: the state folder of the installation, in which neither may lie; None: whichever.

        Raises:
            BackupNotSetUp: it names no place of backups.
            BackupProblem: it names none for keys, or the one place lies within the other.
        """
        backup, keys = os.environ.get(BACKUP), os.environ.get(KEYS)
        if not backup:
            raise BackupNotSetUp(
                f"backups are not set up: name a place for them with {BACKUP} (a folder or "
                f"s3://bucket/prefix) and another for keys with {KEYS}; see docs/backup.md"
            )
        if not keys:
            raise BackupProblem(
                f"{KEYS} names no place for keys. Backups are encrypted, and one whose key is lost "
                "with this machine can never be opened; name a folder or s3://bucket/prefix"
            )
        _apart(backup, keys)
        for variable, address in ((BACKUP, backup), (KEYS, keys)):
            if state is not None and _within(_parts(address), _parts(str(state))):
                raise BackupProblem(
                    f"{variable} lies in the state folder {state}, and would be lost with it; name "
                    "a place on another disk, best on another machine"
                )
        wal = os.environ.get(WAL)
        return cls(
            place_at(backup, BACKUP), place_at(keys, KEYS), Path(wal).absolute() if wal else None
        )


def set_up() -> bool:
    """Whether a place of backups is named."""
    return bool(os.environ.get(BACKUP))


def _apart(backup: str, keys: str) -> None:
    one, other = _parts(backup), _parts(keys)
    if _within(one, other) or _within(other, one):
        raise BackupProblem(
            f"{BACKUP} and {KEYS} must be two places, neither within the other: who gets at a "
            "backup must not find the key beside it"
        )


def _parts(address: str) -> tuple[str, ...]:
    if "://" in address:
        return tuple(part for part in address.split("/") if part)
    return Path(address).resolve().parts


def _within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one[: len(other)] == other
