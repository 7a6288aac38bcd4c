"""How good what was supplied is: counts by column, and the checks and gates it went through.

Of columns with personal data only counts of values and of missing values are told, never a sum, a
least or a greatest value, nor how many different ones there are.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from contracts.column import ColumnFacts
from contracts.issues import issue_types
from contracts.kinds import Code, DecimalNumber, Money, WholeNumber
from contracts.promised_checks import LATE, TOTALS, Check
from pipeline.lineage_events.facets import Plain, facet
from pipeline.lineage_events.fields import Fields

NUMBERS = (Money, WholeNumber, DecimalNumber)

GATES = (
    "column-gone",
    "column-renamed",
    "column-retyped",
    "rows-fell",
    "rows-rose",
    "quarantine-rose",
    "missing-rose",
    "sum-shifted",
    "size-shifted",
    "codes-new-many",
    "codes-shifted",
    "values-changed",
    "delivery-older",
    "matches-fell",
)
"""Findings of the gates that stop a delivery; a gate that found nothing has passed."""

CLASSES: Mapping[str, str] = {
    "value-missing": "not_null",
    "duplicate-key": "unique",
    "code-unknown": "accepted_values",
    "delivery-late": "freshness",
    "delivery-older": "freshness",
    "rows-fell": "row_count",
    "rows-rose": "row_count",
}
"""Issues that other tools have a word for."""

Counts = Mapping[tuple[str, str], int]
"""Rows by issue and contract column (empty: the whole row)."""


def metrics(
    measures: Mapping[str, Mapping[str, Any]],
    columns: Mapping[str, ColumnFacts],
    fields: Fields,
    rows: int,
    size: int,
    files: int,
) -> Plain:
    """Facet ``dataQualityMetrics``.

    Args:
        measures: the delivery's profile, by contract column.
        rows: records that were evaluated.
        size: bytes.
    """
    found: dict[str, Plain] = {}
    for name, told in measures.items():
        headers = fields.read.get(name, ())
        # Where tables call it differently, nothing tells whose share of the counts is whose.
        if name in columns and len(headers) == 1:
            found[headers[0]] = _of_column(columns[name], told)
    return facet(
        "dataQualityMetrics", rowCount=rows, bytes=size, fileCount=files, columnMetrics=found
    )


def _of_column(facts: ColumnFacts, told: Mapping[str, Any]) -> Plain:
    found: Plain = {"nullCount": told["rows"] - told["present"], "count": told["present"]}
    if facts.personal != "none":
        return found
    if "codes" in told:
        found["distinctCount"] = len(told["codes"])
    elif "distinct" in told:
        found["distinctCount"] = told["distinct"]
    if issubclass(facts.kind, NUMBERS) and not issubclass(facts.kind, Code):
        found |= {name: float(told[name]) for name in ("sum", "min", "max") if name in told}
    return found


def checks(
    promised: Iterable[Check],
    measures: Mapping[str, Mapping[str, Any]],
    counts: Counts,
    fields: Fields,
    rows: int,
) -> Iterator[Plain]:
    """Assertions of the contract's checks that ran: whether each was satisfied in every row.

    Args:
        promised: the checks the contract promises of the feed.
        counts: issues of this delivery's rows.
    """
    for check in promised:
        if check.code == LATE:
            continue  # a gate's business
        found = counts.get((check.code, check.column), 0)
        if check.column:
            told = measures.get(check.column, {"rows": 0, "issues": {}})
            ran, found = bool(told["rows"]), max(found, told["issues"].get(check.code, 0))
        elif check.code == TOTALS:
            ran = bool(found)  # nothing tells whether there was a total that agreed
        else:
            ran = bool(rows)
        if ran:
            column = fields.first(check.column) if check.column else None
            yield assertion(check.code, column, success=not found, actual=str(found))


def gates(
    found: Collection[tuple[str, str | None]], fields: Fields, *, compared: bool
) -> Iterator[Plain]:
    """Assertions of the gates.

    Args:
        found: code and contract column of every finding.
        compared: whether the delivery was compared with earlier ones.
    """
    for code, column in found:
        if code in issue_types():
            yield assertion(code, None if column is None else fields.first(column), success=False)
    met = {code for code, _ in found}
    if compared:
        for code in (*GATES, LATE):
            if code not in met:
                yield assertion(code, None, success=True)


def assertion(code: str, column: str | None, *, success: bool, actual: str | None = None) -> Plain:
    """One assertion; the catalogue's words, since our messages may name headers and values."""
    kind = issue_types()[code]
    made: Plain = {
        "assertion": CLASSES.get(code, code),
        "success": success,
        "severity": "error" if kind.severity == "stop" else "warn",
        "name": code,
        "description": f"Looks for: {kind.message}",
    }
    if column is not None:
        made["column"] = column
    if actual is not None:
        made |= {"expected": "0", "actual": actual}
    return made


def keeping_out(promised: Iterable[Check]) -> list[str]:
    """Contract columns with a check that keeps rows out, each once."""
    kinds = issue_types()
    return list(
        dict.fromkeys(
            check.column
            for check in promised
            if check.column and kinds[check.code].severity == "quarantine"
        )
    )
