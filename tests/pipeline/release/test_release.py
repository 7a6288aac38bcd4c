"""Releases from a loaded repository: versions, content, description, lineage, disclosure."""

import csv
import hashlib
import itertools
import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pyshacl
import pytest
import rdflib
from csvw import CSVW

from cli.main import main
from contracts.declarations import UnknownDeclaration
from pipeline.release import NotReleased, release, released
from pipeline.release.disclosure import DisclosureRisk
from repository.problems import DatabaseProblem
from tests.pipeline.release.standards_kit import profile, shapes

SPEND = "spend_over_threshold"
OURS = {
    "data.csv", "data.csv-metadata.json", "data.parquet", "datapackage.json", "dcat.jsonld",
    "disclosure.json", "lineage.json",
}  # fmt: skip
HEADER = (
    "Directorate,Payment Date,Expenditure Category,Service Area,Beneficiary,Transaction No,"
    "Net Amount"
)
MONTHS = """title: Payments by month
description: How many payments were made.
entity: payment
group_by: [expense_area, {column: paid_on, by: month}]
measures: [{name: payments}, {name: pounds, sum: amount}]
publisher: Northmoor Council
contact: {name: Desk, email: desk@northmoor.example}
"""


def declare(home: Any, name: str, text: str) -> Path:
    path: Path = home.contracts() / "open" / f"{name}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def deliver(home: Any, lines: list[str], name: str = "first.csv") -> None:
    """Take one more delivery of Northmoor's payments."""
    folder = home.file("northmoor/spend").parent.relative_to(home.supplied)
    home.put(f"{folder}/{name}", "\n".join([HEADER, *lines, ""]))
    run = home.one("northmoor/spend")
    assert run.outcome is not None and run.outcome.landed == len(lines), run


def rows_of(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(folder / "data.parquet").to_pylist()
    return found


def test_a_release_is_whole_described_and_proved(loaded: Any) -> None:
    done = release(SPEND, by="a publisher")
    assert done.version == "1.0.0" and done.folder is not None
    assert {one.name for one in done.folder.iterdir()} == OURS
    columns = list(rows_of(done.folder)[0])
    listed = ", ".join(columns)
    view = loaded.rows(f"SELECT {listed} FROM open.{SPEND}")  # noqa: S608
    assert Counter(tuple(row.values()) for row in rows_of(done.folder)) == Counter(view)
    assert len(view) > 500 and columns[-2:] == ["supplied_by", "as_at"]

    package = json.loads((done.folder / "datapackage.json").read_text())
    assert not list(jsonschema.validators.validator_for(profile())(profile()).iter_errors(package))
    for one in package["resources"]:
        content = (done.folder / one["path"]).read_bytes()
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert one["bytes"] == len(content)
    graph = rdflib.Graph().parse(done.folder / "dcat.jsonld", format="json-ld")
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes(), advanced=True)
    assert conforms, text
    # Tools for CSVW find the metadata beside the file, and read each value by it.
    table = CSVW(str(done.folder / "data.csv"), validate=True)
    assert table.is_valid
    assert sum(1 for _ in table.tables[0].iterdicts(strict=True)) == len(view)

    lineage = json.loads((done.folder / "lineage.json").read_text())
    [feed] = lineage["feeds"]
    [delivery] = feed["deliveries"]
    [file] = delivery["files"]
    landed = next(loaded.landing.rglob(file["name"]))
    assert file["sha256"] == hashlib.sha256(landed.read_bytes()).hexdigest()
    assert delivery["rows"] == len(view) and feed["feed"] == "northmoor/spend"
    assert delivery["contract"] == "spend" and delivery["steps_version"]

    [kept] = released(SPEND)
    assert (kept.version, kept.rows, kept.made_by) == ("1.0.0", len(view), "a publisher")
    assert kept.deliveries == [1] and kept.columns == columns[:-2]
    assert {one["name"] for one in kept.files} == OURS


