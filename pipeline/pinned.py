"""A feed keeps the mapping it was accepted with: where an inference would change it, say so."""

from collections.abc import Iterator, Sequence

from contracts.findings import Finding
from pipeline.prepared import TableReading
from transforms.headers import normalised
from transforms.mapping import MappedColumn, Pin, Pins

CODE = "column-inferred-anew"


def structure_changes(tables: Sequence[TableReading], pinned: Pins | None) -> list[Finding]:
    """Columns that are inferred and were not taken from that header before, or were inferred
    before and are now taken from another header; each once.

    Args:
        pinned: from the delivery accepted before; nothing where there was none.
    """
    if not pinned:
        return []
    found: dict[str, Finding] = {}
    for table in tables:
        for column in table.mapping.columns if table.mapping else ():
            for change in _changes(column, pinned.get(column.name, ()), table):
                found.setdefault(column.name, change)
    return list(found.values())


def _changes(column: MappedColumn, pins: Sequence[Pin], table: TableReading) -> Iterator[Finding]:
    now = normalised(column.header)
    if now in {normalised(pin.header) for pin in pins}:
        return
    before_inferred = bool(pins) and all(pin.how == "inferred" for pin in pins)
    if column.how != "inferred" and not (column.how == "exact" and before_inferred):
        return
    place = f'{table.file}, sheet "{table.sheet}"' if table.sheet else table.file
    was = " or ".join(f'"{" ".join(pin.header.split())}" ({pin.how})' for pin in pins)
    before = f"was taken from {was} in the delivery accepted before" if pins else (
        "was not in the delivery accepted before"
    )  # fmt: skip
    told = f"{column.how}, {column.evidence}" if column.evidence else column.how
    header = " ".join(column.header.split())
    yield Finding(
        CODE,
        f'{place}: {column.name} {before} and would now be taken from "{header}" ({told})',
        column.name,
        {
            "before": [{"header": pin.header, "how": pin.how} for pin in pins],
            "now": {"header": column.header, "how": column.how, "score": column.score},
            "declare": {"columns": {column.name: {"header": header}}},
        },
    )
