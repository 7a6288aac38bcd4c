"""Finds and reads every declaration: datasets, entities, registers, agreements and feeds.

A declaration that cannot be used becomes a :class:`BrokenDeclaration` with file, line, column and
remedy, and never takes another with it.
"""

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from contracts.agreement import Agreement
from contracts.aliases import alias_file
from contracts.checks import agreement_problems, dataset_problems, feed_problems
from contracts.crosswalk import BadCrosswalk, Crosswalk, load_crosswalk
from contracts.dataset import Dataset
from contracts.entity import Entity
from contracts.entity_dates import entity_problems
from contracts.feed import Feed
from contracts.ladder import FILE as LADDER
from contracts.ladder import load_ladder
from contracts.locale import DEFAULT
from contracts.modules import OWN, contract_in
from contracts.open_table import OpenTable
from contracts.open_table.checks import open_table_problems
from contracts.precedence import Precedence, precedences
from contracts.register import Register
from contracts.register_file import BadRegister, load_register
from contracts.strict_yaml import Document, Unreadable, parse, read

C = TypeVar("C", Dataset, Entity)


class UnknownDeclaration(LookupError):
    """Something was asked for by a name nothing is declared under."""


class DeclarationsMissing(Exception):
    """The folder of declarations is not there."""


@dataclass(frozen=True)
class BrokenDeclaration:
    """One thing wrong in one declaration.

    Attributes:
        path: the file, from the root of the declarations.
        line, column: the place in it, from 1.
        message: what is wrong and what to do.
        feed_id: the feed that cannot run for it; None where the file is no feed.
    """

    path: Path
    line: int
    column: int
    message: str
    feed_id: str | None = None

    def __str__(self) -> str:
        return f"{self.path.as_posix()}, line {self.line}, column {self.column}: {self.message}"


@dataclass(frozen=True)
class Declarations:
    """Everything declared under one root.

    Attributes:
        root: the folder.
        datasets, entities: contract classes by name.
        organisations: the register of organisations.
        code_schemes: code lists and suppliers' schemes for them, by name.
        agreements: agreements by id.
        feeds: the feeds that can run, by id ``<organisation>/<dataset>``.
        broken: everything wrong, in the order of files and lines.
        crosswalks: ways from one code list to another, by ``<from>--<to>``.
        open_tables: what is published for everybody, by name; none where one feed alone was read.
        precedence: whose value counts where feeds speak of one thing, by entity.
    """

    root: Path
    datasets: Mapping[str, type[Dataset]]
    entities: Mapping[str, type[Entity]]
    organisations: Register
    code_schemes: Mapping[str, Register]
    agreements: Mapping[str, Agreement]
    feeds: Mapping[str, Feed]
    broken: tuple[BrokenDeclaration, ...]
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)
    open_tables: Mapping[str, OpenTable] = field(default_factory=dict)
    precedence: Mapping[str, Precedence] = field(default_factory=dict)

    def feed(self, feed_id: str) -> Feed:
        """The feed of an id.

        Raises:
            UnknownDeclaration: no such feed, or it is broken; the message says which.
        """
        wrong = self.broken_feeds().get(feed_id)
        if wrong:
            raise UnknownDeclaration(f"feed {feed_id} cannot run: {wrong[0]}")
        return _known(self.feeds, feed_id, "feed", "watersmeet status lists the feeds")

    def dataset(self, name: str) -> type[Dataset]:
        """The dataset contract of a name.

        Raises:
            UnknownDeclaration: no such dataset.
        """
        return _known(self.datasets, name, "dataset", f"a dataset is a module in {DATASETS}/")

    def agreement_of(self, feed: Feed) -> Agreement:
        """The agreement a feed stands on."""
        return self.agreements[feed.agreement]

    def locale_of(self, organisation: str | None) -> str:
        """The locale of an organisation; the usual one where none is told."""
        entry = self.organisations.get(organisation) if organisation else None
        return (entry.locale if entry else None) or DEFAULT

    def broken_feeds(self) -> dict[str, tuple[BrokenDeclaration, ...]]:
        """What is wrong with each feed that cannot run, by feed id."""
        found: dict[str, tuple[BrokenDeclaration, ...]] = {}
        for one in self.broken:
            if one.feed_id is not None:
                found[one.feed_id] = (*found.get(one.feed_id, ()), one)
        return found

    def file_of_feed(self, feed_id: str) -> Path:
        """The file that declares a feed."""
        return self.root / FEEDS / f"{feed_id}.yml"

    def feed_of_file(self, path: Path) -> str | None:
        """The id of the feed a file declares; None where the file is no feed's."""
        return feed_of_file(self.root, path)


DATASETS, ENTITIES, AGREEMENTS = "datasets", "entities", "agreements"
FEEDS, REGISTERS, OPEN = "feeds", "registers", "open"


