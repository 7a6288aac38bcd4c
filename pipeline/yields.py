"""The entities that rows of a dataset yield: identified, checked, and split off where good."""

from collections.abc import Mapping as Columns
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.dataset import Dataset, dataset_facts
from contracts.entity import Entity, entity_facts
from contracts.model import columns_of
from pipeline.prepared import Int32s, Int64s
from pipeline.records import Records
from transforms.steps.harmonise import arrow_of, canonical_of, harmonise, rows_where, targets
from transforms.steps.identify import Seen, identify
from transforms.steps.issues import Issues
from transforms.steps.validate import validate
from transforms.values.parsed import Flags, Values


@dataclass(frozen=True)
class Yielded:
    """What a batch yields.

    Attributes:
        frames: of the rows the dataset contract accepts, by ``entity`` or ``entity:role``.
        ids_kept_out: identifiers of main entities whose rows it does not accept.
        rows_kept_out: these rows.
    """

    main: str
    frames: dict[str, Any]
    ids_kept_out: Values
    rows_kept_out: Int32s

    def split(self, good: Int32s) -> dict[str, pa.Table]:
        """Tables of the good rows; of entities but the main one, each identity once."""
        tables: dict[str, pa.Table] = {}
        for role, frame in self.frames.items():
            name = role.partition(":")[0]
            index = frame.index.to_numpy()
            if len(index) != len(good):
                frame = rows_where(frame, np.isin(index, good))
            ids = arrow_of(frame[f"{name}_id"])
            if role != self.main:
                chosen = _first_of_each(ids)
                frame, ids = frame.iloc[chosen], ids.take(pa.array(chosen))
            columns = {column: arrow_of(frame[column]) for column in frame.columns}
            rows = pa.array(frame.index.to_numpy().astype(np.int32))
            tables[role] = pa.table({"row": rows, **columns, f"{name}_id": ids})
        return tables


class Yields:
    """The entities of a delivery, batch by batch.

    Args:
        dataset: the contract of the rows.
        entities: the contracts of what they yield, by name.
        feed: whose identities they are, where entities have none of their own.
        series: of the delivery, for the same.
        find_duplicates: whether all but the first of several rows of one key have an issue.
    """

    def __init__(
        self,
        dataset: type[Dataset],
        entities: Columns[str, type[Entity]],
        feed: str,
        series: str,
        *,
        find_duplicates: bool,
    ) -> None:
        self._dataset, self._entities = dataset, entities
        self._feed, self._series = feed, series
        self._main = dataset_facts(dataset).main
        has_identity = bool(entity_facts(entities[self._main]).identity)
        self._records = None if has_identity else Seen()
        self._keys = Seen() if find_duplicates and has_identity else None

    def of(self, records: Records, well: Flags, issues: Issues) -> Yielded:
        """What the records of a batch yield; what is wrong with it goes to ``issues``.

        Args:
            well: which records the dataset contract accepts.
        """
        # Frames of all rows where a bad row may still tell which entity it is about.
        told = self._records is None
        chosen = np.ones(len(records.rows), np.bool_) if told else well
        frames = self._identified(records, chosen)
        out = frames[self._main][f"{self._main}_id"].loc[~well[chosen]].dropna()
        kept_out, rows_out = arrow_of(out), out.index.to_numpy().astype(np.int32)
        if told and not well.all():
            frames = {role: rows_where(frame, well) for role, frame in frames.items()}
        for role, frame in frames.items():
            self._check(role, frame, issues)
        if self._keys is not None:
            _find_duplicates(frames[self._main][f"{self._main}_id"], self._keys, issues)
        return Yielded(self._main, frames, kept_out, rows_out)

    def _identified(self, records: Records, chosen: Flags) -> dict[str, Any]:
        readings, hashes = records.readings, records.hashes[chosen]
        if not chosen.all():
            mask = pa.array(chosen)
            readings = {name: one.kept(mask) for name, one in readings.items()}
        frames = harmonise(self._dataset, readings, self._entities, records.rows[chosen])
        times = self._records.times_before(hashes) if self._records else None
        return identify(frames, self._entities, hashes, times, self._feed, self._series)

    def _check(self, role: str, frame: Any, issues: Issues) -> None:
        name = role.partition(":")[0]
        entity = self._entities[name]
        present = frame[f"{name}_id"].notna().to_numpy()
        if name == self._main:
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


def _find_duplicates(ids: Any, keys: Seen, issues: Issues) -> None:
    """Note the rows whose identifier was met before."""
    held = arrow_of(ids)
    present = np.asarray(held.is_valid().to_numpy(zero_copy_only=False))
    whole = held.drop_null()
    halves = np.frombuffer(b"".join(whole.to_pylist()), np.int64)[::2]
    again = keys.times_before(halves) > 0
    issues.add(ids.index.to_numpy()[present][again], None, "duplicate-key")


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
