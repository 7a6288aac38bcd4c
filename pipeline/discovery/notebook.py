"""What is known of a place, kept in one SQLite file, so that a search goes on where it was ended.

Only what has changed by path, size, time or version is looked at again. The file holds paths,
headers, counts and hashes; its folder is readable by its owner only.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.discovery.looked import FileLook
from pipeline.discovery.sighting import Obstacle, Sighting

_VERSION = "3"
_PAGE = 500

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, size INTEGER, modified INTEGER, version TEXT, owner TEXT,
    walk INTEGER, kind TEXT, fingerprint TEXT, sha256 TEXT, look TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_alike ON files (size, fingerprint);
CREATE TABLE IF NOT EXISTS obstacles (
    path BLOB PRIMARY KEY, code TEXT, message TEXT, walk INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sketches (
    path BLOB, number INTEGER, distinct_rows INTEGER, lowest BLOB, PRIMARY KEY (path, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pairs (
    path BLOB, number INTEGER, other BLOB, other_number INTEGER, share REAL, back REAL,
    relation TEXT, PRIMARY KEY (path, number, other, other_number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Known:
    """A file as it is known; ``look`` is None where it was not looked into yet."""

    sighting: Sighting
    look: FileLook | None
    sha256: str | None


def file_of(state: Path, key: str) -> Path:
    """Where a place's notebook is kept, in a folder that only its owner may read."""
    folder = state / "discovery"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder / f"{hashlib.sha256(_raw(key)).hexdigest()[:24]}.sqlite"


