"""Fixtures of the tests of comparisons: an installation, and rows of every type."""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "journey_kit", Path(__file__).parents[2] / "journey_kit.py"
)
assert _SPEC and _SPEC.loader
_KIT = sys.modules.setdefault("journey_kit", importlib.util.module_from_spec(_SPEC))
if not hasattr(_KIT, "Home"):
    _SPEC.loader.exec_module(_KIT)

sys.path.append(str(Path(__file__).parents[1] / "export"))

small_region = _KIT.small_region
declared_database = _KIT.declared_database
home = _KIT.home


@pytest.fixture(scope="module")
def loaded(
    server: Any,
    superuser: Any,
    declared_database: Any,
    small_region: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """An installation with payments, for tests that read."""
    root = tmp_path_factory.mktemp("loaded")
    with _KIT.installation(root, small_region, declared_database, server, superuser) as made:
        made.supply("northmoor/spend")
        made.one("northmoor/spend")
        shutil.copyfile(made.passwords, root / "state" / "analysts.json")
        yield made
