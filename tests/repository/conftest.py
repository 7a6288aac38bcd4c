"""Invented contracts and deliveries for the repository's tests, without readers or steps."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xxhash

from contracts.agreement import Agreement
from contracts.dataset import Dataset
from contracts.declarations import Declarations
from contracts.entity import Entity, column, link
from contracts.feed import Feed
from contracts.kinds import Code, Date, Identifier, Money, OrganisationName, Reference
from contracts.register import Register
from repository.load import DeliveryRecord, FileRecord, Outcome, TableRecord, loading
from repository.load.points import At, pass_by
from repository.migrate import migrate


class Payment(Entity, name="payment", identity=("reference",)):
    """Payments by invented bodies."""

    reference: Reference = column("The payer's own number")
    paid_on: Date = column("Date of payment")
    amount: Money = column("Pounds paid")
    category: Code = column("What for", nullable=True)
    supplier_id: Identifier = link("Who was paid", to="organisation:supplier")


class Note(Entity, name="note", identity=()):
    """Records that nothing but themselves tells apart."""

    amount: Money = column("Pounds")


class Organisation(Entity, name="organisation", identity=("name_match",), shared=True):
    """Organisations."""

    name: OrganisationName = column("Name as first written")


class Spend(Dataset, name="spend", main="payment", version="1.2.0"):
    """Payments."""

    number: Reference = column("Number", to="payment.reference")
    paid_on: Date = column("Date", to="payment.paid_on")
    amount: Money = column("Amount", to="payment.amount")
    category: Code = column("Category", to="payment.category", optional=True)
    supplier: OrganisationName = column("Supplier", to="organisation:supplier.name")


class Notes(Dataset, name="notes", main="note"):
    """Notes."""

    amount: Money = column("Amount", to="note.amount")


AGREEMENT: dict[str, Any] = {
    "id": "spend-sharing",
    "title": "Spend shared for audit",
    "gateway": "Open Government Licence",
    "controllers": ["Northmoor Council"],
    "purposes": [
        {
            "name": "audit",
            "description": "Audit of payments",
            "recipients": ["Northmoor Council"],
            "entities": {"payment": ["reference", "paid_on", "amount"], "organisation": ["name"]},
        }
    ],
    "columns": {"spend": ["number", "paid_on", "amount", "category", "supplier"]},
    "method": "file",
    "security": "encrypted",
    "start": date(2020, 1, 1),
    "review": date(2030, 1, 1),
    "end": date(2099, 12, 31),
    "retention_days": 365,
    "contact": "data@northmoor.example",
}


def feed(name: str = "northmoor_council/spend", agreement: str = "spend-sharing") -> Feed:
    organisation, dataset = name.split("/")
    return Feed.model_validate(
        {
            "organisation": organisation,
            "dataset": dataset,
            "title": name,
            "owner": "Finance",
            "maintainer": "Data team",
            "agreement": agreement,
            "place": {"kind": "folder", "connection": "share"},
        }
    )


def declared(
    feeds: Sequence[Feed] = (), agreements: Sequence[dict[str, Any]] = (AGREEMENT,)
) -> Declarations:
    feeds = feeds or (feed(),)
    empty = Register("organisations", {}, Path("organisations.csv"))
    read = [Agreement.model_validate(one) for one in agreements]
    return Declarations(
        root=Path("contracts"),
        datasets={"spend": Spend, "notes": Notes},
        entities={"payment": Payment, "organisation": Organisation, "note": Note},
        organisations=empty,
        code_schemes={},
        agreements={one.id: one for one in read},
        feeds={one.id: one for one in feeds},
        broken=(),
    )


@dataclass
class Batch:
    """What the steps would hand over."""

    table_number: int
    rows: Any
    hashes: Any
    entities: dict[str, pa.Table]
    written: pa.Table
    quarantined: pa.Table
    issues: pa.Table
    excluded: pa.Table
    skipped: int
    skipped_hashes: Any
    quarantined_ids: Any = None
    quarantined_id_rows: Any = None


Row = tuple[str, str, int, str, str]
"""Number, ISO date, pence, category, supplier; a category of ``bad`` is quarantined."""


def ids(*parts: str) -> bytes:
    return xxhash.xxh3_128("\x1f".join(parts).encode()).digest()


def organisation_id(name: str) -> bytes:
    return ids("organisation", "", name.casefold())


def batches(
    rows: Sequence[Row], feed_id: str, known: Any, *, size: int = 3, table: int = 1
) -> list[Batch]:
    """Batches of delivered rows; source row 1 is the header."""
    made = []
    for start in range(0, max(len(rows), 1), size):
        some = list(enumerate(rows[start : start + size], start + 2))
        hashed = [np.int64(xxhash.xxh3_64_intdigest(repr(r).encode()) - 2**63) for _, r in some]
        skip = np.isin(np.array(hashed, dtype=np.int64), known)
        kept = [(n, r, h) for (n, r), h, s in zip(some, hashed, skip, strict=True) if not s]
        header = [1] if start == 0 else []
        good = [(n, r) for n, r, _ in kept if r[3] != "bad"]
        bad = [(n, r) for n, r, _ in kept if r[3] == "bad"]
        made.append(
            Batch(
                table_number=table,
                rows=np.array(header + [n for n, _, _ in kept], dtype=np.int32),
                hashes=np.array([0] * len(header) + [h for _, _, h in kept], dtype=np.int64),
                entities=_entities(good, feed_id),
                written=_written(good),
                quarantined=pa.table(
                    {
                        "row": pa.array([n for n, _ in bad], pa.int32()),
                        "record": pa.array([json.dumps(_text(r)) for _, r in bad], pa.string()),
                        "codes": pa.array([["code-unknown"]] * len(bad), pa.list_(pa.string())),
                    }
                ),
                issues=pa.table(
                    {
                        "row": pa.array([n for n, _ in bad], pa.int32()),
                        "column": pa.array(["category"] * len(bad), pa.string()),
                        "position": pa.array([3] * len(bad), pa.int16()),
                        "code": pa.array(["code-unknown"] * len(bad), pa.string()),
                    }
                ),
                excluded=pa.table(
                    {
                        "row": pa.array(header, pa.int32()),
                        "reason": pa.array(["header"] * len(header), pa.string()),
                    }
                ),
                skipped=int(skip.sum()),
                skipped_hashes=np.array(hashed, dtype=np.int64)[skip],
                quarantined_ids=pa.array(
                    [ids("payment", feed_id, r[0]) for _, r in bad], pa.binary(16)
                ),
                quarantined_id_rows=[n for n, _ in bad],
            )
        )
    return made


def _text(row: Row) -> dict[str, str]:
    return {"number": row[0], "paid_on": row[1], "amount": str(row[2]), "supplier": row[4]}


def _written(good: list[tuple[int, Row]]) -> pa.Table:
    columns: dict[str, Any] = {"row": pa.array([n for n, _ in good], pa.int32())}
    for name in ("number", "paid_on", "amount", "supplier"):
        columns[name] = pa.array([_text(r)[name] for _, r in good], pa.string())
    return pa.table(columns)


def _entities(good: list[tuple[int, Row]], feed_id: str) -> dict[str, pa.Table]:
    from decimal import Decimal

    numbers = pa.array([n for n, _ in good], pa.int32())
    supplier = [organisation_id(r[4]) if r[4] else None for _, r in good]
    named = [(n, r) for n, r in good if r[4]]
    return {
        "payment": pa.table(
            {
                "row": numbers,
                "payment_id": pa.array(
                    [ids("payment", feed_id, r[0]) for _, r in good], pa.binary(16)
                ),
                "reference": pa.array([r[0] for _, r in good], pa.string()),
                "paid_on": pa.array([date.fromisoformat(r[1]) for _, r in good], pa.date32()),
                "paid_on_precision": pa.array(["day"] * len(good), pa.string()),
                "amount": pa.array([Decimal(r[2]) / 100 for _, r in good], pa.decimal128(18, 2)),
                "category": pa.array([r[3] or None for _, r in good], pa.string()),
                "supplier_id": pa.array(supplier, pa.binary(16)),
            }
        ),
        "organisation:supplier": pa.table(
            {
                "row": pa.array([n for n, _ in named], pa.int32()),
                "organisation_id": pa.array(
                    [organisation_id(r[4]) for _, r in named], pa.binary(16)
                ),
                "name": pa.array([r[4] for _, r in named], pa.string()),
                "name_match": pa.array([r[4].casefold() for _, r in named], pa.string()),
            }
        ),
    }


@dataclass
class Supplier:
    """Delivers on one feed of one database."""

    url: str
    feed: str = "northmoor_council/spend"
    replaces: Any = "everything"
    steps_version: str = "1"
    count: int = 0
    begin: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def record(self, rows: Sequence[Row], name: str, **more: Any) -> DeliveryRecord:
        self.count += 1
        sha256 = hashlib.sha256(repr(rows).encode()).hexdigest()
        made = DeliveryRecord(
            feed=self.feed,
            name=name,
            sha256=sha256,
            files=(FileRecord(name, sha256, len(repr(rows)), f"{self.feed}/{sha256}/{name}"),),
            landed_at=self.begin + timedelta(days=self.count),
            sequence=self.count,
            dataset=Spend,
            entities={"payment": Payment, "organisation": Organisation},
            steps_version=self.steps_version,
            agreement="spend-sharing",
            code_version="test",
            replaces=self.replaces,
            run_id="manual__1",
        )
        return replace(made, **more)

    def load(
        self,
        rows: Sequence[Row],
        name: str = "spend.csv",
        *,
        at: At = pass_by,
        skip: bool = True,
        record: DeliveryRecord | None = None,
        size: int = 3,
        **more: Any,
    ) -> Outcome:
        record = record or self.record(rows, name, **more)
        with loading(self.url, record, at=at) as load:
            if load.already is not None:
                return load.already
            known = load.known_hashes() if skip else np.zeros(0, dtype=np.int64)
            columns = ("number", "paid_on", "amount", "category", "supplier")
            mapping = {
                "header_row": 1,
                "columns": [
                    {"name": c, "position": i, "header": c.upper(), "how": "exact"}
                    for i, c in enumerate(columns)
                ],
            }
            load.table(TableRecord(1, record.name, header_row=1, mapping=mapping))
            for batch in batches(rows, self.feed, known, size=size):
                load.add(batch)
            return load.finish()


@pytest.fixture
def declarations_kit() -> Any:
    """What makes declarations: of feeds and agreements, a feed, an agreement."""
    return declared, feed, AGREEMENT


@pytest.fixture
def supplier_at() -> Callable[..., Supplier]:
    """Makes suppliers of any database."""
    return Supplier


@pytest.fixture
def supplier(database_url: str, tmp_path: Path) -> Callable[..., Supplier]:
    """Makes suppliers of a database with the invented contracts."""
    migrate(database_url, declared(), tmp_path / "analysts.json")

    def make(**more: Any) -> Supplier:
        return Supplier(database_url, **more)

    return make
