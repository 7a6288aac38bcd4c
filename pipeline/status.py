"""Feeds, their last deliveries, what was refused, and where database and Airflow are."""

from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from contracts.declarations import load
from pipeline.hold import accepted, held
from pipeline.settings import Settings
from repository.arrivals import refusals
from repository.backup.record import last_check
from repository.backup.settings import set_up
from repository.database import connected, database_url, parsed
from repository.presence import gone
from repository.state import read_private
from repository.status import feeds


def status() -> dict[str, Any]:
    """How things stand.

    Returns:
        ``feeds`` (:func:`repository.status.feeds`, those declared and those that were), ``gone``
        (what places no longer have, :func:`repository.presence.gone`), ``refused`` (deliveries
        whose last try was refused), ``held`` (deliveries that wait for a person,
        :func:`pipeline.hold.held`), ``accepted`` (those a person has accepted that are not loaded
        yet), ``backup`` (``set_up``, and ``last_check``: the last restore that was tried, or None),
        ``broken`` (declarations that cannot be used), ``database`` (its address, no
        password), ``airflow`` (its address; None where it does not answer).

    Raises:
        repository.database.NoDatabase, repository.problems.DatabaseDown
    """
    settings = Settings.from_environment()
    url = database_url(settings.state)
    address = parsed(url)
    with connected(url) as conn:
        known, refused, missing = feeds(conn), refusals(conn), gone(conn)
        backup = {"set_up": set_up(), "last_check": last_check(conn)}
    return {
        "feeds": known,
        "gone": missing,
        "refused": refused,
        "held": held(),
        "accepted": accepted(),
        "backup": backup,
        "broken": [str(one) for one in load(settings.contracts).broken],
        "database": f"{address.host}:{address.port or 5432}, database {address.database}",
        "airflow": _airflow(settings),
    }


def _airflow(settings: Settings) -> str | None:
    """The address Airflow was last started on, where it answers there now."""
    address = read_private(settings.state / "airflow" / "address.json").get("url")
    if not isinstance(address, str):
        return None
    try:
        with urlopen(f"{address}/api/v2/version", timeout=2):
            return address
    except (URLError, OSError):
        return None
