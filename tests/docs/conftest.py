"""Fixtures of the pages' tests: two bodies' payments loaded, and the open API over them."""

from tests import open_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database
loaded_database = _KIT.loaded_database
published = _KIT.published
open_url = _KIT.open_url
served = _KIT.served
client = _KIT.client
serve = _KIT.serve
