"""Company numbers (Companies House, "Uniform Resource Identifiers (URI): customer guide", and the
numbers of its free company data product).

Eight characters: digits for companies registered in England and Wales; elsewhere, and for other
kinds of body, a prefix and six digits. Numbers of societies and a few old partnerships end in
letters; R and seven digits are Northern Ireland's from before 1922. There is no check digit, so
that a zero a spreadsheet dropped is put back only where the feed declares that.
"""

from transforms.values.identifiers import form
from transforms.values.parsed import Options, Parsed, Texts

WIDTH = 8
PREFIXES = (
    "AC", "BR", "CE", "CS", "EN", "ES", "FC", "FE", "GE", "GN", "GS", "IC", "IP", "LP", "NA", "NC",
    "NF", "NI", "NL", "NO", "NP", "NR", "NV", "NZ", "OC", "OE", "PC", "RC", "RS", "SA", "SC", "SE",
    "SF", "SG", "SI", "SL", "SO", "SP", "SR", "SZ", "ZC",
)  # fmt: skip
_LETTERED = "IP|SP|RS|NP|NO|NI|SL|SO|OC|CU"
_FORM = (
    rf"^(\d{{8}}|({'|'.join(PREFIXES)})\d{{6}}|R\d{{7}}"
    rf"|({_LETTERED})(\d{{5}}[A-Z]|\d{{4}}[A-Z]{{2}}|\d{{3}}[A-Z]{{3}}))$"
)


def parse(values: Texts, options: Options) -> Parsed:
    """Read company numbers.

    Options: ``leading_zeros``. Problems: ``cell-error``, ``digits-lost``, ``leading-zero-lost``,
    ``missing-placeholder``, ``identifier-malformed``.
    """
    laid = form.laid_out(values, WIDTH)
    laid = form.with_zeros(laid, WIDTH, form.restored(options, laid))
    short = form.matches(laid.bare, r"^[1-9]\d{5,6}$")
    placeholder = form.matches(laid.bare, "^(0{8}|9{8})$")
    also = [(short, "leading-zero-lost"), (placeholder, form.PLACEHOLDER)]
    return laid.told(form.matches(laid.bare, _FORM), also)
