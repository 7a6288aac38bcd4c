"""Children entitled to free school meals."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from contracts.dataset import Dataset, FoundIn, column
from contracts.kinds import (
    Address,
    BirthDate,
    Date,
    Forenames,
    NationalInsuranceNumber,
    PersonalCode,
    PersonalReference,
    Postcode,
    Surname,
)


class MealEligibility(
    Dataset,
    name="meal_eligibility",
    version="2.0.0",
    main="meal_entitlement",
    date_order="dmy",
    replaces="everything",
    # Children entitled go to school, most of them in the same council's.
    consistency=[FoundIn("school_census", "person", ("surname_match", "birth_date"), least=0.5)],
):
    """Every application for free school meals that was granted and not withdrawn, one row a child.

    Caveats: names and addresses are as the parent gave them on the form, and often differ from the
    school's. An empty last day means that the entitlement is open.
    """

    reference: PersonalReference = column(
        "The council's reference of the application",
        headers=["application reference", "application ref", "reference"],
        to=["meal_entitlement.reference", "person.reference"],
    )
    forenames: Forenames = column(
        "The child's forenames",
        headers=["child forename", "child first name", "forename", "forenames"],
        to="person.forenames",
    )
    surname: Surname = column(
        "The child's surname",
        headers=["child surname", "child last name", "surname"],
        to="person.surname",
    )
    birth_date: BirthDate = column(
        "The child's date of birth",
        headers=["child date of birth", "child dob", "date of birth", "dob"],
        to="person.birth_date",
    )
    postcode: Postcode = column(
        "Postcode of the home address",
        headers=["postcode", "home postcode"],
        to="person.postcode",
        nullable=True,
    )
    eligible_from: Date = column(
        "First day of the entitlement",
        headers=["eligible from", "start date", "entitled from"],
        to="meal_entitlement.eligible_from",
        personal="personal",
    )
    eligible_to: Date = column(
        "Last day of the entitlement; empty while open",
        headers=["eligible to", "end date", "entitled to"],
        to="meal_entitlement.eligible_to",
        nullable=True,
        personal="personal",
    )
    reason: PersonalCode = column(
        "The benefit that entitles",
        headers=["reason", "qualifying benefit", "eligibility reason"],
        to="meal_entitlement.reason",
        nullable=True,
        options={"scheme": "meal-eligibility-reason"},
    )
    home_address: Address = column(
        "Home address as given",
        headers=["address", "home address"],
        to="meal_entitlement.home_address",
        optional=True,
    )
    parent_national_insurance_number: NationalInsuranceNumber = column(
        "National Insurance number of the parent who applied",
        headers=["parent ni number", "national insurance number"],
        to="meal_entitlement.parent_national_insurance_number",
        optional=True,
    )

    @pa.dataframe_check
    @classmethod
    def ends_after_it_begins(cls, data: PolarsData) -> pl.LazyFrame:
        """The last day does not lie before the first."""
        first, last = pl.col("eligible_from"), pl.col("eligible_to")
        return data.lazyframe.select(last.is_null() | first.is_null() | (last >= first))
