"""Bring the canonical values of a dataset into the form of the repository's entities."""

from collections.abc import Mapping as Columns
from typing import Any

import pandas as pd
import pyarrow as pa

from contracts.dataset import Dataset, dataset_facts
from contracts.entity import Entity, links_of
from contracts.model import canonical_columns, columns_of
from transforms.steps.parse import Reading


def harmonise(
    dataset: type[Dataset],
    readings: Columns[str, Reading],
    entities: Columns[str, type[Entity]],
    rows: Any,
) -> dict[str, pd.DataFrame]:
    """One frame for each entity a dataset speaks of, its main entity first.

    Args:
        readings: canonical values by contract column.
        entities: entity contracts by name.
        rows: source row of each value; the frames' index.

    Returns:
        ``entity`` or ``entity:role`` to a frame with every canonical column of the entity but its
        links, null where the dataset gives nothing. The columns are Arrow-backed.
    """
    given = targets(dataset)
    index = pd.Index(rows, name="row")
    frames: dict[str, pd.DataFrame] = {}
    for role, attributes in given.items():
        entity = entities[role.partition(":")[0]]
        links = links_of(entity)
        made: dict[str, Any] = {}
        for name, facts in columns_of(entity).items():
            if name in links:
                continue
            reading = readings.get(attributes.get(name, ""))
            made[name] = _backed(
                reading.values if reading else pa.nulls(len(index), facts.kind.arrow)
            )
            for suffix, kind in facts.companions.items():
                values = reading.companions[suffix] if reading else pa.nulls(len(index), kind.arrow)
                made[f"{name}_{suffix}"] = _backed(values)
        frames[role] = pd.DataFrame(made, index=index, copy=False)
    return frames


def targets(dataset: type[Dataset]) -> dict[str, dict[str, str]]:
    """``entity[:role]`` to attribute to the contract column that feeds it; main entity first."""
    found: dict[str, dict[str, str]] = {dataset_facts(dataset).main: {}}
    for name, facts in columns_of(dataset).items():
        for target in facts.to:
            role, _, attribute = target.partition(".")
            found.setdefault(role, {})[attribute] = name
    return found


def rows_where(frame: pd.DataFrame, mask: Any) -> pd.DataFrame:
    """The rows of an Arrow-backed frame where a numpy mask holds, column by column: pandas would
    take them by their places."""
    chosen = pa.array(mask)
    columns = {name: _backed(arrow_of(frame[name]).filter(chosen)) for name in frame.columns}
    return pd.DataFrame(columns, index=frame.index[mask], copy=False)


def canonical_of(frame: pd.DataFrame, entity: type[Entity]) -> dict[str, Any]:
    """The Arrow arrays of a frame's canonical columns."""
    return {
        name: arrow_of(frame[name]) for name in canonical_columns(entity) if name in frame.columns
    }


def arrow_of(series: "pd.Series[Any]") -> Any:
    """The Arrow array under an Arrow-backed series."""
    held = pa.array(series.array)
    return held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held


def _backed(values: Any) -> Any:
    return pd.arrays.ArrowExtensionArray(values)
