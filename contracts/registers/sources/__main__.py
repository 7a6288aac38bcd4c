"""Restate the long registers from the published lists in a folder; see README.md."""

import sys
from pathlib import Path

from contracts.registers.sources import countries, currencies, government, local_authorities

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for topic in (local_authorities, countries, currencies, government):
        topic.write(folder)
