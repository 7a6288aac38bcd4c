"""The steps' version changes with whatever decides what becomes of a row, and with nothing else."""

import re
import subprocess
from typing import Any

import pytest

from contracts.declarations import load
from contracts.version import HOME, code_version, steps_version

FEED = "feeds/northmoor/fines.yml"


def version_of(folder: Any) -> str:
    declared = folder.load()
    assert declared.broken == ()
    return steps_version(declared.feed("northmoor/fines"), declared)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (FEED, "header: Fine £", "header: Fine"),
        (FEED, "format: delimited", "format: delimited\n  encoding: cp1252"),
        (FEED, "title: Fines", "title: Fines\ndate_order: ymd"),
        ("datasets/fines.py", '"Sum"', '"The sum"'),
        ("entities/fine.py", '"Sum"', '"The sum"'),
        ("registers/organisations.csv", ",Northmoor,", ",Northmoor|NM,"),
        ("agreements/fines.yml", "  fines: [paid_on, amount, surname, note]",
         "  fines: [paid_on, amount, surname]"),
    ],
)  # fmt: skip
def test_it_changes_with_what_decides(folder: Any, file: str, old: str, new: str) -> None:
    before = version_of(folder)
    folder.change(file, old, new)
    assert version_of(folder) != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (FEED, "owner: Courts", "owner: The courts"),
        (FEED, "connection: somewhere", "connection: elsewhere"),
        (FEED, "title: Fines", "title: Fines\nschedule: '@daily'"),
        ("agreements/fines.yml", "end: 2027-12-31", "end: 2028-12-31"),
    ],
)
def test_it_stays_with_what_does_not(folder: Any, file: str, old: str, new: str) -> None:
    before = version_of(folder)
    folder.change(file, old, new)
    assert version_of(folder) == before


def test_each_shipped_feed_has_a_version_of_its_own() -> None:
    declared = load()
    versions = {steps_version(feed, declared) for feed in declared.feeds.values()}
    assert len(versions) == len(declared.feeds)
    assert all(re.fullmatch("[0-9a-f]{16}", version) for version in versions)


def test_the_code_s_version_is_the_commit_s() -> None:
    if not (HOME / ".git").exists():
        pytest.skip("the code has no history here")
    told = subprocess.run(
        ["git", "-C", str(HOME), "rev-parse", "--short", "HEAD"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    tags = subprocess.run(
        ["git", "-C", str(HOME), "tag"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip()[:7] in code_version() or tags.stdout


def test_it_changes_with_every_file_of_the_registers_in_use(folder: Any) -> None:
    codes = folder.root / "registers" / "codes"
    for name in ("kind", "sort", "other"):
        (codes / name).mkdir(parents=True)
        (codes / name / f"{name}.csv").write_text(
            "code,name,start,end,aliases,source,licence\nP,Parking,,,,x,y\n"
        )
    folder.change(
        "datasets/fines.py",
        'headers=["note"], to="fine.note", optional=True)',
        'headers=["note"], to="fine.note", optional=True, options={"scheme": "kind"})',
    )
    walks = folder.root / "registers" / "crosswalks"
    walks.mkdir()
    seen = [version_of(folder)]
    aliases = "code,alias,start,end,feed,accepted_by,accepted_on,reason\nP,p.,,,,A,2026-01-01,why\n"
    (codes / "other" / "other.aliases.csv").write_text(aliases)
    assert version_of(folder) == seen[0]
    lines = "code,name,start,end,aliases,source,licence\nS,Speeding,,,,x,y\n"
    steps = "from_code,to_code,start,end,relation,source,licence\nP,P,,,exact,x,y\n"
    for path, text in (
        (codes / "kind" / "kind.aliases.csv", aliases),
        (codes / "kind" / "kind.more.csv", lines),
        (codes / "kind" / "kind.more.csv", lines.replace("Speeding", "Too fast")),
        (walks / "kind--sort.csv", steps),
    ):
        path.write_text(text)
        seen.append(version_of(folder))
    assert len(set(seen)) == len(seen)
