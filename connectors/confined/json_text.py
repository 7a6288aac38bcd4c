"""Reads JSON text value by value, however long it is, each number as it is written.

The values are read by the scanner of Python's own ``json``, which hands over the text of a number.
ijson's parsers would stream as well, but give ``1E10`` as ``1E+10``, ``-0`` as ``0``, a lone
surrogate as a question mark, and of a key that stands twice both values without a word.
"""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from connectors.errors import Unreadable

LONGEST = 64 << 20  # Characters of one value, at most.
DEEPEST = 200
_BLOCK: Final = 1 << 20
_SPACE = " \t\n\r"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Written(str):
    """A number, or a word for none such as NaN, as it is written."""

    __slots__ = ()


class KeyTwice(Exception):
    """A key stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise KeyTwice
    return found


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Written, parse_int=Written, parse_constant=Written
)


def encoding_of(path: str) -> str:
    """UTF-8, as JSON must be, unless a byte-order mark says otherwise."""
    with Path(path).open("rb") as content:
        start = content.read(4)
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def as_text(value: Any) -> str | None:
    """A value as the text of a cell: nested values as JSON.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if value is None or value.__class__ is str:
        return value
    return str(value) if value.__class__ is Written else _nested(value)


def _nested(value: Any) -> str:
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}: {_nested(v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_nested, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


class JsonText:
    """The text of a JSON file, read forward.

    Attributes:
        read: how many characters were read from the file so far.
    """

    def __init__(self, path: str, file: str) -> None:
        self._file = file
        self._stream = Path(path).open("rb")  # noqa: SIM115 - closed by close
        self._encoding = encoding_of(path)
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._text = ""
        self._at = 0
        self._ended = False
        self._line = 1
        self._dropped = 0  # Characters of the present line that are no longer held.
        self.read = 0

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def peek(self) -> str:
        """The next character that is no white space; ``""`` at the end."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in _SPACE:
                at += 1
            self._at = at
            if at < len(text):
                return text[at]
            if not self._more():
                return ""

    def take(self, *wanted: str) -> str:
        """Steps over one of some characters, and says which.

        Raises:
            Unreadable: another stands there.
        """
        found = self.peek()
        if found not in wanted:
            raise self.damaged(f"Expecting {' or '.join(map(repr, wanted))}")
        self._at += 1
        return found

    def value(self) -> tuple[Any, int]:
        """The next value, whole, and how many characters it takes.

        Raises:
            Unreadable: there is none, or it is longer or nested deeper than it may be.
        """
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                beyond = error.pos - self._at
                if self._is_cut_off(error) and self._more():
                    continue
                raise self.damaged(error.msg, self._at + beyond) from None
            except RecursionError:
                raise self.too_deep() from None
            except KeyTwice:
                raise Unreadable(
                    "json-damaged",
                    f"{self._file}: the value that begins in line {self._line_at(self._at)} has "
                    "the same key twice.",
                ) from None
            if value.__class__ is Written and self._may_go_on(end) and self._more():
                continue
            size, self._at = end - self._at, end
            return value, size

    def items(self) -> Iterator[tuple[Any, int]]:
        """The values of a list, one by one; see :meth:`value`."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    def members(self) -> Iterator[str]:
        """The keys of an object; after each its value must be read.

        Raises:
            Unreadable: a key stands twice.
        """
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        seen: set[str] = set()
        while True:
            if self.peek() != '"':
                raise self.damaged("Expecting property name enclosed in double quotes")
            key, _ = self.value()
            if key in seen:
                raise Unreadable("json-damaged", f"{self._file}: an object has the same key twice.")
            seen.add(key)
            self.take(":")
            yield key
            if self.take(",", "}") == "}":
                return

    def skip(self, depth: int = 0) -> None:
        """Steps over a value without keeping it."""
        if depth > DEEPEST:
            raise self.too_deep()
        first = self.peek()
        if first == "{":
            for _ in self.members():
                self.skip(depth + 1)
        elif first == "[":
            self.take("[")
            if self.peek() == "]":
                self.take("]")
                return
            self.skip(depth + 1)
            while self.take(",", "]") == ",":
                self.skip(depth + 1)
        else:
            self.value()

    def end(self) -> None:
        """Makes sure that nothing follows.

        Raises:
            Unreadable: something does.
        """
        if self.peek():
            raise self.damaged("Extra data")

    def damaged(self, what: str, at: int | None = None) -> Unreadable:
        """The refusal of what stands at a place in the text; at the present one if not given."""
        at = self._at if at is None else at
        start = self._text.rfind("\n", 0, at)
        column = at - start if start >= 0 else self._dropped + at + 1
        hint = ""
        if what == "Extra data":
            hint = (
                " If it holds one record a line, declare `format: json-lines` in the feed's file "
                "section."
            )
        return Unreadable(
            "json-damaged",
            f"{self._file} is not whole JSON: {what} at line {self._line_at(at)}, column "
            f"{column}.{hint}",
        )

    def too_deep(self) -> Unreadable:
        """The refusal of values in values in values."""
        return Unreadable("json-damaged", f"{self._file} is nested too deeply.")

    def _is_cut_off(self, error: json.JSONDecodeError) -> bool:
        """Whether what was not read yet may mend it."""
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - 16

    def _may_go_on(self, end: int) -> bool:
        """Whether a number may be longer than what was read of it, as ``1.5e`` may."""
        return len(self._text) - end < 4 and self._text[end : end + 1] not in (*_SPACE, *",]}")

    def _line_at(self, at: int) -> int:
        return self._line + self._text.count("\n", 0, at)

    def _more(self) -> bool:
        """Reads on, twice as much each time a value needs it; whether there was more."""
        if self._ended:
            return False
        start = self._text.rfind("\n", 0, self._at)
        self._line += self._text.count("\n", 0, self._at)
        self._dropped = self._at - start - 1 if start >= 0 else self._dropped + self._at
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > LONGEST:
            raise Unreadable(
                "record-too-long",
                f"{self._file}: the value that begins in line {self._line} is over "
                f"{LONGEST >> 20} MB long. Ask for the file again, or declare the path of the "
                "records.",
            )
        block = self._stream.read(max(_BLOCK, len(self._text)))
        self._ended = not block
        try:
            more = self._decoder.decode(block, final=self._ended)
        except UnicodeDecodeError:
            raise not_utf8(self._file, self._encoding) from None
        self.read += len(more)
        self._text += more
        return bool(more) or not self._ended


def not_utf8(file: str, encoding: str) -> Unreadable:
    """The refusal of bytes that are not of the encoding."""
    right = "UTF-8, as JSON must be" if encoding == "utf-8" else "in the encoding it begins with"
    return Unreadable("encoding-wrong", f"{file} is not {right}.")
