"""The issue catalogue: every kind of thing that can be wrong, said once for code and pages."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Severity = Literal["stop", "quarantine", "note"]


@dataclass(frozen=True)
class IssueType:
    """One kind of issue.

    Attributes:
        code: the word it is known by.
        severity: ``stop`` the delivery, ``quarantine`` the row, or only ``note`` it.
        dimension: data-quality dimension (DAMA UK: completeness, uniqueness, consistency,
            timeliness, validity, accuracy).
        whose: who has to act, ``supplier``, ``steward`` or ``operations``.
        message: plain English for the person who has to act.
        waivable: ``yes`` where a person may let one row through in spite of it: the value may still
            be good, or be left out.
    """

    code: str
    severity: Severity
    dimension: str
    whose: str
    message: str
    waivable: str = "no"


@cache
def issue_types() -> dict[str, IssueType]:
    """The catalogue, by code, in the order of its file."""
    with (Path(__file__).parent / "issue_types.csv").open(encoding="utf-8", newline="") as lines:
        kinds = csv.DictReader(lines, restval="no")
        return {row["code"]: IssueType(**row) for row in kinds}  # type: ignore[arg-type]


def quarantining() -> frozenset[str]:
    """Codes that keep their row out of the repository."""
    return frozenset(c for c, kind in issue_types().items() if kind.severity == "quarantine")
