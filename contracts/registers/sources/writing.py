"""Write registers as files, and read the logs some of them come from."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

REGISTERS = Path(__file__).parent.parent
COLUMNS = ("code", "name", "start", "end", "aliases", "successors", "source", "licence")
Line = Mapping[str, str]
FACTS = "bare facts, not protected"
"""Licence of codes and names of a standard that are facts and no more."""


def write_list(name: str, lines: Iterable[Line], scheme: str | None = None) -> None:
    """Write a code list, or a scheme for it.

    Args:
        lines: values by column; those left out are empty.
    """
    folder = REGISTERS / "codes" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{scheme or name}.csv").open("w", encoding="utf-8", newline="") as out:
        columns = [c for c in COLUMNS if scheme is None or c != "successors"]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for line in lines:
            writer.writerow([line.get(column, "") for column in columns])


def read_lines(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def read_log(path: Path) -> dict[str, list[dict[str, str]]]:
    """The entries of a register's append-only log (RSF): every version of a record, by its key.

    A log gives items (JSON, known by their SHA-256) and then appends entries that name them.
    """
    items: dict[str, dict[str, str]] = {}
    found: dict[str, list[dict[str, str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        command, *parts = line.split("\t")
        if command == "add-item":
            items[f"sha-256:{hashlib.sha256(parts[0].encode()).hexdigest()}"] = json.loads(parts[0])
        elif command == "append-entry" and parts[0] == "user":
            found.setdefault(parts[1], []).append(items[parts[3]])
    return found


def aliases(names: Iterable[str], *besides: str) -> str:
    """Names as the column ``aliases`` has them: each once, whatever its case, in their order,
    without those in ``besides``."""
    seen = {one.casefold() for one in besides}
    kept: list[str] = []
    for name in names:
        tidy = " ".join(name.split())
        if tidy and tidy.casefold() not in seen and "|" not in tidy:
            seen.add(tidy.casefold())
            kept.append(tidy)
    return "|".join(kept)
