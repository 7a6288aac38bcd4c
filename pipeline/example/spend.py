"""Three bodies' spending, each written in its own habits."""

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from contracts.modules import OWN
from contracts.register import Register
from contracts.register_file import load_register
from pipeline.example.payments import DAYS, FIRST_DAY, Payments, payments, supplier_names
from pipeline.example.people import Texts, texts
from pipeline.example.sinks import (
    EXTRA,
    Formula,
    Layout,
    LinesSink,
    Sink,
    TextSink,
    WorkbookSink,
)
from pipeline.example.supply import (
    WORKBOOK_ROWS,
    Array,
    Fault,
    Mask,
    Plan,
    Supply,
    Written,
    days,
    pence_as_money,
)
from pipeline.example.words import DIVISIONS

MONTHS = ("Apr", "May", "Jun")
SHARED = 0.02  # of a body's payments that another body reports too


@cache
def expense_types() -> tuple[Register, Register]:
    """The code list of expense types, and the Department of Works' scheme for it."""
    folder = OWN / "registers" / "codes" / "expense-type"
    whole = load_register(folder / "expense-type.csv")
    return whole, load_register(folder / "expense-type-works.csv", whole.name)


class Spend(Supply[Payments]):
    """One body's spending.

    Attributes:
        body: its name as it is in the register.
        share: its rows as a share of the largest feed's.
        most: most rows it ever has.
    """

    body: ClassVar[str]
    share: ClassVar[float]
    most: ClassVar[int | None] = None
    dated = "paid_on"
    keyed = False

    def pieces(self, plan: Plan) -> Iterator[Payments]:
        start = self.start(plan)
        size = plan.size(self.share, self.most)
        return payments(plan.seed, start, start + size, len(expense_types()[0]))

    @abstractmethod
    def start(self, plan: Plan) -> int:
        """Number of the body's first payment; stretches of two bodies overlap a little."""

    def later(self, plan: Plan, count: int) -> Payments:
        start = (10 + self.key) * 10 * max(plan.rows, WORKBOOK_ROWS)
        found = payments(plan.seed, start, start + count, len(expense_types()[0]))
        pieces = list(found)
        joined = {name: np.concatenate([vars(p)[name] for p in pieces]) for name in vars(pieces[0])}
        return Payments(**joined)

    def changed(self, piece: Payments, which: Mask, rng: np.random.Generator) -> Payments:
        more = rng.integers(100, 100_000, len(which))
        return replace(piece, pence=np.where(which, piece.pence + more, piece.pence))

    def truth(self, piece: Payments, plan: Plan) -> Mapping[str, Array]:
        count = len(piece.number)
        return {
            "payment_number": pa.array(piece.number),
            "supplier_number": pa.array(piece.supplier),
            "body": pa.array([self.body] * count, pa.string()),
            "entity": pa.array(self.divisions(piece), pa.string()),
            "paid_on": pa.array(piece.paid_on),
            "expense_type": pa.array(self.type_names(piece), pa.string()),
            "expense_area": pa.array(piece.area, pa.string()),
            "supplier": pa.array(self.suppliers(piece), pa.string()),
            "transaction_number": pa.array(self.references(piece), pa.string()),
            "amount": pence_as_money(piece.pence),
        }

    def divisions(self, piece: Payments) -> Texts:
        """The part of the body that paid."""
        known = texts(list(DIVISIONS[self.feed.partition("/")[0]]))
        return known[piece.kind % len(known)]

    def type_names(self, piece: Payments) -> Texts:
        """The expense types by name."""
        return texts([entry.name for entry in expense_types()[0].values()])[piece.kind]

    def suppliers(self, piece: Payments) -> Texts:
        """The suppliers as this body writes them."""
        return self.supplier_writings()[piece.supplier]

    @abstractmethod
    def supplier_writings(self) -> Texts:
        """Every supplier as this body writes it."""

    @abstractmethod
    def references(self, piece: Payments) -> Texts:
        """The body's own numbers of the transactions."""


