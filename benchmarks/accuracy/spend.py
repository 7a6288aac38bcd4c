"""Real spend files against their right answers, where ``../shared/real`` is there.

A file is right where rows, sum, first and last date and suppliers are those published for it, but
for rows whose amount the answer says cannot be read: these have to be in quarantine for it, and
just these. It is refused where the check refuses it with a reason; differing where other rows in
quarantine account for the difference; and wrong where nothing does.
"""

import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.accuracy.table import Table
from contracts.declarations import load
from pipeline.check import Report, check

REAL = Path(__file__).parents[3] / "shared" / "real" / "spend"


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
    if _held_for_its_amount(answer, report) and not differs.keys() & {"data_rows", "sum_amount"}:
        rows = ", ".join(str(row) for row in sorted({i["row"] for i in _holding(report)}))
        return "right", f"rows {rows} in quarantine for an amount that cannot be read; {told}"
    accounted = report.rows_quarantined and "data_rows" not in differs
    return ("quarantined" if accounted else "WRONG"), told


def _held_for_its_amount(answer: dict[str, Any], report: Report) -> bool:
    """Whether the rows without a readable amount are in quarantine, for it, and no others."""
    unreadable = answer["data_rows"] - answer["rows_with_readable_amount"]
    amiss = {issue["row"] for issue in _holding(report) if issue["column"] == "amount"}
    return bool(report.rows_quarantined == unreadable == len(amiss) > 0)


def _holding(report: Report) -> list[dict[str, Any]]:
    return [issue for issue in report.issues if issue["severity"] == "quarantine"]


def tables() -> list[Table]:
    """One table of files, a line a file printed on the way."""
    title = "spend files"
    if not (REAL / "expected.json").is_file():
        print("Not tried: the real files are not at ../shared/real/spend.")
        return [Table(title, 0, 0, 0, 0, "not tried: no files at ../shared/real/spend")]
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
    held = totals.get("refused", 0) + totals.get("quarantined", 0)
    right, wrong = totals.get("right", 0), totals.get("WRONG", 0)
    return [Table(title, right, wrong, held, len(answers), "rows, sum, dates and suppliers")]
