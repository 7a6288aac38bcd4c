"""Builds the catalogue: every page as bytes, then a folder that takes the old one's place at once.

The same declarations and the same record of deliveries, on the same day, give the same bytes.
"""

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path

import psycopg
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.declarations import Declarations, load
from pipeline.catalogue.names import ADDRESSES, root_of
from pipeline.catalogue.page import PARTS, Page
from pipeline.catalogue.pages import every_page
from pipeline.catalogue.search import as_json, entries
from pipeline.catalogue.site import Site, gather
from pipeline.catalogue.words import FILTERS
from pipeline.dictionary import COLUMNS, DictionaryTable, lines
from pipeline.settings import Settings
from repository.database import connected, database_url

HERE = Path(__file__).parent
MARK = "catalogue.json"
"""The file by which a folder is known as a catalogue of ours."""

KEPT = 2
"""Built sites that are kept: the one shown and the one before, which somebody may be reading."""


class NotOurFolder(Exception):
    """The folder named for the catalogue holds something else."""


@dataclass(frozen=True)
class Built:
    """What was built: the folder, its pages, its size, and the hash of everything in it."""

    folder: Path
    pages: int
    bytes: int
    sha256: str


def render(site: Site) -> dict[str, bytes]:
    """Every file of the site: address to content."""
    files = {page.address: _html(page, site) for page in every_page(site)}
    tables = list(site.tables.values())
    files["search.json"] = _json(as_json(entries(site)))
    files["dictionary.json"] = _json([asdict(table) for table in tables])
    files["dictionary.csv"] = _csv(tables)
    for path in sorted((HERE / "static").iterdir()):
        files[f"static/{path.name}"] = path.read_bytes()
    return files


def build(
    conn: psycopg.Connection, declarations: Declarations, today: date | None = None
) -> dict[str, bytes]:
    """Gather and render the site; see :func:`pipeline.catalogue.site.gather`."""
    return render(gather(conn, declarations, today))


def build_into(folder: Path) -> Built:
    """Build the catalogue of this installation into a folder, whose former catalogue it replaces.

    Raises:
        NotOurFolder: the folder is there and holds something else.
        repository.database.NoDatabase, repository.problems.DatabaseDown
    """
    folder = folder.absolute()
    _check_ours(folder)
    files = _of_this_installation()
    made = _written(files, folder.parent)
    former = None
    if folder.exists():
        former = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        folder.replace(former)
    made.replace(folder)
    if former is not None:
        shutil.rmtree(former)
    return _told(folder, files)


def publish(state: Path | None = None) -> Built:
    """Build the catalogue and show it at once: :func:`shown_folder` is a link that changes over
    from one whole site to the next. Nothing is written where nothing has changed.

    Raises:
        repository.database.NoDatabase, repository.problems.DatabaseDown
    """
    files = _of_this_installation()
    place = shown_folder(state).parent
    place.mkdir(parents=True, exist_ok=True)
    folder = place / f"site-{_sha256(files)[:16]}"
    if not folder.exists():
        made = _written(files, place)
        try:
            made.rename(folder)
        except OSError:
            shutil.rmtree(made)  # another build of the same was quicker
    os.utime(folder)
    link = Path(tempfile.mkdtemp(prefix=".link-", dir=place)) / "site"
    link.symlink_to(folder.name)
    link.replace(shown_folder(state))
    link.parent.rmdir()
    sites = sorted(place.glob("site-*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in (*sites[KEPT:], *_left_behind(place)):
        shutil.rmtree(old, ignore_errors=True)
    return _told(folder, files)


def shown_folder(state: Path | None = None) -> Path:
    """The folder that holds the catalogue as it is shown beside the Airflow UI."""
    return (state or Settings.from_environment().state) / "catalogue" / "site"


def _of_this_installation() -> dict[str, bytes]:
    settings = Settings.from_environment()
    with _reading(settings) as conn:
        return build(conn, load(settings.contracts))


@contextmanager
def _reading(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection that sees the repository as it is at one moment, and cannot write."""
    with connected(database_url(settings.state)) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        yield conn


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals.update(ADDRESSES)
    return made


def _html(page: Page, site: Site) -> bytes:
    html = (
        _templates()
        .get_template(page.template)
        .render(
            {"page": page, "site": site, "root": root_of(page.address), "menu": PARTS, **page.shown}
        )
    )
    return html.encode()


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=str, indent=1).encode()


def _csv(tables: list[DictionaryTable]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines(tables))
    return text.getvalue().encode()


def _written(files: Mapping[str, bytes], beside: Path) -> Path:
    """A new folder with the site in it, beside where it is to stand."""
    beside.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".catalogue-", dir=beside))
    folder.chmod(0o755)
    for address, content in files.items():
        path = folder / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / MARK).write_bytes(_json({"files": len(files), "sha256": _sha256(files)}))
    return folder


def _left_behind(place: Path) -> list[Path]:
    """Folders of builds that were killed; none is a day at it."""
    before = time.time() - 86_400
    return [one for one in place.glob(".*-*") if one.lstat().st_mtime < before]


def _check_ours(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NotOurFolder(f"{folder} is no folder; name one that is, or one that is not there yet")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise NotOurFolder(
            f"{folder} holds something that is no catalogue; name an empty folder or a new one"
        )


def _told(folder: Path, files: Mapping[str, bytes]) -> Built:
    pages = sum(1 for address in files if address.endswith(".html"))
    return Built(folder, pages, sum(map(len, files.values())), _sha256(files))


def _sha256(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for address, content in sorted(files.items()):
        whole.update(f"{address}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
