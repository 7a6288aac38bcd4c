"""The catalogue of the invented region, built once a session, with values planted that it must
not show."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from contracts.declarations import Declarations, load
from pipeline.catalogue.build import build, build_into
from pipeline.catalogue.queries_read import Query, queries
from repository.database import connect
from tests import browser_kit
from tests import journey_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database
home = _KIT.home
browser = browser_kit.browser

CANARY = "Kanarienvogel"
"""In every value that must not be shown."""
HOSTILE = "<img src=x onerror=window.hit=1>\"'&"


@dataclass
class Built:
    """A catalogue, and what was tried while its repository stood.

    Attributes:
        files, again: two builds from the same.
        hostile: one whose titles and headers are hostile.
        folder, hostile_folder: the same on disk.
        answers: of each example query, rows of its purpose's login.
        personal: values of persons that are in the repository.
        canary, markup: what was planted where it must not show, and where it must show as text.
    """

    files: dict[str, bytes]
    again: dict[str, bytes]
    hostile: dict[str, bytes]
    folder: Path
    hostile_folder: Path
    declarations: Declarations
    answers: dict[str, tuple[Query, int]] = field(default_factory=dict)
    personal: set[str] = field(default_factory=set)
    canary: str = CANARY
    markup: str = HOSTILE

    def text(self, address: str) -> str:
        return self.files[address].decode()


def plant(conn: psycopg.Connection) -> None:
    """Put canaries wherever a careless page would take them from."""
    rows = {"surname": CANARY}
    for statement, value in (
        ("UPDATE store.person SET surname = %s", CANARY),
        ("UPDATE store.person SET forenames = %s", CANARY),
        ("UPDATE store.meal_entitlement SET home_address = %s", f"1 {CANARY} Street"),
        # Not personal, but not among the columns that may be published.
        ("UPDATE store.payment SET description = %s", CANARY),
        # May be published, but the open table's rules hide it.
        ("UPDATE store.payment SET supplier_name = %s", f"Private individual {CANARY}"),
        ("UPDATE watersmeet.profile SET measures = jsonb_set(measures, '{codes}', %s)"
         " WHERE \"column\" IN ('sex', 'year_group', 'birth_date')", Jsonb({CANARY: 99})),
        ("UPDATE watersmeet.quarantine SET sealed = NULL, record = %s", Jsonb(rows)),
        ("UPDATE watersmeet.delivery SET name = %s WHERE contract <> 'spend'", f"{CANARY}.csv"),
    ):  # fmt: skip
        conn.execute(statement, (value,))
    conn.commit()


def hostile(conn: psycopg.Connection, declarations: Declarations) -> Declarations:
    """The declarations with a hostile title, and a hostile header in a delivery."""
    conn.execute(
        "UPDATE watersmeet.delivery_table SET mapping = replace(mapping::text, %s, %s)::jsonb",
        ('"Net Amount"', json.dumps(HOSTILE)),
    )
    row = conn.execute("SELECT 1 FROM watersmeet.delivery_table WHERE mapping @> %s",
                       (Jsonb({"columns": [{"header": HOSTILE}]}),)).fetchone()  # fmt: skip
    assert row is not None, "the header is in the record"
    feed = declarations.feeds["northmoor/spend"].model_copy(
        update={"title": HOSTILE, "notes": HOSTILE, "owner": HOSTILE}
    )
    agreement = declarations.agreements["spend-transparency"].model_copy(
        update={"title": HOSTILE, "benefits": HOSTILE, "controllers": (HOSTILE,)}
    )
    return dataclasses.replace(
        declarations,
        feeds={**declarations.feeds, feed.id: feed},
        agreements={**declarations.agreements, agreement.id: agreement},
    )


def asked(home: Any, declarations: Declarations) -> dict[str, tuple[Query, int]]:
    """Every example query, run by an analyst of its purpose; its rows."""
    found = {}
    for query in queries(declarations):
        with home.analyst(query.purpose) as conn:
            rows = conn.execute(query.sql.encode()).fetchall()
        found[f"{query.entity}/{query.path.name}"] = (query, len(rows))
    return found


@pytest.fixture(scope="session")
def built(
    server: Any,
    superuser: Callable[[str], psycopg.Connection],
    declared_database: tuple[str, Path],
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Built]:
    root = tmp_path_factory.mktemp("catalogue")
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(
            _KIT.installation(root, small_region, declared_database, server, superuser)
        )
        for feed in _KIT.FEEDS:
            home.supply(feed)
            assert home.run(feed)[-1].outcome.state == "loaded", feed
        declarations = load()
        answers = asked(home, declarations)
        with connect(home.url) as conn:
            personal = {
                str(value)
                for row in conn.execute(
                    "SELECT reference, upn, nhs_number, postcode, telephone FROM store.person"
                    " UNION ALL SELECT reference, parent_national_insurance_number, NULL, NULL,"
                    " NULL FROM store.meal_entitlement"
                )
                for value in row
                if value is not None
            }
            plant(conn)
            files, again = build(conn, declarations), build(conn, declarations)
            evil = build(conn, hostile(conn, declarations))
            conn.rollback()
        made = build_into(root / "site")
        _write(root / "hostile", evil)
        found = Built(
            files, again, evil, made.folder, root / "hostile", declarations, answers, personal
        )
    yield found


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for address, content in files.items():
        (folder / address).parent.mkdir(parents=True, exist_ok=True)
        (folder / address).write_bytes(content)
