"""Grants to councils, supplied by two organisations: a dataset whose council is a code read as at
the day of payment. Loaded by tests of the stewards' worklist."""

from pathlib import Path
from typing import Any

ALIASES = "registers/codes/local-authority/local-authority.aliases.csv"
DATASET = '''
from contracts.dataset import Dataset, column
from contracts.kinds import Code, Date, Money, Reference


class Grants(Dataset, name="grants", main="grant", replaces="everything"):
    """Grants to councils.

    Caveats: none.
    """

    reference: Reference = column("Grant", headers=["grant"], to="grant.reference")
    paid_on: Date = column("Day of payment", headers=["paid"], to="grant.paid_on")
    council: Code = column(
        "Who was paid",
        headers=["council"],
        to="grant.council",
        options={"scheme": "local-authority", "as_at": "paid_on"},
    )
    amount: Money = column("Amount", headers=["amount"], to="grant.amount")
'''
ENTITY = '''
from contracts.entity import Entity, column
from contracts.kinds import Code, Date, Money, Reference


class Grant(Entity, name="grant", title="grant", identity=["reference"]):
    """A grant.

    Caveats: none.
    """

    reference: Reference = column("Grant")
    paid_on: Date = column("Day of payment")
    council: Code = column("Who was paid")
    amount: Money = column("Amount")
'''
AGREEMENT = """title: Grants
gateway: Open Government Licence
controllers: [Northmoor Council, Eastvale Council]
purposes:
  - name: grants
    description: What councils were granted.
    recipients: [anyone]
    entities:
      grant: [reference, paid_on, council, amount]
columns:
  grants: [reference, paid_on, council, amount]
method: Fetched as published.
security: Encrypted.
start: 2025-01-01
end: 2030-12-31
review: 2029-06-30
retention_days: 400
contact: ig@northmoor.example
"""
FEED = """title: Grants
owner: Finance
maintainer: data engineering
agreement: grants
place:
  kind: folder
  connection: northmoor_exports
  path: {folder}
  settled_for: 1
gates: {{}}
"""
HEAD = "Grant,Paid,Council,Amount\n"


def declare(home: Any, *, feed: str = FEED) -> Path:
    """Have the installation's declarations know the dataset and its two feeds."""
    folder: Path = home.contracts()
    (folder / "datasets" / "grants.py").write_text(DATASET)
    (folder / "entities" / "grant.py").write_text(ENTITY)
    (folder / "agreements" / "grants.yml").write_text(AGREEMENT)
    for organisation in ("northmoor", "eastvale"):
        path = folder / "feeds" / organisation / "grants.yml"
        path.write_text(feed.format(folder=f"{organisation}-grants"))
    home.migrate()
    return folder


def supply(home: Any, organisation: str, lines: str, name: str = "grants.csv") -> None:
    """Leave a delivery at the place of an organisation's feed."""
    place = home.supplied / "northmoor" / "exports" / f"{organisation}-grants"
    home.put(str(place.relative_to(home.supplied) / name), HEAD + lines)
