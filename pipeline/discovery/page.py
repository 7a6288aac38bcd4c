"""What was found as one page that needs nothing beside it: no server, no network, no script."""

import base64
import hashlib
import heapq
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.discovery.findings import (
    Found,
    Summary,
    moment_said,
    named_said,
    near_said,
    rows_said,
    size_said,
)
from pipeline.discovery.lines import personal_said
from pipeline.discovery.quantity import quantity
from pipeline.discovery.sighting import Obstacle, shown
from pipeline.discovery.suggestion import best_match

MOST = 3_000
"""Files the page lists; of more it says so, and the CSV has them all."""
_HERE = Path(__file__).parent
_CATALOGUE = _HERE.parent / "catalogue" / "static" / "catalogue.css"


def write_page(
    found: Iterable[Found], obstacles: Iterable[Obstacle], summary: Summary, into: Path
) -> None:
    """Write the page. It is there whole or not at all.

    Of more than :data:`MOST` files those are listed that are of a dataset, hold personal data or
    could not be read.
    """
    listed = _foremost(found)
    troubles = [(shown(one.path), one.message) for one, _ in zip(obstacles, range(MOST))]  # noqa: B905
    script = (_HERE / "static" / "discovery.js").read_text(encoding="utf-8")
    style = _CATALOGUE.read_text(encoding="utf-8")
    style += (_HERE / "static" / "discovery.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "size": size_said, "moment": moment_said}
    text = environment.get_template("discovery.html").render(
        summary=summary,
        files=listed,
        obstacles=troubles,
        made=datetime.now(UTC),
        near_said=near_said,
        named_said=named_said,
        quantity=quantity,
        style=style,
        script=script,
        script_hash=_hash(script),
        style_hash=_hash(style),
    )
    partial = into.with_name(f".{into.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8", errors="replace")
        partial.replace(into)
    finally:
        partial.unlink(missing_ok=True)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _foremost(found: Iterable[Found]) -> list[dict[str, Any]]:
    """The files to list, in order of path."""
    heap: list[tuple[float, int, Found]] = []
    for place, one in enumerate(found):
        ranked = (_weight(one), -place, one)
        if len(heap) < MOST:
            heapq.heappush(heap, ranked)
        elif ranked[:2] > heap[0][:2]:
            heapq.heapreplace(heap, ranked)
    return [_file(one) for _, _, one in sorted(heap, key=lambda each: -each[1])]


def _weight(one: Found) -> float:
    look = one.known.look
    if look is None:
        return 0
    match = best_match(look)
    personal = any(hint.confidence != "low" for table in look.tables for hint in table.personal)
    return (
        (match.score if match else 0)
        + 50 * personal
        + 40 * bool(look.problem)
        + len(look.tables[:1])
    )


def _file(one: Found) -> dict[str, Any]:
    sighting, look = one.known.sighting, one.known.look
    tables = look.tables if look else []
    match = best_match(look) if look else None
    hints = [hint for table in tables for hint in table.personal if hint.confidence != "low"]
    exact = all(table.exact for table in tables)
    rows = sum(table.rows for table in tables)
    return {
        "path": shown(sighting.path),
        "kind": look.words if look else "not looked into yet",
        "size": sighting.size,
        "modified": sighting.modified,
        "owner": sighting.owner or "",
        "tables": [
            {
                "name": shown(table.name or ""),
                "rows_said": f"{rows_said(table)} row{'' if table.rows == 1 else 's'}",
                "columns": table.columns,
                "header": [shown(cell) for cell in table.header if cell],
                "matches": table.matches,
                "personal": [personal_said(hint) for hint in table.personal],
                "alike": [
                    near_said(other) for other in [n for n in one.near if n.number == number][:5]
                ],
                "command": one.commands[number] if one.commands else None,
                "problem": table.problem,
            }
            for number, table in enumerate(tables)
        ],
        "rows": rows,
        "rows_said": f"{'' if exact else '~'}{rows:,}" if tables else "",
        "match": match,
        "personal": sorted({hint.what for hint in hints}),
        "special": any(hint.personal == "special" for hint in hints),
        "twin_of": shown(one.twin_of) if one.twin_of else None,
        "members": [name for name, _ in look.members] if look else [],
        "member_count": look.member_count if look else 0,
        "problem": look.problem if look else None,
        "encoding": (look.encoding or "") if look else "",
    }
