"""Pupils' enrolments at schools."""

from contracts.entity import Entity, column, link
from contracts.kinds import Date, Identifier, PersonalCode, PersonalReference, SchoolUrn


class Enrolment(
    Entity, name="enrolment", version="1.0.1", identity=["pupil_reference", "school_urn"]
):
    """One pupil on the roll of one school, as the school's council reports it.

    Caveats: a pupil on the rolls of two schools has two enrolments. A pupil who left and came back
    is one enrolment with the later entry date. Nothing here says whether the pupil attends. A row
    is so from the as-at date of the delivery that first had it; since when the pupil has been on
    the roll, the entry date says.
    """

    pupil_reference: PersonalReference = column("The supplier's own reference for the pupil")
    school_urn: SchoolUrn = column("The school's unique reference number")
    year_group: PersonalCode = column(
        "National curriculum year group", nullable=True, options={"scheme": "year-group"}
    )
    entered_on: Date = column("First day on the school's roll", nullable=True, personal="personal")
    person_id: Identifier = link("The pupil", to="person")
