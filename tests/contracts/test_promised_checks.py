"""The checks a contract promises follow from its columns, the feed and the agreement."""

from contracts.declarations import Declarations, load
from contracts.issues import issue_types
from contracts.ladder import DIMENSIONS
from contracts.modules import OWN
from contracts.promised_checks import DUPLICATE, EXCUSED, LATE, OF_KIND, TOTALS, Check, checks_of


def promised(declared: Declarations, feed_id: str) -> set[Check]:
    feed = declared.feeds[feed_id]
    return set(
        checks_of(
            feed, declared.dataset(feed.dataset), declared.agreement_of(feed), declared.entities
        )
    )


def test_every_check_is_in_the_issue_catalogue() -> None:
    codes = {DUPLICATE, LATE, TOTALS, *(code for codes in OF_KIND.values() for code in codes)}
    assert codes <= set(issue_types())
    assert {c for c, kind in issue_types().items() if kind.severity == "note"} >= EXCUSED
    assert {issue_types()[code].dimension for code in codes} <= set(DIMENSIONS)


def test_a_census_is_checked_in_every_dimension() -> None:
    found = promised(load(OWN), "northmoor/school_census")
    assert {check.dimension for check in found} == set(DIMENSIONS)
    assert Check("code-unknown", "sex") in found
    assert Check("value-missing", "surname") in found
    assert Check("date-in-future", "birth_date") in found
    assert Check(DUPLICATE) in found and Check(LATE) in found
    assert Check("value-missing", "postcode") not in found, "it may be empty"
    assert not any(check.column == "nhs_number" for check in found), "not in the agreement"


def test_payments_have_no_identity_and_free_text_no_rule() -> None:
    found = promised(load(OWN), "northmoor/spend")
    assert "uniqueness" not in {check.dimension for check in found}
    assert Check(TOTALS) in found
    assert not any(check.column == "body" for check in found), "a constant proves nothing"
    assert not any(check.column == "description" for check in found)
    assert Check("code-unknown", "expense_type") in promised(load(OWN), "works/spend")
