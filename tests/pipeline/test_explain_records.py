"""Values of files whose cells have no letters: they are led back to record and field, and what is
wrong with them is told by the same names."""

import json
from datetime import date
from pathlib import Path

import dbf
import pytest
from lxml import etree

from contracts.declarations import load
from pipeline.check import check
from pipeline.explain import explain
from tests.journey_kit import Home

COLUMNS = ("PAID_ON", "PAYEE", "REF", "AMOUNT", "ENTITY", "KIND")
PAYMENTS = [
    ("2026-05-01", "Acme Plant Ltd", "0000700001", "600.50", "Highways", "Fuel"),
    ("2026-05-02", "Bosworth Ltd", "0000700002", "six", "Highways", "Repairs"),
    ("2026-05-03", "Dowd Haulage Ltd", "0000700003", "1200.00", "Parks", "Fuel"),
]
FEED = """\
title: Northmoor Council, payments over £500
owner: Head of Financial Operations, Northmoor Council
maintainer: data engineering
agreement: spend-transparency
place: {kind: folder, connection: northmoor_exports, path: spend, pattern: "*.*", settled_for: 1,
        delivery: all}
file: FORM
columns:
  body: {constant: Northmoor Council}
  entity: {header: ENTITY}
  paid_on: {header: PAID_ON}
  expense_type: {header: KIND}
  supplier: {header: PAYEE}
  transaction_number: {header: REF}
  amount: {header: AMOUNT}
"""


def as_lines(folder: Path) -> Path:
    path = folder / "payments.jsonl"
    path.write_text(
        "".join(json.dumps(dict(zip(COLUMNS, one, strict=True))) + "\n" for one in PAYMENTS)
    )
    return path


def as_xml(folder: Path) -> Path:
    root = etree.Element("payments")
    for one in PAYMENTS:
        record = etree.SubElement(root, "payment")
        for name, text in zip(COLUMNS, one, strict=True):
            etree.SubElement(record, name).text = text
    path = folder / "payments.xml"
    path.write_bytes(etree.tostring(root))
    return path


def as_dbf(folder: Path) -> Path:
    path = folder / "payments.dbf"
    fields = "PAID_ON D; PAYEE M; REF C(10); AMOUNT C(10); ENTITY C(20); KIND C(20)"
    table = dbf.Table(str(path), fields, codepage="cp850", dbf_type="db3")
    table.open(dbf.READ_WRITE)
    for day, *others in PAYMENTS:
        table.append((date.fromisoformat(day), *others))
    table.close()
    return path


FORMS = {
    "json-lines": (as_lines, "{format: json-lines}"),
    "xml": (as_xml, "{format: xml, records: payments/payment}"),
    "dbf": (as_dbf, "{format: dbf}"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_led_back_to_its_record(home: Home, tmp_path: Path, form: str) -> None:
    write, declared = FORMS[form]
    feed = home.contracts() / "feeds/northmoor/spend.yml"
    feed.write_text(FEED.replace("FORM", declared))
    made = write(tmp_path)
    for one in sorted(made.parent.glob("payments.*")):
        home.put(f"northmoor/exports/spend/{one.name}", one.read_bytes())
    home.one("northmoor/spend")
    [(identifier,)] = home.rows("SELECT payment_id FROM store.payment WHERE amount = 600.50")
    told = explain("payment", identifier, "amount")
    assert told["proved"], told["not_proved"]
    assert (told["cell"], told["as_written"]) == ("record 1, AMOUNT", "600.50")
    payee = explain("payment", identifier, "supplier_name")
    assert payee["proved"] and payee["cell"] == "record 1, PAYEE"
    assert home.rows("SELECT source_row, cell, code FROM watersmeet.issue") == [
        (2, "record 2, AMOUNT", "money-unreadable")
    ]
    declarations = load()
    report = check(
        made,
        declarations.dataset("spend"),
        declarations,
        name="spend",
        feed=declarations.feed("northmoor/spend"),
    )
    assert report.refused is None and (report.rows_good, report.rows_quarantined) == (2, 1)
    assert [one["cell"] for one in report.issues] == ["record 2, AMOUNT"]
