"""A document of the Open Data Contract Standard as plain data: how it is written and read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from contracts.strict_yaml import Unreadable, read

Plain = dict[str, Any]
API_VERSION = "v3.1.0"
READABLE = ("v3.0.", "v3.1.")
LONGEST_LINE = 100


class NotADocument(Exception):
    """A file that is no document of the standard, or not of a version that is read."""


class NotValid(Exception):
    """A document that does not satisfy the standard's JSON Schema."""


def custom(**facts: Any) -> list[Plain]:
    """Custom properties from Python names, those without a value left out."""
    return [
        {"property": camel(name), "value": value}
        for name, value in facts.items()
        if value not in (None, "", (), [], {})
    ]


def camel(name: str) -> str:
    """``date_order`` as the standard writes such names: ``dateOrder``."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake(name: str) -> str:
    """The Python name of a custom property; the inverse of :func:`camel`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def customs(part: Mapping[str, Any]) -> dict[str, Any]:
    """The custom properties of a part of a document, by their Python names."""
    return {snake(one["property"]): one["value"] for one in part.get("customProperties") or ()}


def written(document: Plain) -> str:
    """The document as YAML: always the same text for the same contract."""
    return yaml.dump(
        document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=LONGEST_LINE,
        default_flow_style=False,
    )


def read_document(path: Path) -> Plain:
    """Read a document.

    Raises:
        NotADocument: unreadable, no data contract, or of a version that is not read.
    """
    try:
        data = read(path).data
    except OSError as error:
        raise NotADocument(f"{path}: {error.strerror or type(error).__name__}") from error
    except Unreadable as error:
        line, column, message = error.problems[0]
        raise NotADocument(f"{path}, line {line}, column {column}: {message}") from error
    return checked(data, str(path))


def checked(data: Any, source: str) -> Plain:
    """The data of a document, known to be one.

    Raises:
        NotADocument: no data contract, or of a version that is not read.
    """
    if not isinstance(data, dict) or data.get("kind") != "DataContract":
        raise NotADocument(f"{source}: this is no data contract; it lacks `kind: DataContract`")
    version = str(data.get("apiVersion"))
    if not version.startswith(READABLE):
        raise NotADocument(
            f"{source}: apiVersion {version} is not read; versions 3.0 and 3.1 of the Open Data "
            "Contract Standard are"
        )
    return data


def validate(document: Plain, schema: Path) -> None:
    """Hold a document against the standard's JSON Schema, which is not part of this project.

    Raises:
        NotValid: with the place of everything wrong.
        NotADocument: the schema cannot be read.
    """
    from jsonschema import Draft201909Validator

    try:
        rules = json.loads(schema.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotADocument(f"{schema}: no JSON Schema ({type(error).__name__})") from error
    wrong = sorted(
        f"{error.json_path}: {error.message}"
        for error in Draft201909Validator(rules).iter_errors(document)
    )
    if wrong:
        raise NotValid("not valid against the schema: " + "; ".join(wrong))


class _Dumper(yaml.SafeDumper):
    """Safe YAML without anchors; text of several lines stands as a block."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
