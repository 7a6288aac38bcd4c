"""Organisations that deliveries speak of."""

from contracts.entity import Entity, column
from contracts.kinds import OrganisationName


class Organisation(Entity, name="organisation", identity=["name_match"], shared=True):
    """An organisation, known by the match form of its name and by nothing else.

    Caveats: two organisations of one name are one row here, and one organisation that trades under
    two names is two. The name shown is the first one a feed gave.
    """

    name: OrganisationName = column("Name, as the first feed to speak of it writes it")
