"""Gather the distinct values of a date column over the batches of a table."""

from typing import Any

import numpy as np
import pyarrow as pa

from transforms.steps.prove_dates import DateColumn
from transforms.values import characters
from transforms.values.parsed import Texts

MOST_WORDS = 1_000


def gather_dates(column: DateColumn, values: Any, rows: Any) -> None:
    """Count a batch's written dates, with the first row of each."""
    encoded = characters.plain(values).dictionary_encode()
    codes = encoded.indices
    valid = np.flatnonzero(codes.is_valid().to_numpy(zero_copy_only=False))
    if len(valid) == 0:
        return
    numbers = codes.drop_null().to_numpy()
    counts = np.bincount(numbers, minlength=len(encoded.dictionary))
    # A dictionary is in the order of first appearance.
    highest = np.maximum.accumulate(numbers)
    fresh = np.concatenate(([True], highest[1:] > highest[:-1]))
    first = np.asarray(rows)[valid[fresh]]
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        if text and not any(c.isdigit() for c in text) and len(column.words) < MOST_WORDS:
            column.words.update(np.asarray(rows)[valid[numbers == place]].tolist())
    for text, count, row in zip(encoded.dictionary.to_pylist(), counts, first, strict=True):
        column.add(text, int(count), int(row))


def holding(columns: dict[int, list[Texts]]) -> list[int]:
    """The positions whose columns hold values; of several alike throughout, the first only."""
    found: list[int] = []
    whole = {
        position: characters.without_blanks(pa.concat_arrays([characters.plain(p) for p in parts]))
        for position, parts in columns.items()
        if parts
    }
    for position, values in whole.items():
        if values.null_count == len(values):
            continue
        if not any(whole[other].equals(values) for other in found):
            found.append(position)
    return found
