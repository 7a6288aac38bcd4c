"""How long Airflow takes to parse the DAGs of many feeds."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

HOME = Path(__file__).parent.parent
PROGRAM = """
import time
from airflow.dag_processing.dagbag import DagBag
began = time.perf_counter()
bag = DagBag(dag_folder={folder!r})
seconds = time.perf_counter() - began
assert not bag.import_errors, bag.import_errors
assert len(bag.dags) >= {feeds}, len(bag.dags)
print("seconds", seconds)
"""


def many_feeds(into: Path, feeds: int) -> Path:
    """A copy of the project's declarations with further bodies' spend feeds, ``feeds`` in all."""
    contracts = into / "contracts"
    shutil.copytree(HOME / "contracts", contracts, ignore=shutil.ignore_patterns("__pycache__"))
    standing = len(list((contracts / "feeds").glob("*/*.yml")))
    pattern = (contracts / "feeds" / "northmoor" / "spend.yml").read_text(encoding="utf-8")
    register = contracts / "registers" / "organisations.csv"
    agreements = contracts / "agreements"
    lines = []
    for number in range(feeds - standing):
        body = f"body-{number:03d}"
        lines.append(f"{body},Body {number},,,,invented,OGL-UK-3.0\n")
        folder = contracts / "feeds" / body
        folder.mkdir()
        (folder / "spend.yml").write_text(pattern, encoding="utf-8")
    with register.open("a", encoding="utf-8") as out:
        out.writelines(lines)
    assert agreements.is_dir(), "the feeds stand on the example's agreement"
    return contracts


def parse_seconds(feeds: int) -> float:
    """Seconds Airflow's DAG bag takes to parse ``feeds`` feeds in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="watersmeet-dags-") as folder:
        contracts = many_feeds(Path(folder), feeds)
        home = Path(folder) / "airflow"
        environment = {
            **os.environ,
            "WATERSMEET_CONTRACTS": str(contracts),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
            "PYTHONPATH": str(HOME),
        }
        program = textwrap.dedent(PROGRAM).format(folder=str(HOME / "dags"), feeds=feeds)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"the DAG bag could not be parsed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])
