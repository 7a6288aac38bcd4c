"""The benchmark's entity: one row an event."""

from contracts.entity import Entity, column
from contracts.kinds import (
    BirthDate,
    Code,
    Date,
    Forenames,
    Money,
    NhsNumber,
    PersonalCode,
    PersonalReference,
    PersonalText,
    Postcode,
    SpecialCode,
    Surname,
)


class PersonEvent(Entity, name="person_event", title="Person event", identity=("local_id",)):
    """One event of one person, as one supplier tells it."""

    local_id: PersonalReference = column("The supplier's number of the event")
    forename: Forenames = column("Forename")
    surname: Surname = column("Surname")
    title: PersonalText = column("Title", nullable=True)
    birth_date: BirthDate = column("Date of birth")
    sex: PersonalCode = column("Sex", isin=["1", "2"])
    ethnic_group: SpecialCode = column("Ethnic group")
    nhs_number: NhsNumber = column("NHS number")
    postcode: Postcode = column("Postcode")
    authority: Code = column("Authority")
    event_date: Date = column("Date of the event")
    event_code: Code = column("Kind of event")
    amount: Money = column("Cost")
    notes: PersonalText = column("Notes", nullable=True)
