"""Values: those that are missing, those that cannot be read, and how large numbers are."""

import math
from collections.abc import Iterator, Sequence

from contracts.findings import Finding
from contracts.gates import Change
from contracts.issues import quarantining
from contracts.kinds import Date
from pipeline.gates.limits import (
    FEWEST,
    SIZE,
    SUM,
    Band,
    band,
    highest_share,
    in_percent,
    wide,
)
from pipeline.gates.seen import Measures, Seen, declare, mean

MISSING = "value-missing"


def values(seen: Seen) -> Iterator[Finding]:
    """Findings ``missing-rose``, ``column-retyped``, ``sum-shifted`` and ``size-shifted``."""
    for name, now in seen.columns().items():
        before = seen.before(name)
        yield from _missing(seen, name, now, before)
        yield from _unreadable(seen, name, now, before)
        if issubclass(seen.facts[name].kind, Date):
            continue
        limits = seen.gates(name)
        if not limits.size.not_checked:
            yield from _size(name, now, before, limits.size)
        if not limits.sum.not_checked:
            yield from _sum(name, now, before, limits.sum, seen.facts[name].personal == "none")


def _missing(seen: Seen, name: str, now: Measures, before: Sequence[Measures]) -> Iterator[Finding]:
    rows = now["rows"]
    if not rows:
        return
    share = _without(now) / rows
    past = [_without(one) / one["rows"] for one in before if one["rows"]]
    declared = seen.gates(name).missing_most
    most = highest_share(past, declared, rows, first=0.3, least=0.1)
    if most is None:
        return
    emptied = declared is None and rows >= FEWEST and share == 1 and max(past) < 0.9
    if share <= most and not emptied:
        return
    yield Finding(
        "missing-rose",
        f"{name}: {in_percent(share)} of the rows have no value; " + _as_against(past, declared),
        name,
        {
            "now": round(share, 4),
            "most": round(most, 4),
            "declare": declare(name, missing_most=min(wide(share), 1.0)),
        },
    )


def _without(measures: Measures) -> int:
    """Rows that say nothing; those that say what cannot be read are told as such."""
    unread = sum(
        rows
        for why, rows in measures["missing"].items()
        if why in quarantining() and why != MISSING
    )
    return int(measures["rows"] - measures["present"] - unread)


def _unreadable(
    seen: Seen, name: str, now: Measures, before: Sequence[Measures]
) -> Iterator[Finding]:
    rows = now["rows"]
    if not rows:
        return
    share = _unread(now) / rows
    past = [_unread(one) / one["rows"] for one in before if one["rows"]]
    declared = seen.gates(name).unreadable_most
    most = highest_share(past, declared, rows, first=0.3, least=0.1)
    if most is None or share <= most:
        return
    kind = seen.facts[name].kind.name.replace("_", " ")
    yield Finding(
        "column-retyped",
        f"{name}: {in_percent(share)} of the values cannot be read as {kind}; "
        + _as_against(past, declared),
        name,
        {
            "now": round(share, 4),
            "most": round(most, 4),
            "declare": declare(name, unreadable_most=min(wide(share), 1.0)),
        },
    )


def _unread(measures: Measures) -> int:
    told: int = sum(
        rows
        for code, rows in measures["issues"].items()
        if code in quarantining() and code != MISSING
    )
    return min(told, int(measures["rows"]))


def _as_against(past: Sequence[float], declared: float | None) -> str:
    if declared is not None:
        return f"{in_percent(declared)} are declared to be the most"
    usual = sorted(past)[len(past) // 2]
    return f"usual are {in_percent(usual)} (from {len(past)} accepted)"


def _size(
    name: str, now: Measures, before: Sequence[Measures], declared: Change
) -> Iterator[Finding]:
    """The geometric mean of the sizes of numbers: what a change of unit moves, and little else."""
    past = [math.exp(_log(one)) for one in before if _logged(one) >= FEWEST]
    if _logged(now) < FEWEST:
        return
    typical = math.exp(_log(now))
    allowed = band(past, declared, SIZE)
    if allowed is None or not allowed.outside(typical):
        return
    factor = typical / allowed.usual if allowed.usual else 0.0
    yield Finding(
        "size-shifted",
        f"{name}: the typical value is {_times(factor)} what is usual"
        f" (geometric mean, from {len(past)} accepted); was the unit changed?",
        name,
        {
            "now": round(typical, 4),
            "usual": round(allowed.usual, 4),
            "declare": declare(name, size=_wider(typical, allowed)),
        },
    )


def _sum(
    name: str, now: Measures, before: Sequence[Measures], declared: Change, open_: bool
) -> Iterator[Finding]:
    # A sum of few numbers says little.
    summed = [one for one in before if "sum" in one and one["present"] >= FEWEST]
    if "sum" not in now or now["present"] < FEWEST:
        return
    past, total = [float(one["sum"]) for one in summed], float(now["sum"])
    allowed = band([value for value in past if value], declared, SUM)
    if allowed is None or not allowed.outside(total):
        return
    # Where a sum only follows the number of rows, that number is what is asked about.
    means = band([typical for one in summed if (typical := mean(one))], declared, SUM)
    if declared == Change() and means is not None and not means.outside(mean(now)):
        return
    told = f"{total:,.0f} where {allowed.usual:,.0f} is usual: " if open_ else ""
    factor = total / allowed.usual if allowed.usual else 0.0
    yield Finding(
        "sum-shifted",
        f"{name}: the sum is {told}{_times(factor)} as much (from {len(past)} accepted)",
        name,
        {
            "now": round(total, 2),
            "usual": round(allowed.usual, 2),
            "declare": declare(name, sum=_wider(total, allowed)),
        },
    )


def _wider(value: float, allowed: Band) -> dict[str, float]:
    """Limits that let a value pass."""
    limits: dict[str, float] = {}
    if allowed.least is not None and value < allowed.least:
        limits["least"] = math.floor(value)
    if allowed.most is not None and value > allowed.most:
        limits["most"] = math.ceil(value)
    if allowed.usual:
        ratio = value / allowed.usual
        if ratio < 0:
            # Of a figure that changes its sign no limit in shares speaks.
            limits |= {"least": math.floor(min(value, 0)), "fall": 1.0}
        elif ratio < 1 - allowed.fall:
            limits["fall"] = min(wide(1 - ratio, 0.01), 1.0)
        elif ratio > 1 + allowed.rise:
            limits["rise"] = wide(ratio - 1, 1.0)
    return limits


def _logged(measures: Measures) -> int:
    return int(measures.get("size", {"of": 0})["of"])


def _log(measures: Measures) -> float:
    return float(measures["size"]["logs"] / measures["size"]["of"])


def _times(factor: float) -> str:
    return f"{factor:,.0f} times" if abs(factor) >= 10 else f"{factor:.2g} times"
