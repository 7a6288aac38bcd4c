"""Reads a declaration's YAML strictly, and knows the line and column of everything in it."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
Place = tuple[int, int]
"""1-based line and column."""

# What PyYAML says is exact but speaks of its grammar; these say what people usually did.
HINTS = {
    "mapping values are not allowed": "put quotes round a value that holds a colon and a space",
    "cannot start any token": "indent with spaces, and put quotes round a value that begins with "
    "a tab or one of @ ` % & * !",
    "could not find expected ':'": "every line of a mapping is `word: value`",
    "expected alphabetic or numeric character": "put quotes round a value that begins with * or &",
    "found undefined alias": "put quotes round a value that begins with *",
    "expected <block end>": "check the indentation of this line against the lines above it",
}


class Unreadable(Exception):
    """A declaration that cannot be used; one (line, column, message) for everything wrong in it."""

    def __init__(self, problems: Sequence[tuple[int, int, str]]) -> None:
        super().__init__("; ".join(message for _, _, message in problems))
        self.problems = tuple(problems)


class _Loader(yaml.CSafeLoader):
    """Safe YAML; dates stay text, so that a wrong one is reported at its place by the model."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Document:
    """One YAML file as read: its plain data, and the nodes that know where each part stands."""

    path: Path
    data: dict[str, Any]
    node: yaml.MappingNode

    def place(self, *keys: str | int) -> Place:
        """Line and column of the value under ``keys``; of the nearest part above where it lacks."""
        place, _ = self._walk(keys)
        return place

    def place_of_key(self, *keys: str | int) -> Place:
        """Line and column of the last key of ``keys`` itself."""
        _, place = self._walk(keys)
        return place

    def _walk(self, keys: Sequence[str | int]) -> tuple[Place, Place]:
        node: yaml.Node = self.node
        value = key = _place(self.node)
        for wanted in keys:
            found = _child(node, wanted)
            if found is None:  # the tag of a union, or a part that is missing
                continue
            key, node = _place(found[0]), found[1]
            value = _place(node)
            if isinstance(node, yaml.CollectionNode) and not node.flow_style:
                value = key  # a block begins on its key's line, for a reader
        return value, key


def read(path: Path) -> Document:
    """Read one YAML file whose top is a mapping.

    Raises:
        Unreadable: not UTF-8, not YAML, empty, no mapping at the top, or a key given twice.
    """
    text = _text(path)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise Unreadable([(1, 1, "the file is empty")])
        if not isinstance(node, yaml.MappingNode):
            raise Unreadable([(*_place(node), "the file must be a list of `word: value` lines")])
        twice = [
            (*_place(key), f"`{key.value}` is given twice; keep one") for key in _repeated(node)
        ]
        if twice:
            raise Unreadable(twice)
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable([(line, column, _explained(error))]) from error
    except yaml.reader.ReaderError as error:
        line, column = _line_and_column(text, int(error.position))
        message = "a control character stands here; YAML cannot hold it"
        raise Unreadable([(line, column, message)]) from error
    finally:
        loader.dispose()
    return Document(path, data, node)


def parse(document: Document, model: type[M], named: Mapping[str, str]) -> M:
    """Make a declaration from a document.

    Args:
        named: fields the file's own path gives; the file may repeat them but not contradict.

    Raises:
        Unreadable: with the place of every part the model refuses.
    """
    wrong = [
        (
            *document.place(word),
            f"`{word}` is {document.data[word]!r} here, but the file's place says {value!r}; "
            "remove the line or move the file",
        )
        for word, value in named.items()
        if word in document.data and document.data[word] != value
    ]
    if wrong:
        raise Unreadable(wrong)
    try:
        return model.model_validate({**document.data, **named})
    except ValidationError as error:
        words = set(_words(model))
        found = error.errors(include_url=False, include_context=True)
        problems = [_problem(document, dict(one), words) for one in found]
        raise Unreadable(problems) from error


def _problem(document: Document, error: dict[str, Any], words: set[str]) -> tuple[int, int, str]:
    keys = tuple(key for key in error["loc"] if key != "[key]")
    name = str(keys[-1]) if keys else ""
    match error["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(name, words, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else "remove it"
            return (*document.place_of_key(*keys), f"`{name}` is not known here; {remedy}")
        case "missing":
            return (*document.place(*keys), f"`{name}` is missing; add it")
        case "union_tag_not_found":
            tag = str(error["ctx"]["discriminator"]).strip("'")
            return (*document.place(*keys), f"`{tag}` is missing under `{name}`; add it")
        case "union_tag_invalid":
            tag = str(error["ctx"]["discriminator"]).strip("'")
            known = error["ctx"]["expected_tags"]
            return (*document.place(*keys, tag), f"`{tag}` must be one of {known}")
        case "string_type":
            return (*document.place(*keys), f"`{name}` must be text; put it in quotes")
        case _:
            said = str(error["msg"]).removeprefix("Value error, ")
            return (*document.place(*keys), f"`{name}`: {said}" if name else said)


def _words(model: type[BaseModel]) -> Iterator[str]:
    """Every field name of a model and of the models it holds."""
    waiting: list[Any] = [model]
    seen: set[Any] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one not in seen:
                seen.add(one)
                yield from one.model_fields
                waiting.extend(field.annotation for field in one.model_fields.values())
        else:
            waiting.extend(getattr(one, "__args__", ()))


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        line, column = _line_and_column(before, len(before))
        message = "the file is not UTF-8 from here on; save it as UTF-8"
        raise Unreadable([(line, column, message)]) from error


def _line_and_column(text: str, at: int) -> Place:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _explained(error: yaml.MarkedYAMLError) -> str:
    said = " ".join(str(part) for part in (error.context, error.problem) if part)
    hint = next((hint for start, hint in HINTS.items() if start in said), None)
    return f"not valid YAML: {said}" + (f"; {hint}" if hint else "")


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _child(node: yaml.Node, wanted: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(wanted):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(wanted, int):
        return node.value[wanted], node.value[wanted]
    return None


def _repeated(node: yaml.Node) -> Iterator[yaml.Node]:
    """Keys a mapping holds twice; YAML itself would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[Any] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key
            seen.add(key.value if isinstance(key.value, str) else id(key))
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(value)
