"""When a feed's next delivery is due, by the timetable it declares."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from contracts.feed import Feed

QUARTERLY = "0 0 1 */3 *"
"""What Airflow's preset ``@quarterly`` stands for."""


def due_after(feed: Feed, landed: datetime) -> datetime | None:
    """Until when the delivery that follows one must have landed, or the feed is overdue.

    With ``expected_every_days`` so many days after the one before. With ``expected`` so many hours
    after the first time of the supplier's timetable that comes after it, by the feed's time zone;
    an hour that a change of the clock leaves out is the next there is.

    Args:
        landed: when the delivery before landed, with a time zone.

    Returns:
        In UTC; None where nothing is expected of the feed, or it is switched off.
    """
    if not feed.enabled:
        return None
    if feed.expected_every_days is not None:
        return landed.astimezone(UTC) + timedelta(days=feed.expected_every_days)
    if feed.expected is None:
        return None
    times = feed.expected.times or feed.schedule
    if times is None:
        return None
    cron = QUARTERLY if times == "@quarterly" else times
    local = landed.astimezone(ZoneInfo(feed.timezone))
    due: datetime = croniter(cron, local).get_next(datetime)
    return due.astimezone(UTC) + timedelta(hours=feed.expected.within_hours)


def overdue_in_words(feed: Feed) -> str:
    """When a feed is overdue, for people."""
    if feed.expected_every_days is not None:
        return f"{feed.expected_every_days} days after the last delivery"
    if feed.expected is not None:
        times = feed.expected.times or feed.schedule
        return f"{feed.expected.within_hours:g} hours after {times} ({feed.timezone})"
    return "never: no timetable is declared"
