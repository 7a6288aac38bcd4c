"""``python -m benchmarks.accuracy [topic ...]``: print the tables of all topics, or of some.

Exits 1 where an exact rule is wrong, or where nothing was tried at all.
"""

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module

import benchmarks.accuracy
from benchmarks.accuracy.table import Table

NOT_TOPICS = {"__main__", "published", "table"}


def topics() -> list[str]:
    """The modules that have tables, in the order of their names."""
    names = (module.name for module in pkgutil.iter_modules(benchmarks.accuracy.__path__))
    return sorted(name for name in names if name not in NOT_TOPICS and name[0] != "_")


def print_tables(found: Sequence[Table]) -> None:
    """A line a table."""
    width = max((len(one.title) for one in found), default=0)
    print(f"\n{'':{width}}  {'tried':>8} {'right':>8} {'refused':>8} {'wrong':>8}")
    for one in found:
        counts = f"{one.of:8,} {one.right:8,} {one.refused:8,} {one.wrong:8,}"
        wrong = " WRONG" if one.fails else ""
        print(f"{one.title:{width}}  {counts}{wrong}  {one.note}".rstrip())


def main(wanted: Sequence[str]) -> int:
    """Print the tables of the topics; the exit code."""
    known = topics()
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"No topic {', '.join(unknown)}; there are {', '.join(known)}.")
        return 2
    found: list[Table] = []
    for topic in wanted or known:
        found += import_module(f"benchmarks.accuracy.{topic}").tables()
    print_tables(found)
    if not sum(one.of for one in found):
        print("Nothing was tried.")
        return 1
    return 1 if any(one.fails for one in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
