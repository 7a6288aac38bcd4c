"""Looks into one file that lies on this machine: its kind, its tables, what they may be."""

import base64
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.cells import column_letters
from connectors.errors import Unreadable
from connectors.read.kind.sniff import content_of
from connectors.read.table import SourceTable
from connectors.read.tables import KINDS, open_tables
from pipeline.discovery.header_row import header_row, showable
from pipeline.discovery.looked import FileLook, Match, PersonalHint, TableLook
from pipeline.discovery.members import Members, members
from pipeline.discovery.personal import hints
from pipeline.discovery.resemblance import Likeness, Resemblance
from pipeline.discovery.sampled import MOST_COLUMNS, Sampled, sampled
from pipeline.discovery.sampling import fingerprint
from pipeline.discovery.sketch import sketch
from pipeline.read_file import name_of

_ITS_HEADER = 50.0
"""A resemblance from this score on knows the header better than its form does."""
MOST_TABLES = 100
"""Tables of one file that are looked into; of more it is said."""
_KINDS_BY_CODE = {
    "file-empty": ("empty", "empty"),
    "workbook-encrypted": ("workbook", "an encrypted workbook"),
    "file-damaged": ("unknown", "damaged"),
}


@dataclass(frozen=True)
class Asked:
    """A file to look into.

    Attributes:
        path: where it, or a sample of its lines, lies on this machine.
        name: its name for people.
        size: of the whole file, bytes.
        sample: bytes of the sample, where it is one.
        fingerprint: where it was taken already.
    """

    path: str
    name: str
    size: int
    sample: int | None = None
    fingerprint: str = ""


def look(asked: Asked, likeness: Likeness, seed: int) -> FileLook:
    """Look into a file.

    Args:
        seed: of the hashes of records, the same for all files of a place.

    Raises:
        OSError: the file cannot be read.
    """
    path = Path(asked.path)
    mark = asked.fingerprint
    if not mark:
        with path.open("rb") as content:
            mark = fingerprint(content, asked.size)
    found = members(path)
    try:
        kind = content_of(path, asked.name)
    except Unreadable as error:
        # A document that is no table is a zip file of parts, and no archive to anybody.
        is_document = zipfile.is_zipfile(path) and error.code == "file-kind-unknown"
        return _refused(error, asked, mark, None if is_document else found)
    words = KINDS[kind].words if kind in KINDS else "an archive"
    if kind in KINDS:
        found = None  # a workbook is a zip archive of parts nobody asked for
    try:
        tables = open_tables(path, name=asked.name)
        looks = [_table(one, asked, likeness, seed) for one in tables[:MOST_TABLES]]
    except Unreadable as error:
        if found is not None:
            return _refused(error, asked, mark, found)
        return FileLook(str(kind), words, mark, code=error.code, problem=error.message)
    problem = None
    if len(tables) > MOST_TABLES:
        problem = (
            f"It holds {len(tables):,} tables, and only the first {MOST_TABLES} were looked into; "
            "watersmeet read shows them all."
        )
    return FileLook(
        "archive" if found else str(kind),
        words,
        mark,
        sampled=asked.sample is not None,
        encoding=tables[0].encoding if tables else None,
        delimiter=tables[0].delimiter if tables else None,
        tables=looks,
        members=found.listed if found else [],
        member_count=found.number if found else 0,
        code="tables-passed-over" if problem else None,
        problem=problem,
    )


def _refused(error: Unreadable, asked: Asked, mark: str, found: Members | None) -> FileLook:
    """A file that tables are not read from."""
    if found is not None and not (error.code == "file-damaged" and found.problem):
        return FileLook(
            "archive",
            found.words,
            mark,
            members=found.listed,
            member_count=found.number,
            code="archive-members" if found.problem else error.code,
            problem=found.problem or error.message,
        )
    if error.code == "file-kind-unknown":
        words = error.message.removeprefix(f"{asked.name} ").removeprefix("is ").split(";")[0]
        return FileLook("other", words, mark)
    kind, words = _KINDS_BY_CODE.get(error.code, ("unknown", "not told"))
    if kind == "empty":
        return FileLook(kind, words, mark)
    return FileLook(kind, words, mark, code=error.code, problem=error.message)


def _table(table: SourceTable, asked: Asked, likeness: Likeness, seed: int) -> TableLook:
    read = sampled(table, seed)
    found = header_row(read)
    likely = likeness.best(read, found)
    row, cells = _header(found, likely)
    rows = read.records_below(row or 0)
    exact = asked.sample is None and read.broken is None
    if asked.sample:
        rows = round(rows * asked.size / asked.sample)
    wide = range(min(read.width, MOST_COLUMNS))
    headers = [cells[at] if at < len(cells) else "" for at in wide]
    shown = [showable(cell) for cell in headers]
    marked = sketch(read.hashes_below(row or 0)) if exact else None
    return TableLook(
        name=name_of(table, asked.name),
        rows=rows,
        exact=exact,
        columns=read.width,
        header_row=row,
        header=list(shown) if row is not None else [],
        matches=[_match(one) for one in likely],
        personal=_personal(read, row or 0, headers, shown),
        notes=list(table.notes),
        problem=read.broken.message if read.broken else None,
        distinct=marked.distinct if marked else 0,
        sketch=base64.b64encode(marked.lowest.tobytes()).decode() if marked else "",
    )


def _header(
    found: tuple[int, tuple[str, ...]] | None, likely: Sequence[Resemblance]
) -> tuple[int | None, tuple[str, ...]]:
    if likely and (likely[0].score >= _ITS_HEADER or found is None):
        return likely[0].header_row, likely[0].header
    return found or (None, ())


def _match(one: Resemblance) -> Match:
    return Match(
        one.dataset,
        one.score,
        [(a.column, showable(a.header) or "", a.exact, a.proved) for a in one.matched],
        list(one.missing),
    )


def _personal(
    read: Sampled, row: int, headers: Sequence[str], shown: Sequence[str | None]
) -> list[PersonalHint]:
    columns = [read.below(position, row) for position in range(len(headers))]
    return [
        PersonalHint(
            shown[one.position] or f"column {column_letters(one.position)}",
            one.what,
            one.personal,
            one.confidence,
            one.basis,
            one.values,
            one.of,
        )
        for one in hints(headers, columns)
    ]
