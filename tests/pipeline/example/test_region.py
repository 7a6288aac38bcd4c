"""The example's files hold what its answers say, read again with csv, json and openpyxl alone."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from stdnum.gb import nhs, upn

from contracts.declarations import load
from contracts.file_forms import FixedWidth
from contracts.issues import quarantining
from contracts.model import columns_of
from pipeline.example.region import SUPPLIES, make
from pipeline.example.supply import Plan

FEEDS = [supply.feed for supply in SUPPLIES]
Answers = Callable[[Path, str], dict[str, Any]]
Truth = Callable[[Path, str], pa.Table]
DECLARED = load()


def digests(into: Path) -> dict[str, str]:
    return {
        path.relative_to(into).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(into.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_makes_the_same_bytes(region: Path, tmp_path: Path) -> None:
    make(Plan(7, 3000), tmp_path)
    assert digests(tmp_path) == digests(region)
    assert not list(region.rglob("*.part"))
    for path in region.rglob("*.xlsx"):  # a workbook's own clock would differ by the second
        assert openpyxl.load_workbook(path).properties.created == datetime(2026, 7, 6, 9)


def test_another_seed_makes_other_bytes(region: Path, tmp_path: Path) -> None:
    make(Plan(8, 3000), tmp_path)
    same = {name for name, digest in digests(tmp_path).items() if digests(region)[name] == digest}
    assert same == set()


def test_it_supplies_every_shipped_feed() -> None:
    assert set(FEEDS) == set(DECLARED.feeds)


@pytest.mark.parametrize("feed", FEEDS)
def test_the_answers_agree_with_themselves(
    region: Path, answers: Answers, truth: Truth, feed: str
) -> None:
    told, rows = answers(region, feed), truth(region, feed)
    assert told["rows"] == rows.num_rows == told["good"] + len(told["quarantined"])
    bad = [(q["sheet"], q["row"], q["codes"][0]) for q in told["quarantined"]]
    held = [
        (sheet, row, issue)
        for sheet, row, issue in zip(
            *(rows[c].to_pylist() for c in ("sheet", "row", "issue")), strict=True
        )
        if issue
    ]
    assert bad == held
    kinds = {code for _, _, code in bad}
    supply = next(one for one in SUPPLIES if one.feed == feed)
    assert kinds == {fault.code for fault in supply.faults} <= quarantining()
    assert 0.005 * told["rows"] <= len(bad) <= 0.05 * told["rows"]
    assert told["since_last"]["new"] == told["outcome"]["new"] == told["good"]
    places = Counter(zip(rows["sheet"].to_pylist(), rows["row"].to_pylist(), strict=True))
    assert max(places.values()) == 1
    others = {(e["sheet"], e["row"]) for e in told["excluded"]}
    assert not others & set(places)


@pytest.mark.parametrize("feed", FEEDS)
def test_the_truth_speaks_the_contract_s_words(region: Path, truth: Truth, feed: str) -> None:
    rows = truth(region, feed)
    declared = DECLARED.feeds[feed]
    known = columns_of(DECLARED.datasets[declared.dataset])
    landed = set(DECLARED.agreement_of(declared).columns[declared.dataset])
    own = {"sheet", "row", "issue", "since", "person_number", "payment_number", "supplier_number"}
    assert set(rows.column_names) - own == landed
    for name in landed:
        assert rows.schema.field(name).type == known[name].kind.arrow, name


def check_rows(told: dict[str, Any], rows: pa.Table, found: dict[Any, dict[str, Any]]) -> None:
    """Every good row as it was read again is the true one."""
    good = 0
    for true in rows.to_pylist():
        read = found[(true["sheet"], true["row"])]
        if true["issue"] is None:
            good += 1
            assert {name: true[name] for name in read} == read
    assert good == told["good"]
    assert len(found) == told["rows"]


def good_sum(told: dict[str, Any], rows: pa.Table) -> Decimal:
    return sum((r["amount"] for r in rows.to_pylist() if r["issue"] is None), Decimal(0))


def test_northmoor_spend(region: Path, answers: Answers, truth: Truth) -> None:
    told, rows = answers(region, "northmoor/spend"), truth(region, "northmoor/spend")
    with (region / told["file"]).open(encoding="cp1252", newline="") as lines:
        records = list(csv.reader(lines))
    assert told["tables"] == [{"sheet": None, "header_row": 4, "rows": told["rows"]}]
    reasons = {e["row"]: e["reason"] for e in told["excluded"]}
    assert reasons == {1: "title", 2: "title", 3: "blank", len(records): "total"}
    assert records[-1][2] == "Total"
    found = {}
    bad = {q["row"]: q["codes"][0] for q in told["quarantined"]}
    for number, record in enumerate(records[4:-1], start=5):
        cells = dict(zip(records[3], record, strict=False))
        if bad.get(number) == "ragged-row-excess":
            assert len(record) == len(records[3]) + 1
        if number in bad:
            found[(None, number)] = {}
            continue
        amount = cells["Net Amount"]
        sign = -1 if amount.startswith("(") else 1
        found[(None, number)] = {
            "paid_on": datetime.strptime(cells["Payment Date"], "%d/%m/%Y").date(),
            "amount": sign * Decimal(amount.strip("()").removeprefix("£").replace(",", "")),
            "supplier": cells["Beneficiary"],
            "transaction_number": cells["Transaction No"],
            "entity": cells["Directorate"],
            "expense_area": cells["Service Area"],
            "expense_type": cells["Expenditure Category"],
        }
    check_rows(told, rows, found)
    assert Decimal(told["sum"]) == good_sum(told, rows)
    assert (told["first_date"], told["last_date"]) == ("2026-04-01", "2026-06-30")
    assert any(record[3].startswith("(£") for record in records[4:-1])  # credit notes


def test_eastvale_nhs_spend(region: Path, answers: Answers, truth: Truth) -> None:
    told, rows = answers(region, "eastvale-nhs/spend"), truth(region, "eastvale-nhs/spend")
    computed = openpyxl.load_workbook(region / told["file"], data_only=True)
    formulas = openpyxl.load_workbook(region / told["file"])
    months = [f"Payments {month} 26" for month in ("Apr", "May", "Jun")]
    assert computed.sheetnames == ["Cover", *months, "Notes"]
    assert {t["sheet"]: t["rows"] for t in told["tables"]} == {
        name: computed[name].max_row - 5 for name in months
    }
    found = {}
    bad = {(q["sheet"], q["row"]): q["codes"][0] for q in told["quarantined"]}
    for name in months:
        sheet = computed[name]
        assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:K1"]
        headers = [cell.value for cell in sheet[5]]
        hidden = [
            h
            for h, c in zip(headers, "ABCDEFGHIJK", strict=True)
            if sheet.column_dimensions[c].hidden
        ]
        assert hidden == ["Approver Ref"]
        for number in range(6, sheet.max_row + 1):
            cells = dict(zip(headers, (cell.value for cell in sheet[number]), strict=True))
            formula = formulas[name].cell(number, 11).value
            match bad.get((name, number)):
                case "formula-without-value":
                    assert (cells["Total"], formula) == (None, f"=H{number}+I{number}")
                case "cell-error":
                    assert {cells["Total"], cells["Date Paid"]} & {"#REF!", "#N/A"}
                case None:
                    assert formula == f"=H{number}+I{number}"
                    total = Decimal(str(cells["Total"]))
                    assert Decimal(str(cells["Net"])) + Decimal(str(cells["VAT"])) == total
                    assert cells["Date Paid"].strftime("Payments %b %y") == name
            found[(name, number)] = {} if (name, number) in bad else {
                "paid_on": cells["Date Paid"].date(),
                "amount": Decimal(str(cells["Total"])),
                "supplier": cells["Supplier Name"],
                "transaction_number": cells["Voucher"],
                "body": cells["Organisation"],
            }  # fmt: skip
    check_rows(told, rows, found)
    assert Decimal(told["sum"]) == good_sum(told, rows)


def test_works_spend(region: Path, answers: Answers, truth: Truth) -> None:
    told, rows = answers(region, "works/spend"), truth(region, "works/spend")
    scheme = DECLARED.code_schemes["expense-type-works"]
    names = {entry.aliases[0]: entry.name for entry in scheme.values()}
    bad = {q["row"] for q in told["quarantined"]}
    found = {}
    with (region / told["file"]).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            cells = json.loads(line, parse_float=Decimal)
            found[(None, number)] = {} if number in bad else {
                "paid_on": date.fromisoformat(cells["paymentDate"]),
                "amount": Decimal(cells["amount"]).quantize(Decimal("0.01")),
                "supplier": cells["payee"],
                "transaction_number": cells["paymentId"],
                "expense_type": names[cells["typeCode"]],
            }  # fmt: skip
    check_rows(told, rows, found)
    assert Decimal(told["sum"]) == good_sum(told, rows)


def fixed_width(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    form = DECLARED.feeds["northmoor/school_census"].file
    assert isinstance(form, FixedWidth)
    lines = path.read_text(encoding="ascii").splitlines()
    assert lines[0].startswith("HDR") and int(lines[-1].removeprefix("TRL")) == len(lines) - 2
    for number, line in enumerate(lines[1:-1], start=2):
        assert len(line) == sum(field.length for field in form.fields)
        yield (
            number,
            {f.name: line[f.start - 1 : f.start - 1 + f.length].rstrip() for f in form.fields},
        )


def test_northmoor_census(region: Path, answers: Answers, truth: Truth) -> None:
    told = answers(region, "northmoor/school_census")
    bad = {q["row"]: q["codes"][0] for q in told["quarantined"]}
    found = {}
    for number, cells in fixed_width(region / told["file"]):
        surname, _, forenames = cells["PUPIL-NAME"].partition(", ")
        assert upn.is_valid(cells["UPN"]) == (bad.get(number) != "check-digit-wrong")
        assert nhs.is_valid(cells["NHS-NO"])
        if bad.get(number) == "name-unreadable":
            assert "," not in cells["PUPIL-NAME"]
        found[(None, number)] = {} if number in bad else {
            "upn": cells["UPN"],
            "birth_date": datetime.strptime(cells["DOB"], "%d%m%y").date(),
            "sex": {"1": "M", "2": "F", "0": "U"}[cells["SEX"]],
            "forenames": forenames,
            "school_urn": cells["SCHOOL-URN"],
            "year_group": cells["NC-YEAR"].lstrip("0") or "R",
            "postcode": cells["HOME-PCODE"],
            "home_local_authority": {"990": "northmoor", "991": "eastvale"}[cells["HOME-LA"]],
        }  # fmt: skip
        if number not in bad:
            assert surname == surname.upper()
    check_rows(told, truth(region, "northmoor/school_census"), found)


def test_eastvale_census(region: Path, answers: Answers, truth: Truth) -> None:
    told = answers(region, "eastvale/school_census")
    bad = {q["row"]: q["codes"][0] for q in told["quarantined"]}
    found: dict[Any, dict[str, Any]] = {}
    seen: set[tuple[str, str]] = set()
    with (region / told["file"]).open(encoding="utf-8-sig", newline="") as lines:
        for number, cells in enumerate(csv.DictReader(lines, delimiter=";"), start=2):
            key = (cells["Pupil UPN"], cells["School URN"])
            assert (key in seen) == (bad.get(number) == "duplicate-key") or number in bad
            seen.add(key)
            found[(None, number)] = {} if number in bad else {
                "upn": cells["Pupil UPN"],
                "surname": cells["Family name"],
                "forenames": cells["Given names"],
                "birth_date": datetime.strptime(cells["Date of birth"], "%d.%m.%Y").date(),
                "entered_on": datetime.strptime(cells["Date of entry"], "%d.%m.%Y").date(),
                "sex": {"Male": "M", "Female": "F", "Not known": "U"}[cells["Gender"]],
            }  # fmt: skip
    check_rows(told, truth(region, "eastvale/school_census"), found)


def test_northmoor_meals(region: Path, answers: Answers, truth: Truth) -> None:
    told = answers(region, "northmoor/meal_eligibility")
    sheet = openpyxl.load_workbook(region / told["file"])["Eligible"]
    headers = [cell.value for cell in sheet[2]]
    bad = {q["row"]: q["codes"][0] for q in told["quarantined"]}
    found: dict[Any, dict[str, Any]] = {}
    for number in range(3, sheet.max_row + 1):
        cells = dict(zip(headers, (cell.value for cell in sheet[number]), strict=True))
        if bad.get(number) == "duplicate-key":
            assert cells["Application ref"] == sheet.cell(number - 1, 1).value
        if bad.get(number) == "value-outside-contract":
            assert cells["Eligible to"] < cells["Eligible from"]
        ends = cells["Eligible to"]
        found[("Eligible", number)] = {} if number in bad else {
            "reference": cells["Application ref"],
            "forenames": cells["Child first name"],
            "birth_date": datetime.strptime(cells["Child DOB"], "%d-%b-%Y").date(),
            "eligible_from": cells["Eligible from"].date(),
            "eligible_to": ends.date() if ends else None,
        }  # fmt: skip
        if number not in bad:
            assert cells["Child last name"] == cells["Child last name"].upper()
    check_rows(told, truth(region, "northmoor/meal_eligibility"), found)


def test_the_same_people_are_seen_by_several_bodies(region: Path, truth: Truth) -> None:
    north, east, meals = (
        {row["person_number"]: row for row in truth(region, feed).to_pylist()}
        for feed in (
            "northmoor/school_census",
            "eastvale/school_census",
            "northmoor/meal_eligibility",
        )
    )
    assert set(north) & set(east) and set(north) & set(meals) and set(east) & set(meals)
    for number in set(north) & set(east):
        assert north[number]["upn"] == east[number]["upn"]
        assert north[number]["birth_date"] == east[number]["birth_date"]
    for one in (north, east):  # the other borough's children among them
        assert {row["home_local_authority"] for row in one.values()} == {"northmoor", "eastvale"}
    homes = Counter(row["postcode"] for row in north.values())
    assert homes.most_common(1)[0][1] > 1


def test_the_same_payments_are_seen_by_several_bodies(region: Path, truth: Truth) -> None:
    feeds = ("northmoor/spend", "works/spend", "eastvale-nhs/spend")
    one, two, three = (
        {row["payment_number"]: row for row in truth(region, feed).to_pylist()} for feed in feeds
    )
    for left, right in ((one, two), (two, three)):
        shared = set(left) & set(right)
        assert shared
        for number in shared:
            for column in ("amount", "paid_on", "supplier_number"):
                assert left[number][column] == right[number][column]
            assert left[number]["transaction_number"] != right[number]["transaction_number"]


KEYS = {
    "school_census": ("upn", "school_urn"),
    "meal_eligibility": ("reference",),
    "spend": ("transaction_number",),
}


@pytest.mark.parametrize("feed", FEEDS)
def test_the_second_delivery_moves_on_from_the_first(
    region: Path, region_after: Path, answers: Answers, truth: Truth, feed: str
) -> None:
    told = answers(region_after, feed)
    assert told["file"] == answers(region, feed)["file"]
    key = KEYS[feed.partition("/")[2]]
    own = {"row", "since", "issue", "sheet"}
    first, second = (
        {
            tuple(row[name] for name in key): {n: v for n, v in row.items() if n not in own}
            for row in truth(into, feed).to_pylist()
            if row["issue"] is None
        }
        for into in (region, region_after)
    )
    same = {name for name in second if first.get(name) == second[name]}
    counted = {
        "new": len(set(second) - set(first)),
        "changed": len(set(second) & set(first) - same),
        "unchanged": len(same),
        "gone": len(set(first) - set(second)),
    }
    assert counted == told["since_last"]
    assert min(counted.values()) > 0
    issues = [
        Counter(q["codes"][0] for q in answers(i, feed)["quarantined"])
        for i in (region, region_after)
    ]
    assert issues[0] == issues[1]
    outcome = told["outcome"]
    assert outcome["new"] + outcome["changed"] + outcome["unchanged"] == told["good"]
    keyed = feed.endswith(("census", "eligibility"))
    # Children's changes are changes of persons; enrolments and entitlements stay as they are.
    assert outcome["changed"] == 0
    moved = 0 if keyed else counted["changed"]
    assert outcome["unchanged"] == counted["unchanged"] + (counted["changed"] if keyed else 0)
    assert outcome["ended"] == counted["gone"] + moved


@pytest.mark.slow
def test_pieces_do_not_show(tmp_path: Path, answers: Answers, truth: Truth) -> None:
    """A feed longer than a piece holds every payment and child once, with rows counted on."""
    make(Plan(3, 52_000), tmp_path)
    numbers = {"northmoor/spend": "payment_number", "eastvale/school_census": "person_number"}
    for feed, number in numbers.items():
        rows = truth(tmp_path, feed)
        assert (
            len(set(rows[number].to_pylist())) == rows.num_rows == answers(tmp_path, feed)["rows"]
        )
        first = rows["row"][0].as_py()
        assert rows["row"].to_pylist() == list(range(first, first + rows.num_rows))


def test_a_tiny_region_is_whole(tmp_path: Path) -> None:
    made = make(Plan(1, 60), tmp_path)
    assert [one.feed for one in made] == FEEDS
    assert all(one.rows == one.good + one.quarantined and one.good > 0 for one in made)
