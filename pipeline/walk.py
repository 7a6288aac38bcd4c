"""Walk a delivery through reader and steps, up to split: bytes in, good and bad rows out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from connectors.errors import Unreadable
from connectors.read.batch import Batch
from connectors.read.table import SourceTable
from connectors.read.tables import open_tables
from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.declarations import Declarations
from contracts.feed import Feed
from contracts.model import columns_of
from pipeline.pinned import structure_changes
from pipeline.prepared import (
    Int32s,
    Int64s,
    Prepared,
    TableReading,
    declared_no_records,
    excluded_rows,
    joined,
    parts,
)
from pipeline.records import Records
from pipeline.repeated import Repeated
from pipeline.ruled import WAIVED, Found, Ruled
from pipeline.survey import survey
from pipeline.surveyed import Surveyed
from pipeline.yields import Yields
from transforms.mapping import Mapping, Pins, Refused
from transforms.steps.exclude import Excluded, Totals, exclude, keep_damaged
from transforms.steps.gather_codes import GatheredCodes
from transforms.steps.issues import Issues
from transforms.steps.parse import Memory, parse, parser_options, read_values, unread
from transforms.steps.profile import Profile
from transforms.steps.select import select
from transforms.steps.split import good_rows, quarantine
from transforms.steps.swapped import note_swaps
from transforms.steps.validate import validate
from transforms.values import money
from transforms.values.characters import plain
from transforms.values.parsed import Flags

if TYPE_CHECKING:
    from pipeline.rulings import Rulings

Known = Callable[[str], Int64s]
"""Given a table's reading (:attr:`transforms.mapping.Mapping.reading`), sorted hashes of records
that need not be worked again."""

ROWS = 65_536
"""Most rows worked at once."""

# Of Arrow's allocators the one that gives most back between batches: some 30 MB of the peak.
if "jemalloc" in pa.supported_memory_backends():
    pa.set_memory_pool(pa.jemalloc_memory_pool())


class Walk(Iterator[Prepared]):
    """A delivery on its way from bytes to split. Iterate it once.

    The tables are found and mapped, and their date formats proved, when the walk is made;
    :attr:`tables` is complete then.

    Args:
        files: the delivery's files.
        dataset: its contract.
        feed: what is declared of the feed; None to try a file on the contract alone, when all
            columns of the contract are read.
        organisation: whose files they are, where no feed is given.
        known: records to leave out.
        series: of the delivery, for identities of entities without one of their own.
        seed: of record hashes.
        name: the file's name for people, where it is not the path's.
        today: for dates of birth.
        find_duplicates: quarantine all but the first of several rows of one key. Left to the
            repository where the rows are loaded.
        whole: prove how dates are written by whole tables. If not, the first records of a long
            one do where they settle it, and the walk stops where later ones unsettle it.
        pinned: from which headers the columns were taken in the delivery accepted before
            (:func:`transforms.mapping.pins_of`). Where an inference would change that,
            :attr:`structure_changes` says so.
        rulings: corrections and waivers of the feed; it counts where they were met.

    Raises:
        Refused: the delivery is not what the contract says.
        transforms.steps.watch_dates.NotSettled: while walking, and only unless ``whole``: what
            was walked does not count, walk it whole.
    """

    def __init__(
        self,
        files: Path | Sequence[Path],
        *,
        dataset: type[Dataset],
        declarations: Declarations,
        feed: Feed | None = None,
        organisation: str | None = None,
        known: Known | None = None,
        series: str = "",
        seed: int = 0,
        name: str | None = None,
        today: date | None = None,
        find_duplicates: bool = False,
        whole: bool = True,
        pinned: Pins | None = None,
        rulings: "Rulings | None" = None,
    ) -> None:
        self._feed, self._dataset, self._declarations = feed, dataset, declarations
        self._known, self._seed = known, seed
        self._today = (today or date.today()).isoformat()
        self._columns: dict[str, ColumnFacts] = dict(columns_of(dataset))
        named = dataset_facts(dataset).name
        agreed = declarations.agreement_of(feed).columns.get(named, ()) if feed else None
        try:
            opened = open_tables(files, feed.file if feed else None, name=name)
            self._surveyed = survey(
                opened, dataset, agreed, feed, seed,
                whole=whole, schemes=declarations.code_schemes, pinned=pinned,
                locale=declarations.locale_of(feed.organisation if feed else organisation),
            )  # fmt: skip
        except Unreadable as error:
            raise Refused(error.code, error.message) from None
        self.tables = [_reading(one) for one in _numbered(self._surveyed)]
        self.structure_changes = structure_changes(self.tables, pinned)
        self._ruled = Ruled(rulings, self._columns, declarations.entities)
        self.profile = Profile(self._columns)
        self.codes = GatheredCodes(self._columns, declarations.code_schemes, self._today)
        self._yields = Yields(
            dataset,
            declarations.entities,
            feed.id if feed else named,
            series,
            find_duplicates=find_duplicates,
        )
        self._repeated = Repeated(sum(table.mapping is not None for table in self.tables) > 1)
        self._batches = self._all()

    def __next__(self) -> Prepared:
        return next(self._batches)

    def _all(self) -> Iterator[Prepared]:
        total = 0
        for surveyed, reading in zip(self._surveyed, self.tables, strict=True):
            if surveyed.mapping is None:
                continue
            try:
                for prepared in self._table(surveyed, reading):
                    reading.rows_good += len(prepared.good)
                    reading.rows_quarantined += prepared.quarantined.num_rows
                    reading.rows_excluded += prepared.excluded.num_rows
                    reading.rows_skipped += prepared.skipped
                    yield prepared
            except Unreadable as error:
                raise Refused(error.code, error.message) from None
            self._repeated.end(surveyed.place, surveyed.table.kind == "workbook")
            total += reading.rows_good + reading.rows_quarantined + reading.rows_skipped
        least = self._feed.least_rows if self._feed else 1
        if total < least:
            raise Refused(
                "too-few-rows",
                f"the delivery holds {total} records and at least {least} are expected; if that is "
                "right, lower least_rows in the feed's file",
            )

    def _table(self, surveyed: Surveyed, reading: TableReading) -> Iterator[Prepared]:
        mapping = surveyed.mapping
        assert mapping is not None, "only mapped tables are walked"
        # Of two tables in one place the reader cannot say in which a known record stands.
        known = self._known(mapping.reading) if self._known and not surveyed.shared else None
        totals = Totals()
        left_out: list[int] = []
        if known is not None and len(known):
            totals.above = _sum_above(surveyed.table, mapping, self._columns, left_out)
        memory = Memory()
        batches = surveyed.table.batches(
            known=known,
            columns=list(mapping.positions),
            seed=self._seed,
            header_row=mapping.header_row or None,
        )
        for batch in joined(batches, ROWS // 4):
            for part in parts(batch, ROWS):
                prepared = self._batch(part, surveyed, mapping, reading, totals, memory)
                left_out += [row for row, reason in _pairs(prepared.excluded) if reason == "total"]
                yield prepared
                del prepared
        if surveyed.table.left_out:
            yield declared_no_records(reading, surveyed.table.left_out)

    def _batch(
        self,
        batch: Batch,
        surveyed: Surveyed,
        mapping: Mapping,
        reading: TableReading,
        totals: Totals,
        memory: Memory,
    ) -> Prepared:
        below, above = surveyed.inside(batch.rows), surveyed.above_header(batch.rows)
        issues = Issues({c.name: c.position for c in mapping.columns})
        records, ruled = self._read(batch, below, surveyed, mapping, memory)
        found = exclude(
            records.written, records.readings, self._columns, mapping, records.rows, totals
        )
        keep_damaged(found, records.rows, batch.problems)
        records = records.kept(found.keep)
        self._repeated.see(records.hashes, batch.skipped_hashes)
        self.codes.see(records.written, records.readings, mapping)
        _note(batch, found, records, issues)
        note_swaps(records.written, mapping, records.rows, issues)
        self._ruled.waive(mapping, records.rows, records.hashes, records.readings, issues)
        values = records.values()
        validate(self._dataset, values, records.rows, issues, broken="value-outside-contract")
        yielded = self._yields.of(records, good_rows(records.rows, issues), issues)
        good = good_rows(records.rows, issues)
        issues.note_waived(records.rows[good], WAIVED)
        self.profile.see(records.readings, records.rows, good, issues.table())
        counted = below | np.isin(batch.rows, [row for row, _ in above])
        return Prepared(
            table_number=reading.number or 0,
            rows=batch.rows[counted],
            hashes=batch.hashes[counted],
            good=records.rows[good],
            entities=yielded.split(records.rows[good]),
            quarantined=quarantine(records.rows, records.supplied, ~good, issues),
            quarantined_ids=yielded.ids_kept_out,
            quarantined_id_rows=yielded.rows_kept_out,
            issues=issues.table(),
            excluded=excluded_rows([*above, *found.rows]),
            skipped=batch.skipped,
            skipped_hashes=batch.skipped_hashes,
            _written=records.supplied,
            _readings=records.readings,
            _good=None if good.all() else pa.array(good),
            corrected=self._ruled.rows(ruled, batch.rows[below], found.keep),
        )

    def _read(
        self,
        batch: Batch,
        below: Flags,
        surveyed: Surveyed,
        mapping: Mapping,
        memory: Memory,
    ) -> tuple[Records, Found]:
        """The rows below the header, corrected and read; and where corrections were met."""
        table = batch.table if below.all() else batch.table.filter(pa.array(below))
        supplied = select(table, mapping)
        written, ruled = self._ruled.correct(supplied)
        readings = parse(
            written, mapping, self._columns, self._declarations.code_schemes, self._today, memory,
            self._feed.id if self._feed else None,
        )  # fmt: skip
        for name, watch in surveyed.watches.items():
            watch.see(written[name].distinct, unread(written[name], readings[name]))
        return Records(batch.rows[below], batch.hashes[below], supplied, written, readings), ruled


def _note(batch: Batch, found: Excluded, records: Records, issues: Issues) -> None:
    """Note what reading and excluding found wrong."""
    for name, one in records.readings.items():
        if one.problems is not None:
            issues.add(records.rows, name, one.problems)
    if batch.problems:
        rows = set(records.rows.tolist())
        issues.add_each((row, code) for row, code in batch.problems if row in rows)
    issues.add_each(found.noted)


def _numbered(found: Sequence[Surveyed]) -> Iterator[tuple[int | None, Surveyed]]:
    number = 0
    for one in found:
        number += one.mapping is not None
        yield (number if one.mapping is not None else None), one


def _reading(numbered: tuple[int | None, Surveyed]) -> TableReading:
    number, one = numbered
    source = one.table
    return TableReading(
        number, source.file, source.sheet, source.kind, source.encoding, source.delimiter,
        tuple(source.notes), one.mapping, one.reason, source.places,
    )  # fmt: skip


def _pairs(excluded: pa.Table) -> Iterator[tuple[int, str]]:
    return zip(*excluded.to_pydict().values(), strict=True)


def _sum_above(
    table: SourceTable,
    mapping: Mapping,
    columns: dict[str, ColumnFacts],
    left_out: Sequence[int],
) -> Callable[[int], int]:
    """The sum of all records above a row, read when first asked: known records are in no batch."""
    whole: list[tuple[Int32s, Int64s]] = []

    def above(row: int) -> int:
        sums = next(
            c for c in mapping.columns if columns[c.name].kind.name == "money" and c.position
        )
        if not whole:
            options = parser_options(sums, columns[sums.name], {})
            for batch in table.batches(columns=[sums.position or 0]):
                text = plain(batch.table.column(str(sums.position)))
                parsed = read_values(columns[sums.name], text, options)
                whole.append((batch.rows, money.pence_of(parsed.values)))
        return sum(
            int(pence[(rows < row) & (rows > mapping.header_row) & ~np.isin(rows, left_out)].sum())
            for rows, pence in whole
        )

    return above
