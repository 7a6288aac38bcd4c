"""Documents turned into contracts: ours come back the same, others' as far as they go."""

import copy
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.dataset import dataset_facts
from contracts.declarations import Declarations, load
from contracts.entity import entity_facts
from contracts.model import columns_of
from contracts.odcs.document import NotADocument, Plain, checked, read_document, written
from contracts.odcs.export import dataset_document, documents
from contracts.odcs.module import completed, source_of
from contracts.odcs.part import Remark
from contracts.odcs.read import identifier, read_contracts
from transforms.steps.issues import Issues
from transforms.steps.validate import validate

Write = Callable[..., list[Remark]]

FOREIGN: Plain = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "parking",
    "version": "1.4.0",
    "status": "active",
    "name": "Parking",
    "description": {"purpose": "Who parked where.", "usage": "Plan streets."},
    "schema": [
        {
            "name": "ParkingTickets",
            "description": 'Tickets """ of \\ all streets',
            "properties": [
                {
                    "name": "Ticket No",
                    "primaryKey": True,
                    "primaryKeyPosition": 1,
                    "required": True,
                    "logicalType": "string",
                    "classification": "public",
                    "description": "Number of the ticket.",
                },
                {
                    "name": "issued",
                    "logicalType": "date",
                    "classification": "public",
                    "logicalTypeOptions": {"minimum": "2020-01-01"},
                },
                {
                    "name": "charge",
                    "logicalType": "number",
                    "physicalType": "decimal(8,2)",
                    "classification": "public",
                    "logicalTypeOptions": {"minimum": 0, "maximum": 99.5},
                },
                {
                    "name": "zone",
                    "logicalType": "string",
                    "classification": "public",
                    "quality": [
                        {
                            "type": "library",
                            "metric": "invalidValues",
                            "mustBe": 0,
                            "arguments": {"validValues": ["A", "B"]},
                        }
                    ],
                },
                {"name": "driver", "logicalType": "string", "classification": "personal"},
                {"name": "paid", "logicalType": "boolean", "classification": "public"},
            ],
        }
    ],
}


@pytest.fixture
def root(tmp_path: Path, declared: Declarations) -> Path:
    """A folder with our registers and no contract."""
    made = tmp_path / "drafts"
    shutil.copytree(declared.root / "registers", made / "registers")
    return made


@pytest.fixture
def write(root: Path) -> Write:
    """Writes the modules of a document below the folder; gives the remarks."""

    def made(document: Plain, *, with_code: bool = False) -> list[Remark]:
        read, remarks = read_contracts(document, with_code=with_code)
        for one in read:
            contracts, more = completed(one)
            remarks += more
            for contract in contracts:
                folder = root / {"dataset": "datasets", "entity": "entities"}[contract.contract]
                folder.mkdir(exist_ok=True)
                (folder / f"{contract.name}.py").write_text(source_of(contract), encoding="utf-8")
        return remarks

    return made


def test_export_import_export_is_the_same_for_every_contract(
    declared: Declarations, root: Path, write: Write
) -> None:
    before = documents(declared)
    assert len(before) >= 8
    for document in before.values():
        assert write(document, with_code=True) == []
    again = load(root)
    assert again.broken == ()
    after = documents(again)
    assert {name: written(one) for name, one in after.items()} == {
        name: written(one) for name, one in before.items()
    }


def test_python_is_taken_over_only_where_asked_for(
    exported: dict[str, Plain], root: Path, write: Write
) -> None:
    remarks = write(exported["datasets/meal_eligibility"])
    assert [str(one) for one in remarks] == [
        "meal_eligibility quality ends_after_it_begins: is Python, which is only taken over where "
        "you ask for it (--with-code)"
    ]
    assert "def " not in (root / "datasets/meal_eligibility.py").read_text()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os", "is not one function"),
        ("def x(cls, data):\n    return os.environ", "uses os, which are not imported here"),
        ("def x(:", "is not Python that can be read"),
    ],
)
def test_python_that_cannot_stand_alone_is_remarked_on(
    exported: dict[str, Plain], write: Write, source: str, why: str
) -> None:
    document = copy.deepcopy(exported["datasets/meal_eligibility"])
    document["schema"][0]["quality"][0]["implementation"] = source
    assert [one.what for one in write(document, with_code=True)] == [why]


