"""Keys and other secrets: kept in a place of their own, never beside what they open.

The backup key encrypts backups and signs manifests. It lies among the keys of the installation, in
``<keys>/backup-<version>.json``, as those that records are sealed with do
(:mod:`repository.sealing`). Whoever holds a backup and not this place can read nothing of it.
"""

import base64
import binascii
import hmac
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from repository.backup.place import Place
from repository.backup.problems import BackupProblem
from repository.sealing import Keys
from repository.state import read_private

SECRETS = (
    "analysts.json",
    "connections.json",
    "airflow/keys.json",
    "airflow/passwords.json",
    "pg/server.json",
)
"""Files of the state folder that hold secrets, kept with the keys."""


@dataclass(frozen=True)
class BackupKey:
    """A key backups are encrypted with: its version, its id, its 32 bytes."""

    version: int
    id: bytes
    secret: bytes = field(repr=False)

    def signature(self, text: bytes) -> str:
        """What only who holds the key can say of a text, hexadecimal (HMAC-SHA-256)."""
        signing = hmac.digest(self.secret, b"watersmeet|backup manifest\x01", sha256)
        return hmac.new(signing, text, sha256).hexdigest()


class BackupKeys:
    """The backup keys of an installation.

    Args:
        folder: the folder of keys; None: that of :class:`repository.sealing.Keys`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Keys().folder

    def read(self) -> dict[bytes, BackupKey]:
        """Every backup key that is here, by its id.

        Raises:
            BackupProblem: a file is no key.
        """
        found = (_key_in(path) for path in sorted(self.folder.glob("backup-*.json")))
        return {key.id: key for key in found}

    def current(self) -> BackupKey | None:
        """The newest key; None where there is none."""
        return max(self.read().values(), key=lambda key: key.version, default=None)

    def ensure(self) -> BackupKey:
        """The newest key, the first made where there is none."""
        return self.current() or self._make(1)

    def _make(self, version: int) -> BackupKey:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"backup-{version}.json"
        beside = self.folder / f".new-{os.getpid()}-{os.urandom(4).hex()}"
        secret = base64.b64encode(os.urandom(32)).decode()
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump({"version": version, "id": os.urandom(4).hex(), "key": secret}, file)
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename, a link never takes the place of a key that is there.
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
        return _key_in(path)


def keep_keys(place: Place, folder: Path) -> int:
    """Copy every key of the installation to the place of keys; how many were not there yet.

    Raises:
        BackupProblem: another key is there under the same name.
    """
    there = {key for key, _ in place.list("keys/")}
    made = 0
    for path in sorted(folder.glob("*.json")):
        name = f"keys/{path.name}"
        content = path.read_bytes()
        if name in there:
            with place.reading(name) as kept:
                if kept.read_bytes() == content:
                    continue
            raise BackupProblem(
                f"{name} in {place} is another key than {path.name} in {folder}; two installations "
                "must not share a place of keys. Give this one a place of its own, with "
                "WATERSMEET_BACKUP_KEYS"
            )
        place.put_bytes(name, content)
        made += 1
    return made


def keep_secrets(place: Place, state: Path, backup: str) -> None:
    """Copy the state folder's secrets to the place of keys, under a backup's name."""
    for name in SECRETS:
        path = state / name
        if path.is_file():
            place.put_bytes(f"secrets/{backup}/{name}", path.read_bytes())


def restore_keys(place: Place, folder: Path) -> int:
    """Copy every key from the place of keys into a folder; how many."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = [name for name, _ in place.list("keys/")]
    for name in names:
        _write_private(place, name, folder / Path(name).name)
    return len(names)


def restore_secrets(place: Place, state: Path, backup: str) -> list[str]:
    """Put back the secrets kept under a backup's name, but for the server's; which.

    ``pg/server.json`` says where the cluster lay; the restored one lies elsewhere.
    """
    back = []
    for name, _ in place.list(f"secrets/{backup}/"):
        own = name.removeprefix(f"secrets/{backup}/")
        if own in SECRETS and own != "pg/server.json":
            _write_private(place, name, state / own)
            back.append(own)
    return back


def _write_private(place: Place, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with place.reading(name) as kept, os.fdopen(handle, "wb") as file:
        file.write(kept.read_bytes())


def _key_in(path: Path) -> BackupKey:
    try:
        told = read_private(path)
        key = BackupKey(
            int(told["version"]),
            bytes.fromhex(told["id"]),
            base64.b64decode(told["key"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error):
        key = BackupKey(0, b"", b"")
    if len(key.secret) != 32 or len(key.id) != 4:
        raise BackupProblem(f"{path} is not a backup key; put it back from the place of keys")
    return key
