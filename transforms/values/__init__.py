"""How a written value becomes a canonical one; one idea a file.

Every parser takes distinct values and options and gives :class:`~transforms.values.parsed.Parsed`.
It reads each value by itself: neither the order nor the company of values matters, and nothing a
supplier writes makes it raise.
"""

from collections.abc import Callable

from contracts import kinds
from transforms.values import (
    addresses,
    codes,
    dates,
    emails,
    identifiers,
    money,
    names,
    numbers,
    organisations,
    postcodes,
    telephones,
    text,
    yes_no,
)
from transforms.values.parsed import Options, Parsed, Texts

Parser = Callable[[Texts, Options], Parsed]

_PARSERS: dict[type[kinds.Kind], Parser] = {
    kinds.Text: text.parse,
    kinds.Reference: text.parse_reference,
    kinds.Code: codes.parse,
    kinds.Date: dates.parse,
    kinds.Money: money.parse,
    kinds.WholeNumber: numbers.parse,
    kinds.DecimalNumber: numbers.parse_decimal,
    kinds.Percentage: numbers.parse_percentage,
    kinds.YesNo: yes_no.parse,
    kinds.OrganisationName: organisations.parse,
    kinds.Forenames: names.parse_forenames,
    kinds.Surname: names.parse_surname,
    kinds.Postcode: postcodes.parse,
    kinds.Telephone: telephones.parse,
    kinds.Email: emails.parse,
    kinds.Address: addresses.parse,
    kinds.NhsNumber: identifiers.parse_nhs_number,
    kinds.UniquePupilNumber: identifiers.parse_upn,
    kinds.SchoolUrn: identifiers.parse_urn,
    kinds.NationalInsuranceNumber: identifiers.parse_nino,
    kinds.UniqueTaxpayerReference: identifiers.parse_utr,
    kinds.UniqueLearnerNumber: identifiers.parse_uln,
    kinds.UniquePropertyReference: identifiers.parse_uprn,
    kinds.CompanyNumber: identifiers.parse_company_number,
    kinds.CharityNumber: identifiers.parse_charity_number,
    kinds.VatNumber: identifiers.parse_vat_number,
    kinds.EstablishmentNumber: identifiers.parse_establishment_number,
    kinds.GssCode: identifiers.parse_gss_code,
}


def parser_for(kind: type[kinds.Kind]) -> Parser:
    """The parser of a kind, or of the nearest kind above it.

    Raises:
        TypeError: the kind is not one that suppliers write.
    """
    for above in kind.__mro__:
        if above in _PARSERS:
            return _PARSERS[above]
    raise TypeError(f"no parser for values of kind {kind.__name__}")
