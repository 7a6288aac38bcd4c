"""What a load is told of its delivery, and what it tells afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.dataset import Dataset, Replaces, dataset_facts
from contracts.entity import Entity
from contracts.model import columns_of

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class FileRecord:
    """One landed file of a delivery: name, hexadecimal SHA-256, size, and where it lies."""

    name: str
    sha256: str
    bytes: int
    landed_key: str
    modified_at: datetime | None = None


@dataclass(frozen=True)
class DeliveryRecord:
    """One delivery and its provenance.

    Attributes:
        feed: ``<organisation>/<dataset>``.
        name: the name the supplier gave it.
        sha256: of the whole delivery, hexadecimal.
        files: its landed files.
        landed_at, sequence: its place in the order of arrivals
            (:func:`repository.feeds.record_arrival`).
        dataset: the dataset contract.
        entities: the entity contracts its rows yield, by name.
        steps_version: version of all that decides what becomes of a record.
        agreement: the agreement it is supplied under.
        code_version: version of the code.
        replaces: what it replaces, where the feed differs from its dataset.
        run_id, bundle_version: Airflow's run and the commit of its DAG bundle.
        again: load it although its bytes are loaded, to work its rows with newer steps.
        replays: the delivery of the same bytes whose held rows are worked again; implies ``again``.
        as_at: the date it speaks of; None: the day on which it landed, in London.
    """

    feed: str
    name: str
    sha256: str
    files: tuple[FileRecord, ...]
    landed_at: datetime
    sequence: int
    dataset: type[Dataset]
    entities: Mapping[str, type[Entity]]
    steps_version: str
    agreement: str
    code_version: str
    replaces: Replaces | None = None
    run_id: str | None = None
    bundle_version: str | None = None
    again: bool = False
    replays: int | None = None
    as_at: date | None = None

    @property
    def speaks_of(self) -> date:
        """The date the delivery speaks of."""
        return self.as_at or self.landed_at.astimezone(LONDON).date()

    @property
    def place(self) -> tuple[date, datetime, int]:
        """Its place in the order of the feed's deliveries."""
        return self.speaks_of, self.landed_at, self.sequence

    @property
    def main(self) -> str:
        """The entity every row yields exactly one of."""
        return dataset_facts(self.dataset).main

    @property
    def scope(self) -> Replaces:
        """What the delivery replaces."""
        return self.replaces or dataset_facts(self.dataset).replaces

    @property
    def series(self) -> str:
        """Deliveries of one series replace one another."""
        return self.name if self.scope == "same-name" else ""

    def attributes(self) -> dict[str, list[str]]:
        """Contract columns that lead to an attribute: ``entity[:role].attribute`` to columns."""
        found: dict[str, list[str]] = {}
        for name, facts in columns_of(self.dataset).items():
            for target in facts.to:
                found.setdefault(target, []).append(name)
        return found


@dataclass(frozen=True)
class TableRecord:
    """A table found in a file of the delivery.

    Attributes:
        number: 1 for the first; :class:`repository.load.prepared.Prepared` refers to it.
        file, sheet: where it was found.
        header_row: its source row, None where it has none.
        mapping: ``Mapping.to_json()``.
        facts: encoding, delimiter and the like.
        reading: all that decides how a record is read besides its bytes and the steps version: the
            positions of columns, the date formats proved. A record is known again only under the
            same reading. Must not hold what differs harmlessly from file to file.
    """

    number: int
    file: str
    sheet: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    reading: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery.

    Attributes:
        state: ``loaded``; ``already``: the same bytes were loaded before, as ``delivery_id``, whose
            counts these are; ``superseded``: a later delivery was loaded first, nothing was done.
        landed: new + changed + unchanged + quarantined + excluded.
        ended: rows no longer supplied, besides.
    """

    state: str
    delivery_id: int
    landed: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    excluded: int = 0
    ended: int = 0
    seconds: float = 0.0
