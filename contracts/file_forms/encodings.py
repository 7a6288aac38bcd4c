"""Names of encodings: Python's own, and the EBCDIC code pages that package ``ebcdic`` adds."""

import codecs

# Imported for its code pages, which it registers: cp1047, cp285, cp1146 and others.
import ebcdic  # noqa: F401


def is_encoding(name: str) -> bool:
    """Whether text can be in an encoding of that name."""
    try:
        # Python also calls transformations such as base64 codecs; those give no text.
        return bool(codecs.lookup(name)._is_text_encoding)
    except LookupError:
        return False


def is_ebcdic(name: str) -> bool:
    """Whether an encoding is one of EBCDIC's: it has the digits from 0xF0 on.

    Raises:
        LookupError: there is no such encoding.
    """
    try:
        return "0 ".encode(name) == b"\xf0\x40"
    except UnicodeError:
        return False
