"""The last published version of every contract, and how the present one stands to it.

``<root>/published/<datasets|entities>/<name>.odcs.yaml`` is what others rely on. It is written by
``watersmeet contract publish`` and by nothing else, and reviewed like any other file.
"""

import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contracts.declarations import DATASETS, ENTITIES, Declarations, UnknownDeclaration
from contracts.diff.change import Change, Level, declared, level_of, numbers, required_version
from contracts.diff.compare import changes
from contracts.odcs.document import NotADocument, Plain, read_document, written
from contracts.odcs.export import dataset_document, entity_document

PUBLISHED = "published"
ENDING = ".odcs.yaml"
FOLDERS = (DATASETS, ENTITIES)
Name = tuple[str, str]
"""Folder and name of a contract: ``("datasets", "spend")``."""


class NotDeclared(Exception):
    """A contract changed more than its version says, so that it is not published."""


@dataclass(frozen=True)
class Comparison:
    """How a contract stands to the version others rely on.

    Attributes:
        folder, name: the contract.
        published, present: the two versions; None where there is none.
        changes: what changed.
    """

    folder: str
    name: str
    published: str | None
    present: str | None
    changes: tuple[Change, ...]

    @property
    def level(self) -> Level:
        """The highest level among the changes; major where one side is missing altogether."""
        if self.published is None:
            return "minor"
        return "major" if self.present is None else level_of(self.changes)

    @property
    def required(self) -> str | None:
        """The lowest version that declares the changes; None where a version cannot."""
        if self.published is None or self.present is None:
            return None
        return required_version(self.published, self.level)

    @property
    def declared(self) -> bool:
        """Whether the version is raised enough, or nothing changed."""
        if self.published is None or self.present is None:
            return False
        return declared(self.published, self.present, self.level)

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain data."""
        return {
            "contract": f"{self.folder}/{self.name}",
            "published": self.published,
            "present": self.present,
            "required": self.required,
            "level": self.level,
            "declared": self.declared,
            "changes": [change.to_json() for change in self.changes],
        }


def document_of(name: Name, declarations: Declarations) -> Plain:
    """The present contract as a document.

    Raises:
        UnknownDeclaration: there is no such contract, or it is broken.
    """
    folder, one = name
    if folder == DATASETS:
        return dataset_document(declarations.dataset(one), declarations)
    if one not in declarations.entities:
        raise UnknownDeclaration(f"there is no entity {one}; an entity is a module in {ENTITIES}/")
    return entity_document(declarations.entities[one], declarations)


def names(declarations: Declarations) -> list[Name]:
    """Every contract there is."""
    return [
        *((DATASETS, name) for name in sorted(declarations.datasets)),
        *((ENTITIES, name) for name in sorted(declarations.entities)),
    ]


def published_names(root: Path) -> list[Name]:
    """Every contract that was published."""
    return [
        (folder, path.name.removesuffix(ENDING))
        for folder in FOLDERS
        for path in sorted((root / PUBLISHED / folder).glob(f"*{ENDING}"))
    ]


def path_of(name: Name, root: Path) -> Path:
    """Where the published version of a contract stands."""
    return root / PUBLISHED / name[0] / f"{name[1]}{ENDING}"


def compared(name: Name, before: Plain | None, after: Plain | None) -> Comparison:
    """How two versions of a contract differ; None stands for one that is not there.

    Raises:
        NotADocument, BadVersion: one of the two is no contract of ours.
    """
    found = changes(before, after) if before is not None and after is not None else []
    return Comparison(*name, _version(before), _version(after), tuple(found))


def _version(document: Plain | None) -> str | None:
    if document is None:
        return None
    version = str(document.get("version"))
    numbers(version)
    return version


def compared_with_published(
    declarations: Declarations, only: Iterable[Name] | None = None, revision: str | None = None
) -> list[Comparison]:
    """How the present contracts stand to the published ones.

    Args:
        only: these contracts; where None, all there are or were.
        revision: a git revision to take the published files from instead of the folder.

    Raises:
        NotADocument: a published file is no contract of ours.
        UnknownDeclaration: there is no such contract, or it is broken.
    """
    present = set(names(declarations))
    if only is None:
        only = sorted(present | set(published_names(declarations.root)))
    found = []
    for name in only:
        path = path_of(name, declarations.root)
        before = _at(revision, path) if revision else read_document(path) if path.exists() else None
        gone = before is not None and name not in present
        if gone and (declarations.root / name[0] / f"{name[1]}.py").exists():
            raise UnknownDeclaration(_broken(name, declarations))
        after = None if gone else document_of(name, declarations)
        found.append(compared(name, before, after))
    return found


def publish(
    declarations: Declarations, only: Iterable[Name] | None = None
) -> Mapping[Name, Comparison]:
    """Write the present contracts as the published ones, all of them or none.

    Returns:
        What each contract that was written had changed; those that did not change are not there.

    Raises:
        NotDeclared: a contract changed more than its version says.
    """
    wanted = list(only) if only is not None else names(declarations)
    made: dict[Name, Comparison] = {}
    for comparison in compared_with_published(declarations, wanted):
        name = (comparison.folder, comparison.name)
        if comparison.published is not None and not comparison.declared:
            raise NotDeclared(undeclared(comparison))
        text = written(document_of(name, declarations))
        path = path_of(name, declarations.root)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            made[name] = comparison
    for name in made:
        path = path_of(name, declarations.root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(document_of(name, declarations)), encoding="utf-8")
    return made


def undeclared(comparison: Comparison) -> str:
    """What to do about a contract whose version does not say what changed."""
    where = f"{comparison.folder}/{comparison.name}"
    if comparison.published is None:
        return f"{where} was never published; `watersmeet contract publish` does it"
    if comparison.present is None:
        return (
            f"{where} is gone, and version {comparison.published} of it is published; whoever "
            f"relies on it must know: remove {PUBLISHED}/{where}{ENDING} to withdraw it"
        )
    return (
        f"{where} has {comparison.level} changes since version {comparison.published} and says "
        f'version {comparison.present}; write version="{comparison.required}" or higher in '
        f"{where}.py"
    )


def _broken(name: Name, declarations: Declarations) -> str:
    """What is wrong with a contract that cannot be used."""
    file = f"{name[0]}/{name[1]}.py"
    said = [str(one) for one in declarations.broken if one.path.as_posix() == file]
    return said[0] if said else f"{file} holds no contract that can be used"


def _at(revision: str, path: Path) -> Plain | None:
    """A published file as a git revision has it; None where the revision has none.

    Raises:
        NotADocument: git does not know the revision, or the file is no contract of ours.
    """
    root = path.parents[2]
    told = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if told.returncode:
        raise NotADocument(f"{revision} is neither a file nor a git revision")
    shown = _git(root, "show", f"{revision}:./{path.relative_to(root).as_posix()}")
    if shown.returncode:
        return None
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(shown.stdout, encoding="utf-8")
        try:
            return read_document(copy)
        except NotADocument as error:
            said = str(error).replace(str(copy), f"{path.name} at {revision}")
            raise NotADocument(said) from error


def _git(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["git", "-C", str(root), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
