"""Fixtures of the commands that need an installation."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "journey_kit", Path(__file__).parents[1] / "journey_kit.py"
)
assert _SPEC and _SPEC.loader
_KIT = sys.modules.setdefault("journey_kit", importlib.util.module_from_spec(_SPEC))
if not hasattr(_KIT, "Home"):
    _SPEC.loader.exec_module(_KIT)

small_region = _KIT.small_region
declared_database = _KIT.declared_database
home = _KIT.home
