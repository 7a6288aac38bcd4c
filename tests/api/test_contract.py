"""The API against its own OpenAPI document, with requests made up by schemathesis: each parameter
at and beyond its bounds, and at random; the answers must be as described."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("schemathesis")


def run(served: str, folder: Path, phases: str, examples: int, *more: str) -> None:
    asked = [
        COMMAND, "run", f"{served}/openapi.json", "--checks", "all", "--phases", phases,
        "--max-examples", str(examples), "--generation-deterministic", "--mode", "all",
        "--suppress-health-check", "all", "--no-color", *more,
    ]  # fmt: skip
    done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_answers_are_as_described(served: str, tmp_path: Path) -> None:
    run(served, tmp_path, "examples,fuzzing", 6, "--include-method", "GET")


@pytest.mark.slow
def test_many_answers_are_as_described(served: str, tmp_path: Path) -> None:
    run(served, tmp_path, "examples,coverage,fuzzing,stateful", 300)
