"""The code lists: a list of them, and one page for each."""

from collections.abc import Iterator
from typing import Any

from contracts.claims import normalised
from contracts.register import Register
from pipeline.catalogue.names import code_list_page
from pipeline.catalogue.page import Page
from pipeline.catalogue.site import Site

HERE = "codes/index.html"


def code_pages(site: Site) -> Iterator[Page]:
    """The list of code lists, then a page for each."""
    lists = [one for _, one in sorted(site.declarations.code_schemes.items()) if one.of is None]
    shown = [_facts(site, one) for one in lists]
    yield Page(HERE, "code_lists.html", "Code lists", HERE, {"lists": shown})
    for register, facts in zip(lists, shown, strict=True):
        more = {"codes": list(_codes(site, register))}
        yield Page(
            code_list_page(register.name), "code_list.html", f"Code list {register.name}", HERE,
            {**facts, **more},
        )  # fmt: skip


def _facts(site: Site, register: Register) -> dict[str, Any]:
    every = site.declarations.code_schemes.values()
    sources = {(one.source, one.licence): None for one in register.values()}
    return {
        "register": register,
        "in_force": sum(1 for one in register.values() if one.holds_on(site.today)),
        "schemes": sorted(one.name for one in every if one.of == register.name),
        "used_by": site.feeds_of_list(register.name),
        "sources": list(sources),
        "crosswalks": [
            one
            for _, one in sorted(site.declarations.crosswalks.items())
            if register.name in (one.start, one.end)
        ],
    }


def _codes(site: Site, register: Register) -> Iterator[dict[str, Any]]:
    """Every code with its name, days, successors, and how else it is written."""
    written: dict[str, dict[str, str]] = {}
    for other in site.declarations.code_schemes.values():
        if other.lists == register.name:
            for claim in other.claims:
                written.setdefault(claim.code, {}).setdefault(claim.writing, claim.written)
    for code, entry in register.items():
        own = {normalised(code), normalised(entry.name)}
        ways = written.get(code, {})
        yield {
            "code": code,
            "entry": entry,
            "in_force": entry.holds_on(site.today),
            "also": [as_is for way, as_is in sorted(ways.items()) if way not in own],
        }
