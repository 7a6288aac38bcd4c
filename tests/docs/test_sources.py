"""Every place and every form has an example in docs/sources.md that a feed's file may hold."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from contracts.file_forms import FORM_WORDS, FileForm
from contracts.places import PLACE_WORDS, Place

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sources.md"


def examples(word: str) -> list[dict[str, Any]]:
    """What stands under ``word`` in the page's YAML examples."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M)
    read = [yaml.safe_load(block) for block in blocks]
    return [one[word] for one in read if isinstance(one, dict) and word in one]


def test_every_kind_of_place_has_an_example() -> None:
    found = [TypeAdapter[Any](Place).validate_python(one) for one in examples("place")]
    assert {one.kind for one in found} == set(PLACE_WORDS)


def test_every_form_has_an_example() -> None:
    found = [TypeAdapter[Any](FileForm).validate_python(one) for one in examples("file")]
    assert {one.format for one in found} == set(FORM_WORDS)
