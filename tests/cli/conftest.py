"""Fixtures of the commands that need an installation."""

from tests import journey_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database
home = _KIT.home
