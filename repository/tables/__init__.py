"""Tables of operations: feeds, agreements, deliveries and what was found in them.

Rows of these tables hold places and codes, never supplied values, but for what was not loaded and
what was corrected (``quarantine``, ``correction``) and values no register knows
(``unknown_code``), sealed where personal.
"""

from repository.tables import backups, identity, lineage, operations, releases, stewards
from repository.tables.base import SCHEMA, metadata

__all__ = [
    "SCHEMA",
    "backups",
    "identity",
    "lineage",
    "metadata",
    "operations",
    "releases",
    "stewards",
]
