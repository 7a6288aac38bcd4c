"""Codes: those never seen before, and rows that moved from some codes to others."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median

from contracts.findings import Finding
from pipeline.gates.limits import (
    FEWEST,
    LEARNT,
    SPREADS,
    deviation,
    highest_share,
    in_percent,
    wide,
)
from pipeline.gates.seen import Measures, Seen, declare

Shares = Mapping[str, float]


def codes(seen: Seen) -> Iterator[Finding]:
    """Findings ``codes-new`` (noted), ``codes-new-many`` and ``codes-shifted``."""
    for name, now in seen.columns().items():
        past = [shares for one in seen.before(name) if (shares := _shares(one))]
        mine = _shares(now)
        if not mine or not past:
            continue
        yield from _new(seen, name, mine, sum(now["codes"].values()), past)
        yield from _shifted(seen, name, mine, sum(now["codes"].values()), past)


def _shares(measures: Measures) -> dict[str, float]:
    counts = measures.get("codes") or {}
    whole = sum(counts.values())
    return {code: rows / whole for code, rows in counts.items()} if whole else {}


def _new(
    seen: Seen, name: str, mine: Shares, rows: int, past: Sequence[Shares]
) -> Iterator[Finding]:
    known = set().union(*past)
    fresh = sorted(set(mine) - known)
    if not fresh:
        return
    share = sum(mine[code] for code in fresh)
    declared = seen.gates(name).new_most
    most = highest_share([0.0] * len(past), declared, rows, first=0.3, least=0.1)
    stops = most is not None and share > most and (declared is not None or rows >= FEWEST)
    shown = ", ".join(fresh[:10]) + (" and more" if len(fresh) > 10 else "")
    if seen.facts[name].personal == "special":
        shown = "not named here"  # nor how many persons have them
    yield Finding(
        "codes-new-many" if stops else "codes-new",
        f"{name}: {len(fresh)} codes never seen in this feed ({shown}), in {in_percent(share)} of "
        "the rows",
        name,
        {
            "now": len(fresh) if seen.facts[name].personal == "special" else fresh[:50],
            "share": round(share, 4),
            "declare": declare(name, new_most=min(wide(share), 1.0)),
        },
    )


def _shifted(
    seen: Seen, name: str, mine: Shares, rows: int, past: Sequence[Shares]
) -> Iterator[Finding]:
    usual = _mean(past)
    share = _moved(mine, usual)
    declared = seen.gates(name).shift_most
    if declared is None:
        if rows < FEWEST:
            return
        most = 0.3
        if len(past) >= LEARNT:
            moved = [_moved(one, usual) for one in past]
            most = max(0.15, median(moved) + SPREADS * deviation(moved))
        most = max(most, math.sqrt(len(usual) / rows))
    else:
        most = declared
    if share <= most:
        return
    differences = sorted(
        set(mine) | set(usual), key=lambda code: -abs(mine.get(code, 0) - usual.get(code, 0))
    )
    told = ", ".join(
        f"{code} {in_percent(usual.get(code, 0))} to {in_percent(mine.get(code, 0))}"
        for code in differences[:3]
    )
    if seen.facts[name].personal == "special":
        told = "codes not named here"
    yield Finding(
        "codes-shifted",
        f"{name}: {in_percent(share)} of the rows moved to other codes than usual ({told}; from "
        f"{len(past)} accepted); was the code list changed?",
        name,
        {
            "now": round(share, 4),
            "most": round(most, 4),
            "declare": declare(name, shift_most=min(wide(share), 1.0)),
        },
    )


def _mean(past: Sequence[Shares]) -> dict[str, float]:
    every: Counter[str] = Counter()
    for one in past:
        every.update(list(one))
    return {code: fmean(one.get(code, 0.0) for one in past) for code in every}


def _moved(one: Shares, other: Shares) -> float:
    """The share of rows that would have to change their code for one to become the other."""
    return sum(abs(one.get(c, 0) - other.get(c, 0)) for c in set(one) | set(other)) / 2
