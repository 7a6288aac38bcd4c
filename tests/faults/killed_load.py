"""Loads a delivery and kills itself with SIGKILL at a named point.

Arguments: database URL, feed, point, file with the rows as JSON, number of deliveries before.
"""

import json
import os
import signal
import sys
from pathlib import Path

from tests.repository import conftest as kit

url, feed, point, rows, before = sys.argv[1:6]


def at(name: str) -> None:
    if name == point:
        os.kill(os.getpid(), signal.SIGKILL)


one = kit.Supplier(url, feed=feed, count=int(before))
outcome = one.load([tuple(row) for row in json.loads(Path(rows).read_text())], at=at)
print(outcome.state, outcome.new)
