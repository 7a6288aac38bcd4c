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
    """How precise a date is: ``day``, ``week``, ``month``, ``quarter`` or ``year``."""

    name = "precision"


class Date(Kind):
    """A calendar date. Of a week, month, quarter or year the first day stands for it."""

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


class DecimalNumber(Kind):
    """A number with at most six decimals, such as a rate or a count of full-time equivalents."""

    name = "decimal_number"
    arrow = pa.decimal128(18, 6)
    dtype = pl.Decimal(18, 6)
    sql = "numeric(18,6)"


class Percentage(DecimalNumber):
    """A share in per cent: a quarter is 25, whether 25, 25% or 25.0 % is written."""

    name = "percentage"


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


class KnownAs(Kind):
    """Another name of a person, written in brackets or quotes beside the name."""

    name = "known_as"
    personal = "personal"


class NameTitles(Kind):
    """Titles before a person's name and what follows it (Jr, OBE), as written."""

    name = "name_titles"
    personal = "personal"


class Forenames(Kind):
    """A person's forenames as shown, beside their match form; titles and other names apart."""

    name = "forenames"
    personal = "personal"
    companions = {"match": PersonalMatchForm, "known_as": KnownAs, "titles": NameTitles}


class Surname(Kind):
    """A person's surname as shown, beside its match form; titles and other names apart."""

    name = "surname"
    personal = "personal"
    companions = {"match": PersonalMatchForm, "known_as": KnownAs, "titles": NameTitles}


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


class MissingReason(Kind):
    """Why a value is missing: ``not-asked``, ``not-known``, ``refused``, ``not-applicable``,
    ``withheld`` or ``placeholder``; null where there is a value, or no reason was given."""

    name = "missing_reason"


class PersonalMissingReason(MissingReason):
    """Why a value about a person is missing."""

    name = "personal_missing_reason"
    personal = "personal"


class NationalInsuranceNumber(Kind):
    """A National Insurance number: two letters, six digits, a letter A to D (HMRC)."""

    name = "national_insurance_number"
    personal = "personal"


class UniqueTaxpayerReference(Kind):
    """A UTR: ten digits, the first a check digit (HMRC). A sole trader's or a partner's is
    personal, and nothing in it tells whose it is."""

    name = "unique_taxpayer_reference"
    personal = "personal"


class UniqueLearnerNumber(Kind):
    """A ULN: ten digits, the last a check digit (Learning Records Service)."""

    name = "unique_learner_number"
    personal = "personal"


class UniquePropertyReference(Kind):
    """A UPRN: at most twelve digits, without leading zeros (GeoPlace)."""

    name = "unique_property_reference"


class CompanyNumber(Kind):
    """A registered company's number: eight digits, or two letters and six (Companies House)."""

    name = "company_number"


class CharityNumber(Kind):
    """A registered charity's number: England and Wales six or seven digits, Scotland ``SC`` and
    six, Northern Ireland ``NIC`` and six; a linked charity's after a dash."""

    name = "charity_number"


class VatNumber(Kind):
    """A VAT registration number: ``GB`` or ``XI`` and nine digits (HMRC)."""

    name = "vat_number"


class EstablishmentNumber(Kind):
    """A school's LAESTAB: local authority's three digits, establishment's four, as ``LLL/EEEE``
    (Department for Education)."""

    name = "establishment_number"


class GssCode(Kind):
    """An area's nine-character code, such as ``E06000001`` (ONS, GSS coding)."""

    name = "gss_code"


class Telephone(Kind):
    """A telephone number in international form (E.164), an extension after ``;ext=`` (RFC 3966)."""

    name = "telephone"
    personal = "personal"


class Email(Kind):
    """An e-mail address; its domain in lower case, the rest as written (RFC 5321)."""

    name = "email"
    personal = "personal"


class AddressMatchForm(MatchForm):
    """The match form of an address: upper case, no punctuation, usual words abbreviated."""

    name = "address_match_form"
    personal = "personal"


class Address(Kind):
    """A postal address on one line, its parts between commas, beside its match form and the
    postcode written in it."""

    name = "address"
    personal = "personal"
    companions = {"match": AddressMatchForm, "postcode": Postcode}


LED_BY_ZEROS = (NhsNumber, CompanyNumber, Telephone)
"""Kinds that may begin with a nought and whose length tells whether it was lost."""


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
