"""What must hold between declarations: everything a feed leans on is there and allows it.

Each function returns (line, column, message) for everything wrong; messages say what to do.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.agreement import Agreement
from contracts.claims import normalised
from contracts.column import MISSING, ColumnFacts
from contracts.consistency import wrong_with
from contracts.copybook_checks import copybook_problems
from contracts.dataset import Dataset, dataset_facts
from contracts.date_formats import NAMED, WELSH
from contracts.entity import Entity, entity_facts
from contracts.feed import ColumnRule, Feed
from contracts.feed_settings import field_problems, settings_problems
from contracts.file_forms import Copybook, FixedWidth
from contracts.gates import Gates
from contracts.kinds import (
    LED_BY_ZEROS,
    Code,
    Date,
    DecimalNumber,
    Forenames,
    Kind,
    Money,
    Percentage,
    Surname,
    Text,
    WholeNumber,
)
from contracts.model import canonical_columns, columns_of
from contracts.modules import place_of_class, place_of_column
from contracts.open_table.checks import agreement_opens_problems
from contracts.register import Register
from contracts.strict_yaml import Document

if TYPE_CHECKING:
    from contracts.declarations import Declarations

Problem = tuple[int, int, str]
PERSONAL_ORDER = {"none": 0, "personal": 1, "special": 2}
OPEN_LICENCE = "Open Government Licence"


def dataset_problems(
    dataset: type[Dataset],
    path: Path,
    entities: Mapping[str, type[Entity]],
    schemes: Mapping[str, Register],
) -> list[Problem]:
    """What is wrong with where a dataset's columns go."""
    facts = dataset_facts(dataset)
    found: list[Problem] = []
    columns = columns_of(dataset)
    if facts.main not in entities:
        message = f"main entity {facts.main!r} is not in entities/; add it or name another"
        found.append((*place_of_class(path, dataset.__name__), message))
    filled: dict[str, set[str]] = {}
    for name, column in columns.items():
        for target in column.to:
            problem = _target_problem(column, target, entities)
            if problem:
                found.append((*place_of_column(path, name), f"{name}: {problem}"))
            filled.setdefault(target.partition(".")[0], set()).add(target.partition(".")[2])
        scheme = column.options.get("scheme")
        if scheme is not None and scheme not in schemes:
            message = f"{name}: there is no code list {scheme!r} in registers/codes/"
            found.append((*place_of_column(path, name), message))
        problem = _as_at_problem(column, columns)
        if problem:
            found.append((*place_of_column(path, name), f"{name}: {problem}"))
        if scheme is None and issubclass(column.kind, Code):
            message = f"{name}: a code needs its code list, options={{'scheme': ...}}"
            found.append((*place_of_column(path, name), message))
    brought = {facts.main, *(role.partition(":")[0] for role in filled)}
    said = wrong_with(facts.consistency, entities, brought) + _unknown_gates(facts.gates, columns)
    if not found and not said:
        said = list(_unidentified(facts.main, filled, entities))
    if said:
        # Telling the place means parsing the file: every step of a delivery comes by here.
        place = place_of_class(path, dataset.__name__)
        found += [(*place, message) for message in said]
    return found


def _unknown_gates(gates: Gates, columns: Mapping[str, ColumnFacts]) -> list[str]:
    return [
        f"gates: there is no column {name!r}; there are {', '.join(columns)}"
        for name in gates.columns
        if name not in columns
    ]


def _as_at_problem(column: ColumnFacts, columns: Mapping[str, ColumnFacts]) -> str | None:
    """Why a column's codes cannot be read as at the date the column names."""
    as_at = column.options.get("as_at")
    if as_at is None:
        return None
    if "scheme" not in column.options:
        return "as_at says as at which date a code is read; there is no scheme"
    if as_at not in columns or not issubclass(columns[as_at].kind, Date):
        dates = [name for name, facts in columns.items() if issubclass(facts.kind, Date)]
        return f"as_at {as_at!r} is no date column of the dataset; it has {', '.join(dates)}"
    return None


def _target_problem(
    column: ColumnFacts, target: str, entities: Mapping[str, type[Entity]]
) -> str | None:
    name, dot, attribute = target.partition(".")
    entity = entities.get(name.partition(":")[0])
    if not dot or entity is None:
        return f"{target!r} names no entity in entities/; write entity.attribute"
    there = columns_of(entity).get(attribute)
    if there is None:
        return f"{name} has no attribute {attribute!r}; it has {', '.join(columns_of(entity))}"
    if there.kind.arrow != column.kind.arrow:
        return f"a {column.kind.name} cannot be kept as {target}, a {there.kind.name}"
    missing = set(there.companions) - set(column.companions)
    if missing == {MISSING}:
        return f"{target} keeps why a value is missing; declare the column with reasons=True"
    if missing:
        return f"{target} needs a {there.kind.name}; a {column.kind.name} cannot give {missing}"
    if column.reasons and not there.reasons:
        return f"reasons a value is missing would be lost: declare {target} with reasons=True"
    if PERSONAL_ORDER[there.personal] < PERSONAL_ORDER[column.personal]:
        return f"the column is {column.personal} data and {target} is declared {there.personal}"
    return None


