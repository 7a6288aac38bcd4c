"""E-mail addresses.

What is an address is the email-validator library's to say (RFC 5321 and 5322, internationalised
domains by RFC 5891; no quoted local parts, no names that can never be delivered to, such as
``.test`` and ``.invalid`` of RFC 6761). Nothing is looked up. Addresses of the plainest form, as
nearly all are, are held against one expression instead, which takes none that the library does not.
"""

import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email
from email_validator.exceptions import EmailSyntaxError
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from transforms.values import characters
from transforms.values.parsed import Flags, Options, Parsed, Texts, nulls_of, problems, true_where

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = (
    r"^[A-Za-z0-9_+'&-]{1,30}(?:\.[A-Za-z0-9_+'&-]{1,30}){0,1}"
    rf"@(?:{_LABEL}\.){{1,2}}(?:uk|com|org|net|gov|edu|eu|ie|scot|wales|cymru|london)$"
)
# Mailboxes whose names are alike in any case (RFC 2142), which the library writes in lower case.
_ROLES = rf"(?i)^(?:{'|'.join(sorted(CASE_INSENSITIVE_MAILBOX_NAMES))})@"
_WRAPPED = r"(?i)^(?:mailto:)?\s*<?([^<>\s]+)>?[\s;,.]*$"


def parse(values: Texts, options: Options) -> Parsed:
    """Read e-mail addresses: the domain in lower case, the rest as written.

    ``mailto:``, pointed brackets around and a comma, semicolon or full stop behind are no part of
    one. Problems: ``cell-error``, ``email-unreadable``.
    """
    tidy = characters.without_blanks(values)
    errors = characters.cell_errors(tidy)
    bare = pc.replace_substring_regex(tidy, _WRAPPED, r"\1")
    bare = pc.replace_substring_regex(bare, r"[;,.]+$", "")
    plainly = true_where(pc.match_substring_regex(bare, _PLAIN))
    plainly &= ~true_where(pc.match_substring_regex(bare, r"@(?:.*\.)?..--"))
    plainly &= ~true_where(pc.match_substring_regex(bare, _ROLES))
    made = _lowered(bare, plainly)
    rest = ~plainly & ~nulls_of(tidy) & ~errors
    if rest.any():
        mask = pa.array(rest)
        encoded = bare.filter(mask).dictionary_encode()
        judged = pa.array([_valid(text) for text in encoded.dictionary.to_pylist()], pa.string())
        made = pc.replace_with_mask(made, mask, judged.take(encoded.indices))
    unread = nulls_of(made) & rest
    found = [(errors, "cell-error"), (unread, "email-unreadable")]
    return Parsed(made, problems(len(values), found))


def _lowered(bare: Texts, chosen: Flags) -> Texts:
    """Plain addresses with their domains in lower case; others null."""
    told = pc.if_else(pa.array(chosen), bare, pa.scalar(None, pa.string()))
    local = pc.replace_substring_regex(told, "@.*$", "")
    domain = pc.ascii_lower(pc.replace_substring_regex(told, "^[^@]*@", ""))
    return pc.binary_join_element_wise(local, domain, "@").cast(pa.string())


def _valid(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except (EmailNotValidError, EmailSyntaxError):
        return None
