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

# Whole journeys, with what the invented region supplies.
JOURNEY = Path(__file__).parent.parent / "journey_kit.py"
_journey = importlib.util.spec_from_file_location("journey_kit", JOURNEY)
assert _journey is not None and _journey.loader is not None
journey_kit = sys.modules.setdefault("journey_kit", importlib.util.module_from_spec(_journey))
if not hasattr(journey_kit, "Home"):
    _journey.loader.exec_module(journey_kit)

small_region = journey_kit.small_region
declared_database = journey_kit.declared_database
home = journey_kit.home
