"""What a delivery's columns looked like: counts and sums that can be added and taken away.

A profile is kept with every delivery for later ones to be compared with. It holds no value of a
row but the least and most of a column, and the codes of its code list.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

Bound: TypeAlias = Decimal | int | float | date

MOST_CODES = 200
"""Codes that are counted one by one; of more only their number is kept."""

DELIVERY = ""
"""Stands for the delivery as a whole among the columns of a profile."""


class TooManyCodes(Exception):
    """A column's codes were too many to be kept one by one."""


@dataclass
class Measures:
    """What one column looks like over some rows; grows as rows are seen.

    Attributes:
        rows: all of them.
        present: rows that have a canonical value.
        missing: rows without one, by reason: ``blank``, or the issue that says why.
        issues: issues of the column, by code.
        total: sum of numbers; of dates the sum of their days since 1970.
        least, most: of numbers and dates.
        logs, logged: sum of the natural logarithms of the numbers' sizes, zeros left out, and how
            many those are: the typical size, which a few large numbers do not move.
        codes: rows by code, for columns of a code list and yes or no; None elsewhere.
    """

    rows: int = 0
    present: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    issues: Counter[str] = field(default_factory=Counter)
    total: Decimal | int | float | None = None
    least: Bound | None = None
    most: Bound | None = None
    logs: float = 0.0
    logged: int = 0
    codes: Counter[str] | None = None

    def add(self, other: "Measures") -> None:
        """Count further rows."""
        self.rows += other.rows
        self.present += other.present
        self.missing.update(other.missing)
        self.issues.update(other.issues)
        self.total = _either(self.total, other.total, lambda a, b: a + b)
        self.least = _either(self.least, other.least, min)
        self.most = _either(self.most, other.most, max)
        self.logs += other.logs
        self.logged += other.logged
        self.codes = _either(self.codes, other.codes, lambda a, b: a + b)

    def take_away(self, other: "Measures") -> bool:
        """Count rows no longer that are among those counted.

        Returns:
            Whether least and most still hold; if not, they may be of a row taken away.
        """
        hold = other.least is None or not (
            self.least is None
            or self.most is None
            or other.most is None
            or other.least <= self.least  # type: ignore[operator]
            or other.most >= self.most  # type: ignore[operator]
        )
        self.rows -= other.rows
        self.present -= other.present
        self.missing -= other.missing
        self.issues -= other.issues
        self.total = _either(self.total, other.total, lambda a, b: a - b)
        self.logs -= other.logs
        self.logged -= other.logged
        if self.codes is not None and other.codes is not None:
            self.codes = self.codes - other.codes
        return hold

    def to_json(self) -> dict[str, Any]:
        """As it is kept; sums and bounds as text."""
        found: dict[str, Any] = {
            "rows": self.rows,
            "present": self.present,
            "missing": dict(sorted(self.missing.items())),
            "issues": dict(sorted(self.issues.items())),
        }
        for name, value in (("sum", self.total), ("min", self.least), ("max", self.most)):
            if value is not None:
                found[name] = str(value)
        if self.logged:
            found["size"] = {"logs": round(self.logs, 6), "of": self.logged}
        if self.codes is not None:
            if len(self.codes) <= MOST_CODES:
                found["codes"] = dict(sorted(self.codes.items()))
            else:
                found["distinct"] = len(self.codes)
        return found

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Measures":
        """Back from :meth:`to_json`.

        Raises:
            TooManyCodes: its codes were too many to be kept.
        """
        if "distinct" in written:
            raise TooManyCodes
        size = written.get("size", {"logs": 0.0, "of": 0})
        codes = written.get("codes")
        return cls(
            written["rows"],
            written["present"],
            Counter(written["missing"]),
            Counter(written["issues"]),
            _total(written.get("sum")),
            _bound(written.get("min")),
            _bound(written.get("max")),
            size["logs"],
            size["of"],
            None if codes is None else Counter(codes),
        )


@dataclass
class ColumnProfile:
    """One column of a delivery: over the rows that are loaded, and over those in quarantine.

    Sums, bounds and codes are of the rows that are loaded only.
    """

    good: Measures = field(default_factory=Measures)
    held: Measures = field(default_factory=Measures)

    def to_json(self) -> dict[str, Any]:
        """As it is kept: counts of all rows, and under ``held`` of those in quarantine."""
        found = self.good.to_json()
        held = self.held.to_json()
        for name in ("rows", "present"):
            found[name] += held[name]
        for name in ("missing", "issues"):
            whole = Counter(found[name]) + Counter(held[name])
            found[name] = dict(sorted(whole.items()))
        found["held"] = {name: held[name] for name in ("rows", "present", "missing", "issues")}
        return found

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "ColumnProfile":
        """Back from :meth:`to_json`; raises what :meth:`Measures.from_json` raises."""
        held = Measures.from_json(written["held"])
        good = Measures.from_json(written)
        good.rows -= held.rows
        good.present -= held.present
        good.missing -= held.missing
        good.issues -= held.issues
        return cls(good, held)


def _either(one: Any, other: Any, joined: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return joined(one, other)


def _total(written: str | None) -> Decimal | int | float | None:
    if written is None:
        return None
    return Decimal(written) if "." in written else int(written)


def _bound(written: str | None) -> Bound | None:
    if written is None:
        return None
    if len(written) == 10 and written[4] == written[7] == "-":
        return date.fromisoformat(written)
    return Decimal(written) if "." in written else int(written)
