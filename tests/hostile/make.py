"""The corpus: every hostile file, and what is to become of it.

``python -m tests.hostile.make FOLDER`` writes them all; ``--list`` says what is to become of each.
"""

import argparse
from pathlib import Path

from tests.hostile.archives import archives
from tests.hostile.binaries import binaries
from tests.hostile.case import Case
from tests.hostile.fuzzed import fuzzed
from tests.hostile.other_workbooks import other_workbooks
from tests.hostile.texts import texts
from tests.hostile.workbooks import workbooks


def corpus() -> list[Case]:
    """All cases, always the same, names unlike."""
    cases = [*texts(), *workbooks(), *other_workbooks(), *archives(), *binaries(), *fuzzed()]
    names = [one.name for one in cases]
    assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)
    return cases


def main() -> None:
    """Write or list the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    for one in corpus():
        if chosen.list:
            print(one.name, *sorted(one.verdicts))
        if chosen.folder:
            chosen.folder.mkdir(parents=True, exist_ok=True)
            (chosen.folder / one.name).write_bytes(one.content())


if __name__ == "__main__":
    main()
