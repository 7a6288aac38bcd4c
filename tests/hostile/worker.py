"""A worker that opens and reads the files it is told of, one after the other, in one process.

Reads a line of JSON for each file (``path``, ``form``), writes a line of JSON: ``verdict``,
``rows`` and ``digest`` of the cells.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from connectors.errors import Unreadable
from connectors.read import open_tables
from contracts.file_forms import FileForm
from contracts.issues import issue_types


def read(path: Path, form: dict[str, Any] | None) -> dict[str, Any]:
    """What becomes of a file."""
    declared = TypeAdapter(FileForm).validate_python(form) if form else None
    types = issue_types()
    rows, codes, digest = 0, set[str](), hashlib.sha256()
    try:
        for table in open_tables(path, declared):
            table.head()
            for batch in table.batches():
                rows += len(batch.rows)
                codes |= {code for _, code in batch.problems}
                for name in batch.table.column_names:
                    for text in batch.table.column(name).to_pylist():
                        digest.update((text or "").encode() + b"\x1f")
    except Unreadable as refusal:
        assert refusal.message and path.name in refusal.message, refusal.message
        return {"verdict": refusal.code, "rows": 0, "digest": ""}
    bad = [code for code in codes if types[code].severity == "quarantine"]
    verdict = "quarantined" if bad else "read"
    return {"verdict": verdict, "rows": rows, "digest": digest.hexdigest()}


def main() -> None:
    """Read what is asked for until nothing more is."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told = read(Path(asked["path"]), asked["form"])
        except Exception as error:  # noqa: BLE001 - what a worker must never come to; told, not hidden
            told = {
                "verdict": f"crash: {type(error).__name__}: {error}"[:300],
                "rows": 0,
                "digest": "",
            }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
