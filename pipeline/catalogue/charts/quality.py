"""Quality over time: the kitemark's level after each delivery, and the share of rows kept out."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, LEFT, TOP, STEP = 360, 74, 16, 17
RATES = 46
"""Height of the lower picture."""

_PICTURE = Markup(
    '<svg class="quality" role="img" aria-label="{words}" viewBox="0 0 {width} {height}">'
    "<title>{words}</title>{parts}</svg>"
)
_LINE = Markup('<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"></line>')
_TEXT = Markup('<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{said}</text>')
_STEPS = Markup('<polyline class="level" points="{points}"></polyline>')
_DOT = Markup('<circle class="level" cx="{x}" cy="{y}" r="{r}"></circle>')
_BAR = Markup(
    '<rect class="bar kept-out" x="{x}" y="{y}" width="{width}" height="{height}"></rect>'
)


@dataclass(frozen=True)
class Point:
    """One delivery: when it came, the level after it (None: no kitemark), and rows kept out of
    those examined."""

    when: str
    level: int | None
    kept_out: int
    examined: int

    @property
    def rate(self) -> float:
        """Share of rows kept out, 0 to 1."""
        return self.kept_out / self.examined if self.examined else 0.0


def quality(points: Sequence[Point], names: Sequence[str]) -> Markup:
    """Levels as steps above, shares of rows kept out as bars below; empty without a delivery.

    Args:
        points: deliveries, the latest last.
        names: the levels, the lowest first.
    """
    if not points:
        return Markup("")
    right = WIDTH - 10
    floor = TOP + STEP * (len(names) - 1)
    places = _places(len(points), LEFT + 10, right - 8)
    parts: list[Markup] = []
    for number, name in enumerate(reversed(names)):
        y = TOP + STEP * number
        parts.append(_LINE.format(left=LEFT, right=right, y=y))
        parts.append(_TEXT.format(kind="name", x=LEFT - 8, y=y + 3.5, anchor="end", said=name))
    marked = [
        (x, floor - STEP * min(one.level, len(names) - 1))
        for x, one in zip(places, points, strict=True)
        if one.level is not None
    ]
    if len(marked) > 1:
        parts.append(_STEPS.format(points=" ".join(_stepped(marked))))
    parts += [
        _DOT.format(x=f"{x:.1f}", y=y, r=4 if number + 1 == len(marked) else 2.5)
        for number, (x, y) in enumerate(marked)
    ]
    parts += _rates(points, places, floor, right)
    height = floor + RATES + 44
    return _PICTURE.format(
        words=_in_words(points, names), width=WIDTH, height=height, parts=Markup("").join(parts)
    )


def _rates(
    points: Sequence[Point], places: Sequence[float], floor: float, right: float
) -> list[Markup]:
    base = floor + RATES + 24
    highest = max((one.rate for one in points), default=0.0)
    most = max(highest, 0.001)
    parts = [
        _LINE.format(left=LEFT, right=right, y=base),
        _TEXT.format(kind="name", x=LEFT - 8, y=base - RATES + 12, anchor="end", said="rows kept"),
        _TEXT.format(kind="name", x=LEFT - 8, y=base - RATES + 24, anchor="end", said="out"),
        _TEXT.format(
            kind="value", x=LEFT + 2, y=base - RATES + 2, anchor="start",
            said=f"up to {percent(highest)}",
        ),
    ]  # fmt: skip
    width = min(16.0, 0.6 * (right - LEFT) / max(len(points), 1))
    for x, one in zip(places, points, strict=True):
        height = max(1.0 if one.kept_out else 0.0, (RATES - 8) * one.rate / most)
        parts.append(
            _BAR.format(
                x=f"{x - width / 2:.1f}",
                y=f"{base - height:.1f}",
                width=f"{width:.1f}",
                height=f"{height:.1f}",
            )
        )
    parts.append(
        _TEXT.format(kind="value", x=LEFT, y=base + 14, anchor="start", said=points[0].when)
    )
    if len(points) > 1:
        parts.append(
            _TEXT.format(kind="value", x=right, y=base + 14, anchor="end", said=points[-1].when)
        )
    return parts


def _places(many: int, left: float, right: float) -> list[float]:
    if many == 1:
        return [(left + right) / 2]
    return [left + (right - left) * number / (many - 1) for number in range(many)]


def _stepped(marked: Sequence[tuple[float, float]]) -> list[str]:
    """A level holds until the next delivery."""
    points = [f"{marked[0][0]:.1f},{marked[0][1]:g}"]
    for (_, before), (x, y) in itertools.pairwise(marked):
        points += [f"{x:.1f},{before:g}", f"{x:.1f},{y:g}"]
    return points


def _in_words(points: Sequence[Point], names: Sequence[str]) -> str:
    last = points[-1]
    level = "no kitemark" if last.level is None else names[min(last.level, len(names) - 1)]
    many = f"{len(points)} deliveries" if len(points) > 1 else "one delivery"
    return (
        f"Quality over {many}, the last of {last.when}: {level}, {percent(last.rate)} of its rows "
        "kept out"
    )


def percent(of: float) -> str:
    """A share as it is written: never nought where there is something, nor all where some lack."""
    if of == 0:
        return "0 %"
    if of < 0.001:
        return "< 0.1 %"
    if 0.999 < of < 1:
        return "> 99.9 %"
    return f"{100 * of:.0f} %" if of in (1,) else f"{100 * of:.1f} %"
