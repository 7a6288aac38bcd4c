"""What tests of tables without a header row ask of them."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.read import SourceTable, Unreadable, open_tables
from contracts.file_forms import FileForm

REAL = Path(__file__).resolve().parents[4] / "shared" / "real" / "files"
NO_REAL = "the published files are not at ../shared/real"


def rows(table: SourceTable) -> dict[int, list[str | None]]:
    """Row number to its cells."""
    found: dict[int, list[str | None]] = {}
    for batch in table.batches():
        columns = [column.to_pylist() for column in batch.table.columns]
        for row, *cells in zip(batch.rows.tolist(), *columns, strict=True):
            found[row] = cells
    return found


def problems(table: SourceTable) -> list[tuple[int, str]]:
    """What is wrong with rows."""
    return [problem for batch in table.batches() for problem in batch.problems]


def damaged(whole: bytes, cuts: int, flips: int, seed: int = 5) -> Iterator[bytes]:
    """A file cut off at equal distances, and with some of its bytes changed."""
    for part in range(1, cuts):
        yield whole[: len(whole) * part // cuts]
    some = random.Random(seed)
    for _ in range(flips):
        changed = bytearray(whole)
        for _ in range(some.randint(1, 12)):
            changed[some.randrange(len(changed))] = some.randrange(256)
        yield bytes(changed)


def all_read_or_refused(
    path: Path,
    variants: Iterator[bytes],
    form: FileForm | None = None,
    check: Callable[[SourceTable], None] | None = None,
) -> int:
    """Opens each; anything but rows or a refusal in words fails the test. Returns how many were
    refused."""
    refused = 0
    for content in variants:
        path.write_bytes(content)
        try:
            for table in open_tables(path, form):
                rows(table)
                if check:
                    check(table)
        except Unreadable as refusal:
            assert refusal.code and path.name in refusal.message
            refused += 1
    return refused


def run_r(script: str) -> None:
    """What R's package foreign writes; the test is skipped where there is none."""
    r = shutil.which("Rscript")
    if r is None or subprocess.run([r, "-e", "library(foreign)"], capture_output=True).returncode:
        pytest.skip("R's package foreign is missing: apt-get install r-cran-foreign")
    subprocess.run([r, "-e", script], check=True, capture_output=True)
