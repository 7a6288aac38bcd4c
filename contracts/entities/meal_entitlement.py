"""Entitlements to free school meals."""

from contracts.entity import Entity, column, link
from contracts.kinds import (
    Address,
    Date,
    Identifier,
    NationalInsuranceNumber,
    PersonalCode,
    PersonalReference,
)


class MealEntitlement(
    Entity,
    name="meal_entitlement",
    version="3.0.0",
    identity=["reference"],
    valid_from="eligible_from",
    valid_to="eligible_to",
):
    """One child's entitlement to free school meals, as the council that granted it reports it.

    Caveats: entitled is not the same as taking meals. An open end means that nobody has set one,
    not that there is none. Children entitled through universal infant free school meals are not
    here; only those entitled by their parents' benefits.
    """

    reference: PersonalReference = column("The council's reference of the application")
    eligible_from: Date = column("First day of the entitlement", personal="personal")
    eligible_to: Date = column(
        "Last day of the entitlement; empty while open", nullable=True, personal="personal"
    )
    reason: PersonalCode = column(
        "The benefit that entitles", nullable=True, options={"scheme": "meal-eligibility-reason"}
    )
    home_address: Address = column("Home address, on one line", nullable=True)
    parent_national_insurance_number: NationalInsuranceNumber = column(
        "National Insurance number of the parent who applied", nullable=True
    )
    person_id: Identifier = link("The child", to="person")
