"""Persons, as each feed speaks of them."""

from contracts.entity import Entity, column
from contracts.kinds import (
    BirthDate,
    Forenames,
    NhsNumber,
    PersonalCode,
    PersonalReference,
    Postcode,
    SpecialCode,
    Surname,
    Telephone,
    UniquePupilNumber,
)


class Person(Entity, name="person", version="2.0.0", identity=["reference"]):
    """A person as one feed knows them: one row for each reference of that feed.

    Caveats: the same human being known to two feeds is two rows here, whatever their names; which
    rows are one human being is the business of linkage. A feed that speaks of a person in several
    rows is taken at its first word within a delivery. Sex is as the source records it and says
    nothing of gender identity.
    """

    reference: PersonalReference = column("The supplier's own reference for the person")
    forenames: Forenames = column("Forenames, all of them, in the order written", nullable=True)
    surname: Surname = column("Surname", nullable=True)
    birth_date: BirthDate = column("Date of birth", nullable=True)
    sex: PersonalCode = column(
        "Sex as recorded", nullable=True, options={"scheme": "sex"}, reasons=True
    )
    upn: UniquePupilNumber = column("Unique pupil number", nullable=True)
    nhs_number: NhsNumber = column("NHS number", nullable=True, reasons=True)
    postcode: Postcode = column("Postcode of the home address", nullable=True)
    home_local_authority: PersonalCode = column(
        "Council of the home address", nullable=True, options={"scheme": "local-authority"}
    )
    telephone: Telephone = column("Telephone number, international form", nullable=True)
    ethnic_group: SpecialCode = column(
        "Ethnic group as stated",
        nullable=True,
        options={"scheme": "ethnic-group"},
        reasons=True,
    )
