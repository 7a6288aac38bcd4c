"""What the invented region supplies passes the gates, the second delivery too."""

from typing import Any

import pytest

from pipeline import hold


@pytest.mark.parametrize(
    "feed",
    [
        "northmoor/spend",
        "works/spend",
        "eastvale-nhs/spend",
        "northmoor/school_census",
        "eastvale/school_census",
        "northmoor/meal_eligibility",
    ],
)
def test_both_deliveries_of_every_feed_pass(home: Any, feed: str) -> None:
    for delivery in (1, 2):
        home.supply(feed, delivery)
        for run in home.run(feed):
            assert run.held is None, str(run.held)
            assert run.outcome is not None, run.refused
    assert hold.held() == []
