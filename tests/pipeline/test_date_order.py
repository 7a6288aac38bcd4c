"""Which order of day and month holds: the feed's, else the dataset's, else the organisation's."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.main import main
from contracts.declarations import Declarations, load
from pipeline.check import check

ORGANISATIONS = """\
code,name,start,end,aliases,locale,source,licence
northmoor,Northmoor Council,,,,en-GB,invented,CC0-1.0
eastvale,Eastvale Council,,,,en-US,invented,CC0-1.0
southfell,Southfell Council,,,,,invented,CC0-1.0
"""
AGREEMENT = """\
title: Fines
gateway: UK GDPR Art. 6(1)(e) public task
controllers: [Northmoor Council]
purposes:
  - name: recovery
    description: Recover fines.
    recipients: [Northmoor Council]
    entities: {fine: [paid_on, amount]}
columns: {fines: [paid_on, amount]}
method: A file a month.
security: Encrypted.
start: 2026-01-01
end: 2027-12-31
review: 2027-06-30
retention_days: 400
contact: ig@northmoor.example
"""
FEED = """\
title: Fines
owner: Courts
maintainer: data engineering
agreement: fines
place: {kind: folder, connection: somewhere}
file: {format: delimited}
"""
OPEN = "Day,Sum\n03/04/2026,1.00\n05/06/2026,2.00\n"


def folder(root: Path, dataset_order: str = "", feed_order: str = "") -> Path:
    """Declarations of a dataset and of two feeds of it."""
    base = (
        "from contracts.{module} import {name}, column\nfrom contracts.kinds import Date, Money\n"
    )
    order = f', date_order="{dataset_order}"' if dataset_order else ""
    made = {
        "datasets/fines.py": base.format(module="dataset", name="Dataset")
        + f'\n\nclass Fines(Dataset, name="fines", main="fine"{order}):\n    """Fines."""\n\n'
        '    paid_on: Date = column("Day", headers=["day"], to="fine.paid_on")\n'
        '    amount: Money = column("Sum", headers=["sum"], to="fine.amount")\n',
        "entities/fine.py": base.format(module="entity", name="Entity")
        + '\n\nclass Fine(Entity, name="fine"):\n    """A fine."""\n\n'
        '    paid_on: Date = column("Day")\n    amount: Money = column("Sum")\n',
        "registers/organisations.csv": ORGANISATIONS,
        "agreements/fines.yml": AGREEMENT,
    }
    for organisation in ("northmoor", "eastvale"):
        told = f"date_order: {feed_order}\n" if feed_order else ""
        made[f"feeds/{organisation}/fines.yml"] = FEED + told
    for name, text in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def months(declared: Declarations, file: Path, organisation: str, *, of_feed: bool) -> list[int]:
    """The months read."""
    out = file.with_suffix(".parquet")
    feed = declared.feed(f"{organisation}/fines") if of_feed else None
    report = check(
        file, declared.dataset("fines"), declared, name="fines", feed=feed,
        organisation=organisation, out=out,
    )  # fmt: skip
    assert report.refused is None
    return [day.month for day in pq.read_table(out)["paid_on"].to_pylist()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.csv"
    path.write_text(OPEN)
    return path


DMY, MDY = [4, 6], [3, 5]


@pytest.mark.parametrize(
    ("dataset", "feed", "northmoor", "eastvale"),
    [
        ("", "", DMY, MDY),
        ("dmy", "", DMY, DMY),
        ("mdy", "", MDY, MDY),
        ("mdy", "dmy", DMY, DMY),
        ("", "mdy", MDY, MDY),
    ],
)
def test_the_feed_s_then_the_dataset_s_then_the_locale_s(
    tmp_path: Path, file: Path, dataset: str, feed: str, northmoor: list[int], eastvale: list[int]
) -> None:
    declared = load(folder(tmp_path / "declared", dataset, feed))
    assert declared.broken == ()
    assert months(declared, file, "northmoor", of_feed=True) == northmoor
    assert months(declared, file, "eastvale", of_feed=True) == eastvale


def test_an_organisation_without_a_feed_or_a_locale(tmp_path: Path, file: Path) -> None:
    declared = load(folder(tmp_path / "declared"))
    assert months(declared, file, "eastvale", of_feed=False) == MDY
    assert months(declared, file, "southfell", of_feed=False) == DMY
    assert months(declared, file, "nobody", of_feed=False) == DMY


def test_the_column_is_not_contradicted(tmp_path: Path, file: Path) -> None:
    declared = load(folder(tmp_path / "declared"))
    file.write_text(OPEN + "13/04/2026,3.00\n")
    assert months(declared, file, "eastvale", of_feed=True) == [*DMY, 4]
    # Month first they lie over three months, day first in one: nobody guesses which is meant.
    file.write_text("Day,Sum\n" + "".join(f"{day:02}/04/2026,1.00\n" for day in (1, 5, 9)))
    report = check(file, declared.dataset("fines"), declared, name="fines", organisation="eastvale")
    assert report.refused_code == "date-order-ambiguous"
    assert report.refused and "the order of the organisation's locale, en-US" in report.refused


def test_the_command_takes_the_organisation_s_locale(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder(tmp_path / "declared")
    (root / "feeds/eastvale/fines.yml").unlink()
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(root))
    wanted = ["check", str(file), "--dataset", "fines", "--organisation", "eastvale", "--json"]
    with pytest.raises(SystemExit) as ended:
        main(wanted)
    assert ended.value.code == 0
    (table,) = json.loads(capsys.readouterr().out)["tables"]
    assert table["dates"]["paid_on"]["formats"] == ["%m/%d/%Y"]
    assert "the organisation's locale, en-US" in table["dates"]["paid_on"]["evidence"]
