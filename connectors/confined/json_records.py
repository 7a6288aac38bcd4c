"""Reads records out of JSON in the child process: a list of objects in each page, or one object a
line. Memory does not grow with the file."""

import codecs
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ijson

from connectors.confined.child import Frames
from connectors.confined.json_text import (
    DECODER,
    DEEPEST,
    LONGEST,
    JsonText,
    KeyTwice,
    as_text,
    encoding_of,
    not_utf8,
)
from connectors.confined.keyed import Keyed
from connectors.errors import Unreadable

_BLOCK = 1 << 20


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends the one table of all pages; the request is that of
    ``connectors.read.parsed.json_records`` or ``json_lines`` there.

    Raises:
        Unreadable: a page is no JSON, or has no records where they are declared.
    """
    fields: dict[str, list[str | int]] = request["fields"]
    table = Keyed(frames, request["file"], list(fields))
    last = 0
    pages: list[list[Any]] = []
    records: list[str] | None = request["records"]
    for path, file in request["pages"]:
        if request["lines"]:
            last = _lines(path, file, table, fields, last)
        else:
            records = _place_of(path, file) if records is None else records
            for record, size in _records(path, file, records):
                last += 1
                table.add(last, _cells(record, fields, file), size)
        pages.append([file, last])
    table.close(pages=pages)


def _cells(record: Mapping[str, Any], fields: Mapping[str, list[str | int]], file: str) -> Any:
    """Column to text: the declared fields, or every key."""
    try:
        if fields:
            return {name: as_text(_at(record, steps)) for name, steps in fields.items()}
        return {name: as_text(value) for name, value in record.items()}
    except RecursionError:
        raise Unreadable("json-damaged", f"{file} is nested too deeply.") from None


def _at(value: Any, steps: list[str | int]) -> Any:
    """What is at a path; None where there is nothing."""
    for step in steps:
        if isinstance(step, int):
            if not (isinstance(value, list) and step < len(value)):
                return None
            value = value[step]
        else:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
    return value


def _records(path: str, file: str, steps: list[str]) -> Iterator[tuple[dict[str, Any], int]]:
    """The objects of the list at a path, and about how long each is."""
    text = JsonText(path, file)
    try:
        yield from _descend(text, file, steps, steps)
        text.end()
    finally:
        text.close()


def _descend(
    text: JsonText, file: str, steps: list[str], whole: list[str]
) -> Iterator[tuple[dict[str, Any], int]]:
    if not steps:
        if text.peek() not in ("[", ""):
            raise _no_list(file, whole)
        for value, size in text.items():
            if not isinstance(value, dict):
                raise _no_list(file, whole)
            yield value, size
        return
    found = False
    if text.peek() == "{":
        for key in text.members():
            if key == steps[0]:
                found = True
                yield from _descend(text, file, steps[1:], whole)
            else:
                text.skip()
    if not found:
        raise Unreadable(
            "json-without-records",
            f"{file} has nothing at {'.'.join(whole)!r}; correct the path of the records in the "
            "feed.",
        )


def _no_list(file: str, steps: list[str]) -> Unreadable:
    where = f"at {'.'.join(steps)!r}" if steps else "as its whole"
    return Unreadable(
        "json-without-records",
        f"{file} does not have a list of records {where}; give its path in the feed's file "
        "section.",
    )


def _place_of(path: str, file: str) -> list[str]:
    """Where the only list of objects is, in a page of which nothing is declared."""
    with Path(path).open("rb") as content:
        start = content.read(256).removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"[") or encoding_of(path) not in ("utf-8", "utf-8-sig"):
        return []
    found = _lists(path, file)
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(repr(".".join(steps)) for steps in found[:10])
        said = f"has several lists of records, at {places}"
    else:
        said = "has no list of records"
    raise Unreadable(
        "json-without-records",
        f"{file} {said}. Declare `records: ` with the path of the list in the feed's file section.",
    )


def _lists(path: str, file: str) -> list[list[str]]:
    """Paths through keys to the lists that hold objects, or nothing."""
    found: list[list[str]] = []
    open_in: list[str] = []  # "{" and "[" of what is open.
    keys: list[str] = []  # The key last read in each object that is open.
    before = ""
    try:
        with Path(path).open("rb") as content:
            if not content.read(3).startswith(codecs.BOM_UTF8):
                content.seek(0)
            for event, value in ijson.basic_parse(content):
                empty = event == "end_array" and before == "start_array"
                holds = event == "start_map" or (empty and bool(keys))
                if before == "start_array" and holds and "[" not in open_in[:-1]:
                    found.append(list(keys))
                if event == "map_key":
                    keys[-1] = value
                elif event == "start_map":
                    open_in.append("{")
                    keys.append("")
                elif event == "start_array":
                    open_in.append("[")
                elif event in ("end_map", "end_array") and open_in.pop() == "{":
                    keys.pop()
                if len(open_in) > DEEPEST:
                    raise Unreadable("json-damaged", f"{file} is nested too deeply.")
                before = event
    except ijson.JSONError:
        raise Unreadable(
            "json-damaged",
            f"{file} is not whole JSON, or no strict JSON. If a list of records is in it, declare "
            "its path (`records: `) in the feed's file section.",
        ) from None
    return found


def _lines(
    path: str, file: str, table: Keyed, fields: Mapping[str, list[str | int]], before: int
) -> int:
    """Adds a record for each line; a line that is none is a row with nothing but its problem.

    Returns:
        number of the last line, counted on from ``before``.
    """
    row = before
    good = 0
    for line, size in _lines_of(path, file):
        row += 1
        record: Any = None
        if line is not None and line.strip(" \t\r\n"):
            record = _record_of(line)
        elif line is not None:
            table.add(row, {}, 0)
            continue
        if record is None:
            table.problem(row, "record-damaged")
            table.add(row, {}, 0)
        else:
            good += 1
            table.add(row, _cells(record, fields, file), size)
    if not good:
        raise Unreadable(
            "json-damaged", f"{file} has no line that is a record; JSON lines have one on each."
        )
    return row


def _record_of(line: str) -> dict[str, Any] | None:
    """The object that a line is; None where it is none."""
    try:
        value = DECODER.decode(line)
    except (json.JSONDecodeError, KeyTwice, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _lines_of(path: str, file: str) -> Iterator[tuple[str | None, int]]:
    """Lines and their lengths; None for a line that is not of the file's encoding."""
    encoding = encoding_of(path)
    if encoding not in ("utf-8", "utf-8-sig"):
        yield from _recoded(path, file, encoding)
        return
    with Path(path).open("rb") as content:
        content.seek(3 if encoding == "utf-8-sig" else 0)
        while line := content.readline(LONGEST + 1):
            _check_length(len(line), file)
            try:
                yield line.decode(), len(line)
            except UnicodeDecodeError:
                yield None, len(line)


def _recoded(path: str, file: str, encoding: str) -> Iterator[tuple[str, int]]:
    try:
        with Path(path).open(encoding=encoding, newline="\n") as content:
            while line := content.readline(LONGEST + 1):
                _check_length(len(line), file)
                yield line, len(line)
    except UnicodeDecodeError:
        raise not_utf8(file, encoding) from None


def _check_length(length: int, file: str) -> None:
    if length > LONGEST:
        raise Unreadable(
            "record-too-long",
            f"{file}: a line is over {LONGEST >> 20} MB long; a line end may be missing. Ask for "
            "the file again.",
        )
