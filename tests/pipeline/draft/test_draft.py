"""What is drafted from a file loads, is accepted by a check of that file, and is marked a guess."""

import csv
import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dbf
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.declarations import load
from contracts.file_forms import Copybook
from contracts.model import columns_of
from pipeline.check import Report, check
from pipeline.discovery.resemblance import GOOD
from pipeline.draft import Drafted, NothingToDraft, draft, profile
from tests.journey_kit import OWN

HEADER = [
    "Tenancy Ref", "Tenant surname", "Tenant forenames", "D.O.B.", "NI No", "Postcode",
    "Rent (£ pw)", "Start date", "Property type", "Arrears?", "Ethnic group", "Notes", "UPRN",
    "Email", "Rooms",
]  # fmt: skip
KINDS = {
    "tenancy_ref": "Reference",
    "tenant_surname": "Surname",
    "tenant_forenames": "Forenames",
    "d_o_b": "BirthDate",
    "ni_no": "NationalInsuranceNumber",
    "postcode": "Postcode",
    "rent": "Money",
    "start_date": "Date",
    "property_type": "Code",
    "arrears": "YesNo",
    "ethnic_group": "SpecialCode",
    "notes": "Text",
    "uprn": "UniquePropertyReference",
    "email": "Email",
    "rooms": "WholeNumber",
}


def rows(number: int = 400) -> list[list[str]]:
    chance = random.Random(4)
    made = []
    for i in range(number):
        born = date(1950, 1, 1) + timedelta(chance.randrange(20_000))
        made.append(
            [
                f"T{i:05d}",
                chance.choice(["Ashby", "Bell", "Cole", "Dunn"]),
                chance.choice(["Ann", "Bo", "Cy Dee"]),
                f"{born:%d/%m/%Y}",
                f"AB{chance.randrange(10**6):06d}{chance.choice('ABCD')}",
                f"SW{chance.randrange(1, 20)} {chance.randrange(1, 9)}A{chance.choice('ABDEFGH')}",
                f"{chance.uniform(60, 200):.2f}",
                (date(2010, 1, 1) + timedelta(chance.randrange(5_000))).isoformat(),
                chance.choice(["House", "Flat", "Bungalow"]),
                chance.choice("YN"),
                chance.choice(["White British", "Asian British"]) if i % 9 else "",
                chance.choice(["", "call back please", "keys with office"]),
                str(100_000_000 + 7 * i),
                f"a{i}@northmoor.example",
                str(chance.randrange(1, 90)),
            ]
        )
    return made


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OWN, tmp_path / "contracts"))


@pytest.fixture
def tenancies(tmp_path: Path) -> Path:
    path = tmp_path / "tenancies.csv"
    with path.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([HEADER, *rows()])
    return path


def written(made: Drafted, contracts: Path) -> Any:
    for name, text in made.files.items():
        (contracts / name).parent.mkdir(parents=True, exist_ok=True)
        (contracts / name).write_text(text, encoding="utf-8")
    declared = load(contracts)
    assert [str(one) for one in declared.broken] == []
    return declared


def tried(path: Path, declared: Any, feed: str) -> Report:
    dataset = declared.dataset(declared.feeds[feed].dataset)
    return check(path, dataset, declared, name=path.name, feed=declared.feeds[feed])


def test_a_new_dataset_is_drafted_and_accepted(tenancies: Path, contracts: Path) -> None:
    made = draft(tenancies, new="tenancy", organisation="northmoor", contracts=contracts)
    declared = written(made, contracts)
    columns = columns_of(declared.dataset("tenancy"))
    assert {name: facts.kind.__name__ for name, facts in columns.items()} == KINDS
    assert columns["ethnic_group"].nullable and not columns["tenancy_ref"].nullable
    assert made.keys[0] == ("tenancy_ref",)
    listed = set(declared.code_schemes["tenancy-property-type"])
    assert listed == {"House", "Flat", "Bungalow"}
    report = tried(tenancies, declared, "northmoor/tenancy")
    assert report.refused is None
    assert (report.rows_good, report.rows_quarantined) == (400, 0)


def test_everything_is_marked_a_guess_and_nothing_runs(tenancies: Path, contracts: Path) -> None:
    made = draft(tenancies, new="tenancy", organisation="northmoor", contracts=contracts)
    declared = written(made, contracts)
    feed = declared.feeds["northmoor/tenancy"]
    assert not feed.enabled
    agreement = declared.agreement_of(feed)
    assert not agreement.active_on(date.today())
    dataset = made.files["datasets/tenancy.py"]
    assert dataset.count("TO CONFIRM") == len(HEADER) + 1
    assert "may be personal data: National Insurance number" in " ".join(
        dataset.replace("# ", "").split()
    )
    values = {cell for row in rows() for cell in row if len(cell) > 5}
    lists = {"House", "Flat", "Bungalow", "White British", "Asian British"}
    told = " ".join(made.files.values())
    assert not {value for value in values - lists if value in told}, "no value stands in a draft"
    assert len(made.files) == 6
    for name, text in made.files.items():
        if name.endswith(".csv"):
            _, *codes = csv.DictReader(text.splitlines())
            assert all(one["source"].endswith("to be confirmed") for one in codes), name
        elif name.startswith("agreements/"):
            assert text.startswith("# A draft, in force on no day"), name
        else:
            assert "Drafted from tenancies.csv: every line is a guess." in text, name
    entity = " ".join(made.files["entities/tenancy.py"].split())
    assert "In 400 rows no two have the same tenancy_ref: a guess." in entity
    plain = " ".join(dataset.replace("# ", "").split())
    assert "Drafted from 400 rows." in plain
    assert "; 45 of 400 rows lack it" in plain


