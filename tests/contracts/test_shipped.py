"""Every declaration that comes with the project is sound; each file is a case of its own."""

import dataclasses
from datetime import date
from inspect import getdoc

import pytest
import yaml

from contracts.dataset import dataset_facts
from contracts.declarations import contracts_root, load
from contracts.entity import links_of
from contracts.file_forms import FixedWidth
from contracts.kinds import Kind
from contracts.model import Contract, columns_of
from contracts.register_file import load_register

ROOT = contracts_root()
DECLARED = load(ROOT)
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("feeds/*/*.yml", "agreements/*.yml", "registers/**/*.csv", "datasets/[a-z]*.py",
                    "entities/[a-z]*.py")
    for path in ROOT.glob(pattern)
)  # fmt: skip
CONTRACTS = {**DECLARED.datasets, **{f"entity {n}": e for n, e in DECLARED.entities.items()}}


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_file_is_sound(name: str) -> None:
    assert [str(one) for one in DECLARED.broken if one.path.as_posix() == name] == []


def test_the_shipped_feeds_are_those_of_the_region() -> None:
    assert set(DECLARED.feeds) == {
        "northmoor/spend",
        "eastvale-nhs/spend",
        "works/spend",
        "northmoor/school_census",
        "eastvale/school_census",
        "northmoor/meal_eligibility",
    }
    assert set(DECLARED.datasets) == {"spend", "school_census", "meal_eligibility"}
    assert {"payment", "organisation", "person", "enrolment", "meal_entitlement"} <= set(
        DECLARED.entities
    )


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_contract_says_what_it_is_and_what_to_beware_of(name: str) -> None:
    contract = CONTRACTS[name]
    assert "Caveats:" in (getdoc(contract) or "")
    assert issubclass(contract, Contract)
    for column, facts in columns_of(contract).items():
        assert issubclass(facts.kind, Kind), column
        assert facts.meaning and not facts.meaning.endswith("."), column
    assert set(columns_of(contract)) <= set(contract.to_schema().columns)


@pytest.mark.parametrize("name", sorted(DECLARED.datasets))
def test_every_column_of_a_dataset_goes_somewhere_and_can_be_found(name: str) -> None:
    for column, facts in columns_of(DECLARED.datasets[name]).items():
        assert facts.to, column
        assert facts.headers, column


@pytest.mark.parametrize("name", ["forenames", "surname", "birth_date", "postcode", "upn"])
def test_what_describes_a_child_is_personal_data(name: str) -> None:
    assert columns_of(DECLARED.entities["person"])[name].personal == "personal"


def test_classes_of_personal_data() -> None:
    census = columns_of(DECLARED.datasets["school_census"])
    assert {name for name, facts in census.items() if facts.personal == "none"} == {"school_urn"}
    assert census["ethnic_group"].personal == "special"
    meals = columns_of(DECLARED.datasets["meal_eligibility"])
    assert {facts.personal for facts in meals.values()} == {"personal"}
    spend = columns_of(DECLARED.datasets["spend"])
    assert {facts.personal for facts in spend.values()} == {"none"}


def test_links_and_replacement() -> None:
    assert links_of(DECLARED.entities["enrolment"]) == {"person_id": "person"}
    assert links_of(DECLARED.entities["meal_entitlement"]) == {"person_id": "person"}
    replaced = {name: dataset_facts(one).replaces for name, one in DECLARED.datasets.items()}
    assert replaced == {
        "spend": "same-name",
        "school_census": "everything",
        "meal_eligibility": "everything",
    }


@pytest.mark.parametrize("feed_id", sorted(DECLARED.feeds))
def test_an_agreement_was_in_force_in_2026(feed_id: str) -> None:
    agreement = DECLARED.agreement_of(DECLARED.feeds[feed_id])
    assert agreement.active_on(date(2026, 1, 1)) and agreement.active_on(date(2026, 12, 31))
    assert not agreement.active_on(date(2025, 12, 31))


@pytest.mark.parametrize(
    ("feed_id", "left_out"),
    [
        ("northmoor/school_census", {"nhs_number", "telephone"}),
        ("eastvale/school_census", {"ethnic_group", "telephone"}),
        ("northmoor/meal_eligibility", {"home_address", "parent_national_insurance_number"}),
    ],
)
def test_agreements_leave_out_columns_that_are_supplied(feed_id: str, left_out: set[str]) -> None:
    feed = DECLARED.feeds[feed_id]
    landed = set(DECLARED.agreement_of(feed).columns[feed.dataset])
    assert set(feed.columns) - landed == left_out


def test_fixed_width_fields_follow_one_another() -> None:
    form = DECLARED.feeds["northmoor/school_census"].file
    assert isinstance(form, FixedWidth)
    at = 1
    for field in form.fields:
        assert field.start == at, field.name
        at += field.length


def test_schemes_write_every_code_of_their_list() -> None:
    for scheme in DECLARED.code_schemes.values():
        if scheme.of is not None:
            # Of long lists each scheme writes a part: some authorities have no number.
            whole = set(DECLARED.code_schemes[scheme.of])
            assert set(scheme) == whole or scheme.of in ("country", "local-authority"), scheme.name
            assert {claim.code for claim in scheme.claims} == set(scheme), scheme.name


def test_sex_is_read_in_every_scheme() -> None:
    written = {
        "sex-1-2": ("1", "2"),
        "sex-m-f": ("m", "F"),
        "sex-words": ("Male", "GIRL"),
        "sex-fhir": ("male", "female"),
    }
    for scheme, (male, female) in written.items():
        found = DECLARED.code_schemes[scheme].writings
        assert (found[male.casefold()], found[female.casefold()]) == ("M", "F")


def test_organisations_of_the_region() -> None:
    register = load_register(ROOT / "registers" / "organisations.csv")
    assert {feed.organisation for feed in DECLARED.feeds.values()} == set(register)
    assert register.writings["northmoor council"] == "northmoor"


def test_a_declaration_survives_being_written_down() -> None:
    for feed in DECLARED.feeds.values():
        assert type(feed).model_validate(yaml.safe_load(yaml.safe_dump(feed.model_dump()))) == feed
    assert dataclasses.is_dataclass(DECLARED)
