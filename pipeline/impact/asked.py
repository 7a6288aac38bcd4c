"""What is meant by the word somebody asks about."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rapidfuzz import fuzz, process

from contracts.claims import normalised
from contracts.dataset import Dataset
from contracts.declarations import Declarations
from contracts.feed import Feed
from contracts.model import canonical_columns, columns_of
from contracts.register import Register
from repository.impact import files, stewards
from transforms.headers import normalised as normalised_header

ORGANISATIONS = "organisations"
FEW = 20
"""Entries of a register that are all named to who asks for another."""

_HEX = re.compile(r"[0-9a-f]{8,64}")


class NotKnown(LookupError):
    """Nothing is known by that name."""


@dataclass(frozen=True)
class AskedFile:
    """Landed files (:func:`repository.impact.files.find`)."""

    found: list[dict[str, Any]]


@dataclass(frozen=True)
class AskedFeed:
    """A feed, by id; ``declared`` is None for one that is not declared any more."""

    name: str
    declared: Feed | None


@dataclass(frozen=True)
class AskedColumn:
    """A column: of an entity (``entity``), or of a dataset's contract, perhaps in one feed only."""

    column: str
    entity: str | None = None
    dataset: str | None = None
    feed: str | None = None
    header: str | None = None


@dataclass(frozen=True)
class AskedEntry:
    """An entry of a register; ``written`` where it was asked for by another writing than its
    code."""

    register: Register
    code: str
    written: str | None = None


Asked = AskedFile | AskedFeed | AskedColumn | AskedEntry


def meant(what: str, declared: Declarations, conn: psycopg.Connection | None) -> Asked:
    """What a word means: a register's entry, a column, a feed or a file, in that order.

    Args:
        conn: None where there is no database; only declared things are known then.

    Raises:
        NotKnown: none of them; the message names what is spelled nearly so.
    """
    what = what.strip()
    head, colon, tail = what.partition(":")
    if colon and (register := _register(declared, head)) is not None:
        return _entry(register, tail.strip().strip('"'))
    feeds = set(declared.feeds) | set(stewards.known_feeds(conn) if conn else ())
    if colon and head in feeds:
        return _header(declared, conn, head, tail.strip().strip('"'))
    if what in feeds:
        return AskedFeed(what, declared.feeds.get(what))
    column = _column(declared, what)
    if column is not None:
        return column
    found = _files(conn, what) if conn else []
    if found:
        return AskedFile(found)
    raise NotKnown(_unknown(what, declared, conn, feeds))


def _register(declared: Declarations, name: str) -> Register | None:
    return declared.organisations if name == ORGANISATIONS else declared.code_schemes.get(name)


def _entry(register: Register, written: str) -> AskedEntry:
    listed = register.listed
    if written in listed:
        return AskedEntry(register, written)
    code = register.writings.get(normalised(written))
    if code is not None:
        return AskedEntry(register, code, written)
    near = _near(written, [*listed, *(entry.name for entry in listed.values())])
    if not near and len(listed) <= FEW:
        near = f"; it has {', '.join(listed)}"
    raise NotKnown(f"{register.name} has no entry {written!r}{near}")


def _header(
    declared: Declarations, conn: psycopg.Connection | None, feed: str, header: str
) -> AskedColumn:
    one = declared.feeds.get(feed)
    known: dict[str, str] = {}
    if one is not None:
        dataset = declared.dataset(one.dataset)
        known = {rule.header: name for name, rule in one.columns.items() if rule.header}
    for line in stewards.headers(conn, [feed]) if conn else ():
        if not line["constant"]:
            known[line["header"]] = line["column"]
    by_form = {normalised_header(name): (name, column) for name, column in known.items()}
    found = by_form.get(normalised_header(header))
    if found is None and one is not None:
        found = _usual_header(dataset, header)
    if found is not None and one is not None:
        return AskedColumn(found[1], dataset=one.dataset, feed=feed, header=found[0])
    if one is not None and header in one.ignored_columns:
        raise NotKnown(f"{feed} declares that {header!r} is not wanted: nothing depends on it")
    raise NotKnown(f"no column of {feed} has the header {header!r}{_near(header, known)}")


def _usual_header(dataset: type[Dataset], header: str) -> tuple[str, str] | None:
    for name, facts in columns_of(dataset).items():
        if normalised_header(header) in map(normalised_header, facts.headers):
            return header, name
    return None


def _column(declared: Declarations, what: str) -> AskedColumn | None:
    head, dot, column = what.rpartition(".")
    if not dot:
        return None
    if head in declared.entities and column in canonical_columns(declared.entities[head]):
        return AskedColumn(column, entity=head)
    if head in declared.datasets and column in columns_of(declared.datasets[head]):
        return AskedColumn(column, dataset=head)
    feed = declared.feeds.get(head)
    if feed is not None and column in columns_of(declared.dataset(feed.dataset)):
        return AskedColumn(column, dataset=feed.dataset, feed=head)
    return None


def _files(conn: psycopg.Connection, what: str) -> list[dict[str, Any]]:
    path = Path(what)
    sha256 = _sha256(path) if path.is_file() else None
    start = what.lower() if _HEX.fullmatch(what.lower()) else ""
    # Only where no file is just this one does its name stand for it.
    return files.find(conn, what, what, sha256, start) or files.find(
        conn, what, path.name, None, ""
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unknown(
    what: str, declared: Declarations, conn: psycopg.Connection | None, feeds: Iterable[str]
) -> str:
    known = [*feeds, *columns_declared(declared)]
    known += [f"{name}:..." for name in (ORGANISATIONS, *declared.code_schemes)]
    known += files.names(conn) if conn else []
    near = _near(what, known)
    told = f"nothing is known by the name {what!r}{near}"
    if conn is None:
        told += "; there is no database, so files cannot be looked up"
    if conn is None or not near:
        told += (
            ". Name a feed (northmoor/spend), a column (payment.amount), a register's entry "
            "(sex:F) or a landed file"
        )
    return told


def columns_declared(declared: Declarations) -> list[str]:
    """Every column that may be asked about, but for those of single feeds."""
    found = [f"{e}.{c}" for e, contract in declared.entities.items() for c in
             canonical_columns(contract)]  # fmt: skip
    return found + [f"{d}.{c}" for d, contract in declared.datasets.items() for c in
                    columns_of(contract)]  # fmt: skip


def _near(what: str, known: Iterable[str]) -> str:
    found = process.extract(
        what, list(dict.fromkeys(known)), scorer=fuzz.WRatio, limit=4, score_cutoff=60,
        processor=str.casefold,
    )  # fmt: skip
    return f"; near it: {', '.join(name for name, *_ in found)}" if found else ""
