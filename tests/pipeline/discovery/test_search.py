"""A search of a whole share: what it finds, passes over, and goes on from."""

import csv
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unreachable
from contracts.declarations import load
from pipeline.check import check
from pipeline.discovery.lines import write_csv
from pipeline.discovery.search import Request, SearchUnderWay, searching
from pipeline.draft import draft


def test_every_file_is_told_of_and_nothing_outside(share: Path, outcome: Any) -> None:
    there = {
        os.path.relpath(f"{folder}/{name}", share)
        for folder, _, names in os.walk(share)
        for name in names
    }
    assert set(outcome.files) | set(outcome.obstacles) == there | {"loop/round", "loop/out"}
    assert set(outcome.obstacles) == {"loop/round", "loop/out", "loop/nowhere", "loop/pipe"}
    assert "out of the place" in outcome.obstacles["loop/out"].message
    assert "searched anyway" in outcome.obstacles["loop/round"].message
    assert "nowhere" in outcome.obstacles["loop/nowhere"].message
    assert outcome.obstacles["loop/pipe"].code == "not-a-file"
    assert all(one.known.look is not None for one in outcome.files.values())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("finance/2026/april.csv", "delimited"),
        ("finance/2026/april.xlsx", "workbook"),
        ("things/records.json", "json"),
        ("things/empty.csv", "empty"),
        ("things/letter.pdf", "other"),
        ("things/bundle.zip", "archive"),
        ("things/bundle.tar", "archive"),
        ("things/packed.csv.gz", "archive"),
        ("huge.bin", "other"),
    ],
)
def test_kinds_are_told_by_content(outcome: Any, path: str, kind: str) -> None:
    assert outcome.files[path].known.look.kind == kind


def test_tables_have_rows_columns_and_headers(outcome: Any, kit: Any) -> None:
    [table] = outcome.files["finance/2026/april.csv"].known.look.tables
    assert (table.rows, table.exact, table.columns, table.header_row) == (200, True, 5, 1)
    assert table.header == list(kit.SPEND)
    [table] = outcome.files["finance/2026/april.xlsx"].known.look.tables
    assert (table.name, table.rows) == ("Payments", 200)
    look = outcome.files["finance/2026/may.txt"].known.look
    assert (look.delimiter, look.tables[0].rows) == (";", 60)


def test_members_of_archives_are_listed(outcome: Any) -> None:
    names = [name for name, _ in outcome.files["things/bundle.zip"].known.look.members]
    assert names == ["inside/june.csv", "read me.txt"]
    assert outcome.files["things/bundle.tar"].known.look.members[0][0] == "colours.csv"


def test_the_same_bytes_are_one_group_and_the_oldest_leads(outcome: Any) -> None:
    twin = outcome.files["finance/2026/copy of april.csv"]
    assert twin.twin_of == "finance/2026/april.csv"
    assert outcome.files["finance/2026/april.csv"].twin_of is None
    groups = [set(paths) for _, paths in outcome.summary.twins]
    assert {"finance/2026/april.csv", "finance/2026/copy of april.csv"} in groups
    hashed = {path for path, one in outcome.files.items() if one.known.sha256}
    assert "people/clients.csv" not in hashed, "what has no like is not hashed"


def test_older_versions_and_the_same_rows_in_another_form(outcome: Any) -> None:
    near = {one.other: (one.share, one.relation) for one in
            outcome.files["finance/2026/april.csv"].near}  # fmt: skip
    share, said = near["finance/2026/april with more.csv"]
    assert (round(share, 2), said) == (1.0, "an older version")
    assert near["finance/2026/april.xlsx"][1] == "the same rows"
    assert "finance/2026/may.txt" not in near


