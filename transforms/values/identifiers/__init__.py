"""Identifiers of persons, bodies and places; one scheme a file, each with the source of its rule.

The form of an identifier is checked, and its check digit where it has one, not whether it was
given out. White space and dashes do not matter, nor do full-width digits. A trailing ``.0``, which
a spreadsheet or a data frame leaves on a whole number, is dropped where the scheme has digits only;
``9.43E+09`` has lost its digits and is refused.
"""

from transforms.values.identifiers.charity import parse as parse_charity_number
from transforms.values.identifiers.company import parse as parse_company_number
from transforms.values.identifiers.establishment import parse as parse_establishment_number
from transforms.values.identifiers.gss import parse as parse_gss_code
from transforms.values.identifiers.nhs_number import parse as parse_nhs_number
from transforms.values.identifiers.nino import parse as parse_nino
from transforms.values.identifiers.uln import parse as parse_uln
from transforms.values.identifiers.upn import parse as parse_upn
from transforms.values.identifiers.uprn import parse as parse_uprn
from transforms.values.identifiers.urn import parse as parse_urn
from transforms.values.identifiers.utr import parse as parse_utr
from transforms.values.identifiers.vat import parse as parse_vat_number

__all__ = [
    "parse_charity_number",
    "parse_company_number",
    "parse_establishment_number",
    "parse_gss_code",
    "parse_nhs_number",
    "parse_nino",
    "parse_uln",
    "parse_upn",
    "parse_uprn",
    "parse_urn",
    "parse_utr",
    "parse_vat_number",
]
