"""Ways of writing dates and names that a feed may declare."""

from typing import Any

import pytest

from contracts.date_formats import NAMED

FEED = "feeds/northmoor/fines.yml"


@pytest.mark.parametrize("written", [*NAMED, "cy:%d %B %Y", "%d/%m/%Y"])
def test_a_feed_may_declare_it(folder: Any, written: str) -> None:
    folder.change(FEED, "  amount:\n", f'  paid_on:\n    date_format: "{written}"\n  amount:\n')
    declared = folder.load()
    assert declared.broken == ()
    assert declared.feed("northmoor/fines").columns["paid_on"].date_formats == (written,)


@pytest.mark.parametrize("written", ["excel", "cy:%d %B", "fr:%d %B", "%G-W%V"])
def test_a_feed_may_not_declare_it(folder: Any, written: str) -> None:
    folder.change(FEED, "  amount:\n", f'  paid_on:\n    date_format: "{written}"\n  amount:\n')
    (broken,) = folder.load().broken
    assert "does not give year and month" in broken.message


def test_an_order_of_names_needs_the_part_that_is_taken(folder: Any) -> None:
    folder.change(FEED, "  amount:\n", "  amount:\n    name_order: forenames-first\n")
    (broken,) = folder.load().broken
    assert "say which part of the name this column takes" in broken.message
