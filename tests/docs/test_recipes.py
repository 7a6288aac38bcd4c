"""The recipes of docs/query.md, run as they stand there: each finds what the repository holds."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repository.database import parsed

PAGE = Path(__file__).parents[2] / "docs" / "query.md"
SECTION = re.compile(r"^## From your own tool\n(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
API = "http://127.0.0.1:8090"
PLACE = "Server=127.0.0.1;Port=5432;Database=watersmeet"
R_PACKAGES = "quit(status = !all(c('DBI', 'RPostgreSQL') %in% rownames(installed.packages())))"


def recipes() -> Iterator[Any]:
    found = SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert found, "the page has lost its section"
    for part in found[1].split("\n### ")[1:]:
        tool = part.partition("\n")[0]
        for number, (language, code) in enumerate(BLOCK.findall(part)):
            if language in ("python", "r"):
                yield pytest.param(language, code, id=f"{tool}-{number}")


RECIPES = list(recipes())


def missing(language: str, code: str) -> str | None:
    """What this machine lacks for a recipe."""
    if language == "r":
        if shutil.which("Rscript") is None:
            return "R IS NOT INSTALLED"
        done = subprocess.run(["Rscript", "-e", R_PACKAGES], check=False, capture_output=True)
        return "R LACKS DBI OR RPostgreSQL" if done.returncode else None
    if "pyodbc" in code:
        asked = "import pyodbc; raise SystemExit('PostgreSQL Unicode' not in pyodbc.drivers())"
        done = subprocess.run([sys.executable, "-c", asked], check=False, capture_output=True)
        return "THE ODBC DRIVER odbc-postgresql IS NOT INSTALLED" if done.returncode else None
    return None


def test_the_page_has_a_recipe_for_each_tool() -> None:
    told = " ".join(str(one.id) for one in RECIPES)
    for tool in ("pandas", "polars", "DuckDB", "R-", "Excel and Power BI"):
        assert tool in told
    text = PAGE.read_text(encoding="utf-8")
    [string] = re.findall(r"^```odbc\n(.*)\n```$", text, re.MULTILINE)
    assert text.count(string) == 3, "Excel, Power BI and what is tried have one string"


@pytest.mark.parametrize(("language", "code"), RECIPES)
def test_recipe(published: Any, served: str, tmp_path: Path, language: str, code: str) -> None:
    lacks = missing(language, code)
    if lacks:
        pytest.skip(f"{lacks}: recipe not tried")
    parts = parsed(published.url)
    role = "transparency_analyst"
    there = f"Server={parts.host};Port={parts.port};Database={parts.database}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "PGHOST": str(parts.host),
        "PGPORT": str(parts.port),
        "PGDATABASE": str(parts.database),
        "PGUSER": role,
        "PGPASSWORD": json.loads(published.passwords.read_text())[role],
        "PYTHONWARNINGS": "ignore",
    }
    script = tmp_path / f"recipe.{'R' if language == 'r' else 'py'}"
    script.write_text(code.replace(API, served).replace(PLACE, there), encoding="utf-8")
    program = "Rscript" if language == "r" else sys.executable
    done = subprocess.run(
        [program, str(script)],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    paid = published.rows("SELECT body, sum(amount)::text FROM store.payment GROUP BY body")
    assert len(paid) > 1
    for body, pounds in paid:
        assert body in done.stdout, done.stdout
        assert pounds in done.stdout, f"{body}: {pounds} is not in {done.stdout}"
