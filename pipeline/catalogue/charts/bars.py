"""Bars: one share beside a number, and rows by month."""

from collections.abc import Mapping
from datetime import date

from markupsafe import Markup

WIDTH, HEIGHT, GAP, WIDEST = 720, 120, 0.18, 48

# Purely beside its number, so that a reader of the page is not told twice.
_SHARE = Markup(
    '<svg class="share" aria-hidden="true" width="72" height="8" viewBox="0 0 72 8">'
    '<rect class="track" width="72" height="8" rx="2"></rect>'
    '<rect class="bar {tone}" width="{width}" height="8" rx="2"></rect></svg>'
)
_MONTHS = Markup(
    '<svg class="months" role="img" aria-label="{words}" viewBox="0 0 {width} {height}"'
    ' preserveAspectRatio="none"><title>{words}</title>{bars}'
    '<line class="axis" x1="0" x2="{width}" y1="{height}" y2="{height}"></line></svg>'
)
_BAR = Markup('<rect class="bar" x="{x}" y="{y}" width="{width}" height="{height}"></rect>')
_HIDDEN = Markup('<rect class="hidden" x="{x}" y="{y}" width="{width}" height="3"></rect>')

_METER = Markup('<svg class="meter" aria-hidden="true" width="{width}" height="10">{steps}</svg>')
_STEP = Markup('<rect class="{kind}" x="{x}" width="9" height="10" rx="2"></rect>')


def meter(level: int, highest: int) -> Markup:
    """A level as filled steps, beside its name."""
    steps = [
        _STEP.format(kind="bar" if number < level else "track", x=12 * number)
        for number in range(highest)
    ]
    return _METER.format(width=12 * highest - 3, steps=Markup("").join(steps))


def share(of: float, tone: str = "") -> Markup:
    """A share, 0 to 1, as a bar; one that is not nought can be seen.

    Args:
        tone: the class that colours it.
    """
    width = 0.0 if of <= 0 else max(1.5, 72 * min(of, 1))
    return _SHARE.format(width=f"{width:.1f}", tone=tone)


def months(counts: Mapping[date, int | None], what: str) -> Markup:
    """Rows by month as bars over every month from the first to the last; a count too small to show
    is a stroke. Empty where there is none.

    Args:
        counts: first day of the month to rows, None where they are not shown.
        what: what is counted, for the words.
    """
    if not counts:
        return Markup("")
    every = list(span(min(counts), max(counts)))
    highest = max((count for count in counts.values() if count), default=1)
    step = WIDTH / len(every)
    bars = []
    for number, month in enumerate(every):
        count = counts.get(month, 0)
        width = min(step * (1 - GAP), WIDEST)
        x = step * (number + 0.5) - width / 2
        if count is None:
            bars.append(_HIDDEN.format(x=f"{x:.1f}", y=HEIGHT - 3, width=f"{width:.1f}"))
        elif count:
            height = max(1.0, (HEIGHT - 4) * count / highest)
            bars.append(
                _BAR.format(
                    x=f"{x:.1f}",
                    y=f"{HEIGHT - height:.1f}",
                    width=f"{width:.1f}",
                    height=f"{height:.1f}",
                )
            )
    words = f"{what} by month, {every[0]:%B %Y} to {every[-1]:%B %Y}; at most {highest:,} in one"
    return _MONTHS.format(words=words, width=WIDTH, height=HEIGHT, bars=Markup("").join(bars))


def span(first: date, last: date) -> list[date]:
    """The first days of all months from one to another."""
    number, until = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(number, until + 1)]
