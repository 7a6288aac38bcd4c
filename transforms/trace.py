"""Tell the rules that turned one written value into its canonical one, with before and after."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from contracts import kinds
from contracts.column import ColumnFacts
from contracts.missing import ISSUE
from contracts.register import Register
from transforms.mapping import MappedColumn
from transforms.steps.parse import parser_options, read_values
from transforms.values import characters, dates, latin, name_asides, name_order, names

_BARE = (
    kinds.Postcode, kinds.NhsNumber, kinds.UniquePupilNumber, kinds.NationalInsuranceNumber,
    kinds.UniqueTaxpayerReference, kinds.UniqueLearnerNumber, kinds.UniquePropertyReference,
    kinds.CompanyNumber, kinds.GssCode,
)  # fmt: skip

Rule = tuple[str, str | None, str | None]
"""What was done, the text before, and after; None for no value."""


def trace(
    raw: str | None,
    column: MappedColumn,
    facts: ColumnFacts,
    registers: Mapping[str, Register],
    today: str | None = None,
    feed: str | None = None,
    as_at: date | None = None,
) -> list[Rule]:
    """The rules applied to one written value, in order.

    Args:
        raw: the value as it stands in the file.
        column: how its column was mapped.
        facts: its contract column.
        registers: code lists and schemes by name.
        today: the day of the delivery (ISO), for dates of birth, and for codes without ``as_at``.
        feed: whose writings of codes count.
        as_at: the date a code is read as at.

    Returns:
        Each rule with the text before and after; the last after is the canonical value as text, or
        None where the value is missing or unreadable. A value taken as written has no rule.
    """
    if raw is None:
        return []
    scheme = column.options.get("scheme")
    period = None if scheme is None or as_at is None else registers[scheme].period(as_at)
    options = parser_options(column, facts, registers, today, feed, period)
    parsed = read_values(facts, pa.array([raw]), options)
    final = parsed.values[0].as_py()
    canonical = None if final is None else _shown(final)
    problem = parsed.problems[0].as_py()
    found: list[Rule] = []
    if column.position is None:
        found.append(("constant declared by the feed", None, raw))
    here = _tidied(raw, found)
    if canonical is None and problem is not None and problem.startswith(ISSUE):
        return [*found, (f"taken as missing: {problem.removeprefix(ISSUE)}", here, None)]
    if problem is not None and canonical is None:
        return [*found, (f"not taken: {problem}", here, None)]
    if here is None:
        return found
    for rule, change in _changes(facts, column, options):
        after = change(here)
        if after is not None and after != here:
            found.append((rule, here, after))
            here = after
    if here != canonical:
        found.append((_reading(facts, column, options, raw), here, canonical))
    return found


def _tidied(raw: str, found: list[Rule]) -> str | None:
    tidy: str | None = characters.without_blanks(pa.array([raw]))[0].as_py()
    if tidy is None:
        found.append(("blank: taken as missing", raw, None))
    elif tidy != raw:
        ends = tidy == raw.strip()
        found.append(("trimmed white space" if ends else "tidied white space", raw, tidy))
    return tidy


def _changes(
    facts: ColumnFacts, column: MappedColumn, options: Mapping[str, Any]
) -> list[tuple[str, Callable[[str], str | None]]]:
    """Changes of the text on the way to the value, each harmless where it does not apply."""
    kind = facts.kind
    if "writings" in options:
        return []
    if issubclass(kind, kinds.Money):
        return [
            ("removed currency sign and thousands separators", _bare_sum),
            ("read brackets, trailing minus or CR as negative", _signed),
        ]
    if issubclass(kind, kinds.Date):
        return [("dropped the time of day", _without_time)]
    if issubclass(kind, kinds.Surname | kinds.Forenames):
        return [
            ("put letters and their marks together (NFC)", _composed),
            *_name_parts(options),
            ("set titles and other names apart", _without_asides),
        ]
    if issubclass(kind, _BARE):
        return [("removed spaces and dashes", lambda t: re.sub(r"[\s.-]", "", t))]
    return []


def _reading(facts: ColumnFacts, column: MappedColumn, options: Mapping[str, Any], raw: str) -> str:
    """The last rule: how the text became the value."""
    kind = facts.kind
    if "writings" in options:
        return f"looked up in code scheme {options['scheme']}"
    if issubclass(kind, kinds.Date):
        for one in column.date_formats:
            told = dates.parse(pa.array([raw]), {**options, "formats": (one,)}).values
            if told[0].is_valid:
                return f"read as {one} ({column.date_evidence or 'declared by the feed'})"
    if issubclass(kind, kinds.Money):
        return "read as pounds, rounded half up to the penny"
    if issubclass(kind, kinds.Surname | kinds.Forenames):
        return "put capitals where names have them"
    if issubclass(kind, kinds.Postcode):
        return "upper case, one space before the inward part"
    if issubclass(kind, kinds.Telephone):
        return "brought to the international form (E.164)"
    if issubclass(kind, kinds.Address):
        return "put on one line, postcode taken out, capitals where names of places have them"
    if issubclass(kind, kinds.YesNo):
        return "read as yes or no"
    if issubclass(kind, kinds.WholeNumber):
        return "read as a whole number"
    return "brought to the form of its scheme"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _bare_sum(text: str) -> str:
    return re.sub(r"[£,\s]|GBP", "", text)


def _signed(text: str) -> str:
    bracketed = re.fullmatch(r"\((.+)\)", text)
    if bracketed:
        return f"-{bracketed[1]}"
    behind = re.fullmatch(r"(?i)(.*?)(cr|dr|-|−)", text)
    if behind:
        return behind[1] if behind[2].upper() == "DR" else f"-{behind[1]}"
    return text.removeprefix("+")


def _without_time(text: str) -> str:
    return re.sub(r"(?<=\d)[T\s]\s*\d{1,2}:\d{2}.*$", "", text)


def _name_parts(options: Mapping[str, Any]) -> list[tuple[str, Callable[[str], str | None]]]:
    part = options.get("part")
    if not part:
        return []
    order = options.get("name_order", name_order.SURNAME_FIRST)
    form = "SURNAME, Forename(s)" if order == name_order.SURNAME_FIRST else "Forename(s) Surname"

    def taken(text: str) -> str | None:
        return _text(names.part_of(pa.array([text]), str(part), order))

    return [(f"took the {part} of {form}", taken)]


def _composed(text: str) -> str | None:
    return _text(latin.composed(pa.array([text])))


def _without_asides(text: str) -> str | None:
    return _text(name_asides.set_apart(pa.array([text])).names)


def _text(found: Any) -> str | None:
    value = found[0].as_py()
    return value if value is None else str(value)
