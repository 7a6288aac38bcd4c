"""Part good rows from bad ones, on the row number; what is bad is kept whole."""

from collections.abc import Mapping as Columns
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from contracts.issues import issue_types, quarantining
from transforms.steps.issues import Issues
from transforms.steps.select import Written
from transforms.values.parsed import Flags

QUARANTINE = pa.schema(
    [("row", pa.int32()), ("record", pa.string()), ("codes", pa.list_(pa.string()))]
)


def good_rows(rows: Any, issues: Issues) -> Flags:
    """For every row, whether no issue keeps it out.

    Raises:
        LookupError: an issue is not in the catalogue, so that nobody can tell what it does.
    """
    unlisted = set(issues.table()["code"].unique().to_pylist()) - issue_types().keys()
    if unlisted:
        raise LookupError(f"not in contracts/issue_types.csv: {', '.join(sorted(unlisted))}")
    bad = issues.rows_with(quarantining())
    return np.isin(rows, bad, invert=True) if len(bad) else np.ones(len(rows), np.bool_)


def quarantine(rows: Any, written: Columns[str, Written], bad: Flags, issues: Issues) -> pa.Table:
    """The bad rows: source row, the written values as a JSON object by contract column, and all
    issue codes of the row."""
    if not bad.any():
        return QUARANTINE.empty_table()
    mask = pa.array(bad)
    told = pl.DataFrame({name: pl.Series(c.values.filter(mask)) for name, c in written.items()})
    records = told.select(pl.struct(pl.all()).struct.json_encode()).to_series().to_arrow()
    codes = (
        pl.DataFrame(issues.table().select(["row", "code"]))
        .group_by("row")
        .agg(pl.col("code").unique().sort())
    )
    numbered = pl.DataFrame({"row": np.asarray(rows)[bad].astype(np.int32)})
    listed = numbered.join(codes, on="row", how="left", maintain_order="left")["code"].to_arrow()
    return pa.table(
        [numbered["row"].to_arrow(), records.cast(pa.string()), listed.cast(QUARANTINE.types[2])],
        schema=QUARANTINE,
    )
