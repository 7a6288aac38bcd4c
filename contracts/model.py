"""The Pandera model under every contract: annotations are kinds, facts ride in metadata."""

from collections.abc import Mapping
from inspect import get_annotations
from typing import Any, ClassVar

import pandera.polars as pa

from contracts.column import KEY, ColumnFacts, facts_of
from contracts.kinds import Kind


class Contract(pa.DataFrameModel):
    """A Pandera model whose columns are annotated with kinds of value.

    ``to_schema()`` gives the Pandera schema of the canonical frame (polars types);
    :func:`columns_of` gives the facts, in the order declared.
    """

    _facts: ClassVar[Mapping[str, ColumnFacts]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        own: dict[str, ColumnFacts] = {}
        for name, kind in dict(get_annotations(cls)).items():
            if not (isinstance(kind, type) and issubclass(kind, Kind)):
                continue
            info = cls.__dict__.get(name)
            if info is None:
                raise TypeError(f"{cls.__name__}.{name}: say what it means with column(...)")
            own[name] = facts_of(name, kind, info.properties["metadata"][KEY])
            cls.__annotations__[name] = kind.dtype
        super().__init_subclass__(**kwargs)  # type: ignore[no-untyped-call]
        cls._facts = {**cls._facts, **own}

    class Config:
        """A frame may carry further columns (positions, companions); they are not checked."""

        strict = False


def columns_of(contract: type[Contract]) -> Mapping[str, ColumnFacts]:
    """The facts of a contract's columns, in the order declared."""
    return contract._facts


def canonical_columns(contract: type[Contract]) -> dict[str, type[Kind]]:
    """Every canonical column of a contract, companions after their column: name to kind."""
    found: dict[str, type[Kind]] = {}
    for name, facts in contract._facts.items():
        found[name] = facts.kind
        for suffix, kind in facts.companions.items():
            found[f"{name}_{suffix}"] = kind
    return found
