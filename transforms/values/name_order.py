"""Whole names taken apart into forenames and surname, in an order that was declared.

``surname-first`` is ``SURNAME, Forename(s)``: the comma parts them. ``forenames-first`` is
``Forename(s) Surname``: the surname is the last word with the particles before it (``van der``,
``de la``, ``bin``, ``O'``), both words about a Spanish or Portuguese ``y`` or ``e``, or, where only
the end of a name is in capitals, all of that (``María GARCÍA LÓPEZ``). A double surname without
hyphen cannot be told from a second forename and is not guessed at: its first word goes with the
forenames. Neither order is ever found out from the names themselves.
"""

from typing import Literal

import pyarrow.compute as pc

from transforms.values import name_asides
from transforms.values.parsed import Texts

Order = Literal["surname-first", "forenames-first"]
SURNAME_FIRST: Order = "surname-first"

# Further commas only before what follows a name: SMITH, John, OBE.
_SURNAME_FIRST = (
    rf"^(?P<surname>[^,]*[^,\s])\s*,\s*(?P<forenames>[^,]+(?:, ?{name_asides.HONOURS})?)$"
)
_PARTICLE = (
    r"(?i:van|von|der|den|de|da|di|du|del|della|d[oa]s?|la|le|los|las|bin|ibn|bint|binti|ap|ab|"
    r"ferch|zu|zum|zur|ter|ten|te|el|al|'t|op|st\.?|saint|mac|mc|o['’ʼ`´])"
)
_PARTICLES = rf"(?:{_PARTICLE} )*"
_FORENAMES_FIRST = rf"^(?P<forenames>[^,]+?) (?P<surname>(?:[^ ,]+ [yei] )?{_PARTICLES}[^ ,]+)$"
_CAPITALS = r"\p{Lu}[\p{Lu}\p{M}'’ʼ.\-]+"
_CAPITALS_LAST = (
    rf"^(?P<forenames>[^,]*?\p{{Ll}}[^ ,]*?) (?P<surname>{_PARTICLES}{_CAPITALS}(?: {_CAPITALS})*)$"
)


def divided(names: Texts, part: str, order: str = SURNAME_FIRST) -> Texts:
    """The ``surname`` or ``forenames`` of whole names; null where they do not have that order.

    Raises:
        ValueError: the order is not one of the two.
    """
    if order == SURNAME_FIRST:
        return pc.struct_field(pc.extract_regex(names, _SURNAME_FIRST), part)
    if order != "forenames-first":
        raise ValueError(f"{order} is no order of names")
    plain = pc.struct_field(pc.extract_regex(names, _FORENAMES_FIRST), part)
    marked = pc.struct_field(pc.extract_regex(names, _CAPITALS_LAST), part)
    if marked.null_count == len(marked):
        return plain
    return pc.coalesce(marked, plain)