def test_a_class_no_kind_says_is_written_down(tmp_path: Path, contracts: Path) -> None:
    path = tmp_path / "members.csv"
    lines = [f"M{i:03d},of the {i} chapel" for i in range(60)]
    path.write_text("Member ref,Religion\n" + "\n".join(lines) + "\n")
    made = draft(path, new="member", organisation="northmoor", contracts=contracts)
    declared = written(made, contracts)
    assert columns_of(declared.dataset("member"))["religion"].personal == "special"
    assert columns_of(declared.entities["member"])["religion"].personal == "special"
    condition = declared.agreement_of(declared.feeds["northmoor/member"]).special_category_condition
    assert condition is not None and condition.endswith("for religion")


def test_where_not_all_rows_were_looked_at_it_says_so(
    tenancies: Path, contracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "MOST_ROWS", 400)
    made = draft(tenancies, new="tenancy", contracts=contracts)
    assert "Drafted from the first 400 rows." in made.files["datasets/tenancy.py"]


def test_a_file_of_a_known_dataset_gets_a_feed(tmp_path: Path, contracts: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_text(
        "Supplier;Paymnt date;Amount;Transaction number;Expense type;Cost code\n"
        + "".join(
            f"Tern Plant {i} Ltd;{i % 27 + 1:02d}/05/2026;{i * 7}.50;N{i};Hire;K{i % 5}\n"
            for i in range(60)
        )
    )
    made = draft(path, organisation="eastvale", contracts=contracts)
    assert made.dataset == "spend" and made.known is not None and made.known >= 60
    assert list(made.files) == ["feeds/eastvale/spend.yml"]
    text = made.files["feeds/eastvale/spend.yml"]
    assert "paid_on: {header: Paymnt date}" in text
    assert "Cost code" in text
    feed = written(made, contracts).feeds["eastvale/spend"]
    assert feed.agreement == "spend-transparency"
    assert feed.file.model_dump(exclude_defaults=True)["delimiter"] == ";"
    assert feed.file.encoding == "utf-8", "what is ASCII today may have an accent tomorrow"


def test_what_it_is_of_may_be_told(tmp_path: Path, contracts: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_text(
        "Supplier,Payment date,Amount\n"
        + "".join(f"Tern Plant {i} Ltd,{i % 27 + 1:02d}/05/2026,{i * 7}.50\n" for i in range(60))
    )
    assert draft(path, contracts=contracts).known is not None
    made = draft(path, new="outgoing", contracts=contracts)
    assert (made.dataset, made.known) == ("outgoing", None)
    assert "datasets/outgoing.py" in made.files
    made = draft(path, dataset="spend", contracts=contracts)
    assert made.dataset == "spend" and made.files == {}
    assert any("no feed is drafted" in note for note in made.notes)


def test_what_resembles_a_dataset_a_little_is_a_new_one(tmp_path: Path, contracts: Path) -> None:
    path = tmp_path / "kennels.csv"
    path.write_text("Kennel number,Amount\n" + "".join(f"K{i:03d},{i * 7}.50\n" for i in range(60)))
    made = draft(path, contracts=contracts)
    assert (made.dataset, made.known) == ("kennels", None)
    assert any("resembles" in note and "a little" in note for note in made.notes)
    made = draft(path, dataset="spend", contracts=contracts)
    assert made.dataset == "spend" and made.known is not None and made.known < GOOD
    [missing] = [note for note in made.notes if note.startswith("no column was found for ")]
    assert "paid_on" in missing and "amount" not in missing.split(" for ")[1].split(", ")


def test_a_pair_of_columns_may_be_the_key(tmp_path: Path, contracts: Path) -> None:
    path = tmp_path / "visits.csv"
    lines = [f"W{ward},2026-04-{day:02d},{(ward * day) % 7}" for ward in range(9) for day in
             range(1, 29)]  # fmt: skip
    path.write_text("Ward;Day;Visits\n".replace(";", ",") + "\n".join(lines) + "\n")
    made = draft(path, new="visit", contracts=contracts)
    assert made.keys == [("ward", "day")]
    assert 'identity=("ward", "day",)' in made.files["entities/visit.py"]
    written(made, contracts)


def test_of_several_tables_one_is_chosen(tmp_path: Path, contracts: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["Some", "title"])
    sheet = book.create_sheet("Kennels")
    sheet.append(["Kennel number", "Street", "Dogs"])
    for i in range(30):
        sheet.append([f"K{i:03d}", f"Mill Lane {i}", i % 4])
    path = tmp_path / "kennels.xlsx"
    book.save(path)
    with pytest.raises(NothingToDraft, match=r"choose one \(--table\): 1 \(Notes\), 2 \(Kennels\)"):
        draft(path, contracts=contracts)
    made = draft(path, table="Kennels", new="kennel", organisation="northmoor", contracts=contracts)
    declared = written(made, contracts)
    assert declared.feeds["northmoor/kennel"].file.sheets == ("Kennels",)
    report = tried(path, declared, "northmoor/kennel")
    assert report.refused is None and report.rows_good == 30


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("a,b\n1,2\n", {"new": "spend"}, "spend is a dataset or entity already"),
        ("1,2\n3,4\n5,6\n", {"new": "thing"}, "no row is proved to be its header"),
        ("Name,Amount\n", {"new": "thing"}, "no row is proved|no records below"),
        ("Name,Amount\nx,1\n", {"new": "thing", "table": "4"}, "has no table 4"),
    ],
)
def test_what_cannot_be_drafted_is_said(
    tmp_path: Path, contracts: Path, content: str, options: dict[str, str], said: str
) -> None:
    path = tmp_path / "thing.csv"
    path.write_text(content)
    with pytest.raises(NothingToDraft, match=said):
        draft(path, contracts=contracts, **options)  # type: ignore[arg-type]


