"""Where a log is torn: the server ran for a while without keeping it for backups.

From there on it was written with ``wal_level = minimal`` and cannot be played back. PostgreSQL
finds that out too late: it has then noted that the cluster must be played beyond, and stops for
good. So it is looked for beforehand.
"""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from repository.backup.cluster import client_programs

TURNED = re.compile(r"lsn: (\w+/\w+), .*desc: PARAMETER_CHANGE .*wal_level=minimal")
COMMITTED = re.compile(r"desc: COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC")


@dataclass(frozen=True)
class Tear:
    """A place in the log that nothing is played beyond.

    Attributes:
        position: of the record that cannot be played back, as PostgreSQL writes it.
        last_commit: the last before it; None where there is none in the log.
    """

    position: str
    last_commit: datetime | None


def torn_at(log: Path) -> Tear | None:
    """The first tear in a folder of segments; None where there is none."""
    names = sorted(path.name for path in log.iterdir() if len(path.name) == 24)
    if not names:
        return None
    command = [
        *(str(client_programs() / "pg_waldump"), f"--path={log}"),
        *("--rmgr=XLOG", "--rmgr=Transaction", names[0], names[-1]),
    ]
    last_commit = None
    with subprocess.Popen(
        command,
        env={"TZ": "UTC", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # that the last segment ends
        text=True,
        errors="replace",
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if found := COMMITTED.search(line):
                last_commit = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
            elif found := TURNED.search(line):
                running.kill()
                return Tear(found[1], last_commit)
    return None
