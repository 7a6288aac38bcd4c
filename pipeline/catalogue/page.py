"""One page of the site before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        address: from the site's root.
        template: the file that lays it out.
        title: of the page, without the site's name.
        part: the entry of the menu it belongs to, an address.
        shown: what the template is given.
    """

    address: str
    template: str
    title: str
    part: str
    shown: Mapping[str, Any] = field(default_factory=dict)


PARTS = {
    "index.html": "Tables",
    "feeds/index.html": "Feeds",
    "codes/index.html": "Code lists",
    "agreements/index.html": "Agreements",
    "dictionary.html": "Dictionary",
    "about.html": "How to read this",
}
"""The menu: address to name."""
