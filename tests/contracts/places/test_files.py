"""What feeds may declare of files at a place."""

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.places import Folder


def folder(**facts: Any) -> Folder:
    return Folder(kind="folder", connection="share", **facts)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"pattern": "../*.csv"}, "leads out"),
        ({"manifest": "{x}.csv"}, "braces"),
        ({"done_marker": "sub/DONE"}, "names no file"),
        ({"done_marker": "{name}"}, "names no file"),
        ({"done_marker": "*.done"}, "names no file"),
        ({"delivery": "date"}, "no date"),
        ({"least_files": 2}, "least_files"),
        ({"settled_for": -1}, "greater than or equal"),
    ],
)
def test_what_makes_no_sense_is_refused(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        folder(**facts)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "facts",
    [
        {"delivery": "date", "pattern": "{date:%Y}/*.csv", "least_files": 2},
        {"done_marker": "{name}.done"},
        {"done_marker": "_SUCCESS"},
        {"manifest": "manifest-{date:%Y-%m}.csv"},
    ],
)
def test_what_makes_sense_is_taken(facts: dict[str, Any]) -> None:
    assert folder(**facts).within.startswith("./")
