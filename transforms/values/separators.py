"""What parts the digits of a number, brought to commas between thousands and a point before
decimals: the English way, which the parsers of numbers and sums read."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.parsed import Options, Texts

_SWAP = np.arange(256, dtype=np.uint8)
_SWAP[[ord(","), ord(".")]] = [ord("."), ord(",")]
_GROUPED = re.compile(r"(?<!\d)(\d{1,3}(?:['’]\d{3})+)(?!['’\d])")


def separated(values: Texts, options: Options) -> Texts:
    """Numbers written the English way, full-width digits as plain ones.

    Option ``decimal``: ``,`` where the supplier writes ``1.234,56``; without it a comma parts
    thousands. An apostrophe (``1'234.50``, as the Swiss write) parts thousands wherever groups of
    three follow it; what has both is left as it is, and so not read.
    """
    values = characters.ascii_forms(values, above=0xE0)
    if options.get("decimal") == ",":
        values = characters.translate(values, _SWAP)
    data, _ = characters.run(values)
    if not ((data == ord("'")) | (data == 0xE2)).any():
        return values
    marked = pc.match_substring_regex(values, r"\d['’]\d").fill_null(False)
    if not pc.any(marked).as_py():
        return values
    parted = [_parted(text) for text in values.filter(marked).to_pylist()]
    return pc.replace_with_mask(values, marked, pa.array(parted, pa.string()))


def _parted(text: str) -> str:
    if "," in text:
        return text
    return _GROUPED.sub(lambda found: re.sub("['’]", ",", found[1]), text)
