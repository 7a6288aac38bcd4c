"""Fixtures of the open API's tests: an installation with two bodies' payments, and its open API."""

import importlib.util
import sys
from pathlib import Path

from tests import browser_kit

_SPEC = importlib.util.spec_from_file_location(
    "open_kit", Path(__file__).parents[1] / "open_kit.py"
)
assert _SPEC and _SPEC.loader
_KIT = sys.modules.setdefault("open_kit", importlib.util.module_from_spec(_SPEC))
if not hasattr(_KIT, "serving"):
    _SPEC.loader.exec_module(_KIT)

small_region = _KIT.small_region
declared_database = _KIT.declared_database
loaded_database = _KIT.loaded_database
published = _KIT.published
open_url = _KIT.open_url
served = _KIT.served
client = _KIT.client
browser = browser_kit.browser
serve = _KIT.serve
