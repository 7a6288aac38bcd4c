"""Hostile text: delimited, JSON, XML, web pages, and what is named as text and is not."""

from collections.abc import Iterator

from tests.hostile.case import Case
from tests.hostile.delimited import delimited
from tests.hostile.json_texts import json_texts
from tests.hostile.misnamed import misnamed
from tests.hostile.pages import pages
from tests.hostile.xml_texts import xml_texts


def texts() -> Iterator[Case]:
    """All of them."""
    yield from delimited()
    yield from misnamed()
    yield from json_texts()
    yield from xml_texts()
    yield from pages()
