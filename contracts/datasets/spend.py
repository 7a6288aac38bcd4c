"""Payments, as public bodies publish them."""

from contracts.dataset import Dataset, column
from contracts.kinds import Date, Money, OrganisationName, Reference, Text

# Each list is in order of preference: where a table has several of these columns, the first counts.
BODY = [
    "department family", "departmental family", "dept family", "body name", "body",
    "organisation name", "organisation", "organisation label", "public body", "department",
    "dept", "parent department", "authority", "authority name", "local authority", "council",
    "council name", "trust", "trust name", "publisher", "publisher name", "publishing body",
    "reporting body", "government department",
    "department family name", "public authority", "local authority name", "name of authority",
    "government body", "nhs organisation", "nhs trust",
]  # fmt: skip
ENTITY = [
    "entity", "entity name", "entities", "directorate", "directorate name", "division",
    "service division", "division name", "organisational unit", "organisation unit",
    "business unit", "business area", "portfolio", "service group", "agency",
    "department directorate", "directorate service", "business unit name", "operating unit",
    "service division label",
]  # fmt: skip
PAID_ON = [
    "payment date", "date of payment", "date paid", "paid date", "paid on",
    "invoice payment date", "payment made date", "payment made on", "pay date",
    "date payment made", "date of payment made", "actual payment date", "supplier payment date",
    "cheque date", "check date", "bacs date", "payment run date", "pay run date",
    "payment processed date", "payment clearing date", "cleared date", "clear date",
    "clearing date",
    "date cleared", "clearance date", "clearing doc date", "settlement date", "date",
    "date of expenditure", "expenditure date", "date incurred", "date expenditure incurred",
    "transaction date", "date of transaction", "trans date", "purchase date", "date of purchase",
    "ledger date", "gl date", "accounting date", "date of accounting", "posting date",
    "date posted", "posted date", "post date", "effective date", "processed date",
    "payment run", "cheque bacs date", "value date", "bank date", "payment dates",
    "payment effective date", "date of spend", "transaction posting date",
    "payment date dd mm yyyy",
    "date processed", "process date", "document date", "doc date", "payment month", "month paid",
    "month of payment", "payment period", "month", "voucher date", "invoice paid date",
    "date invoice paid", "invoice date", "date of invoice", "inv date", "tax date", "period",
]  # fmt: skip
EXPENSE_TYPE = [
    "expense type", "expenses type", "expence type", "type of expense", "type of expenditure",
    "expenditure type", "expenditure category", "expense category", "expenses category",
    "category of expenditure", "spend category", "spending category", "spend type",
    "purpose of spend", "purpose of expenditure", "purpose", "detailed expenditure type",
    "summary of purpose of expenditure", "subjective description", "subjective",
    "subjective name", "subjective detail", "account description", "account name",
    "account detail", "account code description", "nominal description", "nominal",
    "nominal name", "nominal code description", "gl description", "gl account description",
    "gl code description", "expense type a c", "revised expense type", "expenditure description",
    "expense description", "merchant category", "category", "category description",
    "procurement category", "ogc master category", "level 2 category", "cipfa subjective",
    "cipfa detail expenditure type", "proclass description", "proclass",
    "procurement classification", "procurement classification description", "classification",
    "goods or service", "type of spend", "cost element", "cost element description",
    "cost element name", "commodity", "commodity description", "expense",
    "detailed expenses type", "detailed expense type", "expense type description",
    "procurement merchant category", "gl account name", "subjective group",
    "merchant category description", "category of spend", "natural account description",
    "expenses description", "commodity code description", "nature of expenditure",
]  # fmt: skip
EXPENSE_AREA = [
    "expense area", "expenses area", "expence area", "area of expense", "area of expenditure",
    "expenditure area", "spend area", "service area", "service", "service name", "service label",
    "service category label", "service area categorisation", "service description", "cost centre",
    "cost centre name", "cost centre description", "service cost centre", "cost center",
    "cost center description", "cost centre text", "cost code description", "expense area c c",
    "department name", "budget", "budget area", "budget description", "budget holder",
    "objective", "objective description", "project code", "project name", "project", "team",
    "section", "unit", "area", "function", "ward", "cipfa objective", "service area name",
    "manager code description", "responsible unit", "responsibility centre", "programme",
    "service category", "business area description", "cost center name", "programme area",
    "project description", "team name", "function description",
    "division description",
]  # fmt: skip
SUPPLIER = [
    "supplier name", "supplier", "suppliers", "suppliers name", "supplier final",
    "name of supplier", "supplier legal name", "supplier name 1", "supplier description",
    "supplier trading name", "supplier company name", "supplier full name", "vendor name",
    "vendor", "vendors", "name of vendor", "vendor description", "beneficiary",
    "beneficiary name", "name of beneficiary", "supplier beneficiary name",
    "supplier beneficiary", "payee", "payee name", "name of payee", "payee vendor name",
    "paid to", "creditor", "creditor name", "creditors name", "name of creditor", "recipient",
    "recipient name", "merchant name", "merchant", "trader", "trader name", "trading name",
    "contractor", "contractor name", "provider", "provider name", "company", "company name",
    "name", "ap supplier name", "ap supplier", "account holder", "organisation paid",
    "customer name", "supplier organisation", "supplier payee", "redacted supplier name",
    "supplier name redacted",
    "supplier payee name", "supplier organisation name", "supplier title", "business name",
    "third party",
]  # fmt: skip
TRANSACTION_NUMBER = [
    "transaction number", "transactions number", "transaction no", "transactions no",
    "transaction num", "transaction nr", "transaction nbr", "transaction reference",
    "transaction ref", "transaction id", "transaction", "trans no", "trans number", "trans ref",
    "trans id", "tran no", "payment reference", "payment ref", "payment number", "payment no",
    "payment id", "unique reference", "unique ref", "unique reference number",
    "unique transaction number", "internal reference", "internal ref", "our reference", "our ref",
    "urn", "document number", "document no", "doc no", "doc number", "document reference",
    "voucher number", "voucher no", "voucher", "ap voucher", "reference", "reference number",
    "reference no", "ref", "ref no", "ref number", "invoice number", "invoice no", "invoice num",
    "invoice reference", "invoice ref", "invoice id", "invoice", "check number", "cheque number",
    "order number", "ap document number", "clearing document", "clearing document number",
    "body reference", "organisation reference", "supplier invoice number", "irn",
    "unique transaction reference", "ap invoice number", "supplier invoice no", "journal number",
    "system reference", "entry number", "order no", "purchase order number",
]  # fmt: skip
_SUMS = [
    "amount", "net amount", "amount net", "total amount", "value", "total", "payment amount",
    "amount paid", "invoice amount", "line amount", "invoice line amount", "transaction amount",
    "ap amount", "net value", "spend", "expenditure", "cost",
]  # fmt: skip
_WITHOUT_VAT = [
    "excluding vat", "excl vat", "ex vat", "exc vat", "excludes vat", "exclusive of vat",
    "exclude vat", "less vat", "net of vat", "net vat", "net of recoverable vat",
    "excl recoverable vat", "excluding recoverable vat", "exc recoverable vat",
    "ex recoverable vat", "without vat", "before vat", "not including vat", "minus vat",
    "irrecoverable vat", "inc irrecoverable vat", "including irrecoverable vat",
]  # fmt: skip
_WITH_VAT = [
    "including vat", "incl vat", "inc vat", "inclusive of vat", "with vat", "gross",
    "incl of vat", "plus vat",
]  # fmt: skip
AMOUNT = [
    "amount", "amounts", "net amount", "amount net", "net amt", "amt", "nett amount",
    "amount nett",
    *(f"{what} {how}" for what in _SUMS for how in _WITHOUT_VAT),
    "line amount", "net line amount", "line value", "line amount net", "invoice line amount",
    "invoice distribution amount", "distribution amount", "invoice distribution line amount",
    "distribution line amount", "transaction amount", "transaction value", "ap amount",
    "accounting amount", "ledger amount", "posting amount", "posted amount", "amount posted",
    "amount in local currency", "local currency amount", "functional amount", "amount spent",
    "payment amount", "amount paid", "paid amount", "amount of payment", "value of payment",
    "payment value", "net payment amount", "payment", "payments", "paid", "net", "nett",
    "net value", "nett value", "net total", "net cost", "net spend", "net expenditure", "value",
    "values", "sum", "amount of expenditure", "expenditure amount", "spend amount", "spend value",
    "spend", "expenditure", "actual amount", "actual", "actual spend", "actual value",
    "total paid", "total payment", "sterling", "sterling amount", "total net amount",
    "net invoice amount", "net invoice value", "invoice net", "invoice amount net",
    "invoice net amount", "invoice amount", "invoice value", "invoice total",
    "total invoice amount", "total invoice value", "total invoice", "amount of invoice",
    "total amount", "total value", "total spend", "total cost", "total", "cost", "price",
    "document amount", "cheque amount", "check amount", "payment total", "amount charged",
    "billing amount", "sum of amount", "sum of net amount", "amount total",
    "amount of transaction", "value of transaction",
    "net payment", "total net", "accounted amount", "base amount", "gbp",
    *(f"{what} {how}" for what in _SUMS for how in _WITH_VAT),
    "gross", "gross amount", "gross value", "gross total", "gross invoice amount",
    "gross payment", "gross invoice value", "invoice gross",
]  # fmt: skip
DESCRIPTION = [
    "description", "item description", "item text", "narrative", "invoice description", "details",
    "detail", "transaction description", "transation description", "line description",
    "payment description", "purchase description", "description of expenditure",
    "description of goods", "goods description", "distribution description",
    "invoice line description", "expense details", "summary",
    "text", "payment narrative", "payment details", "long description", "invoice line desc",
    "reason for payment", "description of goods services",
]  # fmt: skip


