"""Precedence: whose value counts where several feeds speak of one thing.

``contracts/precedence/<entity>.yml`` gives, for all attributes of an entity or for some, the rules
in the order in which they are asked. Where none tells two values apart, the feeds' names do.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from contracts.declaration import Declaration
from contracts.entity import Entity, entity_facts
from contracts.model import columns_of
from contracts.strict_yaml import Document, Unreadable, parse, read

FOLDER = "precedence"

Word = Literal["as_at", "kitemark"]
"""``as_at``: the most recent as-at date; ``kitemark``: the highest level."""


class Authority(Declaration):
    """Feeds that know best, the best first; those not listed come after all of them."""

    authority: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> "Authority":
        twice = [name for i, name in enumerate(self.authority) if name in self.authority[:i]]
        if twice:
            raise ValueError(f"{twice[0]} is listed twice; keep it once")
        return self


def _which(value: Any) -> str:
    return "rule" if isinstance(value, str) else "authority"


Rule = Annotated[
    Annotated[Word, Tag("rule")] | Annotated[Authority, Tag("authority")], Discriminator(_which)
]
"""One rule that tells two values apart."""

Rules = Annotated[tuple[Rule, ...], Field(min_length=1)]

USUAL: tuple[Word, ...] = ("as_at", "kitemark")
"""The rules where nothing else is declared."""


class Precedence(Declaration):
    """The rules of one entity.

    Attributes:
        entity: the entity; the file's name.
        rules: of every attribute that has none of its own.
        attributes: attribute to its own rules.
    """

    entity: str
    rules: Rules = USUAL
    attributes: dict[str, Rules] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_once(self) -> "Precedence":
        for where, rules in (("rules", self.rules), *self.attributes.items()):
            words = [rule if isinstance(rule, str) else "authority" for rule in rules]
            twice = [word for i, word in enumerate(words) if word in words[:i]]
            if twice:
                raise ValueError(f"{where}: {twice[0]} is asked twice; keep it once")
        return self

    def of(self, attribute: str) -> tuple[Rule, ...]:
        """The rules of one attribute, in the order asked."""
        return self.attributes.get(attribute, self.rules)

    def feeds(self) -> dict[tuple[str | int, ...], str]:
        """Every feed named, by its place in the file."""
        found: dict[tuple[str | int, ...], str] = {}
        named: list[tuple[tuple[str, ...], Rules]] = [(("rules",), self.rules)]
        named += [(("attributes", name), rules) for name, rules in self.attributes.items()]
        for place, rules in named:
            for number, rule in enumerate(rules):
                if isinstance(rule, Authority):
                    for i, feed in enumerate(rule.authority):
                        found[(*place, number, "authority", i)] = feed
        return found


Problem = tuple[int, int, str]
Report = Callable[[Path, list[Problem]], None]


def precedences(
    root: Path, entities: Mapping[str, type[Entity]], report: Report
) -> dict[str, Precedence]:
    """The precedence declared for each entity; an entity without a file has none.

    Args:
        root: the folder of declarations.
        entities: entity contracts by name.
        report: told (line, column, message) of everything wrong in a file, which then counts as
            not there.
    """
    found: dict[str, Precedence] = {}
    for path in sorted((root / FOLDER).glob("*.y*ml")):
        try:
            document = read(path)
            made = parse(document, Precedence, {"entity": path.stem})
            problems = list(_problems(root, made, document, entities))
            if problems:
                raise Unreadable(problems)
            found[made.entity] = made
        except Unreadable as error:
            report(path, list(error.problems))
    return found


def _problems(
    root: Path, made: Precedence, document: Document, entities: Mapping[str, type[Entity]]
) -> Iterator[Problem]:
    if document.path.suffix != ".yml":
        yield 1, 1, "declarations end in .yml; rename the file"
    contract = entities.get(made.entity)
    if contract is None:
        yield 1, 1, f"there is no entity {made.entity!r} in entities/; rename the file"
    elif not entity_facts(contract).shared:
        yield (
            1,
            1,
            f"{made.entity} is each feed's own: no two feeds speak of one. Remove the file, or "
            "declare the entity with shared=True",
        )
    for name in made.attributes if contract is not None else ():
        known = columns_of(contract) if contract is not None else {}
        if name not in known:
            message = f"{made.entity} has no attribute {name!r}; it has {', '.join(known)}"
            yield (*document.place_of_key("attributes", name), message)
    for place, feed in made.feeds().items():
        # Asked of the file: a feed that is itself broken, or was not read, is one all the same.
        if not (root / "feeds" / f"{feed}.yml").is_file():
            message = f"there is no feed {feed!r} in feeds/; add it or correct the name"
            yield (*document.place(*place), message)
