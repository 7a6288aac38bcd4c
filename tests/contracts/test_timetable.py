"""Until when a delivery is due."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.timetable import due_after, overdue_in_words
from tests.feed_kit import feed


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "landed", "due"),
    [
        ({"expected_every_days": 35}, "2026-01-10T12:00", "2026-02-14T12:00"),
        # Nine o'clock on the first, London time: an hour earlier in UTC from April on.
        ({"expected": {"times": "0 9 1 * *"}}, "2026-01-10T12:00", "2026-02-02T09:00"),
        ({"expected": {"times": "0 9 1 * *"}}, "2026-03-10T12:00", "2026-04-02T08:00"),
        (
            {"expected": {"times": "0 9 1 * *", "within_hours": 48}},
            "2026-03-10T12:00",
            "2026-04-03T08:00",
        ),
        # A delivery that came at the very time is not waited for again.
        ({"expected": {"times": "0 9 1 * *"}}, "2026-01-01T09:00", "2026-02-02T09:00"),
        ({"expected": {}, "schedule": "0 6 * * 1"}, "2026-01-05T06:10", "2026-01-13T06:00"),
        # When we look is not when the supplier delivers.
        (
            {"expected": {"times": "0 9 1 * *"}, "schedule": "0 6 * * *"},
            "2026-01-10T12:00",
            "2026-02-02T09:00",
        ),
        (
            {"expected_every_days": 35, "expected": {"times": "0 9 1 * *"}},
            "2026-01-10T12:00",
            "2026-02-14T12:00",
        ),
        ({"expected": {}}, "2026-01-10T12:00", None),
        ({"expected": {"times": "@quarterly"}}, "2026-01-05T06:10", "2026-04-01T23:00"),
        ({"expected": {"times": "@monthly"}, "timezone": "UTC"}, "2026-01-05T06:10", "2026-02-02"),
        # The hour that the clock leaves out is the next there is.
        ({"expected": {"times": "30 1 29 3 *"}}, "2026-03-01T00:00", "2026-03-30T01:00"),
        ({}, "2026-01-10T12:00", None),
        ({"expected_every_days": 35, "enabled": False}, "2026-01-10T12:00", None),
    ],
)
def test_when_the_next_delivery_is_due(facts: dict[str, Any], landed: str, due: str | None) -> None:
    assert due_after(feed(**facts), at(landed)) == (at(due) if due else None)


@given(
    st.sampled_from(["0 9 1 * *", "*/20 * * * *", "0 6 * * 1", "@daily", "@quarterly"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.floats(0.5, 500),
)
def test_what_is_due_lies_ahead(times: str, landed: datetime, within: float) -> None:
    moment = landed.replace(tzinfo=UTC)
    due = due_after(feed(expected={"times": times, "within_hours": within}), moment)
    assert due is not None
    assert due > moment + timedelta(hours=within)


def test_days_are_of_24_hours_whatever_zone_the_landing_is_given_in() -> None:
    """The clocks went forward on 29 March 2026: by the clock on the wall it would be 23 hours."""
    noon = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/London"))
    due = due_after(feed(expected_every_days=1), noon)
    assert due == at("2026-03-29T12:00")
    assert due is not None and due.tzinfo is UTC


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "never: no timetable is declared"),
        ({"expected_every_days": 35}, "35 days after the last delivery"),
        ({"expected": {"times": "0 9 1 * *"}}, "24 hours after 0 9 1 * * (Europe/London)"),
        (
            {"expected": {"within_hours": 1.5}, "schedule": "@daily", "timezone": "UTC"},
            "1.5 hours after @daily (UTC)",
        ),
        (
            {"expected": {"times": "0 9 1 * *"}, "schedule": "@daily"},
            "24 hours after 0 9 1 * * (Europe/London)",
        ),
    ],
)
def test_people_are_told_when_a_feed_is_overdue(facts: dict[str, Any], told: str) -> None:
    assert overdue_in_words(feed(**facts)) == told
