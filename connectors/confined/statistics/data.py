"""Reads files of SPSS, SAS and Stata in the child process, through pyreadstat, chunk by chunk."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyreadstat

from connectors.confined.child import Frames
from connectors.confined.number_text import number_text
from connectors.confined.rows import ROWS, rows_of_mask, send_rows
from connectors.confined.statistics.kind import Kind, kind_of, opened
from connectors.confined.statistics.times import time_kind, time_texts
from connectors.errors import Unreadable

TextArray: TypeAlias = "pa.Array[Any]"

_CELLS = 1_000_000  # Cells a chunk has at most: pyreadstat gives Python objects.
_NOT_STATED = "ISO-8859-1"  # Every byte is a character of it, so that the bytes can be had back.


class _Variable(NamedTuple):
    """A variable: its name, whether it is text, its numbers' width, what they are, its labels."""

    name: str
    text: bool
    narrow: bool
    time: str | None
    labels: Mapping[str, str]


def send(request: dict[str, Any], frames: Frames) -> None:
    """Sends every dataset of the file; asked by ``connectors.read.parsed.statistics``.

    With ``only: texts`` it sends the texts that are not ASCII instead, one a line (frame ``T``).

    Raises:
        Unreadable: the file is damaged, holds fewer rows than it says, or its text is not of the
            code page; ``encoding-not-stated`` where nothing says which code page it is.
    """
    path, file = Path(request["path"]), request["file"]
    kind = kind_of(path, file)
    try:
        for source in opened(path, kind):
            _Dataset(source, kind, request, file).send_to(frames)
    except pyreadstat.ReadstatError as error:
        raise _refusal(str(error), file) from None
    except pyreadstat.PyreadstatError:
        raise _refusal("", file) from None
    except (ValueError, OverflowError, UnicodeError, KeyError, IndexError, OSError):
        raise _refusal("", file) from None


def _refusal(said: str, file: str) -> Unreadable:
    if "convert" in said.lower() and "encoding" in said.lower():
        return Unreadable(
            "encoding-wrong",
            f"{file} has text that is not in the code page the file or the feed says. Declare the "
            "right encoding in the feed's file section.",
        )
    if "unsupported character set" in said.lower():
        return Unreadable(
            "encoding-unknown", f"{file} is in a code page that is not known; declare another."
        )
    return Unreadable(
        "file-damaged", f"{file} is a damaged file of SPSS, SAS or Stata; ask for it again."
    )


