"""Characters that text cannot hold or that deceive its readers, in UTF-8: NUL, lone surrogates, and
controls of the direction of text. Their records are reported, never mended in silence."""

import re

REPLACEMENT = "\ufffd".encode()
_BIDI = rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])"
_SURROGATE = rb"\xed[\xa0-\xbf][\x80-\xbf]"
_LONE = re.compile(_SURROGATE)
_UNFIT = re.compile(rb"\x00|" + _SURROGATE)
_CONTROL = re.compile(_BIDI + rb"|" + _SURROGATE + rb"|\x00")
_DIRECTION = re.compile(_BIDI)


def may_have_controls(text: bytes) -> bool:
    """Whether any is in a text; quick where it is not."""
    if b"\0" in text:
        return True
    if text.isascii():
        return False
    # A plain look for the first byte, which few files have, is many times as quick.
    return (b"\xe2" in text and _DIRECTION.search(text) is not None) or (
        b"\xed" in text and _LONE.search(text) is not None
    )


def has_control(record: bytes) -> bool:
    """Whether a record has any."""
    return _CONTROL.search(record) is not None


def fit(text: bytes) -> bytes:
    """A text with U+FFFD in the place of what PostgreSQL and UTF-8 cannot hold."""
    return _UNFIT.sub(REPLACEMENT, text)