def _unidentified(
    main: str, filled: Mapping[str, set[str]], entities: Mapping[str, type[Entity]]
) -> Iterator[str]:
    """Entities the dataset speaks of without what tells one from another."""
    for role in {main, *filled}:
        entity = entities[role.partition(":")[0]]
        given = {
            name
            for attribute in filled.get(role, ())
            for name in (
                attribute,
                *(f"{attribute}_{c}" for c in columns_of(entity)[attribute].companions),
            )
        }
        for wanted in entity_facts(entity).identity:
            if wanted not in given:
                yield f"no column goes to {role}.{wanted}, which tells one {role} from another"


def agreement_problems(
    agreement: Agreement,
    document: Document,
    datasets: Mapping[str, type[Dataset]],
    entities: Mapping[str, type[Entity]],
    unusable: Collection[tuple[str, str]],
) -> list[Problem]:
    """What is wrong with what an agreement allows, against the contracts it speaks of."""
    found: list[Problem] = []
    names = [purpose.name for purpose in agreement.purposes]
    for number, purpose in enumerate(agreement.purposes):
        at = ("purposes", number)
        if purpose.name in names[:number]:
            place = document.place(*at, "name")
            found.append((*place, f"purpose {purpose.name!r} is given twice; join the two"))
        for entity, attributes in purpose.entities.items():
            where = (*at, "entities", entity)
            if entity not in entities:
                said = _absent("entities", "entity", entity, unusable)
                found.append((*document.place_of_key(*where), said))
                continue
            known = {*canonical_columns(entities[entity]), f"{entity}_id"}
            found += [
                (*document.place(*where, i), f"{entity} has no attribute {attribute!r}")
                for i, attribute in enumerate(attributes)
                if attribute not in known
            ]
    found += agreement_opens_problems(agreement, document, entities)
    for name, columns in agreement.columns.items():
        listed = ("columns", name)
        if name not in datasets:
            said = _absent("datasets", "dataset", name, unusable)
            found.append((*document.place_of_key(*listed), said))
            continue
        columns_known = columns_of(datasets[name])
        for i, column in enumerate(columns):
            problem = (
                _column_problem(agreement, columns_known[column])
                if column in columns_known
                else f"{name} has no column {column!r}"
            )
            if problem:
                found.append((*document.place(*listed, i), problem))
    return found


def _column_problem(agreement: Agreement, column: ColumnFacts) -> str | None:
    """Why an agreement may not let a column land."""
    if column.personal == "none":
        return None
    if agreement.gateway == OPEN_LICENCE:
        return f"{column.name} is {column.personal} data; no open licence covers that; remove it"
    if column.personal == "special" and not agreement.special_category_condition:
        return f"{column.name} is special-category data; give special_category_condition"
    readable = {
        f"{entity}.{attribute}"
        for purpose in agreement.purposes
        for entity, attributes in purpose.entities.items()
        for attribute in attributes
    }
    goes = {target.partition(".")[0].partition(":")[0] + "." + target.partition(".")[2]
            for target in column.to}  # fmt: skip
    if not goes & readable:
        return (
            f"{column.name} is {column.personal} data and no purpose reads it; remove it here, "
            "or name it under a purpose's entities"
        )
    return None


def feed_problems(
    feed: Feed,
    document: Document,
    declared: "Declarations",
    unusable: Collection[tuple[str, str]],
) -> list[Problem]:
    """What is wrong with what a feed leans on."""
    found: list[Problem] = list(settings_problems(feed, document))
    if feed.organisation not in declared.organisations and not feed.organisation_name:
        message = (
            f"organisation {feed.organisation!r} is not in registers/organisations.csv; give its "
            "organisation_name here, or add it "
            "there or correct the folder's name"
        )
        found.append((1, 1, message))
    if feed.agreement not in declared.agreements:
        said = _absent("agreements", "agreement", feed.agreement, unusable)
        found.append((*document.place("agreement"), said))
    dataset = declared.datasets.get(feed.dataset)
    if dataset is None:
        return [*found, (1, 1, _absent("datasets", "dataset", feed.dataset, unusable))]
    known = columns_of(dataset)
    for name, rule in feed.columns.items():
        if name not in known:
            message = f"{feed.dataset} has no column {name!r}; it has {', '.join(known)}"
            found.append((*document.place_of_key("columns", name), message))
            continue
        found += [
            (*document.place("columns", name, word), f"{name}: {message}")
            for word, message in _rule_problems(rule, known[name], declared.code_schemes)
        ]
    gated = document.place("gates", "columns")
    found += [(*gated, message) for message in _unknown_gates(feed.gates, known)]
    if feed.agreement in declared.agreements:
        agreed = declared.agreements[feed.agreement]
        found += _coverage_problems(feed, document, agreed, known)
    if isinstance(feed.file, FixedWidth):
        found += field_problems(feed, feed.file, document)
    if isinstance(feed.file, Copybook):
        found += copybook_problems(feed, feed.file, document, declared.root)
    return found