def test_leading_zeros_make_an_identifier_and_scores_are_no_sums(
    tmp_path: Path, contracts: Path
) -> None:
    path = tmp_path / "scores.csv"
    lines = [f"{i:06d},{i % 3 + 8:02d},{i / 4:g},{i / 4:.2f},{i}" for i in range(1, 41)]
    path.write_text("Person ref,Ward,Score,Arrears,Visits\n" + "\n".join(lines) + "\n")
    made = draft(path, new="scores", organisation="northmoor", contracts=contracts)
    assert {one["name"]: one["kind"] for one in made.columns} == {
        "person_ref": "Reference",
        "ward": "Code",
        "score": "DecimalNumber",
        "arrears": "Money",
        "visits": "WholeNumber",
    }
    report = tried(path, written(made, contracts), "northmoor/scores")
    assert report.refused is None and report.rows_good == 40


def test_a_copybook_is_drafted_with_its_feed(tmp_path: Path, contracts: Path) -> None:
    (tmp_path / "pay.cpy").write_text(
        "       01  R.\n           05  REF-NO PIC 9(4).\n           05  STREET PIC X(4).\n"
    )
    path = tmp_path / "PAY.D260501"
    path.write_bytes("".join(f"{i:04d}St {i % 7}" for i in range(30)).encode("cp037"))
    form = Copybook(format="copybook", copybook="pay.cpy", encoding="cp037").looking_in(tmp_path)
    made = draft(path, form=form, new="pay", organisation="northmoor", contracts=contracts)
    declared = written(made, contracts)
    feed = declared.feeds["northmoor/pay"]
    assert feed.file.copybook == "northmoor/pay.cpy"
    assert feed.place.pattern == "*", "an ending that is a date is no pattern"
    assert tried(path, declared, "northmoor/pay").rows_good == 30


def test_a_table_and_its_memo_are_one_delivery(tmp_path: Path, contracts: Path) -> None:
    path = tmp_path / "kennels.dbf"
    table = dbf.Table(str(path), "kennel C(6); story M", codepage="cp850", dbf_type="db3")
    table.open(dbf.READ_WRITE)
    for i in range(20):
        table.append((f"K{i:04d}", f"a long story, part {i}"))
    table.close()
    made = draft(path, new="kennel", organisation="northmoor", contracts=contracts)
    declared = written(made, contracts)
    place = declared.feeds["northmoor/kennel"].place
    assert (place.pattern, place.delivery) == ("kennels.*", "all")
    report = tried(path, declared, "northmoor/kennel")
    assert (report.rows_good, report.issues) == (20, [])


HEADERS = st.lists(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(HEADERS)
def test_any_header_makes_declarations_that_load(
    tmp_path_factory: pytest.TempPathFactory, headers: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("drafts")
    path = folder / "thing.csv"
    with path.open("w", newline="", encoding="utf-8") as lines:
        out = csv.writer(lines, quoting=csv.QUOTE_ALL)
        out.writerow(["Reference number", *headers])
        out.writerows([[f"R{i}", *(["x y"] * len(headers))] for i in range(12)])
    contracts = folder / "contracts"
    for part in ("datasets", "entities", "feeds", "agreements", "registers/codes"):
        (contracts / part).mkdir(parents=True)
    shutil.copy(OWN / "registers" / "organisations.csv", contracts / "registers")
    try:
        made = draft(path, new="thing", organisation="northmoor", contracts=contracts)
    except NothingToDraft:
        return
    written(made, contracts)
