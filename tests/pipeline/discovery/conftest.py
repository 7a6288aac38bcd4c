"""A share and searches of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.discovery.findings import Found, Summary, every_file, summary
from pipeline.discovery.search import Request, searching
from pipeline.discovery.sighting import Obstacle
from tests import browser_kit
from tests.pipeline.discovery import share_kit as KIT

browser = browser_kit.browser


class Outcome:
    """What a search found."""

    def __init__(self, place: Path, state: Path, **how: Any) -> None:
        with searching(Request(str(place), **how), state) as search:
            search.run(lambda *_: None)
            self.looks = search.fresh_looks
            self.files: dict[str, Found] = {
                one.known.sighting.path: one for one in every_file(search.ground, search.notebook)
            }
            self.obstacles: dict[str, Obstacle] = {
                one.path: one for one in search.notebook.obstacles()
            }
            self.summary: Summary = summary(search.ground, search.notebook, search.passed_over)
            self.notebook_path = search.notebook.path


Searched = Callable[..., Outcome]


@pytest.fixture(scope="session")
def kit() -> Any:
    return KIT


@pytest.fixture(scope="session")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The share, made once; not to be changed."""
    root = tmp_path_factory.mktemp("share")
    KIT.make_share(root)
    return root


@pytest.fixture(scope="session")
def outcome(share: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What a search of the share found."""
    return Outcome(share, tmp_path_factory.mktemp("state"), seconds=30)


@pytest.fixture
def searched(tmp_path: Path) -> Searched:
    """Searches a place, with a state of this test's own."""

    def search(place: Path, **how: Any) -> Outcome:
        return Outcome(place, tmp_path / "state", **how)

    return search