def test_commands_to_go_on_with(share: Path, outcome: Any) -> None:
    command = outcome.files["finance/2026/copy of april.csv"].command
    assert command == f"watersmeet check '{share}/finance/2026/copy of april.csv' --dataset spend"
    assert outcome.files["things/colours.csv"].command.startswith("watersmeet draft ")
    assert outcome.files["things/letter.pdf"].command is None
    odd = outcome.files["odd/new\nline.csv"].command
    assert "\n" not in odd
    said = subprocess.run(
        ["bash", "-c", f"printf %s {odd.split(' ', 2)[2]}"], capture_output=True, check=True
    )
    assert said.stdout == os.fsencode(share / "odd/new\nline.csv")


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)


def test_an_archive_is_gone_on_with_or_it_is_said_why_not(
    tmp_path: Path, searched: Any, kit: Any
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    spend = kit.as_csv(kit.SPEND, kit.spend_rows(20))
    colours = b"Code,Colour\n1,red\n2,blue\n"
    zipped(place / "one.zip", june_csv=spend)
    zipped(place / "two.zip", colours_csv=colours, june_csv=spend)
    zipped(place / "mixed.zip", june_csv=spend, letter_pdf=b"%PDF-1.7 invented")
    zipped(place / "letter.docx", **{"word/document.xml": b"<x/>"})
    files = searched(place).files
    check = f"watersmeet check {place}/{{}}.zip --dataset spend"
    assert files["one.zip"].commands == (check.format("one"),)
    assert files["two.zip"].commands == (
        f"watersmeet draft {place}/two.zip --table 1",
        check.format("two"),
    )
    assert files["two.zip"].command == check.format("two")
    mixed = files["mixed.zip"].known.look
    assert (mixed.kind, mixed.code, mixed.member_count) == ("archive", "file-kind-unknown", 2)
    assert "mixed.zip/letter.pdf is a PDF document" in mixed.problem
    letter = files["letter.docx"].known.look
    assert (letter.kind, letter.words, letter.problem) == ("other", "a Word document", None)


def test_commands_for_archives_lead_on(tmp_path: Path, searched: Any, kit: Any) -> None:
    place = tmp_path / "place"
    place.mkdir()
    spend, colours = kit.as_csv(kit.SPEND, kit.spend_rows(20)), b"Code,Colour\n1,red\n2,blue\n"
    zipped(place / "two.zip", june_csv=spend, colours_csv=colours)
    drafted, checked = sorted(searched(place).files["two.zip"].commands, reverse=True)
    assert drafted.endswith("--table 2") and checked.endswith("--dataset spend")
    declared = load()
    report = check(place / "two.zip", declared.dataset("spend"), declared, name="two.zip")
    assert (report.refused, report.rows_good) == (None, 20)
    made = draft(place / "two.zip", table="2")
    assert [one["header"] for one in made.columns] == ["Code", "Colour"]


def test_of_many_tables_it_is_said_that_not_all_were_looked_into(
    tmp_path: Path, searched: Any
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    table = "<table><tr><th>Code<th>Colour<tr><td>1<td>red</table>"
    (place / "all.html").write_text(table * 100)
    (place / "more.html").write_text(table * 101)
    found = searched(place)
    every, more = (found.files[name].known.look for name in ("all.html", "more.html"))
    assert (len(every.tables), every.problem) == (100, None)
    assert (len(more.tables), more.code) == (100, "tables-passed-over")
    assert "It holds 101 tables, and only the first 100 were looked into" in more.problem
    assert found.summary.problems == [("more.html", more.problem)]
    write_csv(found.files.values(), (), tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(newline="") as lines:
        told = [line["problem"] for line in csv.DictReader(lines)]
    assert [problem for problem in told if problem] == [more.problem]


def test_what_is_damaged_is_told_with_its_reason(outcome: Any) -> None:
    look = outcome.files["things/broken.xlsx"].known.look
    assert look.code == "file-damaged"
    assert outcome.summary.problem_codes["file-damaged"] == 1


def test_a_second_search_looks_only_at_what_changed(tmp_path: Path, searched: Any) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for number in range(6):
        (place / f"{number}.csv").write_text(f"Code,Colour\n{number},red\n")
    assert searched(place, workers=1).looks == 6
    assert searched(place).looks == 0
    (place / "1.csv").write_text("Code,Colour\n9,green\n8,red\n")
    os.utime(place / "2.csv", (1, 1))
    (place / "3.csv").unlink()
    (place / "new.csv").write_text("Code,Colour\n1,red\n")
    again = searched(place, workers=1)
    assert again.looks == 3
    assert set(again.files) == {"0.csv", "1.csv", "2.csv", "4.csv", "5.csv", "new.csv"}
    assert again.files["1.csv"].known.look.tables[0].rows == 2
    assert searched(place, fresh=True, workers=1).looks == 6
    assert searched(place, patterns=("n*.CSV",)).looks == 1
    assert searched(place, patterns=("n*.CSV",)).summary.passed_over == 5


def test_a_new_contract_or_limit_has_everything_looked_at_anew(
    tmp_path: Path, searched: Any
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "a.csv").write_text("Code,Colour\n1,red\n")
    assert searched(place).looks == 1
    assert searched(place, limit=1 << 20).looks == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TRIED: only root can become another user here")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    place = tmp_path / "place"
    (place / "closed").mkdir(parents=True)
    (place / "open.csv").write_text("Code,Colour\n1,red\n")
    (place / "shut.csv").write_text("Code,Colour\n1,red\n")
    (place / "shut.csv").chmod(0)
    (place / "closed").chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder.is_relative_to("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    tmp_path.chmod(0o777)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from pipeline.discovery.local import LocalGround\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "ground = LocalGround(Path(sys.argv[1]), 'it')\n"
        "for one in ground.walk(): print(type(one).__name__, one.path)\n"
        "try: ground.local('shut.csv').open('rb')\n"
        "except OSError as error: print('OSError', error.strerror)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=True
    ).stdout
    assert "Obstacle closed" in told
    assert "Sighting open.csv" in told
    assert "OSError Permission denied" in told


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    for place in (str(tmp_path / "gone"), "no_such_connection:finance", "no_such_place"):
        with pytest.raises(Unreachable), searching(Request(place), tmp_path / "state"):
            pass
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(Unreachable, match="not a folder"),
        searching(Request(str(tmp_path / "file")), tmp_path / "state"),
    ):
        pass


def test_two_searches_of_a_place_do_not_meet(tmp_path: Path, share: Path) -> None:
    one = Request(str(share))
    with searching(one, tmp_path), pytest.raises(SearchUnderWay), searching(one, tmp_path):
        pass


def test_a_search_of_another_place_or_after_another_is_free(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (Request(str(tmp_path / name)) for name in ("one", "two"))
    with searching(one, tmp_path), searching(two, tmp_path):
        pass
    with searching(one, tmp_path):
        pass


def test_a_search_that_meets_another_leaves_its_notebook_alone(
    tmp_path: Path, searched: Any
) -> None:
    """Not even ``--fresh`` takes away what somebody is writing."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "a.csv").write_text("Code,Colour\n1,red\n")
    assert searched(place).looks == 1
    state = tmp_path / "state"
    with (
        searching(Request(str(place)), state),
        pytest.raises(SearchUnderWay),
        searching(Request(str(place), fresh=True), state),
    ):
        pass
    assert searched(place).looks == 0


def test_what_was_seen_is_kept_where_a_search_is_ended(tmp_path: Path, searched: Any) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for number in range(6):
        (place / f"{number}.csv").write_text(f"Code,Colour\n{number},red\n")

    def ended(phase: str, number: int, _: int | None) -> None:
        if (phase, number) == ("look", 4):
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        searching(Request(str(place)), tmp_path / "state") as search,
    ):
        search.run(ended)
    assert searched(place).looks == 2


@pytest.mark.slow
def test_a_file_that_takes_too_long_or_too_much_never_stops_the_walk(
    tmp_path: Path, searched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for name in ("a", "hang", "greedy", "crash", "fails", "z"):
        (place / f"{name}.csv").write_text(f"Code,Colour\n{name},red\n")
    # A worker that meets such files: the real one, its reader replaced.
    worker = tmp_path / "worker"
    (worker / "stub").mkdir(parents=True)
    (worker / "stub" / "sitecustomize.py").write_text(STUB)
    from pipeline.discovery import crew

    plain = crew._environment
    path = f"{worker / 'stub'}:{crew._ROOT}"
    monkeypatch.setattr(crew, "_environment", lambda: {**plain(), "PYTHONPATH": path})
    began = time.monotonic()
    found = searched(place, seconds=4)
    assert time.monotonic() - began < 60
    codes = {path: one.known.look.code for path, one in found.files.items()}
    assert codes == {
        "a.csv": None,
        "hang.csv": "file-too-demanding",
        "greedy.csv": "file-too-demanding",
        "crash.csv": "file-too-demanding",
        "fails.csv": "file-damaged",
        "z.csv": None,
    }
    assert "4 seconds" in found.files["hang.csv"].known.look.problem
    assert "memory" in found.files["greedy.csv"].known.look.problem


STUB = """
import os, sys, threading

def spoil():
    import pipeline.discovery.look as looking
    plain = looking.open_tables
    def open_tables(path, name=None):
        if "hang" in name:
            while True: pass
        if "greedy" in name:
            held = [bytearray(64 << 20) for _ in range(200)]
        if "crash" in name:
            os.kill(os.getpid(), 11)
        if "fails" in name:
            raise IndexError("a fault in a reader")
        return plain(path, name=name)
    looking.open_tables = open_tables


import importlib.abc, importlib.machinery
class Hook(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "pipeline.discovery.look":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module
        def exec_module(module):
            load(module)
            spoil()
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Hook())
"""


def test_killed_it_goes_on_where_it_was(tmp_path: Path, searched: Any) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for number in range(500):
        (place / f"{number:03}.csv").write_text(f"Code,Colour\n{number},red\n{number + 1},blue\n")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from pipeline.discovery.search import Request, searching\n"
        "with searching(Request(sys.argv[1]), Path(sys.argv[2])) as search:\n"
        "    search.run(lambda phase, number, total: print(phase, number, flush=True))\n"
    )
    command = [sys.executable, "-c", code, str(place), str(tmp_path / "state")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("look ") and int(line.split()[1]) >= 200:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    process.wait()
    again = searched(place)
    assert 0 < again.looks < 500, "what was kept is not looked at again"
    assert len(again.files) == 500
    assert all(one.known.look.tables[0].rows == 2 for one in again.files.values())


def test_names_that_are_hostile_are_shown_escaped(outcome: Any) -> None:
    from pipeline.discovery.sighting import shown

    assert "odd/caf\udce9.csv" in outcome.files
    assert shown("odd/caf\udce9.csv") == "odd/caf\\xe9.csv"
    assert shown("odd/\u202egnp.csv") == "odd/\\u202egnp.csv"
    assert shown("odd/new\nline.csv") == "odd/new\\nline.csv"
    assert shown("Größe/naïve ☂.csv") == "Größe/naïve ☂.csv"


def test_a_long_text_is_sampled_and_its_rows_estimated(
    tmp_path: Path, searched: Any, kit: Any
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "long.csv").write_bytes(kit.as_csv(kit.SPEND, kit.spend_rows(80_000)))
    look = searched(place, limit=1 << 20).files["long.csv"].known.look
    [table] = look.tables
    assert look.sampled and not table.exact
    assert abs(table.rows - 80_000) < 1_600
    assert table.matches[0].dataset == "spend"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_small_files(tmp_path: Path, searched: Any) -> None:
    place = tmp_path / "place"
    for number in range(100_000):
        folder = place / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}.csv").write_text(
            f"Date,Supplier,Amount\n14/03/2026,Invented {number} Ltd,{number}.50\n"
        )
    began = time.monotonic()
    found = searched(place)
    seconds = time.monotonic() - began
    print(f"100,000 files in {seconds:.0f} s, {100_000 / seconds:.0f} a second")
    assert found.looks == 100_000
    began = time.monotonic()
    assert searched(place).looks == 0
    print(f"again: {time.monotonic() - began:.1f} s")
