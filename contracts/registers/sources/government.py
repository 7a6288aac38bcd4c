"""Government organisations: departments, agencies and public bodies, past and present."""

from pathlib import Path

from contracts.registers.sources.writing import aliases, read_log, write_list


def write(folder: Path) -> None:
    """Write the list; a body's former names are aliases."""
    log = read_log(folder / "gds_registers" / "government-organisation.rsf")
    last = {code: versions[-1] for code, versions in log.items()}
    taken = {one["name"].casefold() for one in last.values()}
    taken |= {code.casefold() for code in last}
    former: dict[str, set[str]] = {}
    for code, versions in log.items():
        for one in versions:
            former.setdefault(one["name"].casefold(), set()).add(code)
    lines = []
    for code, body in last.items():
        # A name that is another body's today, or was two bodies', says nothing for sure.
        names = [
            one["name"]
            for one in log[code]
            if one["name"].casefold() not in taken and len(former[one["name"].casefold()]) == 1
        ]
        lines.append(
            {
                "code": code,
                "name": body["name"],
                "start": _day(body.get("start-date", "")),
                "end": _day(body.get("end-date", "")),
                "aliases": aliases(names, code, body["name"]),
                "source": "GDS, register of government organisations",
                "licence": "MIT",
            }
        )
    write_list("government-organisation", lines)


def _day(text: str) -> str:
    """A whole date; a year or month alone is not one."""
    return text if len(text) == 10 else ""
