"""A dataset contract: what suppliers of one kind of data promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any, ClassVar, Literal

from contracts.column import column
from contracts.consistency import FoundIn
from contracts.gates import Gates
from contracts.locale import DateOrder
from contracts.model import Contract

__all__ = ["Dataset", "DatasetFacts", "DateOrder", "FoundIn", "column"]

Replaces = Literal["nothing", "same-name", "everything"]


@dataclass(frozen=True)
class DatasetFacts:
    """The facts of a dataset as a whole.

    Attributes:
        name: the word feeds and commands use, the same as the file's.
        title: for people.
        version: semantic version of the contract.
        main: the entity every row yields exactly one of; rows are counted as new, changed or
            unchanged by it.
        date_order: the order of day and month where neither the feed nor the column decides; None
            where it is that of the organisation's locale.
        replaces: what a delivery replaces: ``nothing`` (it adds), ``same-name`` (the delivery of
            the same name before it) or ``everything`` (the feed's whole content). A row that was
            there before and is gone from the new delivery ends.
        gates: how far a delivery may differ from those before, for all feeds of the dataset.
        consistency: what should be found in other feeds.
        doc: the description and caveats, from the class's docstring.
    """

    name: str
    title: str
    version: str
    main: str
    date_order: DateOrder | None
    replaces: Replaces
    doc: str
    gates: Gates = field(default_factory=Gates)
    consistency: tuple[FoundIn, ...] = ()


class Dataset(Contract):
    """Base of dataset contracts.

    Class keywords are those of :class:`DatasetFacts`. Columns are declared with
    :func:`contracts.column.column`; a Pandera ``dataframe_check`` may look across columns.
    """

    _dataset: ClassVar[DatasetFacts]

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        title: str | None = None,
        version: str = "1.0.0",
        main: str | None = None,
        date_order: DateOrder | None = None,
        replaces: Replaces = "same-name",
        gates: Mapping[str, Any] | None = None,
        consistency: Sequence[FoundIn] = (),
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if name is None or main is None:
            raise TypeError(f"dataset {cls.__name__}: give its name and its main entity")
        cls._dataset = DatasetFacts(
            name=name,
            title=title or name.replace("_", " ").capitalize(),
            version=version,
            main=main,
            date_order=date_order,
            replaces=replaces,
            doc=getdoc(cls) or "",
            gates=Gates.model_validate(gates or {}),
            consistency=tuple(consistency),
        )


def dataset_facts(dataset: type[Dataset]) -> DatasetFacts:
    """The facts of a dataset as a whole."""
    return dataset._dataset
