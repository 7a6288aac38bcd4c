"""Reads Access databases in the child process, through the programs of MDB Tools."""

import fnmatch
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import CDLL
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pacsv

from connectors.confined.access.header import refuse_protected
from connectors.confined.child import Frames
from connectors.confined.number_text import number_text
from connectors.confined.rows import rows_of_mask, send_rows
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"
# Arrow's stubs know fewer of its functions' arguments than it takes.
_compute: Any = pyarrow.compute
_open_csv: Any = pacsv.open_csv

_BLOCK = 4 << 20
_MOST_NAMES = 4 << 20
_BETWEEN = "\x1f"  # Parts names of tables; Access takes no control characters into a name.
_MOMENT = "%Y-%m-%dT%H:%M:%S"
_SHAPE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T[0-9]{2}:[0-9]{2}:[0-9]{2}$"
_SEVERAL = "Unknown_0012"
_NO_DAY = "1899-12-30T"  # Day 0: what Access keeps a time of day as.
_COLUMN = re.compile(r"^\t\[(.*)\]\t+(.+?)( NOT NULL)?,? *$")


class _Field(NamedTuple):
    """A column of a table, and its type as mdb-schema names it."""

    name: str
    type: str

    @property
    def read(self) -> bool:
        """Whether the programs give its values."""
        return self.type != "OLE" and not self.type.startswith("Unknown")


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends every table asked for; the request is that of ``connectors.read.parsed.access``.

    Raises:
        Unreadable: MDB Tools are not installed, or the database is protected, damaged, or has no
            such tables.
    """
    path, file = request["path"], request["file"]
    if shutil.which("mdb-export") is None:
        raise Unreadable(
            "access-reader-missing",
            f"{file} is an Access database, and MDB Tools, which read those, are not installed. "
            "Install them on every worker: apt-get install mdbtools",
        )
    refuse_protected(Path(path), file)
    database = _Database(path, file)
    own = [name for name in database.names("table") if not name.startswith(("~", "MSys"))]
    notes = [f"linked-table: {name}" for name in database.names("linkedtable")]
    wanted = [name for name in own if _is_wanted(name, request["tables"])]
    if not wanted:
        asked = f" called {' or '.join(map(repr, request['tables']))}" if request["tables"] else ""
        has = ", ".join(map(repr, own)) or "none of its own"
        raise Unreadable(
            "table-missing",
            f"{file} has no table{asked} to read; it has {has}. Linked tables are in another "
            "database, and queries are not data: ask for the database that holds the tables.",
        )
    for name in wanted:
        database.send_table(name, notes, frames)


def _is_wanted(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


class _Database:
    """One database, asked program by program."""

    def __init__(self, path: str, file: str) -> None:
        self._path = path
        self._file = file

    def names(self, kind: str) -> list[str]:
        """Names of its tables of one kind, as mdb-tables sorts them."""
        told = self._told("mdb-tables", "-t", kind, "-d", _BETWEEN, self._path)
        return [name for name in told.rstrip("\n").split(_BETWEEN) if name]

    def send_table(self, name: str, notes: list[str], frames: Frames) -> None:
        """Sends a table: facts, pieces, problems; its rows are counted against its own count."""
        fields = self._fields(name)
        shown = [field for field in fields if field.read]
        facts = {"sheet": name, "field_names": [field.name for field in shown], "notes": notes}
        frames.send_json("S", facts)
        row = 0
        objects = np.zeros(len(fields), np.int64)
        for batch in self._batches(name, fields):
            columns, wrong = [], np.zeros(batch.num_rows, bool)
            for position, field in enumerate(fields):
                raw = batch.column(position)
                if field.read:
                    text, bad = _column(raw, field.type)
                    columns.append(text)
                    wrong |= bad
                else:
                    objects[position] += len(raw) - raw.null_count
            rows = np.arange(row + 1, row + batch.num_rows + 1, dtype=np.int32)
            row += batch.num_rows
            send_rows(frames, columns, rows, rows_of_mask(rows, wrong, "value-unreadable"))
        self._check_count(name, row)
        left = zip(fields, objects.tolist(), strict=True)
        frames.send_json("N", [_not_read(field, count) for field, count in left if not field.read])

    def _fields(self, table: str) -> list[_Field]:
        """Columns and their types, in the order of mdb-export."""
        told = self._told(
            "mdb-schema", "-T", table, "--no-indexes", "--no-relations", "--no-default-values",
            self._path, "access",
        )  # fmt: skip
        found = [_COLUMN.match(line) for line in told.splitlines()]
        return [_Field(match.group(1), match.group(2)) for match in found if match]

    def _check_count(self, table: str, rows: int) -> None:
        told = self._told("mdb-count", self._path, table).strip()
        if not told.isdigit() or int(told) != rows:
            raise self._damaged(f"of table {table!r} not every row can be read")

    def _batches(self, table: str, fields: list[_Field]) -> Iterator[pa.RecordBatch]:
        """Rows of a table as text, null where there is nothing."""
        binary = "strip" if any(field.type == "OLE" for field in fields) else "hex"
        asked = ["mdb-export", "-B", "-b", binary, "-D", _MOMENT, "-T", _MOMENT, self._path, table]
        names = [str(i) for i in range(len(fields))]
        with self._run(asked) as output:
            try:
                reader = _open_csv(
                    output,
                    read_options=pacsv.ReadOptions(
                        column_names=names, skip_rows=1, block_size=_BLOCK, use_threads=False
                    ),
                    parse_options=pacsv.ParseOptions(
                        newlines_in_values=True, ignore_empty_lines=False
                    ),
                    convert_options=pacsv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()),
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                        null_values=[""],
                    ),
                )
                yield from reader
            except pa.ArrowInvalid as error:
                if "Empty CSV file" in str(error):
                    return
                raise self._damaged(f"table {table!r} cannot be read to its end") from None

    def _told(self, *asked: str) -> str:
        """All that a program says, of things that are short."""
        with self._run(asked) as output:
            told = output.read(_MOST_NAMES)
        return told.decode("utf-8", "replace")

    @contextmanager
    def _run(self, asked: Sequence[str]) -> Iterator[IO[bytes]]:
        """The output of a program, which dies with this process and is under its limits."""
        program = subprocess.Popen(
            asked,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
        )
        assert program.stdout is not None
        whole = False
        try:
            yield program.stdout
            whole = not program.stdout.read(1)
        finally:
            program.stdout.close()
            if not whole:
                program.kill()
        if program.wait() != 0 or not whole:
            raise self._damaged("it cannot be read to its end")

    def _damaged(self, what: str) -> Unreadable:
        return Unreadable(
            "file-damaged", f"{self._file} is a damaged Access database: {what}. Ask for it again."
        )


_C = CDLL(None)
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, which a new process does not inherit.


def _die_with_parent() -> None:
    """A program that hangs on a damaged file ends with the child that was killed for it."""
    if hasattr(_C, "prctl"):
        _C.prctl(_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)


def _not_read(field: _Field, count: int) -> str:
    if field.type == "OLE":
        what = f"OLE objects in {count:,} records"
    elif field.type == _SEVERAL:
        what = "attachments or several values in a cell"
    else:
        what = "values of a type that is not known"
    return f"not-read: {field.name} ({what})"


def _column(raw: TextArray, kind: str) -> tuple[TextArray, npt.NDArray[np.bool_]]:
    """A column's values as text, and which of them could not be read."""
    wrong = np.zeros(len(raw), bool)
    if kind in ("Single", "Double"):
        width = np.float32 if kind == "Single" else np.float64
        values = raw.cast(pa.float64()).fill_null(0).to_numpy().astype(width)
        return number_text(values, raw.is_null().to_numpy(zero_copy_only=False)), wrong
    if kind.startswith("DateTime"):
        return _moments(raw)
    return raw, wrong


def _moments(raw: TextArray) -> tuple[TextArray, npt.NDArray[np.bool_]]:
    """Days as ``YYYY-MM-DD``, with ``T`` and the time where it is not midnight, times of no day as
    such. MDB Tools know days from 1899-12-30 to about 4600 and say day 0 of 1900 for others."""
    right = _compute.match_substring_regex(raw, _SHAPE).fill_null(True)
    wrong = ~right.to_numpy(zero_copy_only=False)
    text = _compute.if_else(right, raw, pa.scalar(None, pa.string()))
    timed = _compute.and_(
        _compute.starts_with(text, _NO_DAY), _compute.invert(_compute.ends_with(text, "T00:00:00"))
    ).fill_null(False)
    text = _compute.if_else(timed, _compute.utf8_slice_codeunits(text, len(_NO_DAY)), text)
    return _compute.replace_substring_regex(text, "T00:00:00$", ""), wrong