class Notebook:
    """What is known of one place.

    Args:
        state: the state folder.
        key: of the place.
        by: what looks are made by: where it differs from the last time, all are made anew.
        fresh: forget what is known.
    """

    def __init__(self, state: Path, key: str, by: str, *, fresh: bool = False) -> None:
        self.path = file_of(state, key)
        if fresh:
            for ending in ("", "-wal", "-shm"):
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
        self._database = sqlite3.connect(self.path, isolation_level=None)
        self.path.chmod(0o600)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_TABLES)
        self._begun = False
        if self._fact("by") != f"{_VERSION} {by}":
            self._database.execute("UPDATE files SET look = NULL, sha256 = NULL, kind = NULL")
            self._database.execute("DELETE FROM sketches")
            self._set("by", f"{_VERSION} {by}")
        if self._fact("seed") is None:
            # So that nobody finds a record by hashing what it may be.
            self._set("seed", str(secrets.randbits(63)))
        self.seed = int(self._fact("seed") or 0)

    def close(self) -> None:
        """Keep everything and close the file."""
        self.keep()
        self._database.close()

    def keep(self) -> None:
        """Have everything noted so far last."""
        if self._begun:
            self._database.execute("COMMIT")
            self._begun = False

    def walked(self, found: Iterable[Sighting | Obstacle]) -> Iterator[Sighting | Obstacle]:
        """Note what a walk finds, and pass it on. What was there and is not found any more is
        forgotten once the walk has come to its end."""
        walk = int(self._fact("walk") or 0) + 1
        self._set("walk", str(walk))
        for place, one in enumerate(found):
            self._begin()
            if isinstance(one, Sighting):
                self._note_sighting(one, walk)
            else:
                self._database.execute(
                    "INSERT OR REPLACE INTO obstacles VALUES (?, ?, ?, ?)",
                    (_raw(one.path), one.code, one.message, walk),
                )
            if place % 2_000 == 1_999:
                self.keep()
            yield one
        self._begin()
        self._database.execute(
            "DELETE FROM sketches WHERE path IN (SELECT path FROM files WHERE walk <> ?)", (walk,)
        )
        self._database.execute("DELETE FROM files WHERE walk <> ?", (walk,))
        self._database.execute("DELETE FROM obstacles WHERE walk <> ?", (walk,))
        self.keep()

    def _note_sighting(self, one: Sighting, walk: int) -> None:
        raw = _raw(one.path)
        version = one.version or ""
        same = self._database.execute(
            "UPDATE files SET walk = ?, owner = ? "
            "WHERE path = ? AND size = ? AND modified = ? AND version = ?",
            (walk, one.owner, raw, one.size, one.modified, version),
        )
        if same.rowcount:
            return
        self._database.execute("DELETE FROM sketches WHERE path = ?", (raw,))
        self._database.execute(
            "INSERT OR REPLACE INTO files (path, size, modified, version, owner, walk) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (raw, one.size, one.modified, version, one.owner, walk),
        )

    def waiting(self) -> Iterator[Sighting]:
        """Files that were not looked into, in order of path."""
        for page in self._pages(waiting=True):
            yield from (known.sighting for known in page)

    def count(self) -> tuple[int, int]:
        """How many files are known, and how many of them wait."""
        row = self._database.execute(
            "SELECT count(*), count(*) FILTER (WHERE look IS NULL) FROM files"
        ).fetchone()
        return int(row[0]), int(row[1])

    def note_look(self, path: str, look: FileLook, sketches: Sequence[tuple[int, bytes]]) -> None:
        """Note what was seen in a file: its look, and of each table the distinct records and the
        lowest hashes."""
        self._begin()
        self._database.execute(
            "UPDATE files SET look = ?, kind = ?, fingerprint = ?, sha256 = NULL WHERE path = ?",
            (json.dumps(look.to_json()), look.kind, look.fingerprint or None, _raw(path)),
        )
        self._database.execute("DELETE FROM sketches WHERE path = ?", (_raw(path),))
        self._database.executemany(
            "INSERT INTO sketches VALUES (?, ?, ?, ?)",
            [(_raw(path), number, *one) for number, one in enumerate(sketches) if one[0]],
        )

    def note_sha256(self, path: str, sha256: str | None) -> None:
        """Note the SHA-256 of a file; empty where it could not be read."""
        self._begin()
        self._database.execute(
            "UPDATE files SET sha256 = ? WHERE path = ?", (sha256 or "", _raw(path))
        )

    def likely_twins(self) -> Iterator[Sighting]:
        """Files not hashed yet that another has size and fingerprint in common with."""
        found = self._database.execute(
            "SELECT f.path, f.size, f.modified, f.owner, f.version FROM files f JOIN ("
            " SELECT size, fingerprint FROM files WHERE size > 0 AND fingerprint IS NOT NULL"
            " GROUP BY size, fingerprint HAVING count(*) > 1) g"
            " ON f.size = g.size AND f.fingerprint = g.fingerprint WHERE f.sha256 IS NULL"
        ).fetchall()
        return (_sighting(row) for row in found)

    def twins(self) -> Iterator[tuple[int, list[str]]]:
        """Size and paths of files that are byte for byte the same, oldest first."""
        found = self._database.execute(
            "SELECT sha256, size, path FROM files WHERE sha256 IN (SELECT sha256 FROM files"
            " WHERE sha256 <> '' GROUP BY sha256 HAVING count(*) > 1)"
            " ORDER BY sha256, modified, path"
        )
        for _, rows in groupby(found, key=lambda row: row[0]):
            group = list(rows)
            yield int(group[0][1]), [_text(row[2]) for row in group]

    def sketches(self) -> Iterator[tuple[str, int, int, bytes, int]]:
        """Path, table's number, distinct records, lowest hashes and time, of every table whose
        records can be compared; of files that are the same, the oldest only."""
        found = self._database.execute(
            "SELECT s.path, s.number, s.distinct_rows, s.lowest, f.modified FROM sketches s"
            " JOIN files f ON f.path = s.path WHERE NOT EXISTS (SELECT 1 FROM files o"
            " WHERE f.sha256 <> '' AND o.size = f.size AND o.fingerprint = f.fingerprint"
            " AND o.sha256 = f.sha256 AND (o.modified, o.path) < (f.modified, f.path))"
            " ORDER BY s.path, s.number"
        )
        for path, *rest in found:
            yield _text(path), *rest

    def sketch(self, path: str, number: int) -> tuple[int, bytes]:
        """Distinct records and lowest hashes of one table."""
        row = self._database.execute(
            "SELECT distinct_rows, lowest FROM sketches WHERE path = ? AND number = ?",
            (_raw(path), number),
        ).fetchone()
        return int(row[0]), bytes(row[1])

    def note_pairs(self, pairs: Iterable[tuple[str, int, str, int, float, float, str]]) -> None:
        """Note tables that have records in common, in place of those noted before."""
        self._begin()
        self._database.execute("DELETE FROM pairs")
        self._database.executemany(
            "INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((_raw(one[0]), one[1], _raw(one[2]), *one[3:]) for one in pairs),
        )
        self.keep()

    def pairs(
        self, path: str | None = None
    ) -> Iterator[tuple[str, int, str, int, float, float, str]]:
        """Tables that have records in common; of one file where it is named."""
        if path is None:
            found = self._database.execute("SELECT * FROM pairs ORDER BY share DESC, path, other")
        else:
            found = self._database.execute(
                "SELECT * FROM pairs WHERE path = ? ORDER BY share DESC, other", (_raw(path),)
            )
        for own, number, other, *rest in found:
            yield _text(own), number, _text(other), *rest

    def files(self) -> Iterator[Known]:
        """Every file, in order of path."""
        for page in self._pages(waiting=False):
            yield from page

    def table_names(self, path: str) -> list[str | None]:
        """Names of a file's tables, in order."""
        row = self._database.execute(
            "SELECT look FROM files WHERE path = ?", (_raw(path),)
        ).fetchone()
        if row is None or not row[0]:
            return []
        return [table.name for table in FileLook.from_json(json.loads(row[0])).tables]

    def obstacles(self) -> Iterator[Obstacle]:
        """Everything that was not looked into, in order of path."""
        found = self._database.execute("SELECT path, code, message FROM obstacles ORDER BY path")
        return (Obstacle(_text(path), code, message) for path, code, message in found)

    def _pages(self, *, waiting: bool) -> Iterator[list[Known]]:
        last = b""
        while True:
            rows = self._database.execute(
                "SELECT path, size, modified, owner, version, look, sha256 FROM files"
                " WHERE path > ? AND (NOT ? OR look IS NULL) ORDER BY path LIMIT ?",
                (last, waiting, _PAGE),
            ).fetchall()
            if not rows:
                return
            yield [
                Known(
                    _sighting(row[:5]),
                    FileLook.from_json(json.loads(row[5])) if row[5] else None,
                    row[6] or None,
                )
                for row in rows
            ]
            last = rows[-1][0]

    def _begin(self) -> None:
        if not self._begun:
            self._database.execute("BEGIN IMMEDIATE")
            self._begun = True

    def _fact(self, name: str) -> str | None:
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _set(self, name: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _sighting(row: Sequence[Any]) -> Sighting:
    path, size, modified, owner, version = row
    return Sighting(path.decode("utf-8", "surrogateescape"), size, modified, owner, version or None)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
