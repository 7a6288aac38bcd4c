"""Pupils on roll, as councils report them after each census day."""

from contracts.dataset import Dataset, column
from contracts.kinds import (
    BirthDate,
    Date,
    Forenames,
    NhsNumber,
    PersonalCode,
    Postcode,
    SchoolUrn,
    SpecialCode,
    Surname,
    Telephone,
    UniquePupilNumber,
)


class SchoolCensus(
    Dataset,
    name="school_census",
    version="2.0.0",
    main="enrolment",
    date_order="dmy",
    replaces="everything",
):
    """Every pupil on the roll of the council's schools on census day, one row for each school.

    Caveats: pupils are listed where they go to school, so children of neighbouring councils are
    among them and some of the council's own are not. A pupil on two rolls has two rows. A unique
    pupil number given for a while before the lasting one is known ends in a letter. Names are as
    the school knows them and may differ from a birth certificate.
    """

    upn: UniquePupilNumber = column(
        "Unique pupil number",
        headers=["upn", "unique pupil number", "pupil upn"],
        to=["person.upn", "person.reference", "enrolment.pupil_reference"],
    )
    forenames: Forenames = column(
        "Forenames", headers=["forename", "forenames", "given names"], to="person.forenames"
    )
    surname: Surname = column(
        "Surname", headers=["surname", "family name", "last name"], to="person.surname"
    )
    birth_date: BirthDate = column(
        "Date of birth", headers=["dob", "date of birth", "birth date"], to="person.birth_date"
    )
    sex: PersonalCode = column(
        "Sex",
        headers=["sex", "gender"],
        to="person.sex",
        options={"scheme": "sex"},
        reasons=True,
    )
    school_urn: SchoolUrn = column(
        "The school's unique reference number",
        headers=["urn", "school urn"],
        to="enrolment.school_urn",
    )
    year_group: PersonalCode = column(
        "National curriculum year group",
        headers=["year group", "ncy", "nc year", "year"],
        to="enrolment.year_group",
        options={"scheme": "year-group"},
    )
    postcode: Postcode = column(
        "Postcode of the home address",
        headers=["postcode", "home postcode", "post code"],
        to="person.postcode",
        nullable=True,
    )
    home_local_authority: PersonalCode = column(
        "Council of the home address",
        headers=["home la", "home local authority", "home authority"],
        to="person.home_local_authority",
        nullable=True,
        options={"scheme": "local-authority"},
    )
    entered_on: Date = column(
        "First day on the school's roll",
        headers=["entry date", "date of entry", "date entered"],
        to="enrolment.entered_on",
        nullable=True,
        personal="personal",
    )
    nhs_number: NhsNumber = column(
        "NHS number",
        headers=["nhs number", "nhs no"],
        to="person.nhs_number",
        optional=True,
        reasons=True,
    )
    telephone: Telephone = column(
        "Telephone number of a parent",
        headers=["telephone", "contact telephone", "tel"],
        to="person.telephone",
        optional=True,
    )
    ethnic_group: SpecialCode = column(
        "Ethnic group as stated",
        headers=["ethnicity", "ethnic group"],
        to="person.ethnic_group",
        optional=True,
        options={"scheme": "ethnic-group"},
        reasons=True,
    )
