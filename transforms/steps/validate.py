"""Hold canonical values against a Pandera contract; say which rows break which rule.

Pandera's exceptions carry the values that failed. They end here: what leaves is row, column and
code.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Columns
from functools import cache
from typing import Any

import numpy as np
import pandera.polars as pandera
import polars as pl
import pyarrow as pa

from contracts.issues import quarantining
from contracts.model import Contract
from transforms.steps.issues import Issues
from transforms.values.parsed import Flags, Values, nulls_of

Failure = tuple[str | None, str, Flags]
"""Column, name of the check, and for every row whether it fails."""


class ContractFault(Exception):
    """A check of a contract that itself fails; the contract's author has to act."""


@cache
def _schema(contract: type[Contract]) -> Any:
    """The contract's schema, without columns it asks nothing of: their type is the parser's own,
    and a column costs Pandera the same whether there is anything to check or not."""
    schema = contract.to_schema()
    if schema.checks:
        return schema
    idle = [
        name
        for name, column in schema.columns.items()
        if column.nullable and not column.checks and not column.unique
    ]
    return schema.remove_columns(idle) if len(idle) < len(schema.columns) else None


@cache
def _checked(contract: type[Contract]) -> Any:
    """The contract's schema for Pandera to run: without columns of which it only says whether they
    may be null. That is seen in the array itself; Pandera takes as long for it as for a check."""
    schema = _schema(contract)
    if schema is None or schema.checks:
        return schema
    plain = [name for name, c in schema.columns.items() if not c.checks and not c.unique]
    return schema.remove_columns(plain) if len(plain) < len(schema.columns) else None


def validate(
    contract: type[Contract],
    values: Columns[str, Values],
    rows: Any,
    issues: Issues,
    *,
    broken: str,
    columns_as: Columns[str, str] | None = None,
) -> None:
    """Check canonical columns and add what breaks the contract to ``issues``.

    Args:
        contract: a dataset's or an entity's contract.
        values: canonical arrays by column, companions among them; contract columns not given are
            null throughout. Uniqueness is looked at within these values only.
        rows: source row of each.
        issues: added to; a value already found unreadable is not also reported as missing, one that
            was taken as missing with a note is.
        broken: the code for a broken rule: ``value-outside-contract`` or
            ``entity-outside-contract``.
        columns_as: the name to report for a column, where it is another's.

    Raises:
        ContractFault: a check of the contract fails by itself.
    """
    schema = _schema(contract)
    if schema is None:
        return
    failures = [*_nulls(schema, values, len(rows)), *_failures(contract, values, len(rows))]
    seen: set[tuple[str | None, str]] = set()
    for column, check, failed in failures:
        # A check across columns is reported once for every column it looks at.
        if (column, check) in seen or not failed.any():
            continue
        seen.add((column, check))
        named = columns_as.get(column, column) if columns_as and column else column
        failed_rows = np.asarray(rows)[failed]
        if check == "not_nullable":
            missing = failed_rows
            if named is not None:
                missing = failed_rows[~issues.where(named, failed_rows, quarantining())]
            issues.add(missing, named, "value-missing")
        elif check == "field_uniqueness":
            issues.add(failed_rows, named, "duplicate-key")
        else:
            issues.add(failed_rows, named, broken)


def _nulls(schema: Any, values: Columns[str, Values], size: int) -> Iterator[Failure]:
    """Nulls in columns that must not have any."""
    for name, column in schema.columns.items():
        if column.nullable:
            continue
        if name not in values:
            yield name, "not_nullable", np.ones(size, np.bool_)
        elif values[name].null_count:
            yield name, "not_nullable", nulls_of(values[name])


def _failures(
    contract: type[Contract], values: Columns[str, Values], size: int
) -> Iterator[Failure]:
    """What Pandera finds."""
    schema = _checked(contract)
    if schema is None:
        return
    frame = _frame(schema, values, size)
    try:
        schema.validate(frame, lazy=True)
        return
    except pandera.errors.SchemaErrors as error:
        failures = list(error.schema_errors)
    except Exception as error:  # noqa: BLE001
        raise ContractFault(f"{contract.__name__} fails with {type(error).__name__}") from None
    for failure in failures:
        yield _what_failed(failure, frame, size, contract)


def _frame(schema: Any, values: Columns[str, Values], size: int) -> pl.DataFrame:
    made: dict[str, Any] = {}
    for name, column in schema.columns.items():
        if name in values:
            made[name] = pl.Series(name, values[name])
        else:
            made[name] = pl.Series(name, [None], dtype=column.dtype.type).new_from_index(0, size)
    return pl.DataFrame(made)


def _what_failed(failure: Any, frame: pl.DataFrame, size: int, contract: type[Contract]) -> Failure:
    column = getattr(failure.schema, "name", None)
    column = column if column in frame.columns else None
    check = failure.check if isinstance(failure.check, str) else str(failure.check)
    if check == "not_nullable" and column is not None:
        return column, check, frame[column].is_null().to_numpy()
    if check == "field_uniqueness" and column is not None:
        series = frame[column]
        return column, check, (series.is_not_null() & ~series.is_first_distinct()).to_numpy()
    output = failure.check_output
    if output is None or not hasattr(output, "columns") or output.height != size:
        raise ContractFault(
            f"{contract.__name__}: the check {check} on {column or 'the row'} gives no answer "
            "for each row"
        )
    holds = output[output.columns[-1]]
    if column is None and not isinstance(failure.check, str):
        return None, check, ~holds.fill_null(True).to_numpy()
    return column, check, ~holds.fill_null(True).to_numpy()


def array_of(values: Any) -> Values:
    """An Arrow array, whatever holds it."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
