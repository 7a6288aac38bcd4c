"""``make accuracy``: real files against their right answers, where ``../shared/real`` is there.

A file is right where rows, sum, first and last date and suppliers are those published for it;
refused where the check refuses it with a reason; differing where rows in quarantine account for the
difference; and wrong where nothing does.
"""

import json
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from contracts.declarations import load
from pipeline.check import Report, check

REAL = Path(__file__).parent.parent.parent / "shared" / "real" / "spend"


def figures(report: Report, out: Path) -> dict[str, Any]:
    """Rows (good and quarantined), sum, first and last date, suppliers of the good rows."""
    rows = pq.read_table(out).to_pylist()
    days = [row["paid_on"] for row in rows]
    suppliers = {row["supplier_as_written"] for row in rows} - {None, ""}
    return {
        "data_rows": report.rows_good + report.rows_quarantined,
        "sum_amount": str(sum((row["amount"] for row in rows), Decimal(0))),
        "date_min": str(min(days)),
        "date_max": str(max(days)),
        "distinct_suppliers_as_written": len(suppliers),
    }


def judge(answer: dict[str, Any], report: Report, out: Path) -> tuple[str, str]:
    """``right``, ``refused``, ``quarantined`` or ``WRONG``, with what differs."""
    if report.refused is not None:
        return "refused", report.refused
    found = figures(report, out)
    # A month stands as its first day; the answer gives the month alone.
    differs = {
        name: (found[name], answer[name])
        for name in found
        if not str(found[name]).startswith(str(answer[name]))
    }
    if not differs:
        return "right", ""
    told = ", ".join(f"{name} {have} for {want}" for name, (have, want) in differs.items())
    accounted = report.rows_quarantined and "data_rows" not in differs
    return ("quarantined" if accounted else "WRONG"), told


def main() -> None:
    """Print a line a file and the totals; exit 1 where one is wrong."""
    if not (REAL / "expected.json").is_file():
        print("Not tried: the real files are not at ../shared/real/spend.")
        sys.exit(1)
    declared = load()
    answers = json.loads((REAL / "expected.json").read_text(encoding="utf-8"))["files"]
    totals: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.parquet"
        for answer in answers:
            report = check(
                REAL / answer["file"], declared.dataset("spend"), declared, name="spend", out=out
            )
            verdict, told = judge(answer, report, out)
            totals[verdict] = totals.get(verdict, 0) + 1
            print(f"{verdict:12}{answer['file']}  {told}".rstrip())
    print(
        ", ".join(f"{count} {verdict}" for verdict, count in totals.items()), f"of {len(answers)}"
    )
    sys.exit(1 if totals.get("WRONG") else 0)


if __name__ == "__main__":
    main()
