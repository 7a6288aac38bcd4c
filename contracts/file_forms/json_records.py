"""The forms ``json`` and ``json-lines``, and the paths that their declarations are written in."""

import re
from typing import Literal

from pydantic import Field, field_validator

from contracts.file_forms.form import Form

_STEP = re.compile(r'\.?(?:([^.\[\]"]+)|\[(\d{1,6})\]|\["([^"]+)"\])')

Step = str | int
"""A key of an object, or the place in a list, from 0."""


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a dotted path: ``supplier.names[0]``, ``["odd.key"].name``.

    Raises:
        ValueError: it is no such path.
    """
    steps: list[Step] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (step.group().startswith(".") and at == 0):
            raise ValueError(
                f"{path!r} is no path; write keys with dots between them and places in lists in "
                'brackets, such as supplier.names[0] or ["odd.key"].name'
            )
        name, place, quoted = step.groups()
        steps.append(int(place) if place is not None else name or quoted)
        at = step.end()
    return tuple(steps)


class _Records(Form):
    """Records that are JSON objects."""

    fields: dict[str, str] = Field(
        default_factory=dict,
        description="column to the path of its value; every key of a record where empty",
    )

    @field_validator("fields")
    @classmethod
    def _are_paths(cls, fields: dict[str, str]) -> dict[str, str]:
        for name, path in fields.items():
            if not steps_of(path):
                raise ValueError(f"field {name} needs the path of its value")
        return fields


class Json(_Records):
    """JSON: a list of records at a dotted path."""

    format: Literal["json"]
    records: str | None = Field(
        None, description="path of the list; the whole, or the only list of records, if not given"
    )

    @field_validator("records")
    @classmethod
    def _is_path_of_keys(cls, records: str | None) -> str | None:
        if records and any(isinstance(step, int) for step in steps_of(records)):
            raise ValueError("the path of the records goes through keys, not through lists")
        return records


class JsonLines(_Records):
    """JSON lines: one record a line."""

    format: Literal["json-lines"]
