"""The benchmark's dataset: events of people, as a case system exports them."""

from contracts.dataset import Dataset, column
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


class PersonEvent(
    Dataset,
    name="person_event",
    title="Person events",
    main="person_event",
    replaces="everything",
):
    """Events of people, one a row, with the person's details repeated on each."""

    local_id: PersonalReference = column(
        "The supplier's number of the event",
        to="person_event.local_id",
        str_length={"max_value": 20},
    )
    forename: Forenames = column("Forename", to="person_event.forename")
    surname: Surname = column("Surname", to="person_event.surname")
    title: PersonalText = column("Title", to="person_event.title", nullable=True)
    birth_date: BirthDate = column("Date of birth", to="person_event.birth_date")
    sex: PersonalCode = column("Sex", to="person_event.sex", options={"scheme": "sex"})
    ethnic_group: SpecialCode = column(
        "Ethnic group", to="person_event.ethnic_group", options={"scheme": "ethnic_group"}
    )
    nhs_number: NhsNumber = column("NHS number", to="person_event.nhs_number")
    postcode: Postcode = column("Postcode", to="person_event.postcode")
    authority: Code = column(
        "Authority", to="person_event.authority", options={"scheme": "authority"}
    )
    event_date: Date = column("Date of the event", to="person_event.event_date")
    event_code: Code = column(
        "Kind of event", to="person_event.event_code", options={"scheme": "event"}
    )
    amount: Money = column("Cost", to="person_event.amount", ge=0)
    notes: PersonalText = column("Notes", to="person_event.notes", nullable=True)
