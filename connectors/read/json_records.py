"""Reads JSON records: a list of flat objects in each page of a delivery, together one table."""

import json
import re
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.errors import Unreadable
from connectors.read.batch import TextArray, compute
from connectors.read.spool import Spool
from connectors.read.spooled import SpooledTable
from contracts.file_forms import Json

LARGEST_PAGE = 256 << 20
_RECORDS = 50_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonTable(SpooledTable):
    """The records of all pages, counted through from 1; one column for every key, as first seen.

    Numbers stand as they were written (``1.50`` stays so), true and false as those words, null
    and a key left out alike as null, nested values as JSON.
    """

    def __init__(self, files: Sequence[str], keys: tuple[str, ...], counts: Sequence[int]) -> None:
        super().__init__(files[0], "json", encoding="utf-8", header_row=0, field_names=keys)
        self._files = files
        self._last = list(accumulate(counts))

    def _joined(self, table: pa.Table) -> TextArray:
        """Keys and values in the order of the keys' names: which came first does not matter."""
        parts = []
        for key, position in sorted((k, i) for i, k in enumerate(self.field_names or ())):
            values = table.column(str(position)).combine_chunks()
            parts.append(compute.binary_join_element_wise(pa.scalar(key), values, "\x1f"))
        if not parts:
            return pa.array([""] * table.num_rows, pa.string())
        joined: TextArray = compute.binary_join_element_wise(*parts, "\x1e", null_handling="skip")
        return joined

    def place(self, row: int, position: int) -> tuple[str, str | None, str]:
        """The page's file, no sheet, and the record's number in the page with the key."""
        page = next(i for i, last in enumerate(self._last) if row <= last)
        number = row - (self._last[page - 1] if page else 0)
        return self._files[page], None, f"record {number}, {(self.field_names or ())[position]}"

    @property
    def places(self) -> dict[str, Any]:
        """File and last row of each page, and the keys."""
        pages = [[file, last] for file, last in zip(self._files, self._last, strict=True)]
        return {"pages": pages, "keys": list(self.field_names or ())}


def open_json(paths: Sequence[Path], form: Json, files: Sequence[str]) -> JsonTable:
    """The one table of a delivery of JSON pages.

    Raises:
        Unreadable: a page is no JSON, is not UTF-8, has no list of objects where declared, or a
            record has a key twice.
    """
    spool = Spool()
    keys: dict[str, int] = {}
    pieces = []
    counts: list[int] = []
    row = 0
    unfit: set[int] = set()
    for path, file in zip(paths, files, strict=True):
        records = _records(path, form.records, file)
        for start in range(0, len(records), _RECORDS):
            some = records[start : start + _RECORDS]
            pieces.append(spool.add_table(_table(some, keys, row + start, unfit)))
        row += len(records)
        counts.append(len(records))
    table = JsonTable(files, tuple(keys), counts)
    table.spool, table.pieces, table.width = spool, pieces, len(keys)
    table.found = [(at, "control-character") for at in sorted(unfit)]
    return table


def dig(document: Any, dotted: str) -> Any:
    """What is at a dotted path (``data.items``); the document itself at an empty one.

    Raises:
        LookupError: there is nothing there.
    """
    for step in dotted.split(".") if dotted else ():
        if not isinstance(document, dict):
            raise LookupError(step)
        document = document[step]
    return document


def _records(path: Path, dotted: str, file: str) -> list[dict[str, Any]]:
    if path.stat().st_size > LARGEST_PAGE:
        raise Unreadable(
            "file-too-demanding", f"{file} is over {LARGEST_PAGE >> 20} MB; ask for smaller pages."
        )
    try:
        document = json.loads(
            path.read_bytes().decode("utf-8-sig"),
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise Unreadable("encoding-wrong", f"{file} is not UTF-8, as JSON must be.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(
            "json-damaged",
            f"{file} is not whole JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
        ) from None
    except RecursionError:
        raise Unreadable("json-damaged", f"{file} is nested too deeply.") from None
    except _KeyTwice:
        raise Unreadable("json-damaged", f"{file}: a record has the same key twice.") from None
    return _list_of_objects(document, dotted, file)


def _list_of_objects(document: Any, dotted: str, file: str) -> list[dict[str, Any]]:
    where = f"at {dotted!r}" if dotted else "as its whole"
    try:
        records = dig(document, dotted)
    except LookupError:
        raise Unreadable(
            "json-without-records",
            f"{file} has nothing at {dotted!r}; correct the path of the records in the feed.",
        ) from None
    if isinstance(records, list) and all(isinstance(record, dict) for record in records):
        return records
    raise Unreadable(
        "json-without-records",
        f"{file} does not have a list of records {where}; give its path in the feed's file "
        "section.",
    )


class _KeyTwice(Exception):
    """A key stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwice
    return found


def _table(
    records: list[dict[str, Any]], keys: dict[str, int], before: int, unfit: set[int]
) -> pa.Table:
    """Records as columns by position of their keys; new keys are given the next position.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD, and their rows are added to ``unfit``.
    """
    for record in records:
        for key in record:
            keys.setdefault(key, len(keys))
    columns: dict[str, TextArray] = {}
    for key, position in keys.items():
        texts = [_text(record.get(key)) for record in records]
        try:
            columns[str(position)] = pa.array(texts, pa.string())
        except UnicodeEncodeError:
            cleaned = [None if text is None else _SURROGATE.sub("\ufffd", text) for text in texts]
            columns[str(position)] = pa.array(cleaned, pa.string())
            unfit |= {before + 1 + i for i, text in enumerate(texts) if text != cleaned[i]}
    rows = pa.array(range(before + 1, before + len(records) + 1), pa.int32())
    return pa.table({**columns, "row": rows})


def _text(value: Any) -> str | None:
    """A value as text."""
    if value is None or isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
