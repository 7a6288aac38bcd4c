"""The shipped contracts as documents, and the published schema where it is at hand."""

from pathlib import Path

import pytest

from contracts.declarations import Declarations, load
from contracts.odcs.document import Plain
from contracts.odcs.export import documents
from contracts.odcs.feed import feed_document

STANDARD = Path(__file__).parents[4] / "shared" / "real" / "schemas" / "odcs"


@pytest.fixture(scope="session")
def declared() -> Declarations:
    """The declarations that come with the project."""
    return load()


@pytest.fixture(scope="session")
def exported(declared: Declarations) -> dict[str, Plain]:
    """Every contract and every feed as a document, by ``folder/name``."""
    found = {"/".join(name): document for name, document in documents(declared).items()}
    found |= {
        f"feeds/{feed_id}": feed_document(feed, declared)
        for feed_id, feed in declared.feeds.items()
    }
    assert len(found) > 10
    return found


@pytest.fixture(scope="session")
def schema() -> Path:
    """The standard's JSON Schema, v3.1.0."""
    path = STANDARD / "odcs-json-schema-v3.1.0.json"
    if not path.exists():
        pytest.skip("the standard's JSON Schema is not at ../shared/real/schemas/odcs")
    return path


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The standard's own examples."""
    found = sorted((STANDARD / "examples").glob("*.yaml"))
    if not found:
        pytest.skip("the standard's examples are not at ../shared/real/schemas/odcs")
    return found