class NorthmoorSpend(Spend):
    """A ledger's export to delimited text."""

    feed, key, body, share = "northmoor/spend", 1, "Northmoor Council", 1.0
    file = "northmoor/exports/spend/payments-2026-q1.csv"
    headers = (
        "Payment Date",
        "Transaction No",
        "Beneficiary",
        "Net Amount",
        "Directorate",
        "Service Area",
        "Expenditure Category",
        "Card Y/N",
    )
    faults = (
        Fault("date-unreadable", "Payment Date", "31/02/2026"),
        Fault("money-unreadable", "Net Amount", "see note"),
        Fault("value-missing", "Payment Date", ""),
        Fault("value-missing", "Net Amount", ""),
        Fault("ragged-row-excess", EXTRA, "see overleaf"),
        Fault("control-character", "Beneficiary", "Ironbeck\0Roofing LTD"),
        Fault("value-missing", "Payment Date", "not known"),
    )

    def start(self, plan: Plan) -> int:
        return 0

    def supplier_writings(self) -> Texts:
        return texts([n.upper().replace("LIMITED", "LTD") for n in supplier_names()])

    def references(self, piece: Payments) -> Texts:
        return texts([f"{number:010d}" for number in (piece.number + 5_100_000).tolist()])

    def written(self, piece: Payments, plan: Plan) -> Written:
        amounts = [
            f"£{p / 100:,.2f}" if p >= 0 else f"(£{-p / 100:,.2f})" for p in piece.pence.tolist()
        ]
        return {
            "Payment Date": _slashed(piece),
            "Transaction No": self.references(piece).tolist(),
            "Beneficiary": self.suppliers(piece).tolist(),
            "Net Amount": amounts,
            "Directorate": self.divisions(piece).tolist(),
            "Service Area": piece.area.tolist(),
            "Expenditure Category": self.type_names(piece).tolist(),
            "Card Y/N": np.where(piece.number % 17 == 0, "Y", "N").tolist(),
        }

    def sink(self, path: Path, plan: Plan) -> Sink:
        return _Ledger(
            path,
            self.headers,
            encoding="cp1252",
            titles=(
                ("Northmoor Council",),
                ("Payments to suppliers over £500, April to June 2026",),
                (),
            ),
        )


class _Ledger(TextSink):
    """Text that ends with the sum of what could be summed."""

    pence = 0

    def write(self, written: Mapping[str, list[str]]) -> tuple[list[str | None], list[int]]:
        self.pence += sum(map(_pence, written["Net Amount"]))
        return super().write(written)

    def finish(self) -> None:
        total = f"£{self.pence / 100:,.2f}"
        self.other(("", "", "Total", total, "", "", "", ""), "total")
        super().finish()


def _pence(written: str) -> int:
    bare = written.translate({ord(c): None for c in "£,.()"})
    if not bare.isdecimal():
        return 0
    return -int(bare) if written.startswith("(") else int(bare)


def _slashed(piece: Payments) -> list[str]:
    """Days as dd/mm/yyyy, made once for each of the quarter's days."""
    every = [f"{d[8:]}/{d[5:7]}/{d[:4]}" for d in days(FIRST_DAY + np.arange(DAYS))]
    which = (piece.paid_on - FIRST_DAY).astype(np.int64)
    return texts(every)[which].tolist()  # type: ignore[no-any-return]


class WorksSpend(Spend):
    """Records of an API; the example's server cuts them into pages."""

    feed, key, body, share = "works/spend", 2, "Department of Works", 0.5
    file = "works/api/payments.jsonl"
    faults = (
        Fault("date-unreadable", "paymentDate", "2026-13-05"),
        Fault("money-unreadable", "amount", "see note"),
        Fault("value-missing", "paymentDate", ""),
    )

    def start(self, plan: Plan) -> int:
        size = plan.size(NorthmoorSpend.share)
        return size - int(size * SHARED)

    def supplier_writings(self) -> Texts:
        return texts([n.replace("Limited", "Ltd.").replace("&", "and") for n in supplier_names()])

    def references(self, piece: Payments) -> Texts:
        return texts([f"DW/26/{number:08d}" for number in piece.number.tolist()])

    def written(self, piece: Payments, plan: Plan) -> Written:
        codes = texts([entry.aliases[0] for entry in expense_types()[1].values()])
        return {
            "paymentId": self.references(piece).tolist(),
            "paymentDate": days(piece.paid_on),
            "payee": self.suppliers(piece).tolist(),
            "amount": (piece.pence / 100).tolist(),
            "typeCode": codes[piece.kind].tolist(),
            "division": self.divisions(piece).tolist(),
            "area": piece.area.tolist(),
            "version": [1] * len(piece.number),
        }

    def sink(self, path: Path, plan: Plan) -> Sink:
        return _Records(path, encoding="utf-8")


