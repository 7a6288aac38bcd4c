"""The backups at a place: which are whole, and which go on from which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from repository.backup.keys import BackupKey
from repository.backup.manifest import FILE, Manifest
from repository.backup.place import Place
from repository.backup.problems import BackupDamaged, BackupProblem


@dataclass(frozen=True)
class Shelf:
    """What stands at a place.

    Attributes:
        backups: those with a manifest that is as it was signed, oldest first.
        broken: what is wrong with other manifests.
        unfinished: folders of backups without one: being made, or broken off.
    """

    backups: tuple[Manifest, ...]
    broken: tuple[str, ...]
    unfinished: tuple[str, ...]

    @classmethod
    def of(cls, place: Place, keys: Mapping[bytes, BackupKey]) -> "Shelf":
        """Look at a place; manifests only are read."""
        names = [name for name, _ in place.list() if "/backups/" in name]
        folders = sorted({name.rpartition("/")[0] for name in names})
        found, broken, unfinished = [], [], []
        for folder in folders:
            path = f"{folder}/{FILE}"
            if path not in names:
                unfinished.append(folder)
                continue
            try:
                with place.reading(path) as kept:
                    found.append(Manifest.read(kept.read_bytes(), keys, folder))
            except BackupDamaged as error:
                broken.append(str(error))
        found.sort(key=lambda one: one.restore_point_at)
        return cls(tuple(found), tuple(broken), tuple(unfinished))

    def named(self, name: str) -> Manifest:
        """The backup of that name.

        Raises:
            BackupProblem: there is none.
        """
        for one in self.backups:
            if one.name == name:
                return one
        raise BackupProblem(
            f"there is no whole backup {name}; `watersmeet backup list` shows those there are"
        )

    def chain(self, backup: Manifest) -> list[Manifest]:
        """A backup and those it goes on from, the full one first.

        Raises:
            BackupDamaged: one of them is gone.
        """
        by_name = {one.name: one for one in self.backups}
        chain = [backup]
        while chain[0].on is not None:
            before = by_name.get(chain[0].on)
            if before is None:
                raise BackupDamaged(
                    f"{chain[0].name} goes on from {chain[0].on}, which is missing or damaged"
                )
            chain.insert(0, before)
        return chain

    def best(self, at: datetime | None) -> Manifest:
        """The newest backup from which a moment can be reached, whole with all it goes on from.

        Raises:
            BackupProblem: there is none.
        """
        for one in reversed(self.backups):
            if at is not None and one.restore_point_at > at:
                continue
            try:
                self.chain(one)
            except BackupDamaged:
                continue
            return one
        if not self.backups:
            more = f": {'; '.join(self.broken)}" if self.broken else ""
            raise BackupProblem(f"there is no whole backup at the place{more}")
        first = self.backups[0].restore_point_at
        raise BackupProblem(
            f"no whole backup is as old as {at:%F %T %Z}; the first can be restored from "
            f"{first:%F %T %Z} on"
        )
