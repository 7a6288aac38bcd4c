"""Where each page of the catalogue stands, from the site's root, and the names of places in it."""


def slug(name: str) -> str:
    """A name as part of an address: letters, digits, ``-`` and ``_`` as they are, every other sign
    as its number, so that no two names meet and none leads out of the folder."""
    return "".join(
        one if one.isascii() and (one.isalnum() or one in "-_") else f"~{ord(one):x}."
        for one in name
    )


def table_page(entity: str) -> str:
    """The page of an entity's table."""
    return f"tables/{slug(entity)}.html"


def column_place(entity: str, column: str) -> str:
    """The place of a column on its table's page."""
    return f"{table_page(entity)}#column-{slug(column)}"


def feed_page(feed: str) -> str:
    """The page of a feed."""
    organisation, _, dataset = feed.partition("/")
    return f"feeds/{slug(organisation)}/{slug(dataset)}.html"


def code_list_page(name: str) -> str:
    """The page of a code list."""
    return f"codes/{slug(name)}.html"


def code_place(name: str, code: str) -> str:
    """The place of a code on its list's page."""
    return f"{code_list_page(name)}#code-{slug(code)}"


def purpose_page(purpose: str) -> str:
    """The page of a purpose."""
    return f"purposes/{slug(purpose)}.html"


def agreement_page(agreement: str) -> str:
    """The page of an agreement."""
    return f"agreements/{slug(agreement)}.html"


def root_of(page: str) -> str:
    """The way from a page back to the site's root."""
    return "../" * page.count("/")


ADDRESSES = {
    one.__name__: one
    for one in (
        slug, table_page, column_place, feed_page, code_list_page, code_place, purpose_page,
        agreement_page,
    )
}  # fmt: skip
"""What templates may call."""
