"""Dates and moments as people type them, for the two clocks."""

from datetime import UTC, date, datetime


class NotATime(ValueError):
    """A text that is neither a date nor a moment."""


def day_of(text: str | None) -> date | None:
    """A date as it is typed; None for nothing.

    Raises:
        NotATime: it is none.
    """
    try:
        return date.fromisoformat(text.strip()) if text and text.strip() else None
    except ValueError:
        raise NotATime(f"{text!r} is no date; write it as 2026-03-31") from None


def moment_of(text: str | None) -> datetime | None:
    """A moment as it is typed, in UTC where it names no zone; of a date alone, its last
    microsecond; None for nothing.

    Raises:
        NotATime: it is none.
    """
    if not text or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotATime(f"{text!r} is no time; write it as 2026-03-31T09:30") from None
    if len(text.strip()) <= len("2026-03-31"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
