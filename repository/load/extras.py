"""What goes beside the rows of a delivery: quarantine, issues, excluded rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from repository.load.copy import copy_in, shaped
from repository.load.prepared import Prepared, quarantined_id_rows, quarantined_ids
from repository.sealing import Sealer

QUARANTINE = sql.Identifier("watersmeet", "quarantine")
ISSUE = sql.Identifier("watersmeet", "issue")
CORRECTED = sql.Identifier("watersmeet", "corrected_row")
EXCLUDED = sql.Identifier("watersmeet", "excluded_row")

DUPLICATE = "duplicate-key"


@dataclass(frozen=True)
class Placed:
    """Where a table's rows stand in the delivery: row number = ``first`` + source row - 1.

    Attributes:
        facts: of the table, as recorded; ``keys`` or ``fields`` name its cells, where they have no
            letters (:attr:`connectors.read.SourceTable.places`).
    """

    delivery_id: int
    table_number: int
    first: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    def head(self, rows: pa.ChunkedArray | pa.Array) -> dict[str, pa.Array]:
        """The columns that place source rows."""
        whole = rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows
        source = pc.cast(whole, pa.int32())
        count = len(source)
        return {
            "delivery_id": pa.repeat(pa.scalar(self.delivery_id, pa.int32()), count),
            "table_number": pa.repeat(pa.scalar(self.table_number, pa.int16()), count),
            "source_row": source,
            "row_number": pc.add(source, pa.scalar(self.first - 1, pa.int32())),
        }


def cell_names(
    rows: pa.Array, positions: pa.Array, facts: Mapping[str, Any] | None = None
) -> pa.Array:
    """Cells in spreadsheet letters, or as record and field where the facts of the table name its
    fields; a whole row where there is no position (``12:12``)."""
    text = pc.cast(rows, pa.string())
    distinct = pc.unique(positions).to_pylist()
    fields = (facts or {}).get("keys") or (facts or {}).get("fields")
    names = [
        None if p is None else _field(fields[p]) if fields else letters_of(p) for p in distinct
    ]
    told = pa.array(names, pa.string())
    column = pc.take(told, pc.index_in(positions, pa.array(distinct, positions.type)))
    if fields:
        word = "record " if isinstance(fields[0], str) else "line "
        record = _in_pages(rows, (facts or {}).get("pages") or (), word)
        cell = pc.binary_join_element_wise(record, column, ", ")
    else:
        cell = pc.binary_join_element_wise(column, text, "")
    return pc.coalesce(cell, pc.binary_join_element_wise(text, text, ":"))


def _in_pages(rows: pa.Array, pages: Sequence[Sequence[Any]], word: str) -> pa.Array:
    """Records by their number; of several pages by the page's file and the number within it, as
    lineage tells them."""
    numbers = np.asarray(rows)
    if len(pages) < 2:
        return pa.array([f"{word}{number}" for number in numbers.tolist()], pa.string())
    lasts = np.array([last for _, last in pages])
    at = np.minimum(np.searchsorted(lasts, numbers), len(lasts) - 1)
    before = np.concatenate([[0], lasts])[at]
    told = zip(at.tolist(), (numbers - before).tolist(), strict=True)
    return pa.array([f"{pages[page][0]} {word}{number}" for page, number in told], pa.string())


def _field(named: str | Sequence[Any]) -> str:
    """The name of a field; of one of fixed width, which is known by its place, that first."""
    return named if isinstance(named, str) else f"position {named[0]} ({named[1]})"


def letters_of(position: int) -> str:
    """The spreadsheet letters of a 0-based position."""
    letters = ""
    number = position + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def write_extras(
    conn: psycopg.Connection,
    prepared: Prepared,
    place: Placed,
    order: "Order",
    sealer: Sealer | None,
) -> None:
    """Copy a batch's quarantine, issues and excluded rows; records sealed with the sealer."""
    held = prepared.quarantined
    if held.num_rows:
        head = place.head(held.column("row"))
        table = pa.table(
            {
                **head,
                "record_hash": pa.array(order.hashes_of(held.column("row"))),
                "codes": held.column("codes").cast(pa.list_(pa.string())),
                "identity": _identities(prepared, head["source_row"]),
                **whole(held.column("record"), head["row_number"], sealer),
            }
        )
        copy_in(conn, QUARANTINE, table, json=["record"])
    if prepared.issues.num_rows:
        found = shaped(
            prepared.issues,
            {"row": pa.int32(), "column": pa.string(), "position": pa.int16(), "code": pa.string()},
        ).combine_chunks()
        head = place.head(found.column("row"))
        position = found.column("position").combine_chunks()
        table = pa.table(
            {
                **head,
                "column": found.column("column"),
                "position": position,
                "cell": cell_names(head["source_row"], position, place.facts),
                "code": found.column("code"),
            }
        )
        copy_in(conn, ISSUE, table)
    if prepared.excluded.num_rows:
        left = prepared.excluded
        table = pa.table(
            {**place.head(left.column("row")), "reason": left.column("reason").cast(pa.string())}
        )
        copy_in(conn, EXCLUDED, table)


