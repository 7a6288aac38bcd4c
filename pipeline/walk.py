"""Walk a delivery through reader and steps, up to split: bytes in, good and bad rows out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.errors import Unreadable
from connectors.read.batch import Batch
from connectors.read.table import SourceTable
from connectors.read.tables import open_tables
from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.declarations import Declarations
from contracts.entity import Entity, entity_facts
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
from pipeline.repeated import Repeated
from pipeline.ruled import WAIVED, Ruled
from pipeline.survey import survey
from pipeline.surveyed import Surveyed
from transforms.mapping import Mapping, Pins, Refused
from transforms.steps.exclude import Excluded, Totals, exclude, keep_damaged
from transforms.steps.gather_codes import GatheredCodes
from transforms.steps.harmonise import arrow_of, canonical_of, harmonise, rows_where, targets
from transforms.steps.identify import Seen, identify
from transforms.steps.issues import Issues
from transforms.steps.parse import Memory, Reading, parse, parser_options, read_values, unread
from transforms.steps.profile import Profile
from transforms.steps.select import kept, select
from transforms.steps.split import good_rows, quarantine
from transforms.steps.swapped import note_swaps
from transforms.steps.validate import validate
from transforms.values import money
from transforms.values.characters import plain
from transforms.values.parsed import Values

if TYPE_CHECKING:
    from pipeline.rulings import Rulings

Flags = npt.NDArray[np.bool_]
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
        """Open the files and map their tables.

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
        self._feed, self._dataset, self._declarations = feed, dataset, declarations
        self._known, self._seed, self._series = known, seed, series
        self._today = (today or date.today()).isoformat()
        self._columns: dict[str, ColumnFacts] = dict(columns_of(dataset))
        agreed = declarations.agreement_of(feed).columns.get(dataset_facts(dataset).name, ()) \
            if feed else None  # fmt: skip
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
        main = declarations.entities[dataset_facts(dataset).main]
        self._records = Seen() if not entity_facts(main).identity else None
        self._keys = Seen() if find_duplicates and entity_facts(main).identity else None
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
        table, rows, hashes = batch.table, batch.rows, batch.hashes
        below = surveyed.inside(rows)
        above = surveyed.above_header(rows)
        counted = below | np.isin(rows, [row for row, _ in above])
        if not below.all():
            table = table.filter(pa.array(below))
        issues = Issues({c.name: c.position for c in mapping.columns})
        supplied = select(table, mapping)
        written, ruled = self._ruled.correct(supplied)
        readings = parse(
            written, mapping, self._columns, self._declarations.code_schemes, self._today, memory,
            self._feed.id if self._feed else None,
        )  # fmt: skip
        for name, watch in surveyed.watches.items():
            watch.see(written[name].distinct, unread(written[name], readings[name]))
        found = exclude(written, readings, self._columns, mapping, rows[below], totals)
        keep_damaged(found, rows[below], batch.problems)
        row_of, hash_of = rows[below], hashes[below]
        if not found.keep.all():
            records = pa.array(found.keep)
            as_supplied = written is supplied
            supplied = kept(supplied, records)
            written = supplied if as_supplied else kept(written, records)
            readings = {name: one.kept(records) for name, one in readings.items()}
            row_of, hash_of = row_of[found.keep], hash_of[found.keep]
        self._repeated.see(hash_of, batch.skipped_hashes)
        self.codes.see(written, readings, mapping)
        self._note(batch, found, readings, row_of, issues)
        note_swaps(written, mapping, row_of, issues)
        self._ruled.waive(mapping, row_of, hash_of, readings, issues)
        values = _values(readings)
        validate(self._dataset, values, row_of, issues, broken="value-outside-contract")
        well = good_rows(row_of, issues)
        frames, ids_kept_out, rows_out = self._entities(readings, row_of, hash_of, well, issues)
        good = good_rows(row_of, issues)
        issues.note_waived(row_of[good], WAIVED)
        self.profile.see(readings, row_of, good, issues.table())
        entities = self._split(frames, row_of[good])
        return Prepared(
            table_number=reading.number or 0,
            rows=rows[counted],
            hashes=hashes[counted],
            good=row_of[good],
            entities=entities,
            quarantined=quarantine(row_of, supplied, ~good, issues),
            quarantined_ids=ids_kept_out,
            quarantined_id_rows=rows_out,
            issues=issues.table(),
            excluded=excluded_rows([*above, *found.rows]),
            skipped=batch.skipped,
            skipped_hashes=batch.skipped_hashes,
            _written=supplied,
            _readings=readings,
            _good=None if good.all() else pa.array(good),
            corrected=self._ruled.rows(ruled, rows[below], found.keep),
        )

    def _note(
        self,
        batch: Batch,
        found: Excluded,
        readings: dict[str, Reading],
        rows: Int32s,
        issues: Issues,
    ) -> None:
        for name, one in readings.items():
            if one.problems is not None:
                issues.add(rows, name, one.problems)
        if batch.problems:
            records = set(rows.tolist())
            issues.add_each((row, code) for row, code in batch.problems if row in records)
        issues.add_each(found.noted)

    def _entities(
        self,
        readings: dict[str, Reading],
        rows: Int32s,
        hashes: Int64s,
        well: Flags,
        issues: Issues,
    ) -> tuple[dict[str, Any], Values, Int32s]:
        """Frames of the rows the dataset contract accepts, checked; and identifiers of main
        entities whose rows it does not accept, with these rows."""
        entities = self._declarations.entities
        feed = self._feed.id if self._feed else dataset_facts(self._dataset).name
        # Frames of all rows where a bad row may still tell which entity it is about.
        told = self._records is None
        chosen = np.ones(len(rows), np.bool_) if told else well
        if not chosen.all():
            mask = pa.array(chosen)
            readings = {name: one.kept(mask) for name, one in readings.items()}
        frames = harmonise(self._dataset, readings, entities, rows[chosen])
        times = self._records.times_before(hashes[chosen]) if self._records else None
        frames = identify(frames, entities, hashes[chosen], times, feed, self._series)
        main = dataset_facts(self._dataset).main
        out = frames[main][f"{main}_id"].loc[~well[chosen]].dropna()
        kept_out, rows_out = arrow_of(out), out.index.to_numpy().astype(np.int32)
        if told and not well.all():
            frames = {role: rows_where(frame, well) for role, frame in frames.items()}
        for role, frame in frames.items():
            self._check_entity(role, frame, issues)
        if self._keys is not None:
            self._find_duplicates(frames[main][f"{main}_id"], issues)
        return frames, kept_out, rows_out

    def _check_entity(self, role: str, frame: Any, issues: Issues) -> None:
        name = role.partition(":")[0]
        entity = self._declarations.entities[name]
        present = frame[f"{name}_id"].notna().to_numpy()
        if name == dataset_facts(self._dataset).main:
            issues.add(frame.index.to_numpy()[~present], None, "value-missing")
        if not present.all():
            frame = frame.loc[present]
        validate(
            entity,
            canonical_of(frame, entity),
            frame.index.to_numpy(),
            issues,
            broken="entity-outside-contract",
            columns_as=_columns_as(self._dataset, role, entity),
        )

    def _find_duplicates(self, ids: Any, issues: Issues) -> None:
        assert self._keys is not None, "asked only where duplicates are looked for"
        held = arrow_of(ids)
        present = np.asarray(held.is_valid().to_numpy(zero_copy_only=False))
        whole = held.drop_null()
        halves = np.frombuffer(b"".join(whole.to_pylist()), np.int64)[::2]
        again = self._keys.times_before(halves) > 0
        issues.add(ids.index.to_numpy()[present][again], None, "duplicate-key")

    def _split(self, frames: dict[str, Any], good: Int32s) -> dict[str, pa.Table]:
        """Tables of the good rows; of entities but the main one, each identity once."""
        tables: dict[str, pa.Table] = {}
        main = dataset_facts(self._dataset).main
        for role, frame in frames.items():
            name = role.partition(":")[0]
            index = frame.index.to_numpy()
            if len(index) != len(good):
                frame = rows_where(frame, np.isin(index, good))
            ids = arrow_of(frame[f"{name}_id"])
            if role != main:
                chosen = _first_of_each(ids)
                frame, ids = frame.iloc[chosen], ids.take(pa.array(chosen))
            columns = {column: arrow_of(frame[column]) for column in frame.columns}
            rows = pa.array(frame.index.to_numpy().astype(np.int32))
            tables[role] = pa.table({"row": rows, **columns, f"{name}_id": ids})
        return tables


def walk(files: Path | Sequence[Path], **how: Any) -> Walk:
    """Walk a delivery; the arguments are those of :class:`Walk`."""
    return Walk(files, **how)


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


def _values(readings: dict[str, Reading]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in readings.items():
        found[name] = one.values
        found |= {f"{name}_{suffix}": values for suffix, values in one.companions.items()}
    return found


def _columns_as(dataset: type[Dataset], role: str, entity: type[Entity]) -> dict[str, str]:
    """Attributes of an entity, companions among them, to the contract column that feeds them."""
    found: dict[str, str] = {}
    for attribute, column in targets(dataset)[role].items():
        found[attribute] = column
        for suffix in columns_of(entity)[attribute].companions:
            found[f"{attribute}_{suffix}"] = column
    return found


def _first_of_each(ids: Values) -> Int64s:
    """Places of the first of each identifier, nulls left out."""
    encoded = ids.dictionary_encode()
    places = np.flatnonzero(np.asarray(encoded.indices.is_valid()))
    numbers = encoded.indices.drop_null().to_numpy()
    if len(numbers) == 0:
        return np.zeros(0, np.int64)
    highest = np.maximum.accumulate(numbers)
    return places[np.concatenate(([True], highest[1:] > highest[:-1]))]


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
