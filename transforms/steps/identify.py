"""Give entities their stable identifiers, and link those a row speaks of together."""

from collections.abc import Mapping as Columns
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from contracts.entity import Entity, entity_facts, links_of
from transforms.steps.harmonise import arrow_of
from transforms.steps.select import distinct
from transforms.values.characters import Ints
from transforms.values.parsed import Flags, Values

_PART = "\x1f"
_UUID = pa.binary(16)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Seen:
    """Hashes met in a delivery so far, in sorted runs of doubling size.

    Eight bytes a hash; a look-up in each of few runs.
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray[Any, Any]] = []
        self._again: dict[int, int] = {}

    def times_before(self, hashes: Ints) -> Ints:
        """For each hash, how often it was met before; then they are met."""
        ranked = np.sort(hashes)
        again = self._met(ranked)
        again[1:] |= ranked[1:] == ranked[:-1]
        if not again.any():
            self._merge(ranked)
            return np.zeros(len(hashes), np.int64)
        return self._counted(hashes)

    def _met(self, ranked: Ints) -> Flags:
        old = np.zeros(len(ranked), np.bool_)
        for run in self._runs:
            place = np.searchsorted(run, ranked)
            old |= run[np.minimum(place, len(run) - 1)] == ranked
        return old

    def _counted(self, hashes: Ints) -> Ints:
        order = np.argsort(hashes, kind="stable")
        ranked = hashes[order]
        first = np.ones(len(ranked), np.bool_)
        first[1:] = ranked[1:] != ranked[:-1]
        starts: Ints = np.flatnonzero(first)
        counts = np.diff(np.append(starts, len(ranked)))
        within = np.arange(len(ranked)) - np.repeat(starts, counts)
        unique = ranked[first]
        old = self._met(unique)
        before = np.zeros(len(unique), np.int64)
        for place in np.flatnonzero(old | (counts > 1)):
            key = int(unique[place])
            before[place] = self._again.get(key, 1 if old[place] else 0)
            self._again[key] = int(before[place] + counts[place])
        self._merge(unique[~old])
        times = np.empty(len(hashes), np.int64)
        times[order] = within + np.repeat(before, counts)
        return times

    def _merge(self, run: Ints) -> None:
        if len(run) == 0:
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.concatenate((self._runs.pop(), run))
            run.sort()
        self._runs.append(run)


def identify(
    frames: Columns[str, pd.DataFrame],
    entities: Columns[str, type[Entity]],
    hashes: Ints,
    times: Ints | None,
    feed: str,
    series: str,
) -> dict[str, pd.DataFrame]:
    """The frames with ``<entity>_id`` and the links between them.

    An identity is 16 bytes of xxh3_128 over entity, feed (nothing, where identities are shared
    between feeds) and the identity's values. Where nothing tells an entity from another but its
    record, it is mixed from entity, feed, series, record hash and how often the record stood
    before.

    Args:
        hashes: record hash of every row of the frames.
        times: how often the record stood in the delivery before; needed for entities without
            identity.
        feed: the feed's id.
        series: which deliveries replace one another.
    """
    identified: dict[str, pd.DataFrame] = {}
    ids: dict[str, Values] = {}
    for role, frame in frames.items():
        entity = entities[role.partition(":")[0]]
        ids[role] = _ids(entity, frame, hashes, times, feed, series)
    for role, frame in frames.items():
        name = role.partition(":")[0]
        made = {f"{name}_id": pd.arrays.ArrowExtensionArray(ids[role])}
        for column, target in links_of(entities[name]).items():
            linked = ids.get(target, pa.nulls(len(frame), _UUID))
            made[column] = pd.arrays.ArrowExtensionArray(linked)
        identified[role] = frame.assign(**made)
    return identified


def _ids(
    entity: type[Entity],
    frame: pd.DataFrame,
    hashes: Ints,
    times: Ints | None,
    feed: str,
    series: str,
) -> Values:
    facts = entity_facts(entity)
    prefix = [facts.name, "" if facts.shared else feed]
    if not facts.identity:
        assert times is not None, "an entity without identity needs its records counted"
        return _mixed(_PART.join([*prefix, series]), hashes, times)
    columns = [arrow_of(frame[name]).cast(pa.string()) for name in facts.identity]
    present = ~np.logical_and.reduce(
        [np.asarray(c.is_null().to_numpy(zero_copy_only=False)) for c in columns]
    )
    start = pa.scalar(_PART.join(prefix))
    joined = pc.binary_join_element_wise(
        start, *columns, _PART, null_handling="replace", null_replacement=""
    )
    keys = distinct(joined)
    found = b"".join(map(xxhash.xxh3_128_digest, keys.distinct.cast(pa.binary()).to_pylist()))
    made = pa.Array.from_buffers(_UUID, len(keys.distinct), [None, pa.py_buffer(found)])
    return _null_unless(present, keys.spread(made))


def _null_unless(present: Flags, values: Values) -> Values:
    if present.all():
        return values
    return pc.if_else(pa.array(present), values, pa.scalar(None, _UUID))


def _mixed(prefix: str, hashes: Ints, times: Ints) -> Values:
    """Two rounds of a 64-bit mixer (splitmix64) keyed by the prefix: one-to-one in the hash."""
    keys = np.frombuffer(xxhash.xxh3_128_digest(prefix.encode()), np.uint64)
    record = hashes.view(np.uint64) if hashes.dtype == np.int64 else hashes.astype(np.uint64)
    with np.errstate(over="ignore"):
        salted = record + times.astype(np.uint64) * _GOLDEN
        made = np.empty((len(hashes), 2), np.uint64)
        made[:, 0] = _splitmix(salted ^ keys[0])
        made[:, 1] = _splitmix(made[:, 0] + keys[1] + times.astype(np.uint64))
    return pa.Array.from_buffers(_UUID, len(hashes), [None, pa.py_buffer(made.tobytes())])


def _splitmix(values: Any) -> Any:
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