def _identities(prepared: Prepared, rows: pa.Array) -> pa.Array:
    """Identifiers of the main entity by source row, null where they could not be told."""
    ids, of_rows = quarantined_ids(prepared), quarantined_id_rows(prepared)
    if ids is None or of_rows is None or not len(ids):
        return pa.nulls(len(rows), pa.binary(16))
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    place = pc.index_in(rows, pa.array(np.asarray(of_rows), pa.int32()))
    return whole.cast(pa.binary(16)).take(place)


def write_corrected(
    conn: psycopg.Connection, corrected: pa.Table, place: Placed, order: "Order", feed_id: int
) -> None:
    """Copy which rows were corrected (``row``, ``correction``)."""
    head = place.head(corrected.column("row"))
    table = pa.table(
        {
            "delivery_id": head["delivery_id"],
            "row_number": head["row_number"],
            "correction_id": corrected.column("correction").cast(pa.int32()),
            "feed_id": pa.repeat(pa.scalar(feed_id, pa.int16()), corrected.num_rows),
            "record_hash": pa.array(order.hashes_of(corrected.column("row"))),
        }
    )
    copy_in(conn, CORRECTED, table)


def whole(
    records: pa.Array | pa.ChunkedArray, numbers: pa.Array, sealer: Sealer | None
) -> dict[str, pa.Array]:
    """The columns that keep records: ``record`` as it is, or ``sealed``.

    Args:
        records: JSON objects as text.
        numbers: their row numbers.
        sealer: of the delivery, where its records are personal.
    """
    if sealer is None:
        nothing = pa.nulls(len(records), pa.binary())
        return {"record": records, "sealed": nothing}
    sealed = sealer.seal(numbers.to_pylist(), records.to_pylist())
    return {
        "record": pa.nulls(len(records), pa.string()),
        "sealed": pa.array(sealed, pa.binary()),
    }


class Order:
    """The record hashes of a batch by source row."""

    def __init__(self, prepared: Prepared, mix: np.int64) -> None:
        rows = np.asarray(prepared.rows)
        if len(rows) > 1 and not bool((rows[1:] > rows[:-1]).all()):
            order = np.argsort(rows, kind="stable")
            self.rows, self.hashes = rows[order], np.asarray(prepared.hashes)[order]
        else:
            self.rows, self.hashes = rows, np.asarray(prepared.hashes)
        self.hashes = self.hashes.astype(np.int64) ^ mix

    def hashes_of(self, rows: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int64]:
        """The record hashes of source rows.

        Raises:
            ValueError: a row is not among the batch's.
        """
        asked = np.asarray(rows)
        place = np.searchsorted(self.rows, asked)
        if len(asked) and (
            not len(self.rows)
            or bool((place >= len(self.rows)).any())
            or bool((self.rows[place] != asked).any())
        ):
            raise ValueError("a batch names a row that is not among its rows")
        return self.hashes[place] if len(asked) else np.zeros(0, dtype=np.int64)


def records_of(written: pa.Table | None, rows: Sequence[int]) -> pa.Array:
    """JSON objects of the text as it stood in some source rows, in their order."""
    if written is None:
        return pa.array(["{}"] * len(rows), pa.string())
    wanted = pa.array(rows, written.schema.field("row").type)
    place = pc.index_in(wanted, written.column("row").combine_chunks())
    found = written.drop_columns(["row"]).take(place).to_pylist()
    return pa.array([json.dumps(one, ensure_ascii=False) for one in found], pa.string())
