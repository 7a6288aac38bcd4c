"""Words the invented region is made of. Any likeness of a whole name to a person is chance."""

from pathlib import Path
from typing import Any

import yaml

_WORDS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("words.yml").read_text(encoding="utf-8")
)


def _listed(name: str) -> list[str]:
    return [word.strip() for word in _WORDS[name].split("|")]


GIRLS, BOYS, SURNAMES = _listed("girls"), _listed("boys"), _listed("surnames")
STREETS = _listed("streets")
STEMS, TRADES, FORMS = _listed("stems"), _listed("trades"), _listed("forms")
"""An organisation's name is a stem, a trade and a legal form."""

AREAS = _listed("areas")
SHORT_FORMS: dict[str, str] = _WORDS["short_forms"]
DIVISIONS: dict[str, list[str]] = _WORDS["divisions"]
