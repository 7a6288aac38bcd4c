"""Fixtures of the open API's tests: an installation with two bodies' payments, and its open API."""

from tests import browser_kit
from tests import open_kit as _KIT

small_region = _KIT.small_region
declared_database = _KIT.declared_database
loaded_database = _KIT.loaded_database
published = _KIT.published
open_url = _KIT.open_url
served = _KIT.served
client = _KIT.client
browser = browser_kit.browser
serve = _KIT.serve
