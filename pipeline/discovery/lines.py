"""What was found as lines: one of CSV for each table, one of JSON for each file."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from pipeline.discovery.findings import Found, Summary, moment_said, near_said
from pipeline.discovery.looked import FileLook, Match, PersonalHint, TableLook
from pipeline.discovery.sighting import Obstacle, shown
from transforms.steps.neutralise import neutralise

COLUMNS = (
    "path", "kind", "size_bytes", "modified_utc", "owner", "encoding", "delimiter", "table",
    "rows", "rows_estimated", "columns", "header_row", "header", "dataset", "score", "found",
    "missing", "second_dataset", "second_score", "third_dataset", "third_score", "same_as",
    "alike", "personal", "members", "problem", "next",
)  # fmt: skip
_PAGE = 500


def write_csv(found: Iterable[Found], obstacles: Iterable[Obstacle], into: Path) -> int:
    """Write what was found as CSV, a line for each table and for each file without; how many.

    What a spreadsheet would take for a formula has an apostrophe before it. The file is there
    whole or not at all.
    """
    partial = into.with_name(f".{into.name}.partial")
    lines = 0
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            page: list[Sequence[str]] = []
            for line in _lines(found, obstacles):
                page.append(line)
                lines += 1
                if len(page) == _PAGE:
                    _write(writer, page)
                    page = []
            _write(writer, page)
        partial.replace(into)
    finally:
        partial.unlink(missing_ok=True)
    return lines


def write_json(
    found: Iterable[Found], obstacles: Iterable[Obstacle], summary: Summary, out: TextIO
) -> None:
    """Write what was found as JSON lines: files, what was not read, and the numbers at the end."""
    for one in found:
        out.write(json.dumps(_told(one), ensure_ascii=True) + "\n")
    for obstacle in obstacles:
        told = {"type": "not-read", "path": shown(obstacle.path), "code": obstacle.code}
        out.write(json.dumps({**told, "message": obstacle.message}) + "\n")
    out.write(json.dumps(summary.to_json()) + "\n")


def personal_said(hint: PersonalHint) -> str:
    """A hint for people; how many values prove it, never which."""
    proved = f", {hint.values:,} of {hint.of:,} values" if hint.of and hint.values else ""
    special = ", special category" if hint.personal == "special" else ""
    return f"{hint.column}: {hint.what} ({hint.confidence}, by {hint.basis}{proved}{special})"


def _write(writer: Any, page: list[Sequence[str]]) -> None:
    if not page:
        return
    columns = [neutralise(pa.array(column, pa.string())) for column in zip(*page, strict=True)]
    writer.writerows(zip(*(column.to_pylist() for column in columns), strict=True))


def _lines(found: Iterable[Found], obstacles: Iterable[Obstacle]) -> Iterator[Sequence[str]]:
    for one in found:
        look = one.known.look
        tables: Sequence[tuple[int, TableLook | None]] = (
            list(enumerate(look.tables)) if look and look.tables else [(0, None)]
        )
        for number, table in tables:
            yield _line(one, look, number, table)
    for obstacle in obstacles:
        blank = dict.fromkeys(COLUMNS, "")
        blank |= {"path": shown(obstacle.path), "kind": "not read", "problem": obstacle.message}
        yield list(blank.values())


def _line(one: Found, look: FileLook | None, number: int, table: TableLook | None) -> list[str]:
    sighting = one.known.sighting
    told = dict.fromkeys(COLUMNS, "")
    told |= {
        "path": shown(sighting.path),
        "kind": look.words if look else "not looked into yet",
        "size_bytes": str(sighting.size),
        "modified_utc": moment_said(sighting.modified),
        "owner": sighting.owner or "",
        "same_as": shown(one.twin_of) if one.twin_of else "",
        "alike": "; ".join(
            near_said(other) for other in [n for n in one.near if n.number == number][:3]
        ),
        "next": one.commands[number] if one.commands else "",
    }
    if look is not None:
        told |= {
            "encoding": look.encoding or "",
            "delimiter": {"\t": "tab"}.get(look.delimiter or "", look.delimiter or ""),
            "members": "; ".join(name for name, _ in look.members[:20]),
            # A file's own stands in its first line, so that as many are counted as there are.
            "problem": (look.problem if number == 0 else None)
            or (table.problem if table else None)
            or "",
        }
    if table is not None:
        told |= _of_table(table)
    return [told[name] for name in COLUMNS]


def _of_table(table: TableLook) -> dict[str, str]:
    told = {
        "table": shown(table.name or ""),
        "rows": str(table.rows),
        "rows_estimated": "no" if table.exact else "yes",
        "columns": str(table.columns),
        "header_row": "" if table.header_row is None else str(table.header_row),
        "header": " | ".join(shown(cell or "") for cell in table.header),
        "personal": "; ".join(shown(personal_said(hint)) for hint in table.personal),
    }
    for place, one in zip(("", "second_", "third_"), table.matches, strict=False):
        told |= {f"{place}dataset": one.dataset, f"{place}score": f"{one.score:g}"}
    if table.matches:
        best = table.matches[0]
        told["found"] = ", ".join(column for column, *_ in best.matched)
        told["missing"] = ", ".join(best.missing)
    return told


def _told(one: Found) -> dict[str, Any]:
    sighting, look = one.known.sighting, one.known.look
    return {
        "type": "file",
        "path": shown(sighting.path),
        "size": sighting.size,
        "modified": moment_said(sighting.modified),
        "owner": sighting.owner,
        "kind": look.kind if look else None,
        "kind_words": look.words if look else None,
        "encoding": look.encoding if look else None,
        "delimiter": look.delimiter if look else None,
        "sampled": look.sampled if look else None,
        "sha256": one.known.sha256,
        "same_as": shown(one.twin_of) if one.twin_of else None,
        "problem": {"code": look.code, "message": look.problem} if look and look.problem else None,
        "members": [name for name, _ in look.members] if look else [],
        "member_count": look.member_count if look else 0,
        "tables": [
            _table_told(one, number, table)
            for number, table in enumerate(look.tables if look else ())
        ],
        "next": one.command,
    }


def _table_told(one: Found, number: int, table: TableLook) -> dict[str, Any]:
    return {
        "table": table.name,
        "rows": table.rows,
        "rows_estimated": not table.exact,
        "columns": table.columns,
        "header_row": table.header_row,
        "header": table.header,
        "problem": table.problem,
        "resembles": [_match_told(match) for match in table.matches],
        "personal": [hint.__dict__ for hint in table.personal],
        "alike": [
            {
                "file": shown(other.other),
                "table": other.other_table,
                "share": round(other.share, 3),
                "relation": other.relation,
            }
            for other in one.near
            if other.number == number
        ],
        "next": one.commands[number] if one.commands else None,
    }


def _match_told(match: Match) -> dict[str, Any]:
    return {
        "dataset": match.dataset,
        "score": match.score,
        "found": [
            {"column": column, "header": header, "exact": exact, "proved": proved}
            for column, header, exact, proved in match.matched
        ],
        "missing": match.missing,
    }
