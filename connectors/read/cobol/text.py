"""Decodes fields of text: blanks that fill a field up are no part of it."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.errors import Unreadable
from connectors.read.batch import TextArray, compute
from connectors.read.cobol.code_page import Bytes, CodePage
from connectors.read.cobol.column import (
    Column,
    Mask,
    any_of,
    text_array,
    unfilled,
    with_bytes_shown,
    with_nulls,
)
from contracts.cobol import Field

Lengths = npt.NDArray[np.int64]


def decode_text(raw: Bytes, field: Field, page: CodePage, *, forgiven: bool) -> Column:
    """A text field of some records.

    Args:
        raw: its bytes, a row for each record.
        forgiven: whether a field of low-values or high-values is missing rather than wrong.

    Raises:
        Unreadable: ``encoding-wrong``, where the code page has not a byte.
    """
    empty = unfilled(raw)
    if field.storage == "national":
        cells = _national(raw)
    elif page.single:
        cells = _single(raw, field, page)
    else:
        cells = _slowly(raw, field, page)
    wrong: dict[str, Mask] = {}
    if field.storage != "national" and not raw.all():
        control = any_of(raw == 0) & ~empty
        if control.any():
            wrong["control-character"] = control
        cells = compute.replace_substring(cells, "\0", "\ufffd")
    if empty.any():
        if not forgiven:
            wrong["low-or-high-values"] = empty
            cells = with_bytes_shown(cells, raw, empty)
        else:
            cells = with_nulls(cells, empty)
    return Column(cells, wrong)


def _kept(raw: Bytes, field: Field, space: int) -> tuple[Mask, Lengths]:
    """The bytes that are no filling, and how many: filling are blanks on the right of text, on the
    left where it is justified right, on both sides of a number edited for print."""
    filled = raw != space
    rows, width = raw.shape
    places = np.arange(width, dtype=np.int32)
    first, end = np.zeros(rows, np.int64), np.full(rows, width)
    kept = None
    if not field.justified:
        end = width - filled[:, ::-1].argmax(axis=1)
        end[~filled[np.arange(rows), end - 1]] = 0
        kept = places < end[:, None]
    if field.justified or field.storage == "edited":
        first = filled.argmax(axis=1)
        first[~filled[np.arange(rows), first]] = width
        after = places >= first[:, None]
        kept = after if kept is None else kept & after
    assert kept is not None
    return kept, np.maximum(end - first, 0)


def _single(raw: Bytes, field: Field, page: CodePage) -> TextArray:
    kept, lengths = _kept(raw, field, page.space)
    data = raw[kept]
    plain = page.ascii[data]
    if not len(plain) or plain.max() < 128:
        return text_array(plain, lengths)
    sizes = page.sizes[data]
    if not sizes.all():
        raise Unreadable(
            "encoding-wrong",
            f"field {field.name} holds a byte that {page.name} has not; correct the encoding in "
            "the feed's file section.",
        )
    ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    places = np.concatenate([[0], np.cumsum(lengths)])
    text = data.tobytes().decode(page.name).encode()
    return text_array(text, np.diff(ends[places]))


def _slowly(raw: Bytes, field: Field, page: CodePage) -> TextArray:
    found: list[str] = []
    for one in raw:
        text = bytes(one).decode(page.name, "replace")
        text = text.lstrip(" ") if field.justified else text.rstrip(" ")
        found.append(text.lstrip(" ") if field.storage == "edited" else text)
    return pa.array(found, pa.string())


def _national(raw: Bytes) -> TextArray:
    """Text of PIC N: UTF-16, its blanks too; half a pair becomes U+FFFD."""
    found = [bytes(one).decode("utf-16-be", "replace").rstrip(" ") for one in raw]
    return pa.array([text.replace("\0", "\ufffd") for text in found], pa.string())
