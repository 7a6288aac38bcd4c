"""The `datacontract` command (datacontract-cli) accepts what we write, where it is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from contracts.odcs.document import Plain, written

COMMAND = os.environ.get("WATERSMEET_DATACONTRACT") or shutil.which("datacontract")


@pytest.mark.skipif(
    COMMAND is None,
    reason="no `datacontract` on PATH and WATERSMEET_DATACONTRACT names none",
)
def test_datacontract_lints_every_contract_and_a_feed_of_each_place(
    exported: dict[str, Plain], tmp_path: Path
) -> None:
    feeds = {"feeds/works/spend", "feeds/northmoor/school_census"}
    assert feeds < set(exported)
    for name, document in exported.items():
        if name.startswith("feeds/") and name not in feeds:
            continue
        path = tmp_path / f"{name.replace('/', '-')}.odcs.yaml"
        path.write_text(written(document), encoding="utf-8")
        told = subprocess.run(
            [str(COMMAND), "lint", "--all-errors", str(path)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert told.returncode == 0, f"{name}: {told.stdout}"
        assert "Data contract is valid" in told.stdout
