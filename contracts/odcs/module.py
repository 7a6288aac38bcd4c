"""A contract that was read, as a Python module for a person to look at and keep."""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from contracts.consistency import FoundIn
from contracts.odcs import kinds
from contracts.odcs.part import Remark
from contracts.odcs.read import ReadColumn, ReadContract, identifier

LINE = 100
_FOUND_IN = tuple(one.name for one in fields(FoundIn))
_INDENT = "    "
_CHECK_IMPORTS = (
    "import pandera.polars as pa",
    "import polars as pl",
    "from pandera.polars import PolarsData",
    "",
)
_TAGS = {"date", "datetime", "decimal"}
"""Names of the one key of a mapping that stands for a value YAML has no type for."""


def completed(read: ReadContract) -> tuple[list[ReadContract], list[Remark]]:
    """The contracts a module set needs: what was read, and an entity where it names none.

    A foreign document says nothing of the repository's tables, so a dataset from one gets an
    entity of its own name, with the same columns.
    """
    if read.contract == "entity" or "main" in read.keywords:
        return [read], []
    key = read.keywords.get("identity", [])
    entity_columns = tuple(
        replace(column, words=_entity_words(column), checks={}) for column in read.columns
    )
    keywords = {k: v for k, v in read.keywords.items() if k in ("title", "version")}
    entity = replace(
        read,
        contract="entity",
        columns=entity_columns,
        keywords=keywords | ({"identity": key} if key else {}),
        functions=(),
    )
    columns = tuple(
        replace(column, words={**column.words, "to": f"{read.name}.{column.name}"})
        for column in read.columns
    )
    dataset = replace(read, columns=columns, keywords={**keywords, "main": read.name})
    told = "the standard does not say which entity the rows become; one of the same name is written"
    return [dataset, entity], [Remark(read.name, told)]


def source_of(read: ReadContract) -> str:
    """The module's source, formatted as the project formats its own."""
    base = "Dataset" if read.contract == "dataset" else "Entity"
    used = sorted({kinds.kinds_by_name()[column.kind].__name__ for column in read.columns})
    links = any(_is_link(column, read) for column in read.columns)
    imports = [base, *(["FoundIn"] if read.keywords.get("consistency") else []), "column"]
    imports += ["link"] if links else []
    name = _class_name(read.name, {*used, base})
    body = [_docstring(read), *(_column(column, read) for column in read.columns)]
    body += [function.source.strip("\n") for function in read.functions]
    title = read.keywords.get("title") or read.name.replace("_", " ").capitalize()
    imported = [
        *_value_imports(read),
        *(_CHECK_IMPORTS if read.functions else ()),
        f"from contracts.{read.contract} import {', '.join(imports)}",
        _import("contracts.kinds", used),
    ]
    text = _quoted_line(f"{title}.") + "\n\n" + "\n".join(imported)
    head = _call(f"class {name}", [base, *_keywords(read)], "", trailing=":", hang=False)
    parts = [textwrap.indent(part, _INDENT, lambda line: bool(line.strip())) for part in body]
    columns = "\n".join(parts[1 : 1 + len(read.columns)])
    functions = "".join(f"\n\n{part}" for part in parts[1 + len(read.columns) :])
    return f"{text}\n\n\n{head}\n{parts[0]}\n\n{columns}{functions}\n"


def _entity_words(column: ReadColumn) -> dict[str, Any]:
    kept = {k: v for k, v in column.words.items() if k in ("personal", "options", "nullable")}
    return kept | ({"nullable": True} if column.words.get("optional") else {})


def _keywords(read: ReadContract) -> list[str]:
    left_out = {"version": "1.0.0", "replaces": "same-name", "shared": False}
    first = [f"name={_value(read.name)}"]
    order = ("title", "version", "main", "identity", "shared", "date_order", "replaces")
    words = [*order, *sorted(set(read.keywords) - set(order))]
    return first + [
        f"{word}={_keyword(word, read.keywords[word])}"
        for word in words
        if word in read.keywords and read.keywords[word] != left_out.get(word, ...)
    ]


def _keyword(word: str, value: Any) -> str:
    if word != "consistency":
        return _value(value)
    made = [
        f"FoundIn({', '.join(f'{k}={_value(one[k])}' for k in _FOUND_IN if k in one)})"
        for one in value or ()
    ]
    return f"[{', '.join(made)}]"


def _is_link(column: ReadColumn, read: ReadContract) -> bool:
    options = column.words.get("options") or {}
    return read.contract == "entity" and column.kind == "identifier" and set(options) == {"link"}