class Spend(Dataset, name="spend", title="Spend", main="payment", date_order="dmy"):
    """Payments over a threshold, as public bodies publish them, usually by the month.

    Caveats: credit notes are negative. Whether value added tax is in the amount differs from body
    to body and is not always said. Which date stands for a payment differs too: the date of
    payment where a body gives it, else the date nearest to it; the mapping of each delivery names
    the header. Some bodies give the month only (precision ``month``). A supplier may be left out or
    called redacted where it is a private person. Rows alike in every respect are separate payments.
    """

    body: Text = column(
        "The public body, or the family of bodies, as it names itself",
        headers=BODY,
        to="payment.body",
        optional=True,
    )
    entity: Text = column(
        "The part of the body that spent the money",
        headers=ENTITY,
        to="payment.entity",
        optional=True,
    )
    paid_on: Date = column(
        "Date of payment, or the date nearest to it that the body gives",
        headers=PAID_ON,
        to="payment.paid_on",
    )
    expense_type: Text = column(
        "What kind of thing was bought",
        headers=EXPENSE_TYPE,
        to="payment.expense_type",
        optional=True,
    )
    expense_area: Text = column(
        "The service, cost centre or project it was bought for",
        headers=EXPENSE_AREA,
        to="payment.expense_area",
        optional=True,
    )
    supplier: OrganisationName = column(
        "Who was paid",
        headers=SUPPLIER,
        to=["payment.supplier_name", "organisation:supplier.name"],
        nullable=True,
    )
    transaction_number: Reference = column(
        "The body's own number for the transaction",
        headers=TRANSACTION_NUMBER,
        to="payment.transaction_number",
        optional=True,
    )
    amount: Money = column(
        "Amount paid, pounds, with or without VAT as the body states it",
        headers=AMOUNT,
        to="payment.amount",
    )
    description: Text = column(
        "What the body says of the transaction",
        headers=DESCRIPTION,
        to="payment.description",
        optional=True,
    )
