"""Missing values keep their reason."""

from typing import Any

import pyarrow as pa
import pytest

from contracts import kinds
from contracts.column import ColumnFacts
from contracts.issues import issue_types
from contracts.missing import REASONS, missing_writings
from transforms.values import missing, parser_for

DATES = {"formats": ("%d/%m/%Y",)}


def read(
    kind: type[kinds.Kind],
    *written: str | None,
    options: dict[str, Any] | None = None,
    declared: dict[str, list[str]] | None = None,
    codes: dict[str, str] | None = None,
    reasons: bool = True,
) -> tuple[list[Any], list[str | None], list[str | None]]:
    facts = ColumnFacts("x", kind, "x", reasons=reasons, options=options or {})
    parse = parser_for(kind)
    parsed = missing.read(
        lambda some: parse(some, options or {}),
        pa.array(written, pa.string()),
        missing.missing_of(facts, declared or {}, codes),
    )
    companion = parsed.companions["missing"] if reasons else pa.nulls(len(written))
    return parsed.values.to_pylist(), parsed.problems.to_pylist(), companion.to_pylist()


def test_every_reason_has_its_writings_and_its_issue() -> None:
    assert set(missing_writings().values()) == set(REASONS)
    for reason in REASONS:
        assert issue_types()[f"missing-{reason}"].severity == "note"


@pytest.mark.parametrize(
    ("written", "reason"),
    [("Not asked", "not-asked"), ("n/k", "not-known"), ("Prefer not to say", "refused"),
     ("N/A", "not-applicable"), ("REDACTED", "withheld"), ("tbc", "placeholder"),
     (" not  KNOWN ", "not-known")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("kind", "options"),
    [(kinds.Date, DATES), (kinds.Money, {}), (kinds.WholeNumber, {}), (kinds.NhsNumber, {}),
     (kinds.Telephone, {}), (kinds.Email, {}), (kinds.Postcode, {}), (kinds.YesNo, {}),
     (kinds.Code, {"writings": {"m": "M"}, "scheme": "sex"})],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)  # fmt: skip
def test_a_reason_is_told_where_the_kind_reads_nothing(
    kind: type[kinds.Kind], options: dict[str, Any], written: str, reason: str
) -> None:
    assert read(kind, written, options=options) == ([None], [f"missing-{reason}"], [reason])


def test_what_the_kind_reads_is_a_value() -> None:
    options = {"writings": {"refused": "REFU", "n/k": "NOBT"}, "scheme": "ethnic-group"}
    assert read(kinds.Code, "Refused", options=options)[:2] == (["REFU"], [None])
    assert read(kinds.YesNo, "N")[:2] == ([False], [None])


def test_a_code_that_means_missing_stays_and_tells_its_reason() -> None:
    options = {"writings": {"refu": "REFU", "wbri": "WBRI"}, "scheme": "ethnic-group"}
    found = read(kinds.Code, "REFU", "WBRI", None, options=options, codes={"REFU": "refused"})
    assert found == (["REFU", "WBRI", None], [None] * 3, ["refused", None, None])


@pytest.mark.parametrize("kind", [kinds.Text, kinds.Surname, kinds.OrganisationName, kinds.Address])
def test_names_and_texts_are_missing_only_where_that_is_declared(kind: type[kinds.Kind]) -> None:
    assert read(kind, "Unknown", reasons=False)[0][0] is not None
    assert read(kind, "Unknown") == ([None], ["missing-not-known"], ["not-known"])
    declared = {"withheld": ["Unknown"]}
    told = read(kind, "Unknown", reasons=False, declared=declared)
    assert told[:2] == ([None], ["missing-withheld"])


def test_a_declared_writing_counts_before_the_value_is_read() -> None:
    declared = {"not-asked": ["-9"], "refused": ["-8", "n/a"]}
    found = read(kinds.WholeNumber, "-9", "-8", "7", "N/A", declared=declared)
    assert found[0] == [None, None, 7, None]
    assert found[2] == ["not-asked", "refused", None, "refused"]


def test_a_dash_among_figures_may_be_nought() -> None:
    assert read(kinds.Money, "-", reasons=False)[1] == ["money-unreadable"]
    assert read(kinds.WholeNumber, "None", reasons=False)[1] == ["number-unreadable"]
    assert read(kinds.Telephone, "-", reasons=False)[1] == ["missing-placeholder"]


def test_other_faults_and_blanks_have_no_reason() -> None:
    found = read(kinds.Postcode, "#N/A", "QQ", "", None)
    assert found == ([None] * 4, ["cell-error", "postcode-invalid", None, None], [None] * 4)


def test_a_placeholder_date_is_a_placeholder() -> None:
    found = read(kinds.Date, "01/01/1900", options=DATES)
    assert found == ([None], ["date-placeholder"], ["placeholder"])


def test_a_value_is_told_by_itself() -> None:
    written = ["n/k", "01/02/2020", None, "tbc", "31/02/2020", ""]
    together = zip(*read(kinds.Date, *written, options=DATES), strict=True)
    alone = [tuple(c[0] for c in read(kinds.Date, one, options=DATES)) for one in written]
    assert list(together) == alone
