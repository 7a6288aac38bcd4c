"""Words of organisations' names that are written in several ways, and the one used to compare.

Sources: Companies Act 2006 s. 58 to 65 (limited, public limited company, community interest company
and their Welsh forms), Limited Liability Partnerships Act 2000 sch. para. 2, Charities Act 2011
s. 204 to 212 (CIO) and Charities and Trustee Investment (Scotland) Act 2005 s. 49 (SCIO), Local
Government Act 1972 (kinds of council), ISO 20275 for forms of other countries.
"""

# What stands for a writing; writings without punctuation, in capitals. Single letters that follow
# each other are one word before these are looked up: P.L.C. is PLC here. CC is left out: it is
# written for county council and for city council.
_SHORT = {
    "PLC": ["PUBLIC LIMITED COMPANY", "PUBLIC LTD CO", "CWMNI CYFYNGEDIG CYHOEDDUS"],
    "LLP": ["LIMITED LIABILITY PARTNERSHIP", "PARTNERIAETH ATEBOLRWYDD CYFYNGEDIG"],
    "LP": ["LIMITED PARTNERSHIP"],
    "CIC": ["COMMUNITY INTEREST COMPANY", "CWMNI BUDDIANT CYMUNEDOL"],
    "CIO": ["CHARITABLE INCORPORATED ORGANISATION", "CHARITABLE INCORPORATED ORGANIZATION"],
    "SCIO": ["SCOTTISH CHARITABLE INCORPORATED ORGANISATION"],
    "LLC": ["LIMITED LIABILITY COMPANY"],
    "LTD": ["COMPANY LIMITED BY GUARANTEE", "LIMITED BY GUARANTEE", "LIMITED", "CYFYNGEDIG", "CYF"],
    "PVT": ["PRIVATE"],
    "PTY": ["PROPRIETARY"],
    "INC": ["INCORPORATED"],
    "CORP": ["CORPORATION"],
    "CO": ["COMPANY"],
    "GMBH": ["GESELLSCHAFT MIT BESCHRANKTER HAFTUNG"],
    "AG": ["AKTIENGESELLSCHAFT"],
    "SA": ["SOCIETE ANONYME", "SOCIEDAD ANONIMA"],
    "SARL": ["SOCIETE A RESPONSABILITE LIMITEE"],
    "BV": ["BESLOTEN VENNOOTSCHAP"],
    "NV": ["NAAMLOZE VENNOOTSCHAP"],
    "SPA": ["SOCIETA PER AZIONI"],
    "SRL": ["SOCIETA A RESPONSABILITA LIMITATA"],
    "AB": ["AKTIEBOLAG"],
    "OY": ["OSAKEYHTIO"],
    "BROS": ["BROTHERS"],
    "ASSOC": ["ASSOCIATION", "ASSOCN", "ASSN"],
    "ASSOCS": ["ASSOCIATES"],
    "UNIV": ["UNIVERSITY"],
    "DEPT": ["DEPARTMENT"],
    "GOVT": ["GOVERNMENT"],
    "INTL": ["INTERNATIONAL"],
    "MGMT": ["MANAGEMENT", "MGT"],
    "ST": ["SAINT"],
    "UK": ["UNITED KINGDOM"],
    "NHS": ["NATIONAL HEALTH SERVICE"],
    "FT": ["FOUNDATION TRUST", "FOUNDATION TR"],
    "CCG": ["CLINICAL COMMISSIONING GROUP"],
    "ICB": ["INTEGRATED CARE BOARD"],
    "PCT": ["PRIMARY CARE TRUST"],
    "MBC": ["METROPOLITAN BOROUGH COUNCIL", "MET BOROUGH COUNCIL"],
    "CBC": ["COUNTY BOROUGH COUNCIL"],
    "BC": ["BOROUGH COUNCIL"],
    "DC": ["DISTRICT COUNCIL"],
}
_BY_WRITING = {writing: short for short, writings in _SHORT.items() for writing in writings}
_COMMON = ("LIMITED", "COMPANY")
_LONGEST_FIRST = sorted(_BY_WRITING.keys() - set(_COMMON), key=lambda one: (-len(one), one))

Form = tuple[str, str, str]
"""A writing, its expression, and what stands for it."""


def _form(writing: str) -> Form:
    return writing, rf"\b{writing}\b", _BY_WRITING[writing]


FORMS: tuple[Form, ...] = tuple(map(_form, _LONGEST_FIRST))
"""Writings that few names have, in the order they are to be replaced: longest first."""
ANY_FORM = rf"\b(?:{'|'.join(_LONGEST_FIRST)})\b"
"""An expression for the names that have one of :data:`FORMS`."""
COMMON_FORMS: tuple[Form, ...] = tuple(map(_form, _COMMON))
"""Writings that many names have, to be replaced after the others."""