def test_nothing_changed_makes_no_version_and_a_change_says_of_what_kind(home: Any) -> None:
    lines = [
        f"Estates,0{n}/07/2026,Catering,Schools,REEDMARSH LTD,{n},90{n}.00" for n in range(1, 8)
    ]
    deliver(home, lines[:5], "first.csv")
    path = declare(home, "months", MONTHS)
    assert release("months", by="me").version == "1.0.0"
    again = release("months", by="me")
    assert (again.version, again.change, again.folder) == ("1.0.0", "none", None)

    deliver(home, lines, "second.csv")
    check = release("months", by="me", check=True)
    assert (check.version, check.change, check.folder) == ("1.1.0", "rows", None)
    rows = release("months", by="me")
    assert (rows.version, rows.change) == ("1.1.0", "rows")
    path.write_text(MONTHS.replace("were made.", "were made, by month."))
    words = release("months", by="me")
    assert (words.version, words.change) == ("1.1.1", "description")
    path.write_text(MONTHS.replace("[{name: payments}, ", "[{name: number}, "))
    columns = release("months", by="me")
    assert (columns.version, columns.change) == ("2.0.0", "columns")
    assert [one.version for one in released("months")] == ["1.0.0", "1.1.0", "1.1.1", "2.0.0"]

    elsewhere = release("months", by="me", into=home.root / "site")
    assert elsewhere.change == "none" and elsewhere.folder is not None
    assert columns.folder is not None
    for name in ("data.csv", "data.parquet", "datapackage.json", "dcat.jsonld"):
        assert (elsewhere.folder / name).read_bytes() == (columns.folder / name).read_bytes()


def test_what_is_redacted_is_in_no_file_and_in_no_view(home: Any) -> None:
    lines = [
        "Estates,01/04/2026,Cleaning and waste,Schools,REEDMARSH LTD,1,900.00",
        "Estates,02/04/2026,Cleaning and waste,Schools,Canaria Foster Carer,2,901.00",
        "Estates,03/04/2026,Home care,Schools,Canariensis Smith,3,902.00",
        "Estates,04/04/2026,Day care,Schools,Canarella Jones,4,903.00",
    ]
    deliver(home, lines)
    shipped = Path(__file__).parents[3] / "contracts/open" / f"{SPEND}.yml"
    declare(home, SPEND, shipped.read_text() + (
        "    - {column: expense_type, when: [Home care], hide: [supplier_name], reason: carers}\n"
        "    - {column: expense_type, when: 'DAY.care', reason: of day care nothing is told}\n"
    ))  # fmt: skip
    home.migrate()
    done = release(SPEND, by="me")
    assert done.folder is not None and done.rows == 3
    names = {row["transaction_number"]: row["supplier_name"] for row in rows_of(done.folder)}
    assert names == {"1": "REEDMARSH LTD", "2": None, "3": None}
    assert home.rows(
        f"SELECT transaction_number, supplier_name FROM open.{SPEND} ORDER BY 1"  # noqa: S608
    ) == sorted(names.items())
    told = json.loads((done.folder / "disclosure.json").read_text())
    assert [rule["rows"] for rule in told["redaction"]] == [1, 0, 1, 1]
    assert told["rows_left_out"] == 1 and told["rows_published"] == 3
    assert told["redaction"][2]["does"] == "empties supplier_name"
    assert set(told["columns"].values()) == {"none"}
    for one in done.folder.iterdir():
        assert b"anari" not in one.read_bytes() and b"anarella" not in one.read_bytes(), one.name
    recorded = str(home.rows("SELECT to_jsonb(r)::text FROM watersmeet.release r"))
    assert "anar" not in recorded and "foster" not in recorded


