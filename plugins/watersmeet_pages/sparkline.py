"""A small picture of a feed's levels, and the same in words."""

from collections.abc import Sequence

from markupsafe import Markup

STEP, HEIGHT, MARGIN = 14, 20, 3

_PICTURE = Markup(
    '<svg class="spark" role="img" aria-label="{words}" width="{width}" height="{height}"'
    ' viewBox="0 0 {width} {height}"><title>{words}</title>'
    '<polyline points="{points}"></polyline><circle cx="{x}" cy="{y}" r="2.5"></circle></svg>'
)


def sparkline(levels: Sequence[int], highest: int) -> Markup:
    """The levels after the last deliveries as inline SVG; empty where there is none.

    Args:
        levels: by number, the latest last.
        highest: the number of the highest level.
    """
    if not levels:
        return Markup("")
    width = 2 * MARGIN + STEP * (len(levels) - 1) + MARGIN
    places = [
        (MARGIN + STEP * number, MARGIN + (HEIGHT - 2 * MARGIN) * (1 - level / max(highest, 1)))
        for number, level in enumerate(levels)
    ]
    return _PICTURE.format(
        words=in_words(levels, highest),
        width=width,
        height=HEIGHT,
        points=" ".join(f"{x:g},{y:.1f}" for x, y in places),
        x=f"{places[-1][0]:g}",
        y=f"{places[-1][1]:.1f}",
    )


def in_words(levels: Sequence[int], highest: int) -> str:
    """The levels, in words."""
    last = f"the last {len(levels)} deliveries" if len(levels) > 1 else "the only delivery"
    return f"levels 0 to {highest} after {last}: {', '.join(map(str, levels))}"
