"""A feed's kitemark as pages show it: level, trend, and what each delivery came to."""

from typing import Any

from markupsafe import Markup

from pipeline.catalogue.charts.bars import meter
from pipeline.catalogue.charts.quality import Point, quality
from pipeline.catalogue.site import Site
from pipeline.catalogue.words import short_day

MOST_DRAWN = 24
TRENDS = {"up": "rising", "down": "falling", "steady": "steady", None: "too early to say"}


def level_of(site: Site, feed: str) -> dict[str, Any]:
    """A feed's kitemark: ``name`` (None: none yet), ``meaning``, ``meter``, ``trend``,
    ``short_of``."""
    mark = site.marks.get(feed)
    if mark is None or mark["name"] is None:
        return {"name": None, "meaning": "", "meter": Markup(""), "trend": "", "short_of": []}
    return {
        "name": mark["name"],
        "meaning": mark["meaning"],
        "meter": meter(mark["level"], len(site.ladder.levels) - 1),
        "trend": TRENDS[mark["trend"]],
        "next": mark["next"],
        "short_of": mark["short_of"],
    }


def over_time(site: Site, feed: str) -> dict[str, Any]:
    """Quality over a feed's deliveries: ``chart``, and ``points`` for its table, latest first."""
    every = [one for one in site.deliveries[feed] if one["state"] == "loaded"]
    drawn = every[:MOST_DRAWN]
    points = [
        (
            one,
            Point(
                when=short_day(one["landed_at"].date()),
                level=one["level"],
                kept_out=one["quarantined"],
                examined=one["landed"] - one["excluded"],
            ),
        )
        for one in drawn
    ]
    names = [level.name for level in site.ladder.levels]
    return {
        "chart": quality([point for _, point in reversed(points)], names),
        "points": [
            {"delivery": one, "point": point, "level": one["level_name"]} for one, point in points
        ],
    }
