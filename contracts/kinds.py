"""Kinds of value a column may hold: the facts contracts, transforms and repository share.

A kind says how a canonical value is stored; how a written value becomes one is the business of
``transforms/values``. A kind with companions yields further canonical columns, named
``<column>_<companion>``.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import polars as pl
import pyarrow as pa

Personal = Literal["none", "personal", "special"]
"""Personal-data class: not personal, personal (UK GDPR Art. 4), special category (Art. 9)."""


class Kind:
    """A kind of value. Subclasses only hold facts.

    Attributes:
        name: the word used in declarations, documentation and the repository's dictionary.
        arrow: the Arrow type of a canonical value.
        dtype: the polars type Pandera checks it as.
        sql: the PostgreSQL type it is stored as.
        personal: the personal-data class a column of this kind has unless it says otherwise.
        companions: further canonical columns this kind yields, suffix to kind.
    """

    name: ClassVar[str]
    arrow: ClassVar[pa.DataType] = pa.string()
    dtype: ClassVar[Any] = pl.String
    sql: ClassVar[str] = "text"
    personal: ClassVar[Personal] = "none"
    companions: ClassVar[Mapping[str, "type[Kind]"]] = {}


class Text(Kind):
    """Free text; white space at the ends and doubled inside is removed."""

    name = "text"


class Reference(Kind):
    """An identifier in its owner's own scheme; kept exactly, but for white space at the ends."""

    name = "reference"


class Code(Kind):
    """A value of a code list; ``scheme`` names the register that lists it."""

    name = "code"


class Precision(Kind):
    """How precise a date is: ``day`` or ``month``."""

    name = "precision"


class Date(Kind):
    """A calendar date. With month precision the first of the month stands for it."""

    name = "date"
    arrow = pa.date32()
    dtype = pl.Date
    sql = "date"
    companions = {"precision": Precision}


class BirthDate(Date):
    """A date of birth: never in the future, whatever its two-digit year."""

    name = "birth_date"
    personal = "personal"
    companions = {}


class Money(Kind):
    """Pounds and pence, rounded half up to the penny."""

    name = "money"
    arrow = pa.decimal128(18, 2)
    dtype = pl.Decimal(18, 2)
    sql = "numeric(18,2)"


class WholeNumber(Kind):
    """A whole number."""

    name = "whole_number"
    arrow = pa.int64()
    dtype = pl.Int64
    sql = "bigint"


class YesNo(Kind):
    """True or false, however it is written."""

    name = "yes_no"
    arrow = pa.bool_()
    dtype = pl.Boolean
    sql = "boolean"


class MatchForm(Kind):
    """The form of a name used to find the same name written otherwise; never shown as the name."""

    name = "match_form"


class OrganisationName(Kind):
    """An organisation's name as it is shown, beside the form used to match it."""

    name = "organisation_name"
    companions = {"match": MatchForm}


class PersonalMatchForm(MatchForm):
    """The match form of a person's name."""

    name = "personal_match_form"
    personal = "personal"


class Forenames(Kind):
    """A person's forenames as shown, beside their match form."""

    name = "forenames"
    personal = "personal"
    companions = {"match": PersonalMatchForm}


class Surname(Kind):
    """A person's surname as shown, beside its match form."""

    name = "surname"
    personal = "personal"
    companions = {"match": PersonalMatchForm}


class PersonalReference(Reference):
    """An identifier of a person in its owner's own scheme."""

    name = "personal_reference"
    personal = "personal"


class PersonalText(Text):
    """Free text about a person."""

    name = "personal_text"
    personal = "personal"


class Postcode(Kind):
    """A UK postcode, upper case, one space before the inward part."""

    name = "postcode"
    personal = "personal"


class NhsNumber(Kind):
    """An NHS number: ten digits, check digit right (NHS Data Dictionary)."""

    name = "nhs_number"
    personal = "personal"


class UniquePupilNumber(Kind):
    """A UPN: check letter, twelve digits or eleven and a letter (Department for Education)."""

    name = "upn"
    personal = "personal"


class SchoolUrn(Kind):
    """A school's unique reference number: six digits (Get Information about Schools)."""

    name = "urn"


class SpecialCode(Code):
    """A code that reveals special-category data (UK GDPR Art. 9), such as ethnic group."""

    name = "special_code"
    personal = "special"


class PersonalCode(Code):
    """A code that describes a person, such as sex."""

    name = "personal_code"
    personal = "personal"


class Identifier(Kind):
    """The repository's own stable identifier of an entity."""

    name = "identifier"
    arrow = pa.binary(16)
    dtype = pl.Binary
    sql = "uuid"
