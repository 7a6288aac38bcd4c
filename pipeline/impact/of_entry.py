"""What depends on an entry of a register: rows that hold it, writings, crosswalks, contracts."""

from collections.abc import Iterator

import psycopg

from contracts.declarations import Declarations
from contracts.kinds import Text
from contracts.model import columns_of
from contracts.register import Entry, Register
from pipeline.impact.asked import ORGANISATIONS, AskedEntry
from pipeline.impact.tree import Part, of_lines
from pipeline.impact.ways import feeds_of, lists_of, targets_of
from repository.impact import rows, stewards


def of_entry(declared: Declarations, conn: psycopg.Connection | None, asked: AskedEntry) -> Part:
    """An entry of a code list or of the register of organisations."""
    register = asked.register
    entry = register.listed[asked.code]
    top = Part("entry", f"{register.lists}:{entry.code}", facts=_facts(register, entry, asked))
    if register.lists == ORGANISATIONS:
        top.parts += _of_organisation(declared, conn, entry)
        return top
    top.parts += _line(register, entry)
    schemes = [one for _, one in sorted(declared.code_schemes.items())
               if one.lists == register.lists]  # fmt: skip
    for scheme in schemes:
        top.parts += _writings(scheme, entry.code)
    for name, crosswalk in sorted(declared.crosswalks.items()):
        for step in crosswalk.steps:
            if (crosswalk.start, step.from_code) == (register.lists, entry.code) or (
                (crosswalk.end, step.to_code) == (register.lists, entry.code)
            ):
                told = f"{step.from_code} → {step.to_code}"
                top.parts.append(Part("crosswalk", f"{name}: {told}", facts={
                    "relation": step.relation}))  # fmt: skip
    names = [scheme.name for scheme in schemes]
    top.parts += _columns(declared, conn, entry, names)
    if conn is not None:
        accepted = stewards.unknown_codes(
            conn, schemes=names, code=entry.code, states=("accepted",)
        )
        top.parts += of_lines("accepted for it", accepted)
        top.parts += of_lines("on the worklist", stewards.unknown_codes(conn, schemes=names))
    return top


def _facts(register: Register, entry: Entry, asked: AskedEntry) -> dict[str, object]:
    return {
        "name": entry.name,
        "asked for as": asked.written,
        "from": entry.start,
        "to": entry.end,
        "means missing": entry.reason,
        "source": entry.source,
        "scheme": register.name if register.of else None,
    }


def _line(register: Register, entry: Entry) -> Iterator[Part]:
    """Who came before and after it."""
    for code in entry.successors:
        yield Part("successor", code, facts={"name": _name(register, code)})
    for other in register.listed.values():
        if entry.code in other.successors:
            yield Part("took the place of", other.code, facts={"name": other.name})


def _name(register: Register, code: str) -> str | None:
    found = register.listed.get(code)
    return found.name if found else None


def _writings(scheme: Register, code: str) -> Iterator[Part]:
    for claim in scheme.claims:
        if claim.code == code:
            yield Part(
                "writing",
                f"{scheme.name}: {claim.written}",
                facts={
                    "from": claim.start,
                    "to": claim.end,
                    "accepted alias": not claim.lasting,
                    "feed": claim.feed,
                },
            )


def _columns(
    declared: Declarations, conn: psycopg.Connection | None, entry: Entry, names: list[str]
) -> Iterator[Part]:
    """The columns that use the list, and how many rows hold the entry there."""
    held = rows.entities_held(conn) if conn is not None else {}
    used: dict[tuple[str, str], list[str]] = {}
    for name, dataset in sorted(declared.datasets.items()):
        for column, facts in columns_of(dataset).items():
            using = [f"{one.id} ({scheme})" for one in feeds_of(declared, name)
                     if (scheme := lists_of(declared, one, facts.options, column))
                     in names]  # fmt: skip
            if not using and facts.options.get("scheme") not in names:
                continue
            yield Part("contract column", f"{name}.{column}", facts={"feeds": using})
            for target in targets_of(facts):
                used.setdefault((target.entity, target.attribute), []).extend(using)
    for entity, contract in sorted(declared.entities.items()):
        for column, facts in columns_of(contract).items():
            if facts.options.get("scheme") in names:
                used.setdefault((entity, column), [])
    for (entity, column), _ in sorted(used.items()):
        part = Part("column", f"{entity}.{column}")
        if conn is not None and column in held.get(entity, ()):
            # Columns of text hold the entry's name, columns of codes its code.
            text = columns_of(declared.entities[entity])[column].kind is Text
            values = [entry.name, entry.code] if text else [entry.code]
            found = rows.holding(conn, entity, column, values)
            part.count = sum(one.now for one in found)
            part.parts = [
                Part("rows of", one.feed, one.now, {"formerly": one.formerly or None})
                for one in found
            ]
        yield part


def _of_organisation(
    declared: Declarations, conn: psycopg.Connection | None, entry: Entry
) -> Iterator[Part]:
    held = rows.entities_held(conn) if conn is not None else {}
    for name, feed in sorted(declared.feeds.items()):
        if feed.organisation != entry.code:
            continue
        part = Part("feed", name, facts={"title": feed.title, "agreement": feed.agreement})
        for entity in held:
            assert conn is not None, "only a database holds entities"
            one = rows.of_feed(conn, entity, name, 0)
            if one is not None:
                told = {"formerly": one.formerly or None}
                part.parts.append(Part("table", f"store.{entity}", one.now, told))
        yield part
    for name, agreement in sorted(declared.agreements.items()):
        parties = {
            "controller": agreement.controllers,
            "processor": agreement.processors,
            "recipient": [who for one in agreement.purposes for who in one.recipients],
        }
        roles = [role for role, who in parties.items() if entry.name in who]
        if roles:
            yield Part("agreement", name, facts={"as": roles})
