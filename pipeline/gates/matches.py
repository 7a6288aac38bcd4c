"""Consistency between feeds: how many rows are found in another feed, and whether fewer than
before."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from contracts.consistency import FoundIn
from contracts.findings import Finding
from contracts.profiles import DELIVERY
from pipeline.gates.limits import FEWEST, highest_share, in_percent, wide
from pipeline.gates.seen import Seen, declare


def matches(seen: Seen, declared: Sequence[FoundIn]) -> Iterator[Finding]:
    """Findings ``matches-few`` (noted) and ``matches-fell``."""
    for one in declared:
        now = seen.now[DELIVERY].get("consistency", {}).get(one.name)
        if now is None or now["of"] < FEWEST:
            continue
        share = now["found"] / now["of"]
        if share < one.least:
            yield Finding(
                "matches-few",
                f"{in_percent(share)} of the rows of {one.entity} are found in {one.dataset}; "
                f"{in_percent(one.least)} are expected",
                facts={"now": round(share, 4), "least": one.least},
            )
        past = [
            told["found"] / told["of"]
            for before in seen.before(DELIVERY)
            if (told := _told(before, one.name)) and told["of"] >= FEWEST
        ]
        yield from _fell(seen, one, share, now["of"], past)


def _told(measures: Mapping[str, Any], name: str) -> Mapping[str, int] | None:
    found: Mapping[str, int] | None = measures.get("consistency", {}).get(name)
    return found


def _fell(
    seen: Seen, one: FoundIn, share: float, rows: int, past: Sequence[float]
) -> Iterator[Finding]:
    if not past:
        return
    usual = median(past)
    lost = [1 - value for value in past]
    most = highest_share(lost, None, rows, first=0.3, least=0.1)
    allowed = seen.limits.matches_fall
    least = usual * (1 - allowed) if allowed is not None else 1 - (most or 1.0)
    if share < least:
        yield Finding(
            "matches-fell",
            f"{in_percent(share)} of the rows of {one.entity} are found in {one.dataset}, where "
            f"{in_percent(usual)} is usual (from {len(past)} accepted)",
            facts={
                "now": round(share, 4),
                "usual": round(usual, 4),
                "declare": declare(
                    None, matches_fall=min(wide(1 - share / usual if usual else 1.0), 1.0)
                ),
            },
        )
