"""A code page of one byte a character, as tables that whole fields are looked up in."""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from contracts.file_forms.encodings import is_ebcdic

Bytes = npt.NDArray[np.uint8]
_BAD = 255
_ENOUGH = 64
"""Bytes of text that prove something of a code page; fewer may be anything."""


class CodePage:
    """How the text and the digits of a file are written.

    Attributes:
        name: Python's name of it.
        ebcdic: whether it is one of EBCDIC's.
        single: whether every character is one byte.
        space: the byte of a space.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.ebcdic = is_ebcdic(name)
        self._meanings = [_meaning(byte, name) for byte in range(256)]
        # UTF-8 and its like: what is beyond ASCII takes several bytes.
        self.single = self.ebcdic or sum(one is not None for one in self._meanings) > 128
        self.single |= name.lower().replace("-", "").replace("_", "") in ("ascii", "usascii")
        self.space = " ".encode(name)[0]
        self.zero = "0".encode(name)[0]
        self.plus, self.minus = "+".encode(name)[0], "-".encode(name)[0]

    @cached_property
    def ascii(self) -> Bytes:
        """Byte to ASCII, 255 where it means no character of ASCII."""
        return np.array(
            [ord(one) if one is not None and one.isascii() else _BAD for one in self._meanings],
            np.uint8,
        )

    @cached_property
    def sizes(self) -> Bytes:
        """Byte to the bytes of its character in UTF-8; 0 where it means none."""
        return np.array([len(one.encode()) if one else 0 for one in self._meanings], np.uint8)

    def is_not_of(self, data: Bytes) -> bool:
        """Whether bytes are hardly text in it: control characters for a tenth, or text in ASCII
        whose letters would be accented ones in EBCDIC. Of a few bytes nothing is said."""
        if not self.single or len(data) < _ENOUGH:
            return False
        controls = np.array([one is None or not one.isprintable() for one in self._meanings])
        if controls[data].mean() > 0.1:
            return True
        plain = ((data >= 0x20) & (data < 0x7F)).mean() > 0.9
        return self.ebcdic and bool(plain and (self.ascii[data] == _BAD).mean() > 0.3)

    @cached_property
    def signs(self) -> tuple[Bytes, npt.NDArray[np.bool_]]:
        """Byte that holds a digit and a sign, to the digit (255 where it is none) and whether it
        is negative.

        EBCDIC: zones A, C, E and F are plus, B and D minus (z/Architecture Principles of
        Operation, decimal data). ASCII: figures are plus, ``p`` to ``y`` minus (GnuCOBOL, Micro
        Focus); ``{`` and ``A`` to ``I`` plus, ``}`` and ``J`` to ``R`` minus, where records of
        EBCDIC were turned into ASCII as if all of them were text.
        """
        digits = np.full(256, _BAD, np.uint8)
        negative = np.zeros(256, bool)
        ranges = [(0x30, False), (0x70, True)]
        if self.ebcdic:
            ranges = [(0xA0, False), (0xC0, False), (0xE0, False), (0xF0, False)]
            ranges += [(0xB0, True), (0xD0, True)]
        for first, minus in ranges:
            digits[first : first + 10] = np.arange(10)
            negative[first : first + 10] = minus
        if not self.ebcdic:
            for letters, minus in ((b"{ABCDEFGHI", False), (b"}JKLMNOPQR", True)):
                digits[list(letters)] = np.arange(10)
                negative[list(letters)] = minus
        return digits, negative


def _meaning(byte: int, name: str) -> str | None:
    try:
        return bytes([byte]).decode(name)
    except UnicodeDecodeError:
        return None
