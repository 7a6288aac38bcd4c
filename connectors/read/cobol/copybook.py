"""Reads records of COBOL programs by their copybook, mostly files of mainframes in EBCDIC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.errors import Unreadable
from connectors.read.batch import Batch, Int64s, TextArray, compute, no_hashes
from connectors.read.cobol.fields import Decoder
from connectors.read.cobol.framing import Records, records_of
from connectors.read.hashes import hashes_of, is_known
from connectors.read.left_out import Mask, marked, rows_left_out
from connectors.read.table import SourceTable
from connectors.read.text import delimited
from contracts.cobol import BadCopybook, Field, Layout, Shape
from contracts.file_forms import Copybook

Indices = npt.NDArray[np.int64]
_HEAD_BLOCK = 64 << 10
_LOOKED_AT = 500


@dataclass
class _Group:
    """Records of one layout: their indices among those decoded, and their bytes as rows."""

    at: Indices
    layout: Layout
    rows: npt.NDArray[np.uint8]
    sizes: Indices


@dataclass
class _Found:
    """What was found of records: columns, problems by index, and which are of a type left out."""

    columns: dict[int, list[TextArray]] = field(default_factory=dict)
    order: list[Indices] = field(default_factory=list)
    problems: set[tuple[int, str]] = field(default_factory=set)
    left_out: list[Indices] = field(default_factory=list)

    def add(self, code: str, at: Indices) -> None:
        """Report an issue of some records; once, however many of their fields have it."""
        self.problems.update((i, code) for i in at.tolist())


class CopybookTable(SourceTable):
    """The one table of a file of COBOL records.

    A row is a record. Columns are the fields with names, a field of a table once for each time it
    may occur; a cell of an occurrence that a record has not, or of a description of its bytes that
    does not hold for it, is null. Records of types that are not read are listed in ``left_out``.
    """

    def __init__(self, path: Path, form: Copybook, file: str) -> None:
        try:
            self._shape = form.shape()
            names = self._shape.columns
        except BadCopybook as error:
            raise Unreadable(
                "copybook-broken", f"{file} cannot be read: copybook {form.copybook}, {error}."
            ) from None
        notes = tuple(
            f"copybook: {label} describes the bytes of {base} anew and is not read"
            for label, base in self._shape.unread
        )
        super().__init__(
            file,
            "copybook",
            encoding=form.encoding,
            header_row=0,
            field_names=names,
            notes=notes,
        )
        self._path = path
        self._form = form
        self._decoder = Decoder(form)
        self._length = form.record_length or self._shape.widest.size
        self._demand_text()

    def _records(self, block: int) -> Iterator[tuple[Records, Mask | None]]:
        records = records_of(self._path, self._form, self._length, self.file, block)
        return marked(records, self._form.skip_first, self._form.skip_last)

    def _demand_text(self) -> None:
        """Refuse a file whose text is no text in the declared code page."""
        layout = self._shape.shortest
        fields = [f for f in layout.fields if f.storage == "text" and not f.needs and not f.moves]
        for block, kept in self._records(_HEAD_BLOCK):
            kept = np.ones(len(block.records), bool) if kept is None else kept
            chosen = [block.records[i] for i in np.flatnonzero(kept)[:_LOOKED_AT].tolist()]
            rows = self._decoder.rows(chosen, layout.size)
            raw = [rows[:, f.start : f.start + f.size].ravel() for f in fields]
            data = np.concatenate(raw) if raw else np.empty(0, np.uint8)
            data = data[(data != 0) & (data != 0xFF)]
            if self._decoder.page.is_not_of(data):
                raise Unreadable(
                    "encoding-wrong",
                    f"{self.file}: the text of its first records is no text in "
                    f"{self._form.encoding}. Correct encoding, records or the copybook in the "
                    "feed's file section; or the file was changed on its way and must be sent as "
                    "binary.",
                )
            return

    def head(self, n: int = 200) -> Batch:
        """The first ``n`` records."""
        tables: list[Batch] = []
        number = 0
        for block, kept in self._records(_HEAD_BLOCK):
            tables.append(self._batch(block, kept, None, None, 0)[0])
            number += len(tables[-1].rows)
            if number >= n:
                break
        names = [str(i) for i in range(len(self.field_names or ()))]
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        rows = np.concatenate([np.empty(0, np.int32), *(one.rows for one in tables)])[:n]
        last = int(rows[-1]) if len(rows) else 0
        return Batch(
            pa.concat_tables([empty, *(one.table for one in tables)]).slice(0, n),
            rows,
            np.concatenate([no_hashes(), *(one.hashes for one in tables)])[:n],
            problems=[p for one in tables for p in one.problems if p[0] <= last],
        )

    def batches(
        self,
        known: Int64s | None = None,
        columns: Sequence[int] | None = None,
        seed: int = 0,
        header_row: int | None = None,
    ) -> Iterator[Batch]:
        """Every record of the types that are read; see :meth:`SourceTable.batches`.

        The hash of a record is that of its bytes, the length before it not among them. Fields
        are only judged where they are read.
        """
        self.left_out = []
        for block, kept in self._records(delimited.BLOCK):
            self.left_out += rows_left_out(block, kept)
            batch, others = self._batch(block, kept, known, columns, seed)
            self.left_out += others
            self.left_out.sort()
            yield batch

    def _batch(
        self,
        block: Records,
        kept: Mask | None,
        known: Int64s | None,
        columns: Sequence[int] | None,
        seed: int,
    ) -> tuple[Batch, list[int]]:
        """Records as columns, and the numbers of those of a type that is left out."""
        at = np.arange(len(block.records)) if kept is None else np.flatnonzero(kept)
        records = block.records if kept is None else [block.records[i] for i in at.tolist()]
        hashes = hashes_of(records, seed)
        skipped = no_hashes()
        mask = is_known(hashes, known)
        if mask is not None and mask.any():
            skipped, hashes, at = hashes[mask], hashes[~mask], at[~mask]
            records = [records[i] for i in np.flatnonzero(~mask).tolist()]
        rows = (at + block.first).astype(np.int32)
        wanted = range(len(self.field_names or ())) if columns is None else sorted(set(columns))
        found = self._decoded(records, wanted, rows)
        order = np.concatenate([np.empty(0, np.int64), *found.order])
        table = self._table(found, wanted, order)
        others = rows[np.concatenate([np.empty(0, np.int64), *found.left_out])].tolist()
        stays = np.sort(order)
        problems = sorted((int(rows[i]), code) for i, code in found.problems)
        batch = Batch(table, rows[stays], hashes[stays], len(skipped), skipped, problems)
        return batch, others

    def _table(self, found: _Found, wanted: Sequence[int], order: Indices) -> pa.Table:
        sorting = None if bool((np.diff(order) > 0).all()) else pa.array(np.argsort(order))
        made: dict[str, TextArray] = {}
        for i in wanted:
            pieces = found.columns.get(i, [])
            whole = pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())
            made[str(i)] = whole if sorting is None else whole.take(sorting)
        return pa.table(made)

    def _decoded(self, records: list[bytes], wanted: Sequence[int], rows: Any) -> _Found:
        found = _Found()
        sizes = np.fromiter(map(len, records), np.int64, len(records))
        for group in self._groups(records, sizes, found):
            group = self._of_type(group, found)
            if len(group.at) == 0:
                continue
            found.order.append(group.at)
            odd = self._odd_size(group)
            found.add("record-length-wrong", group.at[odd])
            holds = self._holding(group, found)
            for position in wanted:
                assert self.field_names is not None
                one = group.layout.by_name.get(self.field_names[position])
                cells = self._cells(group, one, holds, found, rows)
                found.columns.setdefault(position, []).append(cells)
        return found

    def _groups(self, records: list[bytes], sizes: Indices, found: _Found) -> list[_Group]:
        """The records by layout: together those whose tables have as many occurrences."""
        shape = self._shape
        by_counts: dict[tuple[int, ...], Indices] = {(): np.arange(len(records))}
        for number, counter in enumerate(shape.counters):
            least, most = shape.most(counter)
            rest = (0,) * (len(shape.counters) - number)
            finer: dict[tuple[int, ...], Indices] = {}
            for counts, at in by_counts.items():
                group = self._group(records, at, shape.layout((*counts, *rest)), sizes)
                told = self._told(group, counter.label)
                wrong = (told < least) | (told > most)
                found.add("occurs-count-wrong", at[wrong])
                told[wrong] = least
                for count in np.unique(told).tolist():
                    finer[*counts, count] = at[told == count]
            by_counts = finer
        return [
            self._group(records, at, shape.layout(counts), sizes)
            for counts, at in by_counts.items()
        ]

    def _group(self, records: list[bytes], at: Indices, layout: Layout, sizes: Indices) -> _Group:
        every = len(at) == len(records)
        chosen = records if every else [records[i] for i in at.tolist()]
        return _Group(at, layout, self._decoder.rows(chosen, layout.size), sizes[at])

    def _told(self, group: _Group, name: str) -> Indices:
        """What a counter says in each record; -1 where it is no number."""
        cells = self._decoder.column(group.rows, group.layout.by_name[name]).cells
        number = compute.match_substring_regex(cells, r"^[0-9]{1,9}$").fill_null(False)
        told = compute.if_else(number, cells, "-1").cast(pa.int64())
        return np.array(told.to_numpy(zero_copy_only=False))

    def _of_type(self, group: _Group, found: _Found) -> _Group:
        """The records of the group that are read; others are left out, or reported."""
        types = self._form.types
        if types is None:
            return group
        told = self._decoder.column(group.rows, group.layout.by_name[types.field.upper()]).cells
        none = _is_in(told, types.leave_out)
        unknown = ~none & ~_is_in(told, types.read)
        found.add("record-type-unknown", group.at[unknown])
        if not none.any():
            return group
        found.left_out.append(group.at[none])
        gone = set(group.at[none].tolist())
        found.problems = {(i, code) for i, code in found.problems if i not in gone}
        return _Group(group.at[~none], group.layout, group.rows[~none], group.sizes[~none])

    def _odd_size(self, group: _Group) -> Mask:
        """Records that are shorter than their fields, or longer and not with blanks only."""
        size = group.layout.size
        if self._form.records == "fixed":
            return np.zeros(len(group.at), bool)
        odd: Mask = group.sizes > size
        if self._form.records != "lines":
            odd |= group.sizes < size
        return odd

    def _holding(self, group: _Group, found: _Found) -> dict[str, Mask]:
        """For each description of bytes that others describe too: where it holds."""
        declared = {label.upper(): one.when for label, one in self._form.redefines.items()}
        holds: dict[str, Mask] = {}
        for item in self._shape.record.all():
            labels = [one.label for one in item.alternatives()]
            if len(labels) < 2 or item.base is not None or not set(labels) & set(declared):
                continue
            taken = np.zeros(len(group.at), bool)
            for label in labels:
                if label in declared:
                    holds[label] = self._meets(group, declared[label])
                    taken |= holds[label]
            if labels[0] not in declared:
                # What is described first holds where nothing else is said to.
                always = all(not declared[one] for one in labels if one in declared)
                holds[labels[0]] = np.ones(len(group.at), bool) if always else ~taken
            else:
                found.add("record-type-unknown", group.at[~taken])
        return holds

    def _meets(self, group: _Group, when: Any) -> Mask:
        met = np.ones(len(group.at), bool)
        for name, values in when.items():
            field_ = group.layout.by_name[name.upper()]
            cells = self._decoder.column(group.rows, field_).cells
            met &= _is_in(cells, (values,) if isinstance(values, str) else values)
        return met

    def _cells(
        self,
        group: _Group,
        one: Field | None,
        holds: dict[str, Mask],
        found: _Found,
        rows: Any,
    ) -> TextArray:
        """A field of every record of a group; null where a record has it not."""
        number = len(group.at)
        if one is None:
            return pa.nulls(number, pa.string())
        there = np.ones(number, bool)
        if self._form.records != "lines":
            there &= group.sizes >= one.start + one.size
        for label in one.needs:
            if label in holds:
                there &= holds[label]
        bytes_of, at = group.rows, group.at
        if not there.all():
            bytes_of, at = bytes_of[there], at[there]
        if not len(at):
            return pa.nulls(number, pa.string())
        try:
            column = self._decoder.column(bytes_of, one)
        except Unreadable as error:
            where = f"records {rows[at[0]]} to {rows[at[-1]]}"
            raise Unreadable(error.code, f"{self.file}, {where}: {error.message}") from None
        for code, mask in column.wrong.items():
            found.add(code, at[mask])
        if len(at) == number:
            return column.cells
        places = np.cumsum(there) - 1
        return column.cells.take(pa.array(places, mask=~there))

    def cell(self, row: int, position: int) -> str:
        """One field as its text."""
        for block, kept in self._records(delimited.BLOCK):
            at = row - block.first
            if 0 <= at < len(block.records) and (kept is None or kept[at]):
                one = Records(row, [block.records[at]])
                batch, _ = self._batch(one, None, None, [position], 0)
                found = batch.table.column(0).to_pylist()
                return (found[0] or "") if found else ""
        return ""

    def place(self, row: int, position: int) -> tuple[str, str | None, str]:
        """File, no sheet, and the record with the field and its bytes, counted from 1."""
        return self.file, None, f"record {row}, {self._keys()[position]}"

    @property
    def places(self) -> dict[str, Any]:
        """Names of the fields, with their bytes where those are the same in every record."""
        return {"pages": [], "keys": self._keys()}

    def _keys(self) -> list[str]:
        return [_key(one) for one in self._shape.widest.fields]


def _key(one: Field) -> str:
    if one.moves:
        return one.name
    return f"{one.name} (bytes {one.start + 1}-{one.start + one.size})"


def _is_in(cells: TextArray, values: Sequence[str]) -> Mask:
    told = compute.is_in(cells, value_set=pa.array(list(values), pa.string()))
    found: Mask = np.array(told.to_numpy(zero_copy_only=False), bool)
    return found


def open_copybook(path: Path, form: Copybook, file: str) -> list[SourceTable]:
    """The one table of a file of COBOL records.

    Raises:
        Unreadable: the copybook is broken, or the file is not made of such records.
    """
    return [CopybookTable(path, form, file)]


__all__ = ["CopybookTable", "Shape", "open_copybook"]
