"""How a delimited file parts its records and cells."""

import re
from dataclasses import dataclass
from functools import cached_property

from contracts.file_forms import Delimited


@dataclass(frozen=True)
class Dialect:
    """How records and cells are parted, in characters.

    Attributes:
        delimiter: what parts cells.
        quote: the mark round cells; empty where there is none.
        backslash: whether a backslash takes the meaning of the character after it, in quotes and
            outside, so that a mark, a delimiter or a line end may be part of a cell.
        line_end: what ends a record; None for LF, CR LF or CR as they come.
    """

    delimiter: str
    quote: str = '"'
    backslash: bool = False
    line_end: str | None = None

    @property
    def plain(self) -> bool:
        """Whether ``csv`` and Arrow know it: one character of ASCII between cells, quotation marks
        doubled, the usual line ends."""
        short = len(self.delimiter) == 1 and len(self.quote) < 2
        ascii_only = (self.delimiter + self.quote).isascii()
        return short and ascii_only and not self.backslash and self.line_end is None

    def marks(self, encoding: str) -> "Marks":
        """The same in bytes of an encoding.

        Raises:
            UnicodeEncodeError: the encoding has not one of the characters.
        """
        return Marks(
            self.delimiter.encode(encoding),
            self.quote.encode(encoding),
            self.backslash,
            None if self.line_end is None else self.line_end.encode(encoding),
            self.plain,
        )

    def cells(self, record: str) -> list[str]:
        """The cells of one record, whatever the dialect; as ``csv`` reads them where it can.

        A quotation mark means something at the start of a cell only; what stands between the
        closing mark and the next delimiter is part of the cell.
        """
        if not self.backslash and (not self.quote or self.quote not in record):
            return record.split(self.delimiter)
        found: list[str] = []
        at = 0
        while True:
            cell = ""
            if self.quote and record.startswith(self.quote, at):
                inside = self._quoted.match(record, at + len(self.quote))
                assert inside is not None
                cell = self._taken(inside.group(), quoted=True)
                at = min(inside.end() + len(self.quote), len(record))
            rest = self._bare.match(record, at)
            assert rest is not None
            found.append(cell + self._taken(rest.group(), quoted=False))
            at = rest.end()
            if at >= len(record):
                return found
            at += len(self.delimiter)

    @cached_property
    def _quoted(self) -> re.Pattern[str]:
        mark = re.escape(self.quote)
        if self.backslash:
            return re.compile(rf"(?:\\.|(?!{mark})[^\\]|\\\Z)*", re.DOTALL)
        return re.compile(rf"(?:{mark}{mark}|(?!{mark}).)*", re.DOTALL)

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        mark = re.escape(self.delimiter)
        if self.backslash:
            return re.compile(rf"(?:\\.|(?!{mark})[^\\]|\\\Z)*", re.DOTALL)
        return re.compile(rf"(?:(?!{mark}).)*", re.DOTALL)

    def _taken(self, text: str, *, quoted: bool) -> str:
        if self.backslash:
            return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text
        return text.replace(self.quote * 2, self.quote) if quoted else text


@dataclass(frozen=True)
class Marks:
    """A dialect in bytes; see :class:`Dialect`."""

    delimiter: bytes
    quote: bytes = b'"'
    backslash: bool = False
    line_end: bytes | None = None
    plain: bool = True

    @cached_property
    def bare(self) -> re.Pattern[bytes]:
        """A cell without marks, from where it begins; never beyond a line end."""
        ends = rb"[\r\n]" if self.line_end is None else re.escape(self.line_end)
        stop = rb"(?!" + re.escape(self.delimiter) + rb"|" + ends + rb")"
        if self.backslash:
            return re.compile(rb"(?:\\(?:\r\n|.)|" + stop + rb"[^\\])*", re.DOTALL)
        if len(self.delimiter) == 1 and self.line_end is None:
            return re.compile(rb"[^" + re.escape(self.delimiter) + rb"\r\n]*")
        return re.compile(rb"(?:" + stop + rb".)*", re.DOTALL)

    @cached_property
    def quoted(self) -> re.Pattern[bytes]:
        """What stands between two marks."""
        mark = re.escape(self.quote)
        if self.backslash:
            return re.compile(rb"(?:\\.|(?!" + mark + rb")[^\\])*", re.DOTALL)
        if len(self.quote) == 1:
            return re.compile(rb"[^" + mark + rb"]*(?:" + mark + mark + rb"[^" + mark + rb"]*)*")
        return re.compile(rb"(?:" + mark + mark + rb"|(?!" + mark + rb").)*", re.DOTALL)

    @property
    def telling(self) -> tuple[bytes, ...]:
        """What makes a line more than cells between delimiters."""
        return tuple(mark for mark in (self.quote, b"\\" if self.backslash else b"") if mark)


def dialect_of(form: Delimited, delimiter: str) -> Dialect:
    """The dialect a form declares."""
    end = None if form.line_end is None else form.line_ends[0]
    return Dialect(delimiter, form.quote_mark, form.escape == "backslash", end)