class _Dataset:
    """One dataset on its way to the parent."""

    def __init__(
        self, source: str | BinaryIO, kind: Kind, request: dict[str, Any], file: str
    ) -> None:
        self._source = source
        self._kind = kind
        self._request = request
        self._file = file
        self._read: Any = getattr(pyreadstat, kind.reader)
        self._encoding: str | None = request["encoding"]
        _, facts = self._call(metadataonly=True)
        self._stated = self._encoding or kind.encoding or facts.file_encoding
        if not self._stated:
            # Names and labels too are to be had back as bytes.
            self._encoding = _NOT_STATED
            _, facts = self._call(metadataonly=True)
        self._facts = facts
        wanted = self._request["columns"]
        missing = [name for name in wanted if name not in facts.column_names]
        if missing:
            raise Unreadable(
                "column-missing",
                f"{file} has no variable {' or '.join(map(repr, missing))}; it has "
                f"{', '.join(map(repr, facts.column_names[:50]))}.",
            )
        self._names = [name for name in facts.column_names if not wanted or name in wanted]
        self._variables = [self._variable(name) for name in self._names]

    def _call(self, **options: Any) -> tuple[dict[str, list[Any]], Any]:
        if self._encoding and self._kind.takes_encoding:
            options["encoding"] = self._encoding
        if self._kind.user_missing and self._request["user_missing"] == "keep":
            options["user_missing"] = True
        found: tuple[dict[str, list[Any]], Any] = self._read(
            self._source, output_format="dict", disable_datetime_conversion=True, **options
        )
        return found

    def _variable(self, name: str) -> _Variable:
        stored = self._facts.readstat_variable_types[name]
        written = self._facts.original_variable_types[name]
        labels: Mapping[str, str] = {}
        if self._request["labels"]:
            given = self._facts.variable_value_labels.get(name, {})
            labels = {_key(code): str(label) for code, label in given.items()}
        is_text = stored in ("string", "string_ref")
        time = None if is_text else time_kind(self._kind.program, written)
        return _Variable(name, is_text, stored == "float", time, labels)

    def send_to(self, frames: Frames) -> None:
        """Sends facts, pieces and problems; or, where asked, only the texts beyond ASCII."""
        if self._request["only"] == "texts":
            for chunk in self._chunks():
                frames.send("T", self._texts_beyond_ascii(chunk))
            return
        labels = dict(zip(self._facts.column_names, self._facts.column_labels, strict=True))
        names = [self._checked(name) for name in self._names]
        frames.send_json(
            "S",
            {
                "field_names": names,
                "labels": [self._checked(labels[name] or "") for name in self._names],
                "encoding": (self._stated or "ascii").lower(),
                "sheet": getattr(self._facts, "table_name", None) or None,
                "notes": self._notes(),
            },
        )
        row = 0
        for chunk in self._chunks():
            length = len(chunk[self._names[0]]) if self._names else 0
            rows = np.arange(row + 1, row + length + 1, dtype=np.int32)
            row += length
            columns, wrong = [], np.zeros(length, bool)
            for variable in self._variables:
                column, bad = self._column(variable, chunk[variable.name])
                columns.append(column)
                wrong |= bad
            send_rows(frames, columns, rows, rows_of_mask(rows, wrong, "value-unreadable"))
        self._check_count(row)

    def _chunks(self) -> Iterator[dict[str, list[Any]]]:
        size = max(100, min(ROWS, _CELLS // max(1, len(self._names))))
        offset = 0
        while self._names:
            only = {"usecols": self._names} if self._request["columns"] else {}
            chunk, _ = self._call(row_limit=size, row_offset=offset, **only)
            length = len(chunk[self._names[0]])
            if length:
                yield chunk
            offset += length
            if length < size or offset == self._facts.number_rows:
                return

    def _check_count(self, rows: int) -> None:
        stated = self._facts.number_rows if self._kind.counts_rows else None
        if stated is not None and stated >= 0 and rows != stated and self._names:
            raise Unreadable(
                "file-damaged",
                f"{self._file} says it has {stated:,} rows and holds {rows:,}; ask for it again.",
            )

    def _notes(self) -> list[str]:
        """What the file declares as missing, where it is kept."""
        if self._request["user_missing"] != "keep":
            return []
        found = []
        for name, ranges in sorted((self._facts.missing_ranges or {}).items()):
            if name in self._names:
                ends = [_span(one["lo"], one["hi"]) for one in ranges]
                found.append(f"user-missing: {self._checked(name)} ({', '.join(ends)})")
        return found

    def _checked(self, text: str) -> str:
        """A text, refused where it is not ASCII and nothing says what it is in."""
        if self._stated or text.isascii():
            return text
        raise Unreadable(
            "encoding-not-stated",
            f"{self._file} does not say in which code page its texts are. Declare the encoding in "
            "the feed's file section.",
        )

    def _column(self, variable: _Variable, values: Any) -> tuple[TextArray, npt.NDArray[np.bool_]]:
        """A variable's values as text, and which of them could not be read."""
        wrong = np.zeros(len(values), bool)
        if variable.text:
            texts = [None if v is None else self._checked(str(v)) for v in values]
            column = pa.array(texts, pa.string())
        else:
            column, wrong = _numbers(variable, values)
        if variable.labels:
            coded = column.dictionary_encode()
            words = [variable.labels.get(code, code) for code in coded.dictionary.to_pylist()]
            column = pa.array(words, pa.string()).take(coded.indices)
        return column, wrong

    def _texts_beyond_ascii(self, chunk: dict[str, list[Any]]) -> bytes:
        words: list[Any] = [*self._names, *filter(None, self._facts.column_labels)]
        for variable in self._variables:
            words += chunk[variable.name] if variable.text else []
            words += variable.labels.values()
        found = [word for word in words if isinstance(word, str) and not word.isascii()]
        return b"".join(word.encode("latin-1", "replace") + b"\n" for word in found)


def _numbers(variable: _Variable, values: Any) -> tuple[TextArray, npt.NDArray[np.bool_]]:
    """Numbers as text; where SAS or Stata say why one is missing (``.A``), as they write it."""
    tags = {i: f".{v}" for i, v in enumerate(values) if isinstance(v, str)}
    bare = [None if v is None or isinstance(v, str) else v for v in values]
    numbers = np.array(bare, np.float64)
    blank = np.array([v is None for v in bare], bool) | np.isnan(numbers)
    numbers = np.where(blank, 0, numbers)
    text = number_text(numbers.astype(np.float32) if variable.narrow else numbers, blank)
    wrong = np.zeros(len(bare), bool)
    if variable.time:
        times, bad = time_texts(variable.time, numbers)
        wrong = bad & ~blank
        times = np.where(wrong, np.array(text.to_pylist(), object), times)
        text = pa.array(times, pa.string(), mask=blank)
    if tags:
        texts = text.to_pylist()
        for i, tag in tags.items():
            texts[i] = tag
        text = pa.array(texts, pa.string())
    return text, wrong


def _key(code: Any) -> str:
    """A value with a label, as its column has it."""
    if isinstance(code, str):
        return f".{code}" if re.fullmatch("[A-Za-z]", code) else code
    [text] = number_text(np.array([code], np.float64)).to_pylist()
    return str(text)


def _span(low: Any, high: Any) -> str:
    first, last = _key(low), _key(high)
    return first if first == last else f"{first} to {last}"
