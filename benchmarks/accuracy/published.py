"""Examples of values and of what they are not, each list by a published rule, which it names.

Few are the rules' own examples; most were made to try a rule from both sides. Tables against
libraries and real records, which nobody here made, are in :mod:`benchmarks.accuracy.values`.
"""

from contracts import kinds

Answers = list[tuple[str, str | None]]


def _same(*written: str) -> Answers:
    return [(one, one) for one in written]


def _none(*written: str) -> Answers:
    return [(one, None) for one in written]


_DRAMA = [
    ("0113 496 0", 10), ("0114 496 0", 10), ("0115 496 0", 10), ("0116 496 0", 10),
    ("0117 496 0", 10), ("0118 496 0", 10), ("0121 496 0", 10), ("0131 496 0", 10),
    ("0141 496 0", 10), ("0151 496 0", 10), ("0161 496 0", 10), ("020 7946 0", 10),
    ("0191 498 0", 10), ("029 2018 0", 10), ("01632 960", 10), ("07700 900", 10),
    ("08081 570", 10), ("0909 8790", 10), ("03069 990", 10),
]  # fmt: skip
_DRAMA_NUMBERS: Answers = [
    (f"{start}{end:03d}", "+44" + f"{start}{end:03d}"[1:].replace(" ", ""))
    for start, count in _DRAMA
    for end in range(0, 1000, 1000 // count)
]

PUBLISHED: list[tuple[str, type[kinds.Kind], str, Answers]] = [
    ("NHS numbers", kinds.NhsNumber, "NHS Data Dictionary; python-stdnum", [
        ("943 476 5919", "9434765919"), ("9434765919", "9434765919"),
        ("943-476-5919", "9434765919"), ("4010232137", "4010232137"),
        *_none("9434765918", "943476591", "94347659190", "1111111111", "9.43E+09"),
    ]),
    ("taxpayer references", kinds.UniqueTaxpayerReference, "OECD, UK TIN; python-stdnum", [
        ("1955839661", "1955839661"), ("19558 39661", "1955839661"),
        ("1955839661K", "1955839661"), *_none("2955839661", "955839661", "0955839661"),
    ]),
    ("VAT numbers", kinds.VatNumber, "HMRC; python-stdnum", [
        ("GB 980 7806 84", "GB980780684"), ("980780684", "GB980780684"),
        ("XI 980 7806 84", "XI980780684"), ("GB GD001", "GBGD001"), ("GB HA599", "GBHA599"),
        *_none("802311781", "GB GD500", "GB HA499", "12345"),
    ]),
    ("pupil numbers", kinds.UniquePupilNumber, "DfE, guide to UPNs; python-stdnum", [
        *_same("B801200005001"), ("b801200005001", "B801200005001"),
        *_none("A801200005001", "I801200005001", "B80120000500", "B8012000050O1"),
    ]),
    ("learner numbers", kinds.UniqueLearnerNumber, "Learning Records Service, ULN validation", [
        *_same("1000000043", "1000000000"),
        *_none("1000000042", "0999999999", "9999999999", "100000004"),
    ]),
    ("NI numbers", kinds.NationalInsuranceNumber, "HMRC NIM39110", [
        ("AA 12 34 56 A", "AA123456A"), ("JG121316A", "JG121316A"),
        *_none("QQ 12 34 56 A", "TN010180F", "11 A1 11 11", "GB123456A", "AA123456", "AO123456A"),
    ]),
    ("property references", kinds.UniquePropertyReference, "GeoPlace; BS 7666", [
        *_same("1", "100012345678"), ("000100012345", "100012345"), ("10009150489.0",
        "10009150489"), *_none("1000123456789", "UPRN", "1.00091E+11", "12.5"),
    ]),
    ("company numbers", kinds.CompanyNumber, "Companies House, URI guide", [
        *_same("00000006", "SC002116", "NI000138", "OC301234", "R0000163", "IP031432", "RS007150",
               "IP17062R", "CE000001", "CS000001", "OE000001", "FC012345", "ZC000195"),
        *_none("6", "7524813", "XX123456", "SC12345", "123456789", "0752481A"),
    ]),
    ("charity numbers", kinds.CharityNumber, "Charity Commission; OSCR; CCNI", [
        *_same("200009", "1145988", "SC000001", "NIC100001"), ("1145988-1", "1145988-1"),
        ("sc 000001", "SC000001"), ("NI100001", "NIC100001"),
        *_none("100001", "2145988", "SC0001", "NIC1", "XR12345"),
    ]),
    ("establishment numbers", kinds.EstablishmentNumber, "DfE, Get Information about Schools", [
        ("201/3614", "201/3614"), ("2013614", "201/3614"), ("201 3614", "201/3614"),
        ("201-3614", "201/3614"), ("2013614.0", "201/3614"),
        *_none("201/361", "20/13614", "0013614", "201/36145", "ABC/3614"),
    ]),
    ("school numbers", kinds.SchoolUrn, "DfE, Get Information about Schools", [
        *_same("100000", "136783"), ("136783.0", "136783"), *_none("36783", "1367831", "013678"),
    ]),
    ("area codes", kinds.GssCode, "ONS, coding and naming for geographies", [
        *_same("E06000001", "W06000015", "S12000033", "N09000003", "K02000001", "E92000001",
               "L93000001", "M83000003", "E07000026"), ("e06000001", "E06000001"),
        *_none("00AA", "33UB", "95AA", "E0600001", "UKI31", "TLI31", "E06OOOOO1"),
    ]),
    ("postcodes", kinds.Postcode, "Royal Mail, Programmers' Guide; GOV.UK", [
        *_same("M1 1AA", "M60 1NW", "CR2 6XH", "DN55 1PT", "W1P 1HQ", "EC1A 1BB", "GIR 0AA",
               "SW1A 2AA", "BF1 1AA", "BX1 1LT", "ZZ99 3VZ", "ASCN 1ZZ", "GX11 1AA", "NPT 1AA",
               "W1V 1AA"),
        ("sw1a2aa", "SW1A 2AA"), (" ec1a  1bb ", "EC1A 1BB"),
        *_none("Q1 1AA", "AJ1 1AA", "W1L 1AA", "EC1C 1BB", "M1 1AC", "M1 1A", "M1", "SW1A 1AAA",
               "CRO 1AA", "SWIA 1AA", "12345"),
    ]),
    ("telephones, kept for drama", kinds.Telephone, "Ofcom, numbers for drama", _DRAMA_NUMBERS),
    ("telephones", kinds.Telephone, "ITU-T E.164; Ofcom numbering plan", [
        ("020 7219 3000", "+442072193000"), ("+44 (0)20 7219 3000", "+442072193000"),
        ("0044 20 7219 3000", "+442072193000"), ("(020) 7219-3000", "+442072193000"),
        ("0300 123 1000 ext 5", "+443001231000;ext=5"), ("0800 1111", "+448001111"),
        *_none("01-219 3000", "071-219 3000", "0171 219 3000", "7219 3000", "2072193000", "112",
               "020 7219 3000 / 3001", "2.07E+09", "020 7219 300"),
    ]),
    ("e-mail addresses", kinds.Email, "RFC 5321, 5322, 6761", [
        ("user@example.com", "user@example.com"), ("User@EXAMPLE.com", "User@example.com"),
        ("user+tag@example.co.uk", "user+tag@example.co.uk"), ("x@bücher.de", "x@bücher.de"),
        ("<user@example.com>", "user@example.com"),
        *_none("user", "user@", "@example.com", "user@example", "user..x@example.com",
               "user@example..com", "user@-example.com", "a b@example.com", "user@x.invalid",
               "a@example.com, b@example.com"),
    ]),
    ("sums", kinds.Money, "ways of writing met in published files", [
        ("£1,234.56", "1234.56"), ("(12.50)", "-12.50"), ("12.50-", "-12.50"),
        ("£-3", "-3.00"), ("12CR", "-12.00"), ("1'234.50", "1234.50"), ("1 234.50", "1234.50"),
        ("９.５０", "9.50"), ("1,234,567.895", "1234567.90"), ("£ -   ", "0.00"),
        *_none("1.234,56", "1,23", "12,34,567", "#REF!", "5p", "€5", "-", "1.2.3", "abc"),
    ]),
    ("whole numbers", kinds.WholeNumber, "ways of writing met in published files", [
        ("1,234", "1234"), ("12.0", "12"), ("-5", "-5"), ("１２", "12"),
        *_none("1.5", "1,23", "1.23E+10", "½", "1²", "12a"),
    ]),
    ("shares", kinds.Percentage, "ways of writing met in published files", [
        ("12.5%", "12.500000"), ("12.5", "12.500000"), ("12.5 per cent", "12.500000"),
        *_none("12,5", "half", "12.5‰"),
    ]),
]  # fmt: skip
