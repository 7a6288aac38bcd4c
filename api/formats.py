"""The forms a table is given in, and which of them a request asks for."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from api.catalogue import Column
from api.problems import Problem
from api.rows import schema
from transforms.steps.neutralise import neutralise


@dataclass(frozen=True)
class Format:
    """A form of a table: its word in addresses, and its media type."""

    name: str
    media_type: str

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        return {"csv": f"{self.media_type}; charset=utf-8; header=present"}.get(
            self.name, self.media_type
        )


JSON = Format("json", "application/json")
CSV = Format("csv", "text/csv")
PARQUET = Format("parquet", "application/vnd.apache.parquet")
FORMATS = {one.name: one for one in (JSON, CSV, PARQUET)}


def negotiated(accept: str | None, named: str | None, offered: Sequence[Format]) -> Format:
    """The form to give: the one named, else the one the Accept header likes best (RFC 9110).

    Args:
        offered: in the order of our own preference.

    Raises:
        Problem: 406, nothing of it is acceptable.
    """
    if named is not None:
        return FORMATS[named]
    if not accept or not accept.strip():
        return offered[0]
    wishes = [wish for part in accept.split(",") if (wish := _wish(part)) is not None]
    best = max(offered, key=lambda one: _liked(one.media_type, wishes))
    if _liked(best.media_type, wishes) <= 0:
        there = ", ".join(one.media_type for one in offered)
        raise Problem(406, f"This is given as {there}; ask for one of them in Accept.")
    return best


def acceptable(accept: str | None, media_type: str) -> bool:
    """Whether an Accept header names a media type itself and not last of all."""
    wishes = [wish for part in (accept or "").split(",") if (wish := _wish(part)) is not None]
    return any(pattern == media_type and weight > 0 for pattern, weight in wishes)


def _wish(part: str) -> tuple[str, float] | None:
    pattern, *parameters = (one.strip().lower() for one in part.split(";"))
    weight = 1.0
    for one in parameters:
        name, _, value = one.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
    return (pattern, weight) if "/" in pattern else None


def _liked(media_type: str, wishes: Sequence[tuple[str, float]]) -> float:
    """The weight of a media type: that of the closest pattern."""
    family = media_type.partition("/")[0] + "/*"
    for pattern in (media_type, family, "*/*"):
        weights = [weight for wished, weight in wishes if wished == pattern]
        if weights:
            return max(weights)
    return 0.0


def json_rows(batches: Iterator[pa.Table]) -> Iterator[bytes]:
    """Rows as JSON objects with commas between them.

    Decimals are texts, so that no reader makes binary fractions of pounds and pence; dates are
    texts as ISO 8601 has them.
    """
    before = b"\n"
    for batch in batches:
        lines = _frame(batch).write_ndjson().encode().rstrip(b"\n")
        # A line feed within a text is written as \n, so that every one here ends a row.
        if lines:
            yield before + lines.replace(b"\n", b",\n")
            before = b",\n"


def json_array(batches: Iterator[pa.Table]) -> Iterator[bytes]:
    """A whole table as an array of objects."""
    yield b"["
    yield from json_rows(batches)
    yield b"\n]\n"


def csv_lines(batches: Iterator[pa.Table], columns: Sequence[Column]) -> Iterator[bytes]:
    """A table as CSV (RFC 4180) with a header; an empty field is no value.

    What a spreadsheet would take for a formula has an apostrophe before it; the other forms are
    for programs and hold every text as it is.
    """
    header = _frame(schema(columns).empty_table())
    yield header.write_csv(line_terminator="\r\n").encode()
    for batch in batches:
        safe = [
            neutralise(column) if pa.types.is_string(column.type) else column
            for column in batch.combine_chunks().itercolumns()
        ]
        frame = _frame(pa.table(safe, names=batch.column_names))
        yield frame.write_csv(include_header=False, line_terminator="\r\n").encode()


def parquet_bytes(batches: Iterator[pa.Table], columns: Sequence[Column]) -> Iterator[bytes]:
    """A table as a Parquet file, written as it is read."""
    wanted, sink = schema(columns), _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, "w"), wanted, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(batch.cast(wanted))
            yield sink.taken()
    yield sink.taken()


def written(
    form: Format, batches: Iterator[pa.Table], columns: Sequence[Column]
) -> Iterator[bytes]:
    """A whole table in a form."""
    if form is CSV:
        return csv_lines(batches, columns)
    if form is PARQUET:
        return parquet_bytes(batches, columns)
    return json_array(batches)


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table gives a frame")
    return frame


class _Sink(io.RawIOBase):
    """Takes what is written, and gives it away."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        held = bytes(memoryview(data))  # type: ignore[arg-type]
        self._held.append(held)
        self._place += len(held)
        return len(held)

    def tell(self) -> int:
        return self._place

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        whole = b"".join(self._held)
        self._held.clear()
        return whole
