"""Cases 45 to 47: expressions that backtrack, SQL in the names of sheets and columns, and secrets
and personal data in what is said of a file."""

import gzip
import io
import json
import logging
import os
import re
import subprocess
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from connectors.confined import children
from connectors.read import Unreadable, open_tables
from contracts.as_at import wrong_with
from contracts.dataset import Dataset, column
from contracts.feed import AsAt
from contracts.kinds import Reference
from repository.database import connect
from tests.old_workbooks import Page, xls, xlsb
from transforms.steps.issues import Issues
from transforms.steps.validate import validate

FEED = "eastvale/spend"
PLACE = "eastvale/exports/spend/payments.csv"
DECLARED = """title: Eastvale Council, payments
owner: Finance, Eastvale Council
maintainer: data engineering
agreement: spend-transparency
place: {kind: folder, connection: eastvale_exports, path: spend, settled_for: 1}
file: {format: workbook}
"""
SQL = "x\"); DROP SCHEMA store CASCADE; --'; DROP TABLE watersmeet.delivery; --"
CANARY = "canary7f3a9"


class Notes(Dataset, name="backtracking-notes", main="payment"):
    """Notes."""

    note: Reference = column("Note", str_matches="^(a+)+$")


@pytest.mark.timeout(60)
def test_45_a_check_that_would_backtrack_is_searched_in_linear_time() -> None:
    issues = Issues({"note": 0})
    notes = {"note": pa.array(["a" * 50_000 + "!", "aaa"])}
    validate(Notes, notes, np.array([1, 2], np.int32), issues, broken="value-outside-contract")
    assert [one["row"] for one in issues.table().to_pylist()] == [1]


@pytest.mark.timeout(60)
def test_45_a_name_is_searched_in_linear_time() -> None:
    how = AsAt.model_validate({"name": r"(?P<date>(\d+)+)$", "format": "%Y%m%d"})
    with pytest.raises(ValueError, match="does not tell"):
        how.date_of("1" * 200 + "x")
    assert how.date_of("roll 20260521").isoformat() == "2026-05-21"


@pytest.mark.parametrize(
    "pattern", [r"(?=x)(?P<date>\d+)", r"(?P<date>(\d)\2)", r"(?<=x)(?P<date>1)"]
)
def test_45_what_no_linear_engine_knows_is_refused_when_declared(pattern: str) -> None:
    assert "looks around or back" in (wrong_with(pattern, "%Y%m%d", None) or "")


def test_46_sql_in_names_of_columns_and_sheets_is_a_name(home: Any, database_url: str) -> None:
    folder = home.contracts()
    (folder / "feeds" / "eastvale" / "spend.yml").write_text(DECLARED, encoding="utf-8")
    home.migrate()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "x'); DROP TABLE x;--"
    book.active.append(["Payment Date", "Supplier", "Amount", "Expense Type", SQL])
    for day in range(1, 29):
        book.active.append([f"{day:02}/03/2026", SQL, f"{500 + day}.50", "goods", SQL])
    content = io.BytesIO()
    book.save(content)
    home.put(PLACE, content.getvalue(), 900)
    run = home.one(FEED)
    assert run.outcome is not None, run.refused
    assert run.outcome.state == "loaded"
    with connect(home.url) as conn:
        found = conn.execute("SELECT count(*), min(supplier_name) FROM store.payment").fetchone()
        assert found is not None and found[0] == 28
        sheets = conn.execute("SELECT count(*) FROM watersmeet.delivery").fetchone()
        assert sheets == (1,)


def damaged_csv() -> bytes:
    return b'id,note\n1,"' + CANARY.encode() + b"\n2,x\xff\xfe\n" + CANARY.encode() + b"\xc3\x28\n"


def damaged_json() -> bytes:
    return json.dumps([{"id": CANARY}]).encode()[:-2] + b"," + CANARY.encode()


def damaged_xml() -> bytes:
    return f"<rows><row><id>{CANARY}</id></row><{CANARY}".encode()


def damaged_xlsx() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([CANARY])
    content = io.BytesIO()
    book.save(content)
    out = io.BytesIO()
    with zipfile.ZipFile(content) as archive, zipfile.ZipFile(out, "w") as changed:
        for name in archive.namelist():
            part = archive.read(name).decode()
            if name.endswith("sheet1.xml"):
                part = part.replace("</sheetData>", f"<{CANARY}")
            changed.writestr(name, part)
    return out.getvalue()


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


DAMAGED: dict[str, Callable[[], bytes]] = {
    "a.csv": damaged_csv,
    "a.json": damaged_json,
    "a.jsonl": lambda: b'{"id":"x"}\n{"id":"' + CANARY.encode() + b"\n",
    "a.xml": damaged_xml,
    "a.xlsx": damaged_xlsx,
    "a.xls": lambda: cut(xls([Page("One", [[CANARY]] * 2000)])),
    "a.xlsb": lambda: cut(xlsb([Page("One", [[CANARY]] * 200)])),
    "a.csv.gz": lambda: cut(gzip.compress(CANARY.encode() * 500 + os.urandom(3000))),
    "a.html": lambda: f"<html><p>{CANARY}</p></html>".encode(),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_47_no_value_of_a_file_is_in_what_is_said_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(DAMAGED[name]())
    caplog.set_level(logging.DEBUG)
    said = ""
    try:
        for table in open_tables(path):
            for batch in table.batches():
                said += repr(batch.problems)
    except Unreadable as refusal:
        assert name in refusal.message
        said = "".join(traceback.format_exception(refusal)) + repr(refusal) + refusal.code
        # The source lines of a traceback are ours; the values in them are not shown.
    out, err = capfd.readouterr()
    assert said
    assert CANARY not in said + caplog.text + out + err


def test_47_the_parser_has_no_secret_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the child is given: no environment, no argument and no open file with a secret."""
    secrets = {
        "AIRFLOW_CONN_WORKS": f"http://u:{CANARY}@h",
        "AWS_SECRET_ACCESS_KEY": CANARY,
        "WATERSMEET_DATABASE_URL": f"postgresql://u:{CANARY}@h/d",
        "FERNET_KEY": CANARY,
    }
    for key, value in secrets.items():
        monkeypatch.setenv(key, value)
    seen: dict[str, Any] = {}
    start = subprocess.Popen

    def watched(arguments: list[str], **how: Any) -> Any:
        seen["arguments"] = arguments
        child = start(arguments, **how)
        folder = Path(f"/proc/{child.pid}")
        seen["environment"] = (folder / "environ").read_bytes()
        seen["files"] = [str(link.readlink()) for link in (folder / "fd").iterdir()]
        return child

    children.hang_up()
    monkeypatch.setattr(children.subprocess, "Popen", watched)
    held = tmp_path / f"{CANARY}.txt"
    with held.open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        path = tmp_path / "a.xls"
        path.write_bytes(xls([Page("One", [["x"]])]))
        assert open_tables(path)
    assert CANARY not in repr(seen)
    assert not re.search(rb"AIRFLOW|AWS|WATERSMEET|FERNET", seen["environment"])
