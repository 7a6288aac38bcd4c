"""What tells that a column may hold personal data: words of its header, and how its values are.

Sources: UK GDPR, Article 4 (personal data), Article 9 (special categories) and Article 10 (criminal
convictions); identifiers as in :mod:`contracts.kinds`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute

from contracts import kinds
from transforms.values import parser_for
from transforms.values.parsed import Flags, Texts

Strength = Literal["proof", "likeness", "none"]
Test = Callable[[Texts], Flags]
"""Which of some filled values are of the kind looked for."""


@dataclass(frozen=True)
class Sign:
    """One kind of personal data and what it is known by.

    Attributes:
        what: its name for people.
        personal: its class.
        header: words of a header (:func:`transforms.headers.words`, with blanks between).
        test: which values are of it; None where values tell nothing.
        alone: what values alone tell, whatever the header: that they are of the kind (``proof``: a
            check digit or a form nothing else has), that they may be (``likeness``), or nothing.
        least: share of the values that must be of it, where they alone are to tell.
        rough: what most of its values match, which is looked at first: it is quick.
    """

    what: str
    personal: kinds.Personal
    header: re.Pattern[str]
    test: Test | None = None
    alone: Strength = "none"
    least: float = 0.8
    rough: re.Pattern[str] | None = None


def _parsed(kind: type[kinds.Kind]) -> Test:
    def test(values: Texts) -> Flags:
        read: Any = parser_for(kind)(values, {}).values
        return np.asarray(read.is_valid().to_numpy(zero_copy_only=False), np.bool_)

    return test


def _matching(expression: str, flags: int = 0) -> Test:
    pattern = re.compile(expression, flags)

    def test(values: Texts) -> Flags:
        return np.array([bool(pattern.search(text)) for text in values.to_pylist()], np.bool_)

    return test


def _among(texts: str) -> Test:
    known = frozenset(part.strip() for part in texts.split("|"))

    def test(values: Texts) -> Flags:
        found = (" ".join(text.casefold().split()) in known for text in values.to_pylist())
        return np.fromiter(found, np.bool_, len(values))

    return test


_STREET = (
    r"^\s*(flat\s+\w+[\s,]+)?\d{1,4}[a-z]?[\s,]+([\w'’.]+[\s,]+){0,3}(street|st|road|rd|lane|ln|avenue"
    r"|ave|close|drive|dr|way|court|crescent|terrace|gardens|grove|place|row|walk|hill|square|rise"
    r"|mews|green|park)\b"
)
_TITLED = r"^\s*(mr|mrs|ms|miss|mx|dr|rev|prof)\.?\s+[^\W\d]"
_SURNAME_FIRST = r"^\s*[^\W\d][^\W\d'’ -]+,\s+[^\W\d][^\W\d'’. -]*(\s[^\W\d][^\W\d'’.-]*)?\s*$"
_NAME = r"^\s*[^\W\d_][^\d_,;:@/()&]{1,40}(,\s*[^\d_;:@/()&]{1,40})?\s*$"
_DATE = (
    r"^\s*(\d{1,2}[/.\- ]\d{1,2}[/.\- ]\d{2,4}|\d{4}[/.\-]\d{1,2}[/.\-]\d{1,2}|\d{8}"
    r"|\d{1,2}[\s\-][a-z]{3,9}[\s\-]\d{2,4})([T ]\d\d:\d\d(:\d\d)?(\.\d+)?)?\s*$"
)
_EMBEDDED = (
    r"[\w.+-]+@[\w-]+\.[\w.-]*[a-z]|\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d\d\s?\d\d\s?\d\d\s?[A-D]\b"
    r"|\b(0\d{4}\s?\d{6}|0\d{3}\s\d{3}\s\d{4}|\+44\s?\d{4}\s?\d{6})\b"
)
_SEXES = "m|f|male|female|man|woman|boy|girl|not known|not specified|unknown|u|x|other"
_WHOSE = (
    r"(pupil|child|student|learner|patient|client|employee|parent|carer|guardian|person|resident"
    r"|tenant|customer|applicant|claimant|staff|member|user|contact|officer|owner|holder|next kin"
    r"|father|mother|spouse|partner)"
)


def _words(expression: str) -> re.Pattern[str]:
    return re.compile(rf"\b({expression})\b")


BARE_NAME = r"^names?$"
"""A header that is told of anything that has a name."""

SIGNS = (
    Sign(
        "National Insurance number", "personal", _words(r"nino|ni number|national insurance.*|ni"),
        _parsed(kinds.NationalInsuranceNumber), "proof", 0.5,
        rough=re.compile(r"^[A-Za-z]{2}[\d\s-]{6,9}[A-Da-d]?$"),
    ),
    Sign(
        "NHS number", "personal", _words(r"nhs number|nhs|nhsno|nhsnumber"),
        _parsed(kinds.NhsNumber), "proof", 0.9, rough=re.compile(r"^[\d\s-]{10,13}$"),
    ),
    Sign(
        "unique pupil number", "personal", _words(r"upn|unique pupil.*"),
        _parsed(kinds.UniquePupilNumber), "proof",
        rough=re.compile(r"^[A-Za-z]\d{11}[\dA-Za-z]$"),
    ),
    Sign(
        "unique learner number", "personal", _words(r"uln|unique learner.*"),
        _parsed(kinds.UniqueLearnerNumber),
    ),
    Sign(
        "taxpayer reference", "personal", _words(r"utr|taxpayer.*"),
        _parsed(kinds.UniqueTaxpayerReference),
    ),
    Sign(
        "e-mail address", "personal", _words(r"e ?mail|email address"),
        _parsed(kinds.Email), "proof", 0.5, rough=re.compile(r"@"),
    ),
    Sign(
        "telephone number", "personal",
        _words(r"telephone|phone|mobile|fax|landline|contact number"),
        _parsed(kinds.Telephone), "likeness", rough=re.compile(r"^[+(\d][\d\s()+./-]{8,}"),
    ),
    Sign(
        "postcode", "personal", _words(r"post ?codes?|postal code|zip ?code"),
        _parsed(kinds.Postcode), "likeness", 0.6,
        rough=re.compile(r"^[A-Za-z]{1,2}\d[A-Za-z\d]?\s*\d[A-Za-z]{2}$"),
    ),
    Sign(
        "date of birth", "personal",
        _words(r"date birth|birth date|birthdate|birthday|birth|born|dateofbirth"),
        _matching(_DATE, re.IGNORECASE),
    ),
    Sign(
        "person's name", "personal",
        _words(
            r"fore ?names?|sur ?names?|(first|last|given|family|middle|maiden|full|christian|legal"
            rf"|preferred|former) ?names?|known as|{_WHOSE} ?names?|initials"
        ),
        _matching(_NAME), "none",
    ),
    Sign(
        "person's name", "personal", re.compile(BARE_NAME),
        _matching(f"{_TITLED}|{_SURNAME_FIRST}", re.IGNORECASE), "likeness", 0.5,
    ),
    Sign(
        "address", "personal", _words(r"address(es)?( line)?( \d)?|addr\d?|street|house number"),
        _matching(_STREET, re.IGNORECASE), "likeness", 0.5,
    ),
    Sign("property reference (UPRN)", "personal", _words(r"uprn|unique property.*"),
         _parsed(kinds.UniquePropertyReference)),
    Sign("sex or gender", "personal", _words(r"sex|gender"), _among(_SEXES), "likeness", 0.95),
    Sign(
        "ethnic group", "special", _words(r"ethnic|ethnicity|race|racial|ethnic ?group"),
        _matching(
            r"\b(white|asian|black|mixed|british|irish|gypsy|roma|traveller|arab|caribbean|african"
            r"|indian|pakistani|bangladeshi|chinese)\b", re.IGNORECASE,
        ), "likeness",
    ),
    Sign(
        "religion or belief", "special", _words(r"religion|religious|faith|belief"),
        _among(
            "christian|muslim|hindu|sikh|jewish|buddhist|no religion|none|other|not stated|catholic"
            "|church of england|roman catholic|islam|judaism|hinduism"
        ),
    ),
    Sign(
        "health", "special",
        _words(
            r"disab\w*|diagnos\w*|medical|medication|allerg\w*|pregnan\w*|sen|sen provision|illness"
            r"|special educational|symptoms?|mental health|health condition|impairment|clinical"
            r"|sickness|blood group|smoker|icd ?10|snomed\w*|treatment|dis benefit|condition name"
        ),
    ),
    Sign("sex life or orientation", "special", _words(r"orientation|sexuality|sexual.*")),
    Sign("trade union membership", "special", _words(r"trade union|union member.*")),
    Sign("political opinions", "special", _words(r"political.*|party membership")),
    Sign("biometric or genetic data", "special", _words(r"biometric\w*|fingerprints?|genetic|dna")),
    Sign("criminal offences", "personal", _words(r"offences?|convict\w*|criminal.*|offender.*")),
    Sign("nationality or immigration", "personal",
         _words(r"nationality|immigration.*|asylum.*|passport.*|visa status")),
)  # fmt: skip
"""Of signs that a column answers to the first with the strongest evidence is told."""

EMBEDDED = _matching(_EMBEDDED, re.IGNORECASE)
"""E-mail addresses, National Insurance and telephone numbers within longer texts."""

NO_PERSON = re.compile(
    r"\b(ltd|limited|plc|llp|council|trust|university|school|services|association|group|company)\b",
    re.IGNORECASE,
)


def as_texts(values: Texts) -> Texts:
    """Values as one plain array of filled texts, white space at their ends taken off."""
    bare = pa.compute.utf8_trim_whitespace(values.drop_null())
    return bare.filter(pa.compute.greater(pa.compute.binary_length(bare), 0))
