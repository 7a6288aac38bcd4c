"""Volume: how many records a delivery holds, and how many of them are in quarantine."""

from collections.abc import Iterator

from contracts.findings import Finding
from contracts.profiles import DELIVERY
from pipeline.gates.limits import ROWS, band, by_chance, highest_share, in_percent, wide
from pipeline.gates.seen import Seen, declare


def volume(seen: Seen) -> Iterator[Finding]:
    """Findings ``rows-fell``, ``rows-rose`` and ``quarantine-rose``."""
    now, before = seen.now[DELIVERY], seen.before(DELIVERY)
    yield from _rows(seen, now["rows"], [float(one["rows"]) for one in before])
    rows = now["rows"]
    if not rows or seen.limits.rows.not_checked:
        return
    shares = [one["quarantined"] / one["rows"] for one in before if one["rows"]]
    share = now["quarantined"] / rows
    declared = seen.limits.quarantined_most
    most = highest_share(shares, declared, rows, first=0.3, least=0.1)
    if most is not None and share > most:
        yield Finding(
            "quarantine-rose",
            f"{in_percent(share)} of the records ({now['quarantined']:,} of {rows:,}) would be in "
            f"quarantine; up to {in_percent(most)} passes"
            f"{f', learnt from {len(shares)} accepted' if declared is None else ', as declared'}",
            facts={
                "now": round(share, 4),
                "most": round(most, 4),
                "declare": declare(None, quarantined_most=min(wide(share), 1.0)),
            },
        )


def _rows(seen: Seen, rows: int, before: list[float]) -> Iterator[Finding]:
    declared = seen.limits.rows
    allowed = None if declared.not_checked else band(before, declared, ROWS)
    if allowed is None or not allowed.outside(rows):
        return
    absolute = (declared.least is not None and rows < declared.least) or (
        declared.most is not None and rows > declared.most
    )
    usual = allowed.usual
    if not absolute and (not before or abs(rows - usual) <= by_chance(usual)):
        return
    if absolute and not before:
        fewer = declared.least is not None and rows < declared.least
        message = f"the delivery holds {rows:,} records; its feed declares otherwise"
    else:
        fewer = rows < usual
        change = in_percent(abs(rows - usual) / usual) if usual else "more"
        message = (
            f"the delivery holds {rows:,} records, {change} {'fewer' if fewer else 'more'} than "
            f"usual ({usual:,.0f}, the median of {len(before)} accepted)"
        )
    limits: dict[str, float] = {}
    if fewer:
        if declared.least is not None and rows < declared.least:
            limits["least"] = rows
        if usual and rows < usual * (1 - allowed.fall):
            limits["fall"] = min(wide(1 - rows / usual), 1.0)
    else:
        if declared.most is not None and rows > declared.most:
            limits["most"] = rows
        if usual and rows > usual * (1 + allowed.rise):
            limits["rise"] = wide(rows / usual - 1, 0.5)
    yield Finding(
        "rows-fell" if fewer else "rows-rose",
        f"{message}; between {_low(allowed.usual, allowed.fall, declared.least)} and "
        f"{_high(allowed.usual, allowed.rise, declared.most)} pass",
        facts={
            "now": rows,
            "usual": usual,
            "deliveries": len(before),
            "declare": declare(None, rows=limits),
        },
    )


def _low(usual: float, fall: float, least: float | None) -> str:
    return f"{max(usual * (1 - fall), least or 0):,.0f}"


def _high(usual: float, rise: float, most: float | None) -> str:
    high = usual * (1 + rise) if usual else most
    return f"{min(high, most) if most is not None and high else high or 0:,.0f}"