def _coverage_problems(
    feed: Feed, document: Document, agreement: Agreement, known: Mapping[str, ColumnFacts]
) -> Iterator[Problem]:
    place = document.place("agreement")
    allowed = agreement.columns.get(feed.dataset)
    if allowed is None:
        yield (*place, f"agreement {agreement.id} does not cover {feed.dataset}; add its columns")
        return
    for name, column in known.items():
        if name not in allowed and not column.optional:
            message = (
                f"{feed.dataset} cannot do without {name}, and agreement {agreement.id} does not "
                "let it land; add it to the agreement or make it optional in the dataset"
            )
            yield (*place, message)


def _rule_problems(
    rule: ColumnRule, column: ColumnFacts, schemes: Mapping[str, Register]
) -> Iterator[tuple[str, str]]:
    kind = column.kind
    dated = issubclass(kind, Date)
    if rule.scheme is not None:
        wanted = column.options.get("scheme")
        scheme = schemes.get(rule.scheme)
        if scheme is None:
            yield "scheme", f"there is no code scheme {rule.scheme!r} in registers/codes/"
        elif not issubclass(kind, Code | Text):
            yield "scheme", f"a {kind.name} has no code scheme"
        elif wanted is not None and wanted not in (scheme.lists, *scheme.crosswalks):
            message = (
                f"{rule.scheme} is a scheme for {scheme.lists}, not for {wanted}, and there is no "
                f"crosswalk {scheme.lists}--{wanted}"
            )
            yield "scheme", message
    if rule.part is not None:
        wanted_kind = Surname if rule.part == "surname" else Forenames
        if not issubclass(kind, wanted_kind):
            yield "part", f"a {kind.name} is no {rule.part}"
    elif rule.name_order is not None and not column.options.get("part"):
        yield "name_order", "say which part of the name this column takes"
    if rule.date_format is not None:
        if not dated:
            yield "date_format", f"a {kind.name} has no date format"
        for written in rule.date_formats if dated else ():
            if not _reads_days(written):
                yield "date_format", f"{written!r} does not give year and month (strptime)"
    if rule.two_digit_years_before is not None and not dated:
        yield "two_digit_years_before", f"a {kind.name} has no years"
    yield from _written_problems(rule, kind)
    if rule.at is not None and rule.header is None:
        yield "at", "say its header as well: the letter only tells which of several it is"
    if rule.constant is not None and rule.header is not None:
        yield "constant", "give a header or a constant, not both"


def _written_problems(rule: ColumnRule, kind: type[Kind]) -> Iterator[tuple[str, str]]:
    """Options of how values are written that the kind has no use for."""
    numeric = issubclass(kind, Money | WholeNumber | DecimalNumber)
    if rule.decimal is not None and not numeric:
        yield "decimal", f"a {kind.name} has no decimals"
    unit_of = {"pounds": Money, "pence": Money, "fraction": Percentage}
    if rule.unit is not None and not issubclass(kind, unit_of[rule.unit]):
        yield "unit", f"a {kind.name} is not written in {rule.unit}"
    if rule.leading_zeros is not None and not issubclass(kind, LED_BY_ZEROS):
        yield "leading_zeros", f"of a {kind.name} nobody can say how many zeros it has lost"
    twice = [
        text
        for reason, texts in rule.missing.items()
        for other, others in rule.missing.items()
        for text in texts
        if other > reason and normalised(text) in map(normalised, others)
    ]
    if twice:
        yield "missing", f"{twice[0]!r} stands for two reasons; keep it for one"


def _reads_days(date_format: str) -> bool:
    """Whether a format has a name, or says at least which month of which year (strptime)."""
    if date_format in NAMED:
        return True
    date_format = date_format.removeprefix(WELSH)
    day = datetime(2003, 11, 1)
    try:
        back = datetime.strptime(day.strftime(date_format), date_format)
    except (ValueError, re.error):
        return False
    return (back.year, back.month) == (day.year, day.month)


def _absent(folder: str, kind: str, name: str, unusable: Collection[tuple[str, str]]) -> str:
    if (folder, name) in unusable:
        return f"{kind} {name!r} is itself broken; its own message says how to mend it"
    return f"there is no {kind} {name!r} in {folder}/; add it or correct the name"