def test_small_counts_are_not_shown_and_the_rest_is_right(loaded: Any) -> None:
    declare(loaded, "months", MONTHS)
    done = release("months", by="me")
    assert done.folder is not None
    rows = rows_of(done.folder)
    true: Counter[tuple[Any, Any]] = Counter()
    sums: Counter[tuple[Any, Any]] = Counter()
    found = loaded.rows(
        "SELECT expense_area, date_trunc('month', paid_on)::date, amount FROM store.payment"
    )
    for (area, month, amount), whole in itertools.product(found, range(4)):
        key = (None if whole & 2 else area, None if whole & 1 else month)
        true[key] += 1
        sums[key] += amount
    shown = {(row["expense_area"], row["paid_on_month"]): row for row in rows}
    assert set(shown) == set(true) and len(rows) == len(shown)
    for key, row in shown.items():
        over = ",".join(
            name
            for name, value in zip(("expense_area", "paid_on_month"), key, strict=True)
            if value is None
        )
        assert row["total_over"] == over
        if row["suppressed"]:
            assert row["payments"] is None and row["pounds"] is None
        else:
            assert row["payments"] == true[key] >= 5 and row["pounds"] == sums[key]
    small = {key for key, count in true.items() if count < 5}
    told = done.disclosure["suppression"]
    assert small and told["hidden_for_small_counts"] == len(small)
    hidden = {key for key, row in shown.items() if row["suppressed"]}
    assert small <= hidden
    assert told["hidden_so_that_those_cannot_be_worked_out"] == len(hidden - small)
    with (done.folder / "data.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == len(rows)


def test_counts_may_be_rounded_instead(loaded: Any) -> None:
    declare(loaded, "rounded", MONTHS + "totals: false\ndisclosure: {round_to: 10}\n")
    done = release("rounded", by="me")
    assert done.folder is not None
    rows = rows_of(done.folder)
    assert rows and all(row["payments"] % 10 == 0 and row["total_over"] == "" for row in rows)
    assert any(row["suppressed"] and row["pounds"] is None for row in rows)
    assert isinstance(next(r["pounds"] for r in rows if not r["suppressed"]), Decimal)


def test_rare_combinations_stop_a_release_or_are_told(loaded: Any) -> None:
    shipped = Path(__file__).parents[3] / "contracts/open" / f"{SPEND}.yml"
    rule = "  quasi_identifiers: [entity, expense_type, paid_on]\n  k: 3\n"
    text = shipped.read_text().replace("disclosure:\n", "disclosure:\n" + rule)
    path = declare(loaded, "rare", text)
    with pytest.raises(DisclosureRisk, match="combinations of entity, expense_type, paid_on stand"):
        release("rare", by="me")
    assert released("rare") == [] and not (loaded.root / "state/releases/rare").exists()
    path.write_text(text.replace("  k: 3\n", "  k: 3\n  below_k: warn\n"))
    found = release("rare", by="me").disclosure["quasi_identifiers"]
    groups = loaded.rows(
        "SELECT count(*) FROM store.payment GROUP BY entity, expense_type, paid_on"
    )
    assert found["combinations"] == len(groups) and found["smallest"] == min(groups)[0]
    assert found["combinations_below_k"] == sum(1 for (count,) in groups if count < 3)
    assert found["rows_below_k"] == sum(count for (count,) in groups if count < 3)


def test_without_an_agreement_in_force_nothing_is_published(home: Any) -> None:
    home.supply("northmoor/spend")
    home.one("northmoor/spend")
    declare(home, "months", MONTHS)
    agreement = home.contracts() / "agreements/spend-transparency.yml"
    text = agreement.read_text().replace("start: 2026", "start: 2020")
    text = text.replace("end: 2028-12-31", "end: 2021-12-31")
    agreement.write_text(text.replace("review: 2027-12-01", "review: 2021-06-01"))
    with pytest.raises(NotReleased, match="no agreement in force today lets payment be published"):
        release("months", by="me")
    agreement.write_text(text.replace("open: true", "open: false"))
    with pytest.raises(UnknownDeclaration, match=r"cannot be published: open/months\.yml, line"):
        release("months", by="me")
    with pytest.raises(UnknownDeclaration, match="there is no open table weeks"):
        release("weeks", by="me")


def test_a_release_that_is_cut_off_is_made_good_by_the_next(
    loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(loaded, "cut", MONTHS)
    folder = loaded.root / "state/releases/cut/1.0.0"
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("half of it")
    with monkeypatch.context() as patched:
        patched.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
        with pytest.raises(DatabaseProblem):
            release("cut", by="me")
    assert released("cut") == [] and (folder / "data.csv").read_text() == "half of it"
    done = release("cut", by="me")
    assert done.folder == folder and {one.name for one in folder.iterdir()} == OURS
    hidden = [one for one in (loaded.root / "state/releases").iterdir() if one.name[0] == "."]
    assert hidden == []


def test_the_command_tells_versions_and_exit_codes(
    loaded: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(loaded, "told", MONTHS)

    def ends(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["release", *arguments])
        return int(ended.value.code or 0)

    assert ends("told", "--check") == 1
    assert "told 1.0.0 would be published: the first release" in capsys.readouterr().out
    assert ends("told", "--by", "me") == 0
    said = capsys.readouterr().out
    assert "told 1.0.0 published" in said and "more so that they cannot be worked out" in said
    assert ends("told", "--check", "--json") == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["change"], told["version"]) == ("none", "1.0.0")
    assert ends("told", "--list") == 0
    assert capsys.readouterr().out.startswith("told  1.0.0  ")
    assert ends("nothing") == 2
    assert "there is no open table nothing" in capsys.readouterr().err
    # Among all, one that is broken is not passed over.
    broken = declare(loaded, "broken", MONTHS.replace("sum: amount", "sum: nothing"))
    assert ends("--check") == 2
    assert "open table broken cannot be published" in capsys.readouterr().err
    broken.unlink()
    assert os.environ["WATERSMEET_CONTRACTS"]