def _column(column: ReadColumn, read: ReadContract) -> str:
    kind = kinds.kinds_by_name()[column.kind].__name__
    start = f"{column.name}: {kind} = "
    if _is_link(column, read):
        arguments = [_value(column.meaning), f"to={_value(column.words['options']['link'])}"]
        return _call(f"{start}link", arguments, _INDENT)
    given = {**column.words, **column.checks}
    if isinstance(given.get("to"), list) and len(given["to"]) == 1:
        given["to"] = given["to"][0]
    order = ("headers", "to", "optional", "nullable", "personal", "options")
    words = [word for word in (*order, *given) if word in given]
    words = [word for word in dict.fromkeys(words) if given[word] not in (None, [], (), {}, False)
             or word in column.checks]  # fmt: skip
    room = LINE - len(_INDENT) * 2 - 1
    arguments = [_argument(word, given[word], room) for word in words]
    return _call(f"{start}column", [_value(column.meaning), *arguments], _INDENT)


def _argument(word: str, value: Any, room: int) -> str:
    text = f"{word}={_value(value)}"
    if len(text) <= room or not isinstance(value, list):
        return text
    lines = "\n".join(f"{_INDENT}{_value(one)}," for one in value)
    return f"{word}=[\n{lines}\n]"


def _call(
    start: str, arguments: Sequence[str], indent: str, trailing: str = "", hang: bool = True
) -> str:
    """A call or class head on one line, or with its arguments on lines of their own."""
    room = LINE - len(indent)
    flat = f"{start}({', '.join(arguments)}){trailing}"
    if len(flat) <= room and "\n" not in flat:
        return flat
    one_line = _INDENT + ", ".join(arguments)
    if len(one_line) <= room and "\n" not in one_line and not hang:
        return f"{start}(\n{one_line}\n){trailing}"
    inner = "\n".join(f"{textwrap.indent(one, _INDENT)}," for one in arguments)
    return f"{start}(\n{inner}\n){trailing}"


def _import(module: str, names: Sequence[str]) -> str:
    flat = f"from {module} import {', '.join(names)}"
    if len(flat) <= LINE:
        return flat
    return f"from {module} import (\n" + "".join(f"{_INDENT}{one},\n" for one in names) + ")"


def _value_imports(read: ReadContract) -> list[str]:
    """Imports for dates and decimals among the checks' arguments."""
    used = {tag for column in read.columns for tag in _tags(column.checks)}
    found = []
    if used & {"date", "datetime"}:
        found.append(f"from datetime import {', '.join(sorted(used & {'date', 'datetime'}))}")
    if "decimal" in used:
        found.append("from decimal import Decimal")
    return [*found, ""] if found else []


def _tags(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if len(value) == 1 and set(value) <= _TAGS:
            yield from value
        for one in value.values():
            yield from _tags(one)
    elif isinstance(value, list):
        for one in value:
            yield from _tags(one)


def _value(value: Any) -> str:
    """Python source of plain data; every text is quoted, so that none can become code."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case bool() | int() | float() | None:
            return repr(value)
        case {"date": str(text)} if len(value) == 1:
            return f"date.fromisoformat({_value(text)})"
        case {"datetime": str(text)} if len(value) == 1:
            return f"datetime.fromisoformat({_value(text)})"
        case {"decimal": str(text)} if len(value) == 1:
            return f"Decimal({_value(text)})"
        case Mapping():
            inner = ", ".join(f"{_value(str(k))}: {_value(v)}" for k, v in value.items())
            return "{" + inner + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written into a module")


def _class_name(name: str, taken: set[str]) -> str:
    made = "".join(word.capitalize() for word in identifier(name).split("_"))
    return f"{made}Contract" if made in taken else made


def _docstring(read: ReadContract) -> str:
    caveats = f"Caveats: {read.caveats or 'none stated.'}"
    purpose = read.purpose or f"{read.name.replace('_', ' ').capitalize()}."
    paragraphs = [*purpose.split("\n\n"), *caveats.split("\n\n")]
    room = LINE - len(_INDENT)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        shown = _escaped(paragraph)
        width = room - 3 if number == 0 else room
        wrapped = [line for one in shown.split("\n") for line in _wrapped(one, width)]
        lines += [*([""] if number else []), *wrapped]
    return '"""' + "\n".join(lines) + '\n"""'


def _quoted_line(text: str) -> str:
    return f'"""{_escaped(" ".join(text.split()))}"""'


def _escaped(text: str) -> str:
    """Text that cannot end or change the docstring it stands in."""
    kept = "".join(one if one.isprintable() or one == "\n" else " " for one in text)
    return kept.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
