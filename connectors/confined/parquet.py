"""Reads Parquet files in the child process: batches of a row group, cast to text."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from connectors.confined.child import Frames
from connectors.confined.number_text import number_text
from connectors.confined.rows import ROWS, rows_of_mask, send_rows
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"
Mask: TypeAlias = npt.NDArray[np.bool_]
# Arrow's stubs know fewer of its functions' arguments than it takes.
_compute: Any = pyarrow.compute
_ParquetFile: Any = pq.ParquetFile

_CELLS = 400_000
_MOST_ROWS = 2**31 - 1
_MOST_FOOTER = 64 << 20  # Bytes of what a file says of itself, and of what that is unpacked to.
_MOST_COLUMNS = 10_000


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends the table; the request is that of ``connectors.read.parsed.parquet``.

    Raises:
        Unreadable: the file is encrypted, damaged, holds other numbers of rows than it says, or
            lacks a declared column.
    """
    path, file = Path(request["path"]), request["file"]
    try:
        with _ParquetFile(
            path, memory_map=False, pre_buffer=False, buffer_size=1 << 20,
            thrift_string_size_limit=_MOST_FOOTER, thrift_container_size_limit=1_000_000,
        ) as source:  # fmt: skip
            _send(source, request["columns"], file, frames)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, pa.ArrowMemoryError):
            raise MemoryError from None
        if "crypt" in str(error).lower():
            raise Unreadable(
                "parquet-encrypted",
                f"{file} has encrypted columns; ask the supplier to send it without encryption.",
            ) from None
        raise _damaged(file, "it cannot be read to its end") from None


