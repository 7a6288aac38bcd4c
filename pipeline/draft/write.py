"""Writes drafted declarations as text."""

import json
import textwrap
from typing import Any

import jinja2
import yaml

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("pipeline.draft"),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,
)


def _quoted(text: str) -> str:
    """A text as a literal of Python."""
    return json.dumps(text, ensure_ascii=False)


def in_yaml(value: Any) -> str:
    """A value as YAML on one line."""
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return written.removesuffix("\n...\n").strip()


def _yaml_inside(text: str) -> str:
    """A text as the rest of a plain one: without what would end it."""
    return " ".join(text.replace("#", " ").replace(":", " ").split())


def _comment(text: str) -> str:
    """A text as comments in the body of a class."""
    return "\n".join(f"    # {line}" for line in textwrap.wrap(text, 92))


def _imported(names: list[str]) -> str:
    """Names after ``import``, on a line or on one each."""
    line = ", ".join(names)
    if len(line) < 70:
        return line
    return "(\n" + "".join(f"    {name},\n" for name in names) + ")"


_TEMPLATES.filters |= {
    "comment": _comment,
    "imported": _imported,
    "quoted": _quoted,
    "yaml": in_yaml,
    "yaml_inside": _yaml_inside,
}


def written(template: str, **facts: Any) -> str:
    """A declaration of a template filled with facts."""
    return _TEMPLATES.get_template(f"{template}.jinja").render(**facts).rstrip() + "\n"
