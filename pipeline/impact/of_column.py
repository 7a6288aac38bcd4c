"""What depends on a column, and what it depends on: from the supplier's header to the views."""

from collections.abc import Iterator

import psycopg

from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.declarations import Declarations
from contracts.entity import Entity, entity_facts, links_of
from contracts.model import canonical_columns, columns_of
from pipeline.impact.asked import AskedColumn
from pipeline.impact.outlets import outlets
from pipeline.impact.tree import Part, of_lines
from pipeline.impact.ways import (
    attribute_of,
    companions_of,
    feeds_of,
    filled_by,
    header_in,
    identified_by,
    lists_of,
    targets_of,
)
from repository.impact import rows, stewards


def of_column(declared: Declarations, conn: psycopg.Connection | None, asked: AskedColumn) -> Part:
    """A column: forwards to companions, identifiers, checks and outlets, backwards to headers."""
    if asked.entity is not None:
        top = _attribute(declared, conn, asked.entity, asked.column, None)
        attribute = attribute_of(declared, asked.entity, asked.column)
        for dataset, column in filled_by(declared, asked.entity, attribute):
            top.parts.append(_contract_column(declared, conn, dataset, column, None))
        return top
    assert asked.dataset is not None, "a column is an entity's or a dataset's"
    top = _contract_column(declared, conn, asked.dataset, asked.column, asked.feed)
    if asked.feed is not None:
        top.facts = {**top.facts, "feed": asked.feed, "header": asked.header}
    facts = columns_of(declared.dataset(asked.dataset))[asked.column]
    for target in targets_of(facts):
        part = _attribute(declared, conn, target.entity, target.attribute, asked.feed)
        if target.role:
            part.facts = {**part.facts, "role": target.role}
        top.parts.append(part)
    return top


def _attribute(
    declared: Declarations,
    conn: psycopg.Connection | None,
    entity: str,
    column: str,
    feed: str | None,
) -> Part:
    contract = declared.entities[entity]
    attribute = attribute_of(declared, entity, column)
    facts = columns_of(contract).get(attribute)
    told: dict[str, object] = {"kind": canonical_columns(contract)[column].name}
    if facts is not None:
        told |= {"personal": facts.personal, "code list": facts.options.get("scheme")}
    if column != attribute:
        told["companion of"] = attribute
    part = Part("column", f"{entity}.{column}", facts=told)
    if column == attribute:
        part.parts += [
            Part("companion", f"{entity}.{one}")
            for one in companions_of(declared, entity, attribute)
        ]
    part.parts += [Part("identifier", one) for one in identified_by(declared, entity, column)]
    part.parts += _entity_parts(declared, contract, attribute)
    part.parts += [Part("check", name) for name in _checks(contract, column)]
    if conn is not None and column in rows.entities_held(conn).get(entity, ()):
        for line in rows.filled(conn, entity, column, feed):
            facts_ = {"without a value": line["rows"] - line["filled"] or None,
                      "formerly": line["formerly"] or None}  # fmt: skip
            part.parts.append(Part("values of", line["feed"], line["filled"], facts_))
    part.parts += outlets(declared, conn, entity, column=column, feed=feed)
    return part


def _entity_parts(declared: Declarations, contract: type[Entity], attribute: str) -> Iterator[Part]:
    """What the declarations of an entity, and of datasets that look at it, rest on an attribute."""
    whole = entity_facts(contract)
    for rule in ("valid_from", "valid_to", "happened_on"):
        if getattr(whole, rule, None) == attribute:
            yield Part("period", f"{whole.name}: {rule.replace('_', ' ')}")
    if attribute in links_of(contract):
        yield Part("link", f"{links_of(contract)[attribute]}")
    precedence = declared.precedence.get(whole.name)
    if precedence is not None:
        rules = [one if isinstance(one, str) else f"authority {', '.join(one.authority)}"
                 for one in precedence.of(attribute)]  # fmt: skip
        yield Part("precedence", f"{whole.name}.{attribute}", facts={"rules": rules})
    mine = {attribute, *companions_of(declared, whole.name, attribute)}
    for name, dataset in sorted(declared.datasets.items()):
        for found_in in dataset_facts(dataset).consistency:
            if found_in.entity == whole.name and mine & set(found_in.by):
                yield Part("consistency of", f"{name}: {found_in.name}")


def _checks(contract: type[Entity] | type[Dataset], column: str) -> list[str]:
    """The checks of a column, and those across columns, by their names."""
    schema = contract.to_schema()
    own = schema.columns.get(column)
    found = [str(check.name) for check in own.checks] if own is not None else []
    if own is not None and not own.nullable:
        found.insert(0, "not empty")
    return found + [f"{check.name} (across columns)" for check in schema.checks]


def _contract_column(
    declared: Declarations,
    conn: psycopg.Connection | None,
    dataset: str,
    column: str,
    feed: str | None,
) -> Part:
    contract = declared.dataset(dataset)
    facts: ColumnFacts = columns_of(contract)[column]
    part = Part(
        "contract column",
        f"{dataset}.{column}",
        facts={"kind": facts.kind.name, "version": dataset_facts(contract).version,
               "optional": facts.optional},
    )  # fmt: skip
    feeds = [one for one in feeds_of(declared, dataset) if feed in (None, one.id)]
    taken: dict[str, list[str]] = {}
    for line in stewards.headers(conn, [one.id for one in feeds]) if conn is not None else ():
        if line["column"] == column:
            header = "always" if line["constant"] else f'"{line["header"]}"'
            taken.setdefault(line["feed"], []).append(f"{header}, {line['how']}")
    for one in feeds:
        agreed = column in declared.agreement_of(one).columns.get(dataset, ())
        part.parts.append(
            Part(
                "header of",
                f"{one.id}: {header_in(one, contract, column)}",
                facts={
                    "outside the agreement": not agreed,
                    "in the newest delivery": taken.get(one.id),
                    "code scheme": lists_of(declared, one, facts.options, column),
                },
            )
        )
    part.parts += [Part("check", name) for name in _checks(contract, column)]
    if conn is not None:
        names = [one.id for one in feeds]
        part.parts += of_lines("correction", stewards.corrections(conn, names, [column]))
        part.parts += of_lines(
            "unknown codes", stewards.unknown_codes(conn, feeds=names, columns=[column])
        )
    return part
