"""Timetables: nothing passes here that Airflow's own reader of cron expressions refuses."""

import pytest
from croniter import croniter

from contracts.schedule import PRESETS, is_schedule

GOOD = ["0 6 * * 1", "*/15 0-6 1,15 * *", "30 5 * jan-mar mon,WED", "0 0 31 12 7", "5 4 * * sun"]
BAD = ["", "weekly", "@fortnightly", "0 6 * *", "0 6 * * 1 2026 x", "60 6 * * 1", "0 24 * * *",
       "0 6 0 * *", "0 6 * 13 *", "0 6 * * 8", "a b c d e", "0 6 * * mon-", "*/0 * * * *",
       "9-3 * * * *", "0 6 * foo *", "1, * * * *", "١ * * * *"]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_good_ones_pass(text: str) -> None:
    assert is_schedule(text)
    assert croniter.is_valid(text)


@pytest.mark.parametrize("text", BAD)
def test_bad_ones_do_not(text: str) -> None:
    assert not is_schedule(text)


def test_presets_pass() -> None:
    assert all(is_schedule(preset) for preset in PRESETS)
