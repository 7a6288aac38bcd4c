"""Pandera's word on canonical values, as row, column and code."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandera.polars as pandera
import polars as pl
import pyarrow as pa
import pytest

from contracts.dataset import Dataset, column
from contracts.kinds import Money, Reference, WholeNumber
from transforms.steps.issues import Issues
from transforms.steps.validate import ContractFault, validate


class Orders(Dataset, name="orders", main="payment"):
    """Orders."""

    number: Reference = column("Number", unique=True, nullable=True)
    size: WholeNumber = column("Size", ge=1)
    price: Money = column("Price", nullable=True, le=Decimal("100.00"))
    note: Reference = column("Note", optional=True)

    @pandera.dataframe_check
    def small_is_cheap(cls, data: pandera.PolarsData) -> pl.LazyFrame:
        """Across columns."""
        cheap = (pl.col("size") > 2) | (pl.col("price") < 50) | pl.col("price").is_null()
        return data.lazyframe.select(cheap.fill_null(True))


def told(**values: list[Any]) -> list[tuple[int, str | None, str]]:
    rows = np.arange(10, 10 + len(values["size"]), dtype=np.int32)
    issues = Issues({"size": 4})
    types = {"number": pa.string(), "size": pa.int64(), "price": pa.decimal128(18, 2)}
    arrays = {name: pa.array(column, types[name]) for name, column in values.items()}
    validate(Orders, arrays, rows, issues, broken="value-outside-contract")
    found = issues.table().to_pylist()
    assert all(one["position"] == (4 if one["column"] == "size" else None) for one in found)
    return sorted((one["row"], one["column"], one["code"]) for one in found)


def test_a_frame_within_the_contract_has_no_issue() -> None:
    assert told(number=["a", None, None], size=[1, 2, 3], price=[None, 1, 1]) == []


def test_a_broken_rule_names_its_column() -> None:
    assert told(size=[0, 1]) == [(10, "size", "value-outside-contract")]
    assert told(size=[1, None]) == [(11, "size", "value-missing")]
    price = [Decimal("100.01"), Decimal("100.00")]
    assert told(size=[3, 3], price=price) == [(10, "price", "value-outside-contract")]


def test_uniqueness_keeps_the_first_and_lets_nulls_be() -> None:
    found = told(number=["a", None, "a", None, "a"], size=[1, 1, 1, 1, 1])
    assert found == [(12, "number", "duplicate-key"), (14, "number", "duplicate-key")]


def test_a_rule_across_columns_is_told_once_a_row() -> None:
    found = told(size=[1, 3, 1], price=[60, 60, 40])
    assert found == [(10, None, "value-outside-contract")]


def test_a_value_already_found_unreadable_is_not_also_missing() -> None:
    issues = Issues({"size": 4})
    issues.add([10], "size", "number-unreadable")
    rows = np.array([10, 11], np.int32)
    values = {"size": pa.array([None, None], pa.int64())}
    validate(Orders, values, rows, issues, broken="value-outside-contract")
    codes = {one["row"]: one["code"] for one in issues.table().to_pylist()}
    assert codes == {10: "number-unreadable", 11: "value-missing"}


def test_a_check_that_fails_by_itself_is_the_contracts_fault_and_shows_no_value() -> None:
    class Broken(Dataset, name="broken", main="payment"):
        """Broken."""

        size: WholeNumber = column("Size")

        @pandera.dataframe_check
        def nonsense(cls, data: pandera.PolarsData) -> pl.LazyFrame:
            return data.lazyframe.select(pl.col("no_such_column"))

    values = {"size": pa.array([424242], pa.int64())}
    with pytest.raises(ContractFault) as caught:
        validate(Broken, values, np.array([1]), Issues(), broken="value-outside-contract")
    assert "424242" not in str(caught.value)
    assert caught.value.__cause__ is None
