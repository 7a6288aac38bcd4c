"""The pages of the catalogue, one kind a file, each made from what was gathered."""

from collections.abc import Iterator

from pipeline.catalogue.page import Page
from pipeline.catalogue.pages.agreements import agreement_pages
from pipeline.catalogue.pages.codes import code_pages
from pipeline.catalogue.pages.feeds import feed_pages
from pipeline.catalogue.pages.home import home_pages
from pipeline.catalogue.pages.tables import table_pages
from pipeline.catalogue.site import Site


def every_page(site: Site) -> Iterator[Page]:
    """Every page, each once."""
    for kind in (home_pages, table_pages, feed_pages, code_pages, agreement_pages):
        yield from kind(site)