def _send(source: Any, wanted: list[str], file: str, frames: Frames) -> None:
    stated = _stated_rows(source.metadata, file)
    names = [name for name in source.schema_arrow.names if not wanted or name in wanted]
    missing = [name for name in wanted if name not in source.schema_arrow.names]
    if missing:
        raise Unreadable(
            "column-missing",
            f"{file} has no column {' or '.join(map(repr, missing))}; it has "
            f"{', '.join(map(repr, source.schema_arrow.names[:50]))}.",
        )
    frames.send_json("S", {"field_names": names, "encoding": "utf-8"})
    if not names or not stated:
        return
    row = 0
    size = max(1, min(ROWS, _CELLS // len(names)))
    for batch in source.iter_batches(batch_size=size, columns=names, use_threads=False):
        rows = np.arange(row + 1, row + batch.num_rows + 1, dtype=np.int32)
        row += batch.num_rows
        if row > stated:
            break
        columns, wrong = [], np.zeros(batch.num_rows, bool)
        for position in range(len(names)):
            column, bad = text_of(batch.column(position))
            columns.append(column)
            wrong |= bad
        send_rows(frames, columns, rows, rows_of_mask(rows, wrong, "value-unreadable"))
    if row != stated:
        raise _damaged(file, f"it says it has {stated:,} rows and holds {row:,}")


def _stated_rows(metadata: Any, file: str) -> int:
    """Rows the file says it has, where what it says of itself can be."""
    if metadata.num_columns > _MOST_COLUMNS:
        raise Unreadable(
            "file-too-demanding",
            f"{file} has {metadata.num_columns:,} columns; at most {_MOST_COLUMNS:,} are read.",
        )
    rows = int(metadata.num_rows)
    groups = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    if rows < 0 or sum(groups) != rows or any(group < 0 for group in groups):
        raise _damaged(file, "its numbers of rows do not agree")
    if rows > _MOST_ROWS:
        raise Unreadable(
            "file-too-demanding",
            f"{file} says it has {rows:,} rows; at most {_MOST_ROWS:,} are read.",
        )
    return rows


def _damaged(file: str, what: str) -> Unreadable:
    return Unreadable(
        "file-damaged", f"{file} is a damaged Parquet file: {what}. Ask for it again."
    )


def text_of(column: TextArray) -> tuple[TextArray, Mask]:
    """A column's values as exact text, and which of them could not be read.

    Whole numbers and decimals with all their digits, floating-point numbers with the fewest that
    are this number, days as ``YYYY-MM-DD``, moments as ``YYYY-MM-DDTHH:MM:SS`` (with ``Z`` where
    they are of a time zone: Parquet keeps them in UTC), ``TRUE`` and ``FALSE``, bytes as two
    hexadecimal digits each, lists and structures as JSON.
    """
    right = np.zeros(len(column), bool)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_view(kind):
        return _strings(column)
    if pa.types.is_floating(kind):
        blank = column.is_null().to_numpy(zero_copy_only=False)
        values = column.fill_null(0).to_numpy(zero_copy_only=False)
        return number_text(values, blank), right
    if pa.types.is_boolean(kind):
        return _compute.if_else(column, "TRUE", "FALSE"), right
    if pa.types.is_integer(kind) or pa.types.is_date(kind):
        return _dated(column) if pa.types.is_date(kind) else (column.cast(pa.string()), right)
    if pa.types.is_timestamp(kind):
        return _moments(column)
    return pa.array([_text(value) for value in _values(column)], pa.string()), right


def _is_view(kind: Any) -> bool:
    return bool(pa.types.is_string_view(kind))


def _strings(column: TextArray) -> tuple[TextArray, Mask]:
    """Texts; those that are no UTF-8 with U+FFFD where it is not, and marked."""
    wrong = np.zeros(len(column), bool)
    try:
        column.validate(full=True)
        return column.cast(pa.string()), wrong
    except pa.ArrowInvalid:
        raw = column.cast(pa.binary()).to_pylist()
    texts: list[str | None] = []
    for i, value in enumerate(raw):
        text = None if value is None else value.decode("utf-8", "replace")
        wrong[i] = text is not None and "\ufffd" in text and text.encode() != value
        texts.append(text)
    return pa.array(texts, pa.string()), wrong


def _dated(column: TextArray) -> tuple[TextArray, Mask]:
    days = column.cast(pa.date32())
    numbers = days.cast(pa.int32())
    wrong = _compute.or_(_compute.less(numbers, -719_162), _compute.greater(numbers, 2_932_896))
    wrong = wrong.fill_null(False)
    text = _compute.if_else(wrong, numbers.cast(pa.string()), days.cast(pa.string()))
    return text, wrong.to_numpy(zero_copy_only=False)


def _moments(column: TextArray) -> tuple[TextArray, Mask]:
    """Moments; those outside the years 1 to 9999 as the number that stands there."""
    unit, zone = column.type.unit, column.type.tz
    per_day = 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    numbers = column.cast(pa.int64())
    low, high = max(-719_162 * per_day, -(2**63)), min(2_932_897 * per_day, 2**63 - 1)
    wrong = _compute.or_(_compute.less(numbers, low), _compute.greater(numbers, high))
    wrong = wrong.fill_null(False)
    safe = _compute.if_else(wrong, 0, numbers).cast(pa.timestamp(unit))
    text = _compute.replace_substring(safe.cast(pa.string()), " ", "T", max_replacements=1)
    text = _compute.replace_substring_regex(text, r"\.0+$", "")
    if zone is not None:
        text = _compute.binary_join_element_wise(text, "Z", "")
    text = _compute.if_else(wrong, numbers.cast(pa.string()), text)
    return text, wrong.to_numpy(zero_copy_only=False)


def _values(column: TextArray) -> Iterator[Any]:
    """Values one at a time; a duration or a time finer than Python's as its number."""
    for scalar in column:
        try:
            yield scalar.as_py()
        except (ValueError, OverflowError):
            yield scalar.cast(pa.int64()).as_py() if hasattr(scalar, "value") else str(scalar)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | date | datetime | time | timedelta | Decimal | bool | float | int):
        return _plain(value)
    return json.dumps(_jsonable(value), ensure_ascii=False)


def _plain(value: Any) -> str:
    """A single value as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return str(number_text(np.array([value]))[0].as_py())
    if isinstance(value, timedelta):
        return f"{Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize():f}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _jsonable(value: Any) -> Any:
    """Nested values as JSON has them: whole numbers and truth as such, the rest as exact text."""
    if isinstance(value, dict):
        return {str(key): _jsonable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(one) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return _plain(value)
