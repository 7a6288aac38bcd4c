"""Reads XML that is not trusted: element by element, with nothing in it that could expand."""

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from connectors.errors import Unreadable

_CHUNK = 1 << 18
_DEEPEST = 256


def parse(
    stream: IO[bytes],
    file: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
    *,
    spaces: Mapping[str, str] | None = None,
) -> None:
    """Calls back for every start and end of an element and for characters.

    Args:
        file: the workbook's name, for messages.
        spaces: namespace to the prefix its names get; without it, all names have none.

    Raises:
        ValueError: the XML is damaged, or nests deeper than any sheet does.
        Unreadable: it has a document type (``workbook-unsafe``).
    """
    depth = 0
    named: dict[str, str] = {}

    def local(name: str) -> str:
        known = named.get(name)
        if known is None:
            space, _, short = name.rpartition(" ")
            known = named[name] = f"{spaces.get(space, '')}:{short}" if spaces else short
        return known

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("too deep")
        start(local(name), {local(key): value for key, value in attributes.items()})

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(name))

    def refuse(*_: object) -> None:
        raise Unreadable(
            "workbook-unsafe",
            f"{file} holds XML with a document type definition, which no workbook needs; it was "
            "refused.",
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        while data := stream.read(_CHUNK):
            parser.Parse(data, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError("damaged XML") from error
