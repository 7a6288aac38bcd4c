"""A feed of a test's own."""

from typing import Any

from contracts.feed import Feed


def feed(**facts: Any) -> Feed:
    """A sound feed, with facts of the test's own."""
    return Feed.model_validate(
        {
            "organisation": "northmoor",
            "dataset": "spend",
            "title": "Spend",
            "owner": "finance",
            "maintainer": "data engineering",
            "agreement": "spend-transparency",
            "place": {"kind": "folder", "connection": "exports"},
            **facts,
        }
    )
