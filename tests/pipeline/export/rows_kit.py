"""Rows of every type, with what spreadsheets and CSV get wrong, for the tests of writers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipeline.export.facts import ColumnFacts, TableFacts, plain_schema

TYPES = {
    "payment_id": "uuid",
    "supplier": "text",
    "reference": "text",
    "paid_on": "date",
    "amount": "numeric(18,2)",
    "number": "bigint",
    "share": "double precision",
    "urgent": "boolean",
    "known_since": "timestamp with time zone",
}
MOMENT = datetime(2026, 4, 1, 8, 30, 15, 250000, UTC)
ROWS: list[dict[str, Any]] = [
    {
        "payment_id": "00000000-0000-0000-0000-000000000001",
        "supplier": '=HYPERLINK("http://evil.example")',
        "reference": "000123",
        "paid_on": date(2026, 4, 1),
        "amount": Decimal("1234.50"),
        "number": 42,
        "share": 0.25,
        "urgent": True,
        "known_since": MOMENT,
    },
    {
        "payment_id": "00000000-0000-0000-0000-000000000002",
        "supplier": 'Zoë "Zed" Ltd,\nHigh Street',
        "reference": "12345678901234567890",
        "paid_on": date(1899, 12, 31),
        "amount": Decimal("-9999999999999999.99"),
        "number": 1234567890123456789,
        "share": -1.5,
        "urgent": False,
        "known_since": MOMENT,
    },
    {
        "payment_id": "00000000-0000-0000-0000-000000000003",
        "supplier": "",
        "reference": None,
        "paid_on": None,
        "amount": None,
        "number": None,
        "share": None,
        "urgent": None,
        "known_since": None,
    },
]


def facts(**more: Any) -> TableFacts:
    """The facts of the table."""
    from repository.access.purpose_tables import arrow_type

    columns = tuple(
        ColumnFacts(
            name=name,
            meaning=f"The {name.replace('_', ' ')}",
            sql_type=kind,
            arrow=arrow_type(kind),
            unit="pounds" if name == "amount" else None,
            nullable=name != "payment_id",
            headers=("Net Amount (Northmoor Council)",) if name == "amount" else (),
            missing=(("northmoor/spend", 0.25),) if name == "amount" else (),
        )
        for name, kind in TYPES.items()
    )
    given: dict[str, Any] = {
        "name": "payment",
        "title": "Payment",
        "meaning": "One payment.",
        "columns": columns,
        "key": ("payment_id",),
        "made_at": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        "about": (("Purpose", "transparency"),),
    }
    return TableFacts(**{**given, **more})


def batches(rows: list[dict[str, Any]] | None = None, size: int = 2) -> Iterator[pa.RecordBatch]:
    """The rows in batches."""
    schema = plain_schema(facts().columns)
    given = ROWS if rows is None else rows
    for start in range(0, len(given), size):
        yield pa.RecordBatch.from_pylist(given[start : start + size], schema=schema)
