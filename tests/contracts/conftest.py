"""Declarations of a test's own: a small sound folder that tests may break."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.declarations import Declarations, load

DATASET = '''
from contracts.dataset import Dataset, column
from contracts.kinds import Date, Money, Surname, Text


class Fines(Dataset, name="fines", main="fine"):
    """Fines.

    Caveats: none.
    """

    paid_on: Date = column("Day", headers=["day"], to="fine.paid_on")
    amount: Money = column("Sum", headers=["sum"], to="fine.amount")
    surname: Surname = column("Who", headers=["who"], to="fine.surname", optional=True)
    note: Text = column("Note", headers=["note"], to="fine.note", optional=True)
'''
ENTITY = '''
from contracts.entity import Entity, column
from contracts.kinds import Date, Money, Surname, Text


class Fine(Entity, name="fine"):
    """A fine.

    Caveats: none.
    """

    paid_on: Date = column("Day")
    amount: Money = column("Sum")
    surname: Surname = column("Who", nullable=True)
    note: Text = column("Note", nullable=True)
'''
ORGANISATIONS = """code,name,start,end,aliases,source,licence
northmoor,Northmoor Council,1998-04-01,,Northmoor,invented,CC0-1.0
"""
AGREEMENT = """title: Fines
gateway: UK GDPR Art. 6(1)(e) public task
controllers: [Northmoor Council]
purposes:
  - name: recovery
    description: Recover fines.
    recipients: [Northmoor Council]
    entities:
      fine: [paid_on, amount, surname, note]
columns:
  fines: [paid_on, amount, surname, note]
method: A file a month.
security: Encrypted.
start: 2026-01-01
end: 2027-12-31
review: 2027-06-30
retention_days: 400
contact: ig@northmoor.example
"""
FEED = """title: Fines
owner: Courts
maintainer: data engineering
agreement: fines
place:
  kind: folder
  connection: somewhere
file:
  format: delimited
columns:
  amount:
    header: Fine £
"""


@dataclass(frozen=True)
class Folder:
    """A folder of declarations with one feed, northmoor/fines."""

    root: Path

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace text in a file, which must hold it."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def load(self, only: str | None = None) -> Declarations:
        """Read the folder."""
        return load(self.root, only)

    def broken(self) -> list[str]:
        """Everything wrong, as people read it."""
        return [str(one) for one in self.load().broken]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A sound folder of declarations with one feed, northmoor/fines."""
    made = Folder(tmp_path / "declared")
    made.write("datasets/fines.py", DATASET)
    made.write("entities/fine.py", ENTITY)
    made.write("registers/organisations.csv", ORGANISATIONS)
    made.write("agreements/fines.yml", AGREEMENT)
    made.write("feeds/northmoor/fines.yml", FEED)
    return made