def contracts_root() -> Path:
    """The folder of declarations: ``WATERSMEET_CONTRACTS``, else the one that comes with us."""
    named = os.environ.get("WATERSMEET_CONTRACTS")
    return Path(named).expanduser().resolve() if named else OWN


def feed_of_file(root: Path, path: Path) -> str | None:
    """The id of the feed a file declares; None where the file is no feed's."""
    folder = (root / FEEDS).resolve()
    path = path.resolve()
    if not path.is_relative_to(folder) or path.suffix != ".yml":
        return None
    parts = path.relative_to(folder).with_suffix("").parts
    return "/".join(parts) if len(parts) == 2 else None


def load(root: Path | None = None, only: str | None = None) -> Declarations:
    """Read the declarations.

    Args:
        root: their folder; where None, :func:`contracts_root`.
        only: a feed id: read no feed but this one and no agreement but its own.

    Raises:
        DeclarationsMissing: the folder is not there.
    """
    root = (root or contracts_root()).resolve()
    if not root.is_dir():
        raise DeclarationsMissing(
            f"there is no folder {root}; set WATERSMEET_CONTRACTS to the folder that holds "
            "datasets, entities, registers, agreements and feeds, or unset it to use the examples"
        )
    return _Reader(root).everything(only)


class _Reader:
    """Reads one root, collecting what is wrong on the way."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.broken: list[BrokenDeclaration] = []
        # Names of declarations whose file is there but broken: a feed that leans on one is told so
        # instead of being told that there is none.
        self.unusable: set[tuple[str, str]] = set()

    def everything(self, only: str | None) -> Declarations:
        organisations, schemes = self.registers()
        crosswalks = self.crosswalks(schemes)
        entities = self.contracts(ENTITIES, Entity)
        datasets = self.contracts(DATASETS, Dataset)
        self.check_datasets(datasets, entities, schemes)
        documents = self.feed_documents(only)
        wanted = {str(d.data.get("agreement")) for _, d, _ in documents} if only else None
        declared = Declarations(
            self.root,
            datasets,
            entities,
            organisations,
            schemes,
            self.agreements(datasets, entities, wanted),
            {},
            (),
            crosswalks,
            precedence=precedences(self.root, entities, self.report),
        )
        feeds: dict[str, Feed] = {}
        for _, document, feed in documents:
            found = feed_problems(feed, document, declared, self.unusable)
            if found:
                self.report(document.path, found, feed.id)
            else:
                feeds[feed.id] = feed
        self.check_ladder()
        declared = replace(declared, feeds=feeds, broken=tuple(self.broken))
        declared = replace(declared, open_tables={} if only else self.open_tables(declared))
        broken = tuple(sorted(set(self.broken), key=lambda b: (str(b.path), b.line, b.column)))
        return replace(declared, broken=broken)

    def registers(self) -> tuple[Register, dict[str, Register]]:
        path = self.root / REGISTERS / "organisations.csv"
        organisations = self.register(path) or Register("organisations", {}, path)
        schemes: dict[str, Register] = {}
        for folder in sorted(self.root.glob(f"{REGISTERS}/codes/*/")):
            whole = self.register(folder / f"{folder.name}.csv")
            if whole is None:
                continue
            schemes[whole.name] = whole
            for path in sorted(folder.glob("*.csv")):
                # What has a further dot is no scheme: aliases, or more lines, of the one named.
                if "." in path.stem:
                    self.standing_alone(path)
                    continue
                scheme = None if path.stem == whole.name else self.register(path, whole)
                if scheme is not None and scheme.name in schemes:
                    message = f"a code scheme named {scheme.name} stands elsewhere too; rename one"
                    self.report(path, [(1, 1, message)])
                elif scheme is not None:
                    schemes[scheme.name] = scheme
        return organisations, schemes

    def standing_alone(self, path: Path) -> None:
        """Report a file that belongs to a register which is not there."""
        register = path.with_name(f"{path.name.partition('.')[0]}.csv")
        if not register.exists():
            self.report(path, [(1, 1, f"it belongs to {register.name}, which is not there")])

    def register(self, path: Path, whole: Register | None = None) -> Register | None:
        parts = [
            part
            for part in sorted(path.parent.glob(f"{path.stem}.*.csv"))
            if part != alias_file(path)
        ]
        try:
            return load_register(path, whole=whole, parts=parts)
        except FileNotFoundError:
            self.report(path, [(1, 1, "this register is missing; add the file")])
        except BadRegister as error:
            for file, line, message in error.found:
                self.report(file, [(line, 1, message)])
        return None

    def crosswalks(self, schemes: dict[str, Register]) -> dict[str, Crosswalk]:
        """Read the crosswalks, and hang each on the registers that speak the list it starts from:
        those in ``schemes`` are replaced."""
        lists = {name: one for name, one in schemes.items() if one.of is None}
        found: dict[str, Crosswalk] = {}
        for path in sorted(self.root.glob(f"{REGISTERS}/crosswalks/*.csv")):
            try:
                found[path.stem] = load_crosswalk(path, lists)
            except BadCrosswalk as error:
                self.report(path, [(line, 1, message) for line, message in error.problems])
        for name, register in schemes.items():
            ways = {way.end: way for way in found.values() if way.start == register.lists}
            if ways:
                schemes[name] = replace(register, crosswalks=ways)
        return found

    def contracts(self, folder: str, base: type[C]) -> dict[str, type[C]]:
        found: dict[str, type[C]] = {}
        for path in sorted((self.root / folder).glob("*.py")):
            if path.name == "__init__.py":
                continue
            try:
                contract = contract_in(path, base)
                wrong = entity_problems(contract, path) if issubclass(contract, Entity) else []
                if wrong:
                    raise Unreadable(wrong)
                found[path.stem] = contract
            except Unreadable as error:
                self.unusable.add((folder, path.stem))
                self.report(path, error.problems)
        return found

    def check_datasets(
        self,
        datasets: dict[str, type[Dataset]],
        entities: Mapping[str, type[Entity]],
        schemes: Mapping[str, Register],
    ) -> None:
        """Take out the datasets whose columns lead nowhere."""
        for name in list(datasets):
            path = self.root / DATASETS / f"{name}.py"
            found = dataset_problems(datasets[name], path, entities, schemes)
            if found:
                self.unusable.add((DATASETS, name))
                self.report(path, found)
                del datasets[name]

    def agreements(
        self,
        datasets: Mapping[str, type[Dataset]],
        entities: Mapping[str, type[Entity]],
        wanted: set[str] | None,
    ) -> dict[str, Agreement]:
        found: dict[str, Agreement] = {}
        for path in self.yaml_files(AGREEMENTS, "*"):
            if wanted is not None and path.stem not in wanted:
                continue
            try:
                document = read(path)
                agreement = parse(document, Agreement, {"id": path.stem})
                problems = agreement_problems(
                    agreement, document, datasets, entities, self.unusable
                )
                if problems:
                    raise Unreadable(problems)
                found[agreement.id] = agreement
            except Unreadable as error:
                self.unusable.add((AGREEMENTS, path.stem))
                self.report(path, error.problems)
        return found

    def feed_documents(self, only: str | None) -> list[tuple[str, Document, Feed]]:
        found: list[tuple[str, Document, Feed]] = []
        for path in self.yaml_files(FEEDS, "**/*"):
            feed_id = feed_of_file(self.root, path)
            if only is not None and feed_id != only:
                continue
            if feed_id is None:
                message = "a feed stands at feeds/<organisation>/<dataset>.yml; move the file"
                self.report(path, [(1, 1, message)])
                continue
            organisation, dataset = feed_id.split("/")
            try:
                document = read(path)
                named = {"organisation": organisation, "dataset": dataset}
                found.append((feed_id, document, parse(document, Feed, named)))
            except Unreadable as error:
                self.report(path, error.problems, feed_id)
        return found

    def open_tables(self, declared: Declarations) -> dict[str, OpenTable]:
        found: dict[str, OpenTable] = {}
        for path in self.yaml_files(OPEN, "*"):
            try:
                document = read(path)
                table = parse(document, OpenTable, {"name": path.stem})
                problems = open_table_problems(table, document, declared, self.unusable)
                if problems:
                    raise Unreadable(problems)
                found[table.name] = table
            except Unreadable as error:
                self.report(path, error.problems)
        return found

    def check_ladder(self) -> None:
        try:
            load_ladder(self.root)
        except Unreadable as error:
            self.report(self.root / LADDER, error.problems)

    def yaml_files(self, folder: str, pattern: str) -> Iterable[Path]:
        for path in sorted((self.root / folder).glob(pattern)):
            if path.suffix == ".yml":
                yield path
            elif path.suffix == ".yaml":
                self.report(path, [(1, 1, "declarations end in .yml; rename the file")])

    def report(
        self, path: Path, problems: Iterable[tuple[int, int, str]], feed_id: str | None = None
    ) -> None:
        path = path.relative_to(self.root)
        self.broken += [
            BrokenDeclaration(path, line, column, message, feed_id)
            for line, column, message in problems
        ]


T = TypeVar("T")


def _known(declared: Mapping[str, T], name: str, kind: str, remedy: str) -> T:
    if name in declared:
        return declared[name]
    near = difflib.get_close_matches(name, declared, n=1)
    hint = f"did you mean {near[0]}?" if near else remedy
    raise UnknownDeclaration(f"there is no {kind} {name}; {hint}")
