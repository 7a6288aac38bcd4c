"""Payments by public bodies."""

from contracts.entity import Entity, column, link
from contracts.kinds import Date, Identifier, Money, Reference, Text


class Payment(Entity, name="payment", version="2.0.0", happened_on="paid_on"):
    """One payment, credit note or part of one, as a public body published it.

    Caveats: nothing tells two payments apart but the published record itself, so that a corrected
    record is a new payment and the one it replaces ends. Amounts of different bodies compare only
    as far as their treatment of value added tax does. With month precision the first of the month
    stands for the date.
    """

    body: Text = column("The public body, or its family of bodies", nullable=True)
    entity: Text = column("The part of the body that spent the money", nullable=True)
    paid_on: Date = column("Date of payment, or the nearest date given")
    expense_type: Text = column("What kind of thing was bought", nullable=True)
    expense_area: Text = column("The service, cost centre or project it was for", nullable=True)
    supplier_name: Text = column("Who was paid, as the body wrote it", nullable=True)
    supplier_id: Identifier = link("Who was paid", to="organisation:supplier")
    transaction_number: Reference = column("The body's own number for it", nullable=True)
    amount: Money = column("Amount paid, pounds; credit notes are negative")
    description: Text = column("What the body says of it", nullable=True)
