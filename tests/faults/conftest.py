"""Faults are tried with the repository's invented contracts and deliveries."""

import importlib.util
import sys
from pathlib import Path

KIT = Path(__file__).parent.parent / "repository" / "conftest.py"
_found = importlib.util.spec_from_file_location("repository_kit", KIT)
assert _found is not None and _found.loader is not None
kit = importlib.util.module_from_spec(_found)
sys.modules["repository_kit"] = kit
_found.loader.exec_module(kit)

supplier = kit.supplier
