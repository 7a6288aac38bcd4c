"""Which version of code and declarations made a row."""

import hashlib
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from contracts.declarations import Declarations
from contracts.feed import Feed
from contracts.model import columns_of
from contracts.modules import source_files
from contracts.register import Register

HOME = Path(__file__).parent.parent

# Feed settings that decide what becomes of a row once its bytes are here. The rest (title, owner,
# timetable, place) may change without a row needing to be worked again.
DECISIVE = {"organisation", "dataset", "file", "date_order", "columns", "ignored_columns", "as_at"}

# Libraries that decide what a value is: another version may read one otherwise.
DECIDING = ("phonenumbers", "email-validator", "python-stdnum")


@cache
def code_version() -> str:
    """The commit this code stands at, with ``-dirty`` where files differ from it.

    Where the code was installed without its history: the package's version.
    """
    if (HOME / ".git").exists():
        told = subprocess.run(
            ["git", "-C", str(HOME), "describe", "--tags", "--always", "--dirty"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        if told.returncode == 0:
            return told.stdout.strip()
    try:
        return version("watersmeet")
    except PackageNotFoundError:
        return "unknown"


def steps_version(feed: Feed, declarations: Declarations) -> str:
    """The version of everything that decides what becomes of a row of a feed.

    Two deliveries with the same steps version turn the same record into the same values, so a
    record known from the earlier one needs no work in the later. It covers the dataset's and the
    entities' modules, the feed's rules, the columns the agreement lets land, the organisations,
    the code schemes in use (with their code lists, accepted aliases and crosswalks), the code of
    the steps and the libraries that decide what a value is.

    Returns:
        16 hexadecimal digits.
    """
    dataset = declarations.dataset(feed.dataset)
    columns = columns_of(dataset)
    allowed = declarations.agreement_of(feed).columns[feed.dataset]
    schemes = {facts.options.get("scheme") for facts in columns.values()}
    schemes |= {rule.scheme for rule in feed.columns.values()}
    roles = {
        target.partition(".")[0].partition(":")[0] for f in columns.values() for target in f.to
    }
    files = [
        *source_files(dataset),
        *(path for role in sorted(roles) for path in source_files(declarations.entities[role])),
        declarations.organisations.path,
        *(
            path
            for name in sorted(filter(None, schemes))
            for path in _files_of(declarations.code_schemes[name])
        ),
    ]
    whole = hashlib.sha256(_code_digest().encode())
    whole.update(feed.model_dump_json(include=DECISIVE).encode())
    whole.update(repr(sorted(allowed)).encode())
    for path in files:
        whole.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _files_of(register: Register) -> Iterator[Path]:
    """The files that decide what a register makes of a writing."""
    yield from register.files
    yield from (crosswalk.path for _, crosswalk in sorted(register.crosswalks.items()))


@cache
def _code_digest() -> str:
    whole = hashlib.sha256()
    for library in DECIDING:
        whole.update(f"{library} {version(library)}".encode())
    for path in _step_sources():
        whole.update(path.relative_to(HOME).as_posix().encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _step_sources() -> Iterator[Path]:
    """The files whose code turns a record into values."""
    yield from sorted((HOME / "contracts").glob("*.py"))
    yield HOME / "contracts" / "issue_types.csv"
    yield HOME / "contracts" / "registers" / "missing.csv"
    for folder in ("transforms", "connectors/read"):
        yield from sorted((HOME / folder).rglob("*.py"))
