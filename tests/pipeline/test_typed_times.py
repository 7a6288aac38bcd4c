"""Dates and moments as people type them."""

from datetime import UTC, date, datetime

import pytest

from pipeline.typed_times import NotATime, day_of, moment_of


def test_nothing_is_no_time() -> None:
    assert day_of(None) is day_of(" ") is moment_of(None) is moment_of("") is None


def test_dates_and_moments() -> None:
    assert day_of(" 2026-03-31") == date(2026, 3, 31)
    assert moment_of("2026-03-31T09:30") == datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
    assert moment_of("2026-03-31 09:30+01:00") == datetime(2026, 3, 31, 8, 30, tzinfo=UTC)
    end = datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moment_of("2026-03-31") == end, "the whole of the day"


@pytest.mark.parametrize("text", ["31/03/2026", "soon", "2026-02-30"])
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(NotATime, match="write it as 2026-03-31"):
        day_of(text)
    with pytest.raises(NotATime, match="write it as 2026-03-31T09:30"):
        moment_of(text)