class _Records(LinesSink):
    def write(self, written: Mapping[str, list[str]]) -> tuple[list[str | None], list[int]]:
        names = list(written)
        rows = zip(*written.values(), strict=True)
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        return super().write({"": [encode(dict(zip(names, row, strict=True))) for row in rows]})


class EastvaleNhsSpend(Spend):
    """A workbook that people keep: a sheet a month, formulas, a hidden column."""

    feed, key, body, share = "eastvale-nhs/spend", 3, "Eastvale NHS Trust", 0.2
    most = WORKBOOK_ROWS
    file = "eastvale-nhs/share/finance/Spend over 500 2026 Q1.xlsx"
    headers = (
        "Organisation",
        "Division",
        "Date Paid",
        "Expense Type",
        "Cost Centre",
        "Supplier Name",
        "Voucher",
        "Net",
        "VAT",
        "Approver Ref",
        "Total",
    )
    faults = (
        Fault("date-unreadable", "Date Paid", "mid May"),
        Fault("formula-without-value", "Total", Formula("=H{row}+I{row}", None)),
        Fault("cell-error", "Total", Formula("=H{row}+#REF!", "#REF!")),
        Fault("cell-error", "Date Paid", Formula("=NA()", "#N/A")),
        Fault("value-missing", "Date Paid", ""),
    )

    def start(self, plan: Plan) -> int:
        size = plan.size(WorksSpend.share)
        return WorksSpend().start(plan) + size - int(size * SHARED)

    def supplier_writings(self) -> Texts:
        return texts([n.replace("Limited", "Ltd") for n in supplier_names()])

    def references(self, piece: Payments) -> Texts:
        return texts([f"V{number:08d}" for number in piece.number.tolist()])

    def written(self, piece: Payments, plan: Plan) -> Written:
        vat = piece.pence - (piece.pence / 1.2).round().astype(np.int64)
        months = (piece.paid_on.astype("datetime64[M]") - FIRST_DAY.astype("datetime64[M]")).astype(
            np.int64
        )
        return {
            "sheet": texts([f"Payments {month} 26" for month in MONTHS])[months].tolist(),
            "Organisation": [self.body] * len(vat),
            "Division": self.divisions(piece).tolist(),
            "Date Paid": [date.fromisoformat(day) for day in days(piece.paid_on)],
            "Expense Type": self.type_names(piece).tolist(),
            "Cost Centre": piece.area.tolist(),
            "Supplier Name": self.suppliers(piece).tolist(),
            "Voucher": self.references(piece).tolist(),
            "Net": ((piece.pence - vat) / 100).tolist(),
            "VAT": (vat / 100).tolist(),
            "Approver Ref": [f"AP{n % 97:03d}" for n in piece.number.tolist()],
            "Total": [Formula("=H{row}+I{row}", p / 100) for p in piece.pence.tolist()],
        }

    def sink(self, path: Path, plan: Plan) -> Sink:
        layout = Layout(
            self.headers,
            ("Eastvale NHS Trust: spend over £500", "Financial year 2026/27", "", ""),
            hidden=("Approver Ref",),
        )
        return WorkbookSink(
            path,
            layout,
            [f"Payments {month} 26" for month in MONTHS],
            before={"Cover": [["Spend over £500"], ["Prepared by", "Finance"]]},
            after={"Notes": [["Totals include VAT where it cannot be recovered."]]},
        )
