"""Which timetables a feed may declare: what Airflow's scheduler will take, known without it."""

import re

PRESETS = {"@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Lowest and highest number of each field, and names that stand for numbers from the lowest on.
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 7, _DAYS),
)
_PART = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d+))?", re.ASCII)


def is_schedule(text: str) -> bool:
    """Whether a text is a preset or five cron fields, each within its range."""
    if text in PRESETS:
        return True
    fields = text.split()
    return len(fields) == len(_FIELDS) and all(
        _is_part(part, *facts)
        for field, facts in zip(fields, _FIELDS, strict=True)
        for part in field.split(",")
    )


def _is_part(part: str, lowest: int, highest: int, names: tuple[str, ...]) -> bool:
    found = _PART.fullmatch(part)
    if found is None:
        return False
    span, step = found.groups()
    if step is not None and not 1 <= int(step) <= highest:
        return False
    if span == "*":
        return True
    ends = [_number(end, lowest, names) for end in span.split("-")]
    return all(lowest <= end <= highest for end in ends) and ends == sorted(ends)


def _number(text: str, lowest: int, names: tuple[str, ...]) -> int:
    """The number a field's word stands for; -1 for none."""
    if text.isdecimal():
        return int(text)
    return names.index(text.lower()) + lowest if text.lower() in names else -1
