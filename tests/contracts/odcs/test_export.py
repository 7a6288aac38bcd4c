"""Contracts in the Open Data Contract Standard: valid, complete, always the same text."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.declarations import Declarations
from contracts.model import columns_of
from contracts.odcs.document import (
    NotADocument,
    NotValid,
    Plain,
    customs,
    read_document,
    validate,
    written,
)
from contracts.odcs.export import dataset_document
from contracts.odcs.rules import required_rule

CHECKED = '''
from datetime import date

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from contracts.dataset import Dataset, column
from contracts.kinds import Date, Money, Surname, Text


class Fines(Dataset, name="fines", main="fine", version="2.1.0"):
    """Fines.

    One row each.

    Caveats: none.
    """

    paid_on: Date = column("Day", headers=["day"], to="fine.paid_on", gt=date(2020, 1, 1))
    amount: Money = column("Sum", headers=["sum"], to="fine.amount", in_range={
        "min_value": 0, "max_value": 500, "include_max": False})
    surname: Surname = column("Who", headers=["who"], to="fine.surname", optional=True)
    note: Text = column("It's a \\"note\\"", headers=["note"], to="fine.note", optional=True,
        isin=["b'c", "a"], str_length={"max_value": 9}, str_matches="^[a-c]", unique=True)

    @pa.check("amount", name="whole")
    @classmethod
    def in_whole_pounds(cls, data: PolarsData) -> pl.LazyFrame:
        """In whole pounds."""
        return data.lazyframe.select(pl.col(data.key) % 1 == 0)
'''


@pytest.fixture
def checked(folder: Any) -> Plain:
    folder.write("datasets/fines.py", CHECKED)
    declared = folder.load()
    assert declared.broken == ()
    return dataset_document(declared.datasets["fines"], declared)


def properties(document: Plain) -> dict[str, Plain]:
    return {one["name"]: one for one in document["schema"][0]["properties"]}


def test_every_export_is_valid_against_the_published_schema(
    exported: dict[str, Plain], schema: Path
) -> None:
    for document in exported.values():
        validate(document, schema)


def test_checks_are_valid_too(checked: Plain, schema: Path) -> None:
    validate(checked, schema)


def test_what_is_not_valid_is_said_with_its_place(exported: dict[str, Plain], schema: Path) -> None:
    broken = copy.deepcopy(exported["datasets/spend"])
    broken["schema"][0]["properties"][0]["logicalType"] = "words"
    with pytest.raises(NotValid, match=r"\$\.schema\[0\]\.properties\[0\]\.logicalType: 'words'"):
        validate(broken, schema)


def test_no_schema_no_validation(exported: dict[str, Plain], tmp_path: Path) -> None:
    with pytest.raises(NotADocument, match="no JSON Schema"):
        validate(exported["datasets/spend"], tmp_path / "none.json")


def test_what_is_written_reads_back(exported: dict[str, Plain], tmp_path: Path) -> None:
    for document in exported.values():
        path = tmp_path / "one.yaml"
        path.write_text(written(document), encoding="utf-8")
        assert read_document(path) == document
        assert yaml.safe_load(written(document)) == document


def test_another_process_writes_the_same_text(exported: dict[str, Plain]) -> None:
    script = (
        "from contracts.declarations import load\n"
        "from contracts.odcs.document import written\n"
        "from contracts.odcs.export import documents\n"
        "import sys\n"
        "sys.stdout.write(''.join(map(written, documents(load()).values())))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={"PYTHONHASHSEED": "7", "PYTHONUTF8": "1"},
    )
    contracts = [d for name, d in exported.items() if not name.startswith("feeds/")]
    assert told.stdout == "".join(map(written, contracts))


def test_every_column_is_there_with_all_it_says(
    declared: Declarations, exported: dict[str, Plain]
) -> None:
    for name, dataset in declared.datasets.items():
        found = properties(exported[f"datasets/{name}"])
        assert list(found) == list(columns_of(dataset))
        for column, facts in columns_of(dataset).items():
            said = customs(found[column])
            assert said["kind"] == facts.kind.name
            assert tuple(said["headers"]) == facts.headers
            assert tuple(said["to"]) == facts.to
            assert said.get("optional", False) == facts.optional
            assert found[column]["description"] == facts.meaning
            assert found[column]["classification"] == facts.personal
            assert found[column]["required"] == (not facts.nullable and not facts.optional)


def test_types_keys_and_classes_in_the_standards_words(exported: dict[str, Plain]) -> None:
    spend = properties(exported["datasets/spend"])
    assert (spend["amount"]["logicalType"], spend["amount"]["physicalType"]) == (
        "number",
        "numeric(18,2)",
    )
    assert spend["paid_on"]["logicalType"] == "date"
    assert required_rule() in spend["amount"]["quality"]
    census = properties(exported["datasets/school_census"])
    assert census["ethnic_group"]["classification"] == "special"
    assert census["ethnic_group"]["tags"] == ["personal-data", "special-category"]
    assert "tags" not in census["school_urn"]
    enrolment = properties(exported["entities/enrolment"])
    keys = {n: p["primaryKeyPosition"] for n, p in enrolment.items() if p.get("primaryKey")}
    assert keys == {"pupil_reference": 1, "school_urn": 2, "feed": 3}
    assert enrolment["person_id"]["relationships"][0]["to"] == "person.person_id"
    assert customs(enrolment["entered_on_precision"])["companion_of"] == "entered_on"
    payment = properties(exported["entities/payment"])
    assert not any(part.get("primaryKey") for part in payment.values())


def test_a_code_list_is_a_rule_with_its_codes(
    declared: Declarations, exported: dict[str, Plain]
) -> None:
    sex = properties(exported["datasets/school_census"])["sex"]
    (rule,) = [one for one in sex["quality"] if one["name"] == "code-list"]
    codes = [c for c, entry in declared.code_schemes["sex"].items() if entry.reason is None]
    assert rule["arguments"]["validValues"] == codes
    assert rule["mustBe"] == 0
    assert sex["authoritativeDefinitions"][0]["url"].endswith("codes/sex/sex.csv")


def test_checks_are_rules_of_each_form(checked: Plain) -> None:
    found = properties(checked)
    assert checked["version"] == "2.1.0"
    assert checked["description"]["purpose"] == "Fines.\n\nOne row each."
    rules = {(c, r["name"]): r for c, part in found.items() for r in part.get("quality", ())}
    assert rules["paid_on", "greater_than"]["query"] == (
        """SELECT COUNT(*) FROM "fines" WHERE "paid_on" <= DATE '2020-01-01'"""
    )
    assert found["paid_on"]["logicalTypeOptions"]["exclusiveMinimum"] == "2020-01-01"
    assert rules["amount", "in_range"]["query"] == (
        'SELECT COUNT(*) FROM "fines" WHERE "amount" < 0 OR "amount" >= 500'
    )
    assert found["amount"]["logicalTypeOptions"] == {"minimum": 0, "exclusiveMaximum": 500}
    assert rules["note", "isin"]["arguments"] == {"validValues": ["b'c", "a"]}
    assert rules["note", "str_length"]["arguments"] == {"maxLength": 9}
    assert found["note"]["unique"] and ("note", "unique") in rules
    assert ("amount", "whole") not in rules
    (across,) = checked["schema"][0]["quality"]
    assert (across["name"], across["engine"]) == ("in_whole_pounds", "pandera")
    assert "pl.col(data.key) % 1 == 0" in across["implementation"]


def test_a_feed_says_what_it_and_its_agreement_add(exported: dict[str, Plain]) -> None:
    feed = exported["feeds/northmoor/school_census"]
    assert feed["tenant"] == "Northmoor Council"
    assert [role["role"] for role in feed["roles"]] == ["free_school_meals"]
    levels = {one["property"]: one for one in feed["slaProperties"]}
    assert (levels["retention"]["value"], levels["retention"]["unit"]) == (730, "d")
    assert (levels["frequency"]["value"], levels["frequency"]["unit"]) == (130, "d")
    assert levels["endOfSupport"]["value"] == "2027-12-31"
    assert feed["support"][0]["url"] == "mailto:information.governance@northmoor.example"
    assert feed["servers"][0]["type"] == "local"
    assert not feed["servers"][0]["path"].startswith("/")
    lands = {name: customs(part)["lands"] for name, part in properties(feed).items()}
    assert {name for name, landed in lands.items() if not landed} == {
        "nhs_number", "telephone", "ethnic_group",
    }  # fmt: skip
    assert "price" not in feed
    assert exported["feeds/northmoor/spend"]["price"]["priceAmount"] == 0
    assert exported["feeds/works/spend"]["servers"][0]["type"] == "custom"
