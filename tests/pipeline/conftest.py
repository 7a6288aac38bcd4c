"""Fixtures of the journey's tests: an installation, and what the invented region supplies."""

from tests import journey_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database
home = _KIT.home
loaded = _KIT.loaded