def test_a_feed_gives_its_dataset_and_says_where_the_rest_belongs(
    exported: dict[str, Plain], root: Path, write: Write
) -> None:
    told = {one.where: one.what for one in write(exported["feeds/northmoor/school_census"])}
    for part in ("servers", "roles", "slaProperties", "support", "team"):
        assert "contracts/" in told[part] or "file" in told[part]
    assert "contracts/agreements/" in told["roles"]
    assert list((root / "datasets").glob("*.py")) == [root / "datasets/school_census.py"]


def test_a_foreign_document_becomes_a_sound_dataset_and_entity(root: Path, write: Write) -> None:
    remarks = write(FOREIGN)
    declared = load(root)
    assert declared.broken == ()
    dataset = declared.datasets["parking_tickets"]
    facts = columns_of(dataset)
    assert {name: column.kind.name for name, column in facts.items()} == {
        "ticket_no": "reference",
        "issued": "date",
        "charge": "money",
        "zone": "text",
        "driver": "personal_text",
        "paid": "yes_no",
    }
    assert facts["ticket_no"].headers == ("Ticket No",)
    assert facts["ticket_no"].meaning == "Number of the ticket"
    assert not facts["ticket_no"].nullable and facts["issued"].nullable
    assert dataset_facts(dataset).version == "1.4.0"
    assert dataset_facts(dataset).title == "Parking"
    assert 'Tickets """ of \\ all streets' in dataset_facts(dataset).doc
    assert "Use: Plan streets." in dataset_facts(dataset).doc
    assert entity_facts(declared.entities["parking_tickets"]).identity == ("ticket_no",)
    assert {one.where for one in remarks} == {"id", "ParkingTickets", "parking_tickets"}


def test_checks_of_a_foreign_document_hold(root: Path, write: Write) -> None:
    write(FOREIGN)
    dataset = load(root).datasets["parking_tickets"]
    values = {
        "ticket_no": pl.Series(["1", "2", "3"]).to_arrow(),
        "issued": pl.Series(["2019-12-31", "2020-01-01", None]).str.to_date().to_arrow(),
        "charge": pl.Series(["1.00", "99.51", "-0.01"]).cast(pl.Decimal(18, 2)).to_arrow(),
        "zone": pl.Series(["A", "C", "B"]).to_arrow(),
    }
    issues = Issues()
    validate(dataset, values, np.arange(3), issues, broken="value-outside-contract")
    found = {
        column: issues.where(column, np.arange(3), ["value-outside-contract"]).tolist()
        for column in ("issued", "charge", "zone")
    }
    assert found == {
        "issued": [True, False, False],
        "charge": [False, True, True],
        "zone": [False, True, False],
    }


def test_everything_in_a_document_is_carried_or_remarked_on(write: Write) -> None:
    document = copy.deepcopy(FOREIGN)
    table = document["schema"][0]
    charge, zone = table["properties"][2], table["properties"][3]
    document |= {"tenant": "Town", "tags": ["x"], "price": {"priceAmount": 1}}
    document |= {"team": {"name": "T"}, "contractCreatedTs": "2022-11-15T02:59:43+00:00"}
    table |= {"physicalName": "pt", "tags": ["y"], "quality": [{"metric": "rowCount", "mustBe": 9}]}
    charge |= {"encryptedName": "e", "partitioned": True, "examples": [3]}
    charge["quality"] = [
        {"type": "sql", "query": "select 1", "mustBe": 0, "description": "Odd"},
        {"type": "custom", "engine": "soda", "implementation": "x"},
        {"type": "text", "description": "Nice"},
        {"metric": "nullValues", "mustBeLessThan": 5, "unit": "percent"},
    ]
    charge["logicalTypeOptions"]["multipleOf"] = 5
    zone["logicalTypeOptions"] = {"minLength": 1, "format": "hostname"}
    when: Plain = {"name": "when", "logicalType": "timestamp"}
    when["logicalTypeOptions"] = {"minimum": "2020-01-01 00:00:00"}
    table["properties"].append(when)
    table["properties"].append({"name": "parts", "logicalType": "array"})
    told = {one.where for one in write(document)}
    at = "ParkingTickets"
    assert told >= {
        "tenant", "tags", "price", "team", "contractCreatedTs", f"{at} physicalName", f"{at} tags",
        f"{at} quality rowCount", f"{at}.charge encryptedName", f"{at}.charge partitioned",
        f"{at}.charge examples", f"{at}.charge quality sql", f"{at}.charge quality custom",
        f"{at}.charge quality text", f"{at}.charge quality nullValues",
        f"{at}.charge type options multipleOf", f"{at}.zone type options format", f"{at}.when",
        f"{at}.when type options minimum", f"{at}.parts",
    }  # fmt: skip


