"""The dictionary: from what is declared alone, and from the record of deliveries."""

import dataclasses
from datetime import date

import pytest

from contracts.declarations import Declarations, UnknownDeclaration, load
from contracts.file_forms import FixedWidth
from pipeline.dictionary import (
    COLUMNS,
    DictionaryColumn,
    DictionaryTable,
    dictionary,
    lines,
    personal_class,
)
from repository.database import connect
from tests.journey_kit import Home

CENSUS = "eastvale/school_census"


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return load()


def table(found: list[DictionaryTable], name: str) -> DictionaryTable:
    return next(one for one in found if one.entity == name)


def column(found: list[DictionaryTable], entity: str, name: str) -> DictionaryColumn:
    one = table(found, entity).column(name)
    assert one is not None
    return one


def test_declared_facts_need_no_database(declared: Declarations) -> None:
    found = dictionary(None, declared)
    assert [one.entity for one in found] == sorted(declared.entities)
    amount = column(found, "payment", "amount")
    assert (amount.unit, amount.sql_type, amount.kind) == ("pounds", "numeric(18,2)", "money")
    assert not amount.nullable and amount.personal == "none" and amount.missing == {}
    assert {(one.feed, one.header) for one in amount.headers} >= {
        ("northmoor/spend", "Net Amount"), ("works/spend", "amount")
    }  # fmt: skip
    assert {one.organisation for one in amount.headers} >= {"Northmoor Council"}
    person = table(found, "person")
    assert person.kitemarks == {} and person.last_checked_at == {}
    assert "Caveats:" in person.meaning and person.personal == "special"
    assert column(found, "person", "home_local_authority").code_list == "local-authority"


def test_what_the_agreement_leaves_out_has_no_header(declared: Declarations) -> None:
    ethnic = column(dictionary(None, declared), "person", "ethnic_group")
    assert ethnic.headers == (), "eastvale's export carries it and nobody may land it"
    assert ethnic.personal == "special"


def test_an_identifier_is_as_personal_as_what_it_is_made_from(declared: Declarations) -> None:
    assert personal_class(declared, "person", "person_id") == "personal"
    assert personal_class(declared, "enrolment", "person_id") == "personal"
    assert personal_class(declared, "payment", "supplier_id") == "none"
    assert personal_class(declared, "enrolment", "entered_on_precision") == "personal"
    assert personal_class(declared, "payment", "paid_on_precision") == "none"


def test_only_headers_that_are_declared_are_told(declared: Declarations) -> None:
    feed = declared.feeds["northmoor/school_census"]
    assert isinstance(feed.file, FixedWidth)
    bare = feed.model_copy(update={"columns": {}})
    found = dictionary(
        None, dataclasses.replace(declared, feeds={feed.id: bare}), ["person", "enrolment"]
    )
    headers = {one.header for one in column(found, "person", "upn").headers}
    assert headers == {"UPN"}, "the one field of the record that the contract knows"
    assert column(found, "enrolment", "entered_on").headers == (), "ENTRY is not declared so"


def test_an_unknown_table_is_told_with_those_there_are(declared: Declarations) -> None:
    with pytest.raises(UnknownDeclaration, match=r"no entity pupils; there are enrolment"):
        dictionary(None, declared, ["pupils"])


def test_as_a_table_it_has_one_line_a_column(declared: Declarations) -> None:
    found = dictionary(None, declared)
    told = list(lines(found))
    assert len(told) == sum(len(one.columns) for one in found)
    assert all(len(line) == len(COLUMNS) for line in told)


def test_the_latest_delivery_read_tells_headers_missing_values_and_freshness(home: Home) -> None:
    home.supply(CENSUS)
    home.one(CENSUS)
    with connect(home.url) as conn:
        conn.execute(
            "UPDATE watersmeet.delivery_table SET mapping = replace(mapping::text,"
            " '\"Family name\"', '\"Surname_1\"')::jsonb"
        )
        conn.execute(
            "UPDATE watersmeet.profile SET measures = measures || jsonb_build_object('rows', 1010,"
            " 'present', 755, 'held', jsonb_build_object('rows', 10, 'present', 5))"
            " WHERE \"column\" = 'postcode'"
        )
        conn.commit()
        found = dictionary(conn, load())
    surname = column(found, "person", "surname")
    assert [(one.feed, one.header, one.organisation) for one in surname.headers if "east" in
            one.feed] == [(CENSUS, "Surname_1", "Eastvale Council")]  # fmt: skip
    assert "PUPIL-NAME" in {one.header for one in surname.headers}, "as declared, where none came"
    postcode = column(found, "person", "postcode")
    assert postcode.missing == {CENSUS: pytest.approx(0.25)}, "rows in quarantine do not count"
    person = table(found, "person")
    assert person.kitemarks[CENSUS] is not None
    assert person.kitemarks["northmoor/school_census"] is None
    assert person.last_checked_at[CENSUS] is not None
    assert isinstance(person.latest_as_at[CENSUS], date | None)
