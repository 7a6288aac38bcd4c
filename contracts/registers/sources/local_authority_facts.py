"""What the published lists of local authorities leave out."""

import re
from collections.abc import Iterator

from contracts.registers.sources.writing import Line

_ORDERS = {
    "Bedfordshire": "The Bedfordshire (Structural Changes) Order 2008, SI 2008/907",
    "Cheshire": "The Cheshire (Structural Changes) Order 2008, SI 2008/634",
    "Cornwall": "The Cornwall (Structural Change) Order 2008, SI 2008/491",
    "Durham": "The County Durham (Structural Change) Order 2008, SI 2008/493",
    "Northumberland": "The Northumberland (Structural Change) Order 2008, SI 2008/494",
    "Shropshire": "The Shropshire (Structural Change) Order 2008, SI 2008/492",
    "Wiltshire": "The Wiltshire (Structural Change) Order 2008, SI 2008/490",
}
_ABOLISHED = {
    ("Bedfordshire", "BDF|CBF"): {"09": "Bedfordshire County Council"},
    ("Bedfordshire", "CBF"): {
        "09UC": "Mid Bedfordshire District Council",
        "09UE": "South Bedfordshire District Council",
    },
    ("Cheshire", "CHE|CHW"): {"13": "Cheshire County Council"},
    ("Cheshire", "CHE"): {
        "13UC": "Congleton Borough Council",
        "13UD": "Crewe and Nantwich Borough Council",
        "13UG": "Macclesfield Borough Council",
    },
    ("Cheshire", "CHW"): {
        "13UB": "Chester City Council",
        "13UE": "Ellesmere Port and Neston Borough Council",
        "13UH": "Vale Royal Borough Council",
    },
    ("Cornwall", "CON"): {
        "15UB": "Caradon District Council",
        "15UC": "Carrick District Council",
        "15UD": "Kerrier District Council",
        "15UE": "North Cornwall District Council",
        "15UF": "Penwith District Council",
        "15UG": "Restormel Borough Council",
    },
    ("Durham", "DUR"): {
        "20UB": "Chester-le-Street District Council",
        "20UD": "Derwentside District Council",
        "20UE": "Durham City Council",
        "20UF": "Easington District Council",
        "20UG": "Sedgefield Borough Council",
        "20UH": "Teesdale District Council",
        "20UJ": "Wear Valley District Council",
    },
    ("Northumberland", "NBL"): {
        "35UB": "Alnwick District Council",
        "35UC": "Berwick-upon-Tweed Borough Council",
        "35UD": "Blyth Valley Borough Council",
        "35UE": "Castle Morpeth Borough Council",
        "35UF": "Tynedale District Council",
        "35UG": "Wansbeck District Council",
    },
    ("Shropshire", "SHR"): {
        "39UB": "Bridgnorth District Council",
        "39UC": "North Shropshire District Council",
        "39UD": "Oswestry Borough Council",
        "39UE": "Shrewsbury and Atcham Borough Council",
        "39UF": "South Shropshire District Council",
    },
    ("Wiltshire", "WIL"): {
        "46UB": "Kennet District Council",
        "46UC": "North Wiltshire District Council",
        "46UD": "Salisbury District Council",
        "46UF": "West Wiltshire District Council",
    },
}
_KIND = re.compile(r" (Borough|City|County|District) Council$")
# The city within Durham, and the county by its council's whole name only: the county council that
# followed the one has the other's short name.
_SHORT = {"20UE": "Durham City"}


def _abolished() -> Iterator[tuple[str, str, str, str, str]]:
    for (county, successors), councils in _ABOLISHED.items():
        source = f"{_ORDERS[county]}; old ONS code and name as mySociety's MapIt gives them"
        for code, official in councils.items():
            yield code, _SHORT.get(code) or _KIND.sub("", official), official, successors, source


ABOLISHED_2009 = tuple(_abolished())
"""Counties and districts that ended on 31 March 2009: old ONS code, name, name of the council,
successors, source."""

FOLLOWED_2015 = {
    code: successor
    for successor, codes in {
        "ANN": "NIR-T NIR-U",
        "AND": "NIR-W NIR-X",
        "ABC": "NIR-N NIR-O NIR-Q",
        "CCG": "NIR-B NIR-C NIR-D NIR-E",
        "DRS": "NIR-A NIR-J",
        "FMO": "NIR-K NIR-L",
        "LBC": "NIR-S NIR-Y",
        "MEA": "NIR-F NIR-G NIR-V",
        "MUL": "NIR-H NIR-I NIR-M",
        "NMD": "NIR-P NIR-R",
    }.items()
    for code in codes.split()
}
"""Districts of Northern Ireland of before 1 April 2015 to the one that took in the whole or the
major part of it."""
BOUNDARIES_ACT = "Local Government (Boundaries) Act (Northern Ireland) 2008, section 1(2)"

_SURREY = {
    "source": "draft Surrey (Structural Changes) Order 2026, laid 14 January 2026; nobody has "
    "published a code yet: this one is Watersmeet's own, to be replaced by the one that will be",
    "licence": "OGL-UK-3.0",
    "start": "2027-04-01",
}
PLANNED: tuple[Line, ...] = (
    {"code": "X-EAST-SURREY", "name": "East Surrey Council", "aliases": "East Surrey", **_SURREY},
    {"code": "X-WEST-SURREY", "name": "West Surrey Council", "aliases": "West Surrey", **_SURREY},
)
"""Councils that are decided on and have no code yet: ``X-`` marks a code of ours. What they will
replace is ended here when the order is seen to be made."""

RECODED = {"BNS": ("E08000038", "2025-05-01"), "SHF": ("E08000039", "2025-05-01")}
"""GSS codes given since the published list was made, and their first days: a boundary changed."""

NUMBERS = (
    ("BUC", "Buckinghamshire Council", "825"),
    ("DST", "Dorset Council", "838"),
    ("BPC", "Bournemouth, Christchurch and Poole Council", "839"),
    ("NNT", "North Northamptonshire Council", "940"),
    ("WNT", "West Northamptonshire Council", "941"),
    ("CBD", "Cumberland Council", "942"),
    ("WAF", "Westmorland and Furness Council", "943"),
    ("NYE", "North Yorkshire Council", "815"),
    ("SMT", "Somerset Council", "933"),
    ("ONS-09", "Bedfordshire County Council", "820"),
    ("ONS-13", "Cheshire County Council", "875"),
)
"""DfE numbers the published list leaves out. A council that followed a county kept its number in
three cases: one writing, another code from that day on."""

COUNTY_NAMES = {"DOR": "Dorset", "BKM": "Buckinghamshire"}
"""Counties of the name of the council that followed them, which the published list gives to that
council alone: one writing, another code from that day on."""
