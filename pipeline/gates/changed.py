"""Changed values: records known before that now say something else, nearly all of them."""

from collections.abc import Iterator

from contracts.findings import Finding
from pipeline.gates.limits import FEWEST, in_percent, wide
from pipeline.gates.seen import Measures, Seen, declare

MOST = 0.5


def changed(seen: Seen) -> Iterator[Finding]:
    """Finding ``values-changed``."""
    for name, now in seen.columns().items():
        known = now.get("changed", {"of": 0})["of"]
        if known < FEWEST:
            continue
        share = _share(now)
        past = [_share(one) for one in seen.before(name) if one.get("changed", {"of": 0})["of"]]
        declared = seen.gates(name).changed_most
        most = declared if declared is not None else max([MOST, *(0.3 + one for one in past)])
        if share <= most:
            continue
        yield Finding(
            "values-changed",
            f"{name}: the value of {in_percent(share)} of the {known:,} records known before is "
            f"another now; up to {in_percent(min(most, 1))} passes",
            name,
            {
                "now": round(share, 4),
                "most": round(most, 4),
                "declare": declare(name, changed_most=min(wide(share), 1.0)),
            },
        )


def _share(measures: Measures) -> float:
    told = measures["changed"]
    return float(told["rows"] / told["of"])
