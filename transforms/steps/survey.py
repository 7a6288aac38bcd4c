"""Gather the distinct values of a date column over the batches of a table."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.steps.date_shapes import DateColumn, tidied
from transforms.values import characters
from transforms.values.parsed import Texts, true_where

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
    _gather_words(column, encoded.dictionary, numbers, np.asarray(rows)[valid])
    texts = tidied(encoded.dictionary).to_pylist()
    for text, count, row in zip(texts, counts.tolist(), first.tolist(), strict=True):
        if text:
            column.counts[text] = column.counts.get(text, 0) + count
            column.rows.setdefault(text, row)


def _gather_words(column: DateColumn, distinct: Texts, numbers: Any, rows: Any) -> None:
    """The rows of texts without any digit, up to a limit."""
    for place in np.flatnonzero(~true_where(pc.match_substring_regex(distinct, r"[0-9]"))):
        text = distinct[int(place)].as_py()
        if text and not any(c.isdigit() for c in text) and len(column.words) < MOST_WORDS:
            column.words.update(rows[numbers == place].tolist())


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
