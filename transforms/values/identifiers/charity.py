"""Charity numbers of the three registers.

England and Wales (Charity Commission): six digits from 200000, or seven from 1000000; a charity
linked to another bears its number, a dash and one of its own. Scotland (OSCR): ``SC`` and six
digits. Northern Ireland (Charity Commission for Northern Ireland): ``NIC`` and six digits; ``NI``
alone is written for it too.
"""

import pyarrow.compute as pc

from transforms.values import characters
from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

_FORM = r"^([2-9]\d{5}|1\d{6}|SC\d{6}|NIC\d{6})(-\d{1,4})?$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read charity numbers.

    Problems: ``cell-error``, ``digits-lost``, ``missing-placeholder``, ``identifier-malformed``.
    """
    plain = characters.ascii_forms(characters.plain(values))
    laid = form.laid_out(plain, 9)
    # The dash before a linked charity's number is part of it.
    linked = pc.replace_substring_regex(plain, r"^(.*\d)\s*-\s*0*([1-9]\d{0,3})\s*$", r"\1@\2")
    bare = form.laid_out(linked, 14).bare
    bare = pc.replace_substring_regex(bare, r"^NI(\d)", r"NIC\1")
    tied = form.matches(bare, r"^[2-9]\d{5}@|^1\d{6}@")
    bare = pc.if_else(tied, pc.replace_substring(bare, "@", "-"), bare)
    formed = form.matches(bare, _FORM)
    placeholder = form.matches(laid.bare, "^(0{6,7}|9{6,7})$")
    told = laid.told(formed, [(placeholder, form.PLACEHOLDER)])
    return Parsed(pc.if_else(told.values.is_valid(), bare, told.values), told.problems)
