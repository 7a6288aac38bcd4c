"""Facts as the pages say them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipeline.catalogue.charts.quality import percent
from pipeline.catalogue.small_counts import SMALLEST

LONDON = ZoneInfo("Europe/London")
PERSONAL = {
    "none": "not personal",
    "personal": "personal data",
    "special": "special category data",
}
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(of: date | None) -> str:
    """A date; a dash where there is none."""
    return f"{of:%-d %B %Y}" if of else "–"


def short_day(of: date | None) -> str:
    """A date, its month in three letters."""
    return f"{of:%-d %b %Y}" if of else "–"


def when(of: datetime | None) -> str:
    """A moment, London's time."""
    return f"{of.astimezone(LONDON):%-d %B %Y, %H:%M}" if of else "–"


def number(of: int | None) -> str:
    """A count; one too small to show as such."""
    return f"fewer than {SMALLEST}" if of is None else f"{of:,}"


def rows(of: int | None) -> str:
    """A count of rows, as :func:`number`."""
    return f"{number(of)} row{'' if of == 1 else 's'}"


def words(of: str) -> str:
    """A name as words."""
    return of.replace("_", " ")


def personal(of: str) -> str:
    """A personal-data class."""
    return PERSONAL[of]


def timetable(cron: str | None, zone: str) -> str:
    """A feed's timetable; one that is not simple, as it is declared."""
    if cron is None:
        return "on request"
    if cron.startswith("@"):
        return cron[1:]
    fields = cron.split()
    minute, hour, day_of_month, month, weekday = fields
    at = f"at {int(hour):02}:{int(minute):02}" if hour.isdecimal() and minute.isdecimal() else ""
    if at and day_of_month == month == "*" and (weekday == "*" or weekday.isdecimal()):
        often = "every day" if weekday == "*" else f"every {DAYS[int(weekday)]}"
        return f"looked for {often} {at} ({zone})"
    return f"by the cron expression {cron} ({zone})"


FILTERS = {
    "day": day, "short_day": short_day, "when": when, "number": number, "rows": rows,
    "words": words, "personal": personal, "percent": percent,
}  # fmt: skip
"""What templates may call these by."""
