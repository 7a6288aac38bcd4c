"""The checks a contract promises of a feed: what could be found wrong with which column.

The kitemark counts which of them ran. A check is known by the issue it raises, so that its
dimension, and whose job it is, are the issue catalogue's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts import kinds
from contracts.agreement import Agreement
from contracts.column import ColumnFacts
from contracts.dataset import Dataset, dataset_facts
from contracts.entity import Entity, entity_facts
from contracts.feed import Feed
from contracts.issues import issue_types
from contracts.model import columns_of

LATE = "delivery-late"
TOTALS = "total-differs"
DUPLICATE = "duplicate-key"
MISSING = "value-missing"
OUTSIDE = "value-outside-contract"

EXCUSED = frozenset(
    {
        "missing-not-asked",
        "missing-not-known",
        "missing-refused",
        "missing-not-applicable",
        "missing-withheld",
    }
)
"""Issues that only say why a value that may be missing is; they do not speak against a feed."""

OF_KIND: Mapping[type[kinds.Kind], tuple[str, ...]] = {
    kinds.Date: ("date-unreadable", "date-implausible"),
    kinds.BirthDate: ("date-unreadable", "date-in-future"),
    kinds.Money: ("money-unreadable",),
    kinds.WholeNumber: ("number-unreadable",),
    kinds.YesNo: ("yes-no-unreadable",),
    kinds.Code: ("code-unknown",),
    kinds.Postcode: ("postcode-invalid",),
    kinds.NhsNumber: ("identifier-malformed", "check-digit-wrong"),
    kinds.UniquePupilNumber: ("identifier-malformed", "check-digit-wrong"),
    kinds.SchoolUrn: ("identifier-malformed",),
    kinds.DecimalNumber: ("number-unreadable",),
    kinds.NationalInsuranceNumber: ("identifier-malformed",),
    kinds.UniqueTaxpayerReference: ("identifier-malformed", "check-digit-wrong"),
    kinds.UniqueLearnerNumber: ("identifier-malformed", "check-digit-wrong"),
    kinds.UniquePropertyReference: ("identifier-malformed",),
    kinds.CompanyNumber: ("identifier-malformed",),
    kinds.CharityNumber: ("identifier-malformed",),
    kinds.VatNumber: ("identifier-malformed", "check-digit-wrong"),
    kinds.EstablishmentNumber: ("identifier-malformed",),
    kinds.GssCode: ("identifier-malformed",),
    kinds.Telephone: ("telephone-unreadable",),
    kinds.Email: ("email-unreadable",),
}
"""Issues the values of a kind may raise; the nearest kind above counts."""

FREE = (
    kinds.Text,
    kinds.Reference,
    kinds.OrganisationName,
    kinds.Forenames,
    kinds.Surname,
    kinds.Address,
)
"""Kinds whose values cannot be told right from wrong by themselves."""


@dataclass(frozen=True, order=True)
class Check:
    """One check: the issue it may raise, and the contract column it looks at (empty: whole rows or
    the whole delivery)."""

    code: str
    column: str = ""

    @property
    def dimension(self) -> str:
        """The dimension it tells of, by the issue catalogue."""
        return issue_types()[self.code].dimension


def checks_of(
    feed: Feed,
    dataset: type[Dataset],
    agreement: Agreement,
    entities: Mapping[str, type[Entity]],
) -> tuple[Check, ...]:
    """Every check the contract promises of a feed, in order.

    Columns the agreement does not let in, and those the feed declares a constant for, are not
    checked. A total is checked only where a delivery has one and the dataset has money.
    """
    whole = dataset_facts(dataset)
    allowed = set(agreement.columns.get(feed.dataset, ()))
    constant = {name for name, rule in feed.columns.items() if rule.constant is not None}
    columns = {n: f for n, f in columns_of(dataset).items() if n in allowed and n not in constant}
    ruled = _with_rules(dataset)
    found = {check for facts in columns.values() for check in _of_column(facts, feed, ruled)}
    if entity_facts(entities[whole.main]).identity:
        found.add(Check(DUPLICATE))
    if any(issubclass(facts.kind, kinds.Money) for facts in columns.values()):
        found.add(Check(TOTALS))
    if feed.expected_every_days is not None or feed.expected is not None:
        found.add(Check(LATE))
    return tuple(sorted(found))


def _of_column(facts: ColumnFacts, feed: Feed, ruled: frozenset[str]) -> Iterator[Check]:
    if not facts.optional and not facts.nullable:
        yield Check(MISSING, facts.name)
    if facts.name in ruled:
        yield Check(OUTSIDE, facts.name)
    rule = feed.columns.get(facts.name)
    if (rule and rule.scheme) or "scheme" in facts.options:
        yield Check("code-unknown", facts.name)
        return
    for code in _of_kind(facts.kind):
        yield Check(code, facts.name)


def _of_kind(kind: type[kinds.Kind]) -> tuple[str, ...]:
    for above in kind.__mro__:
        if above in FREE:
            return ()
        if above in OF_KIND:
            return OF_KIND[above]
    # Any other kind has a form of its own, which its values keep or do not.
    return (OUTSIDE,)


def _with_rules(dataset: type[Dataset]) -> frozenset[str]:
    """Columns with a rule of the dataset's own beside their kind's."""
    schema = dataset.to_schema()
    return frozenset(name for name, column in schema.columns.items() if column.checks)
