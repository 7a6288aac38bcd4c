"""A text file as bytes in which delimiters and line ends are those of ASCII, and their recoding."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from connectors.errors import Unreadable
from connectors.read.text.encoding import Encoding, line_of
from contracts.file_forms.encodings import is_ebcdic

_ASCII = bytes(range(128))
_BLOCK = 4 << 20


class TextFile:
    """A text file.

    Attributes:
        encoding: how its chunks are encoded: the file's own encoding, or UTF-8 where the file's is
            not a superset of ASCII (UTF-16, EBCDIC) and is recoded on the way.
        transparent: whether the file's own bytes are the chunks'.
    """

    def __init__(self, path: Path, encoding: Encoding, file: str) -> None:
        self._path = path
        self._found = encoding
        self._file = file
        plain = "utf-8" if encoding.name in ("utf-8-sig", "ascii") else encoding.name
        self.transparent = encoding.transparent
        self.encoding = plain if encoding.transparent else "utf-8"

    def chunks(self, size: int) -> Iterator[bytes]:
        """The file's bytes after any byte-order mark.

        Raises:
            Unreadable: ``encoding-wrong``, where bytes are not of the encoding that was declared.
                Bytes of a code page are only looked at when recoded: see :meth:`recoding`.
        """
        with self._path.open("rb") as lines:
            lines.seek(self._found.mark)
            if not self._found.transparent:
                yield from (
                    text.encode("utf-8", "surrogatepass") for text in self._texts(lines, size)
                )
            elif self.encoding == "utf-8" and not self._found.proved:
                yield from self._checked(lines, size)
            else:
                while chunk := lines.read(size):
                    yield chunk

    def stretches(self, number: int, size: int) -> list[bytes]:
        """So many stretches of a transparent file, evenly apart, cut to whole lines."""
        whole = self._path.stat().st_size
        found = []
        with self._path.open("rb") as lines:
            for place in range(number):
                lines.seek(whole * place // number)
                block = lines.read(size)
                found.append(block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1])
        return [block for block in found if block]

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._path.stat().st_size

    def _texts(self, lines: BinaryIO, size: int) -> Iterator[str]:
        # A lone surrogate is reported with its row, and passes here.
        unicode = self._found.name.startswith(("utf-16", "utf-32"))
        decoder = codecs.getincrementaldecoder(self._found.name)(
            "surrogatepass" if unicode else "strict"
        )
        # In EBCDIC a line of text ends with NEL, or with LF where it was written under Unix.
        ends = is_ebcdic(self._found.name)
        offset, more = self._found.mark, True
        while more:
            chunk = lines.read(size)
            more = bool(chunk)
            with self._refusing(offset - len(decoder.getstate()[0])):
                text = decoder.decode(chunk, final=not more)
            yield text.replace("\x85", "\n") if ends else text
            offset += len(chunk)

    def _checked(self, lines: BinaryIO, size: int) -> Iterator[bytes]:
        """Chunks of what is declared as UTF-8 or ASCII, if it is; lone surrogates are reported
        with their row and pass here."""
        name = "ascii" if self._found.name == "ascii" else "utf-8"
        decoder = codecs.getincrementaldecoder(name)(
            "strict" if name == "ascii" else "surrogatepass"
        )
        offset, more = self._found.mark, True
        while more:
            chunk = lines.read(size)
            more = bool(chunk)
            pending = len(decoder.getstate()[0])
            if pending or not chunk.isascii():
                with self._refusing(offset - pending):
                    decoder.decode(chunk, final=not more)
            if more:
                yield chunk
            offset += len(chunk)

    @contextmanager
    def recoding(self) -> Iterator[None]:
        """Turns bytes that are not of the declared code page into a refusal that says where."""
        try:
            yield
        except UnicodeDecodeError:
            raise self._wrong(self._first_wrong()) from None

    def _first_wrong(self) -> int:
        offset = 0
        with self._path.open("rb") as lines:
            while chunk := lines.read(_BLOCK):
                try:
                    chunk.decode(self._found.name)
                except UnicodeDecodeError as error:
                    return offset + error.start
                offset += len(chunk)
        return 0

    @contextmanager
    def _refusing(self, offset: int) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise self._wrong(offset + error.start) from None

    def _wrong(self, offset: int) -> Unreadable:
        return Unreadable(
            "encoding-wrong",
            f"{self._file} is not in {self._found.name} as declared: line "
            f"{line_of(self._path, offset)} holds bytes that are not. Correct the encoding in the "
            "feed's file section, or leave it out to have it proved.",
        )


def to_utf8(raw: bytes, encoding: str) -> bytes:
    """Bytes in UTF-8, from UTF-8 or a code page that is a superset of ASCII.

    Mostly it is one character, the pound sign, that is not ASCII: putting that in place of its
    byte takes a quarter of the time that decoding and encoding take.

    Raises:
        UnicodeDecodeError: the code page lacks one of the bytes.
    """
    if encoding == "utf-8" or raw.isascii():
        return raw
    beyond = set(raw.translate(None, _ASCII))
    if len(beyond) > 1:
        return raw.decode(encoding).encode()
    [byte] = beyond
    return raw.replace(bytes([byte]), bytes([byte]).decode(encoding).encode())
