"""What a feed's file says of when deliveries come, held against itself."""

from typing import Any

import pytest

FEED = "feeds/northmoor/fines.yml"
PROBLEMS = {
    "two ways to say it": (
        "expected_every_days: 35\nexpected: {within_hours: 2, times: '@daily'}\n",
        "expected and expected_every_days both say when a delivery is due; keep one",
    ),
    "no timetable": (
        "expected: {times: '0 9 1 *'}\n",
        "'0 9 1 *' is no timetable; write five cron fields such as",
    ),
    "expected by no schedule": (
        "expected: {within_hours: 2}\n",
        "expected goes by the feed's schedule, and it has none; declare one",
    ),
    "watching by no schedule": (
        "watch: {for_hours: 2}\n",
        "watch goes by the feed's schedule, and it has none; declare one",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_timetable_that_cannot_be_is_a_broken_feed(folder: Any, name: str) -> None:
    lines, message = PROBLEMS[name]
    folder.change(FEED, "title: Fines\n", f"title: Fines\n{lines}")
    [broken] = folder.load().broken
    assert message in str(broken)
    assert broken.line in (2, 3)


def test_a_timetable_that_can_be_is_taken(folder: Any) -> None:
    folder.change(
        FEED,
        "title: Fines\n",
        "title: Fines\nschedule: '@daily'\nexpected: {within_hours: 2}\n"
        "watch: {every_minutes: 10, for_hours: 3}\n",
    )
    declared = folder.load()
    assert declared.broken == ()
    assert declared.feeds["northmoor/fines"].watch is not None
