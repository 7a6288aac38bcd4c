"""The landing store in a local folder."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from repository.landing.store import LandedFile, LandingProblem, LandingStore, blocks, sha256_of

BEING_LANDED = re.compile(r"\..+\.[0-9a-f]{32}", re.DOTALL)
"""Names of files that are still being written."""


class FolderStore(LandingStore):
    """Files below one folder, read-only once landed."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()

    def _keep(self, key: str, path: Path, sha256: str, size: int) -> None:
        there = self._path(key)
        if there.exists():
            self._same(there, key, sha256)
            return
        there.parent.mkdir(parents=True, exist_ok=True)
        beside = there.with_name(f".{there.name}.{uuid4().hex}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        try:
            with os.fdopen(handle, "wb") as out:
                written = hashlib.sha256()
                for block in blocks(path):
                    written.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            if written.hexdigest() != sha256:
                raise LandingProblem(f"{path.name} changed while it was landed; it is tried again")
            try:
                # A link, unlike a rename, never takes the place of what is there.
                os.link(beside, there)
            except FileExistsError:
                self._same(there, key, sha256)
        finally:
            beside.unlink(missing_ok=True)

    @contextmanager
    def local(self, file: LandedFile) -> Iterator[Path]:
        path = self._path(file.key)
        if not path.is_file():
            raise LandingProblem(f"{file.key} is not in the landing store at {self.folder}")
        # What is read is what lineage says was read, or it is not read.
        self._same(path, file.key, file.sha256)
        yield path

    def keys(self) -> Iterator[tuple[str, int]]:
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = Path(folder) / name
                if not BEING_LANDED.fullmatch(name):
                    yield path.relative_to(self.folder).as_posix(), path.stat().st_size

    def _path(self, key: str) -> Path:
        path = (self.folder / key).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise LandingProblem("a landed file's name leads out of the landing store")
        return path

    def _same(self, there: Path, key: str, sha256: str) -> None:
        if sha256_of(there)[0] != sha256:
            raise LandingProblem(
                f"{key} in the landing store at {self.folder} does not have the bytes it is named "
                "for; somebody changed it: restore it from the backup"
            )
