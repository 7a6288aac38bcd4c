"""Local authorities of the United Kingdom: past, present and planned, with what followed them.

Codes are those mySociety has: the three letters of the government's local authority registers,
which stay with an authority when its boundary, and with it its GSS code, changes; ``NIR-`` and a
letter for Northern Ireland's districts of before 2015, whose letters others have in England.
Authorities of before 2009 that are in neither have ``ONS-`` and their old ONS code.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from contracts.registers.sources.local_authority_facts import (
    ABOLISHED_2009,
    BOUNDARIES_ACT,
    COUNTY_NAMES,
    FOLLOWED_2015,
    NUMBERS,
    PLANNED,
    RECODED,
)
from contracts.registers.sources.writing import (
    Line,
    aliases,
    read_lines,
    read_log,
    write_list,
)

LIST = "local-authority"
NAMES = ("name", "official-name")
SOURCE = {
    "source": "mySociety, UK local authority names and codes; names of the GDS registers of local "
    "authorities too",
    "licence": "MIT",
}
DFE = {
    "source": "DfE, lookup of local authorities in dfe-published-data-qa (data/las.csv, July 2026)",
    "licence": "MIT",
}


def write(folder: Path) -> None:
    """Write the list and its schemes: GSS codes, old ONS codes, DfE numbers."""
    found = read_lines(folder / "mysociety_la" / "uk_local_authorities.csv")
    names = read_lines(folder / "mysociety_la" / "lookup_name_to_registry.csv")
    government = folder / "gds_registers"
    welsh = read_log(government / "principal-local-authority.rsf")
    by_code: dict[str, list[str]] = {}
    for line in names:
        # Some names of the source were spoilt by a wrong encoding.
        if "\ufffd" not in line["la-name"] and "ï¿½" not in line["la-name"]:
            by_code.setdefault(line["local-authority-code"], []).append(line["la-name"])
    for code, versions in welsh.items():
        by_code.setdefault(code, []).extend(
            versions[-1][field] for field in ("name-cy", "official-name-cy")
        )
    for name in ("local-authority-eng", "local-authority-sct", "local-authority-nir"):
        for code, versions in read_log(government / f"{name}.rsf").items():
            # Codes of Northern Ireland's districts of before 2015 are others' in England.
            if name != "local-authority-nir" or not versions[-1].get("end-date"):
                by_code.setdefault(code, []).extend(
                    one[field] for one in versions for field in NAMES if field in one
                )
    write_list(LIST, [*_entries(found, by_code), *_abolished(), *PLANNED])
    write_list(LIST, _gss(found), "local-authority-gss")
    write_list(LIST, _old_ons(found), "local-authority-ons")
    write_list(LIST, _numbers(found), "local-authority-numbers")


def _entries(found: list[dict[str, str]], names: dict[str, list[str]]) -> Iterator[Line]:
    for line in found:
        code, official = line["local-authority-code"], line["official-name"]
        yield {
            "code": code,
            "name": official,
            "start": _start(line["start-date"], code),
            "end": _end(line["end-date"]),
            "aliases": aliases(
                [
                    line["nice-name"],
                    *names.get(code, ()),
                    COUNTY_NAMES.get(code, ""),
                    line["gss-code"],
                ],
                code,
                official,
            ),
            "successors": line["replaced-by"].replace(",", "|") or FOLLOWED_2015.get(code, ""),
            **SOURCE,
            **(
                {"source": f"{SOURCE['source']}; {BOUNDARIES_ACT}"} if code in FOLLOWED_2015 else {}
            ),
        }


def _start(text: str, code: str) -> str:
    """The first day, where the source's is one.

    Days of May and June 2005 are years that a spreadsheet took for day numbers (1997 is 19 June
    1905), and five counties of 2009 and the borough of Bedford went on as the same body.
    """
    spoilt = text.startswith(("2005-05", "2005-06")) or code == "BIR"
    went_on = text == "2009-04-01" and code in ("BDF", "CON", "DUR", "NBL", "SHR", "WIL")
    return "" if spoilt or went_on else text


def _end(text: str) -> str:
    """The last day: the source gives now that, now the first day of what followed."""
    if not text.endswith("-04-01"):
        return text
    return (date.fromisoformat(text) - timedelta(1)).isoformat()


def _abolished() -> Iterator[Line]:
    for ons, name, official, successors, order in ABOLISHED_2009:
        yield {
            "code": f"ONS-{ons}",
            "name": official,
            "end": "2009-03-31",
            "aliases": name,
            "successors": successors,
            "source": order,
            "licence": "OGL-UK-3.0",
        }


def _gss(found: list[dict[str, str]]) -> Iterator[Line]:
    for line in found:
        codes = [line["gss-code"], *line["former-gss-codes"].split(",")]
        if line["gss-code"]:
            yield _written(line, aliases(codes), SOURCE)
        if line["local-authority-code"] in RECODED:
            code, start = RECODED[line["local-authority-code"]]
            yield {**_written(line, code, DFE), "start": start}


def _old_ons(found: list[dict[str, str]]) -> Iterator[Line]:
    for line in found:
        # The source's "old ONS code" is the DfE number of upper-tier councils; "snac" is the code.
        if line["snac"]:
            yield _written(line, line["snac"], SOURCE)
    for ons, _, official, _, order in ABOLISHED_2009:
        yield {
            "code": f"ONS-{ons}",
            "name": official,
            "aliases": ons,
            "source": order,
            "licence": "OGL-UK-3.0",
        }


def _numbers(found: list[dict[str, str]]) -> Iterator[Line]:
    for line in found:
        number = line["old-ons-la-code"]
        if number.isdigit():
            yield _written(line, number, SOURCE)
    for code, name, number in NUMBERS:
        yield {"code": code, "name": name, "aliases": number, **DFE}


def _written(line: Line, codes: str, source: Line) -> Line:
    return {
        "code": line["local-authority-code"],
        "name": line["official-name"],
        "aliases": codes,
        **source,
    }
