"""Organisations that deliveries speak of."""

from contracts.entity import Entity, column
from contracts.kinds import OrganisationName


class Organisation(Entity, name="organisation", identity=["name_match"], shared=True):
    """An organisation, known by the match form of its name and by nothing else.

    Caveats: two organisations of one name are one here, and one organisation that trades under two
    names is two. Each feed that speaks of an organisation has a row of it, under the same
    identifier, with the name as that feed first wrote it: join on identifier and feed.
    """

    name: OrganisationName = column("Name, as the first feed to speak of it writes it")
