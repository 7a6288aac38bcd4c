"""Example queries: one SQL file each, its first comments naming it and the purpose it is for.

They stand in ``queries/<entity>/`` beside this file and, an adopter's own, in the folder of
declarations. The tests run each as an analyst of its purpose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contracts.declarations import Declarations

HERE = Path(__file__).parent / "queries"
FOLDER = "queries"
PURPOSE = "purpose:"


class BadQuery(Exception):
    """An example query does not say what it is or whom it is for."""


@dataclass(frozen=True)
class Query:
    """One example query.

    Attributes:
        entity: the table on whose page it stands.
        title: what it answers.
        purpose: whose analysts may run it.
        notes: further comments at its head.
        sql: the query itself.
        path: its file.
    """

    entity: str
    title: str
    purpose: str
    notes: str
    sql: str
    path: Path


def queries(declarations: Declarations) -> list[Query]:
    """The queries on tables and for purposes that are declared, in the order of their files.

    Raises:
        BadQuery: a file lacks its title or purpose.
    """
    purposes = {one.name for each in declarations.agreements.values() for one in each.purposes}
    found = [read(path) for path in _files((HERE, declarations.root / FOLDER))]
    return [one for one in found if one.entity in declarations.entities and one.purpose in purposes]


def read(path: Path) -> Query:
    """One query of its file; raises what :func:`queries` raises."""
    comments: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        comments.append(lines.pop(0).removeprefix("--").strip())
    said = [one for one in comments if one]
    purpose = next((one for one in said if one.startswith(PURPOSE)), "")
    said = [one for one in said if one is not purpose]
    if not said or not purpose:
        raise BadQuery(
            f"{path.parent.name}/{path.name}: begin with a comment that says what the query "
            f"answers, then one '-- {PURPOSE} <name>'"
        )
    return Query(
        entity=path.parent.name,
        title=said[0],
        purpose=purpose.removeprefix(PURPOSE).strip(),
        notes=" ".join(said[1:]),
        sql="\n".join(lines).strip(),
        path=path,
    )


def _files(roots: Iterable[Path]) -> Iterable[Path]:
    for root in roots:
        yield from sorted(root.glob("*/*.sql"))
