"""Freshness: deliveries that are late, older than the last one, or of days yet to come."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.findings import Finding
from contracts.kinds import BirthDate, Date
from pipeline.gates.limits import FEWEST
from pipeline.gates.seen import Measures, Seen, mean


def freshness(seen: Seen) -> Iterator[Finding]:
    """Findings ``delivery-late``, ``delivery-older``, ``dates-older`` and ``dates-to-come``."""
    if seen.past and seen.due is not None and seen.landed_at > seen.due:
        days = (seen.landed_at - seen.past[0].landed_at).days
        yield Finding(
            "delivery-late",
            f"the delivery came {days} days after the one before it; by the feed's timetable it "
            f"was due on {seen.due:%Y-%m-%d at %H:%M} UTC",
            facts={"now": days, "expected": (seen.due - seen.past[0].landed_at).days},
        )
    for name, now in seen.columns().items():
        kind = seen.facts[name].kind
        if issubclass(kind, Date) and not issubclass(kind, BirthDate) and now.get("max"):
            yield from _older(seen, name, now)
            yield from _to_come(seen, name, now)


def _older(seen: Seen, name: str, now: Measures) -> Iterator[Finding]:
    before = [one for one in seen.before(name)[:1] if one.get("max")]
    if not before or min(now["present"], before[0]["present"]) < FEWEST:
        return
    [last] = before
    earlier = (date.fromisoformat(last["max"]) - date.fromisoformat(now["max"])).days
    # The latest day alone may be somebody's slip.
    if earlier <= 0 or mean(now) >= mean(last):
        return
    # Only where a delivery is the whole content must the next one be newer.
    whole = seen.replaces == "everything" and seen.limits.older is not True
    yield Finding(
        "delivery-older" if whole else "dates-older",
        f"{name}: the latest day lies {earlier} days before that of the last accepted delivery, "
        "and the days are earlier on the whole; is it an old file?",
        name,
        {"now": earlier, "declare": {"gates": {"older": True}}},
    )


def _to_come(seen: Seen, name: str, now: Measures) -> Iterator[Finding]:
    landed = seen.landed_at.date() + timedelta(days=1)
    if date.fromisoformat(now["max"]) <= landed:
        return
    if any(
        past.measures[name].get("max")
        and date.fromisoformat(past.measures[name]["max"]) > past.landed_at.date()
        for past in seen.past
        if name in past.measures
    ):
        return  # days to come are nothing new here
    if not seen.past:
        return
    yield Finding(
        "dates-to-come",
        f"{name}: it holds days that lie after the day the delivery was landed, which was not so "
        "before",
        name,
        {"now": (date.fromisoformat(now["max"]) - landed).days},
    )