def test_a_class_nobody_knows_is_taken_as_personal(root: Path, write: Write) -> None:
    document = copy.deepcopy(FOREIGN)
    document["schema"][0]["properties"][3]["classification"] = "restricted"
    remarks = write(document)
    assert columns_of(load(root).datasets["parking_tickets"])["zone"].personal == "personal"
    assert any("restricted" in one.what for one in remarks)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "Other"}, "this is no data contract"),
        ({"apiVersion": "v2.2.2"}, "apiVersion v2.2.2 is not read"),
        ({"apiVersion": "v4.0.0"}, "apiVersion v4.0.0 is not read"),
    ],
)
def test_other_documents_are_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(NotADocument, match=said):
        checked({**FOREIGN, **change}, "a file")


def test_a_file_that_is_not_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("kind: DataContract\nkind: DataContract\n")
    with pytest.raises(NotADocument, match=r"x\.yaml, line 2, column 1: `kind` is given twice"):
        read_document(path)


def test_every_example_of_the_standard_is_read_and_what_is_written_is_sound(
    examples: list[Path], declared: Declarations, tmp_path: Path
) -> None:
    written_any = 0
    for number, example in enumerate(examples):
        document = read_document(example)
        read, remarks = read_contracts(document)
        assert remarks, example.name
        folder = tmp_path / str(number)
        shutil.copytree(declared.root / "registers", folder / "registers")
        for one in read:
            for contract in completed(one)[0]:
                place = folder / f"{contract.contract}s".replace("entitys", "entities")
                place.mkdir(exist_ok=True)
                (place / f"{contract.name}.py").write_text(source_of(contract), encoding="utf-8")
        found = load(folder)
        assert found.broken == (), example.name
        assert set(found.datasets) == {one.name for one in read}
        for dataset in found.datasets.values():
            dataset_document(dataset, found)
            written_any += 1
    assert written_any >= 10


@pytest.mark.parametrize(
    ("name", "made"),
    [("Ticket No", "ticket_no"), ("2nd", "c_2nd"), ("class", "class_"), ("validate", "validate_"),
     ("rcvrCode", "rcvr_code"), ("£££", "unnamed"), ("a__b", "a_b")],
)  # fmt: skip
def test_names_become_python_and_sql_names(name: str, made: str) -> None:
    assert identifier(name) == made


@cache
def _census() -> Plain:
    """A document of ours with every form of column and rule."""
    return documents(load())["datasets", "meal_eligibility"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def _paths(part: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [before] if before else []
    if isinstance(part, dict | list):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            found += _paths(value, (*before, key))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_document_however_broken_makes_reading_fail_or_writes_other_code(
    data: st.DataObject,
) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from([FOREIGN, _census()])))
    path = data.draw(st.sampled_from(_paths(document)))
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = data.draw(JUNK)
    try:
        read, _ = read_contracts(document)
    except NotADocument:
        return
    for one in read:
        for contract in completed(one)[0]:
            compile(source_of(contract), "drawn", "exec")
