"""However payments are laid out, they are read as they are, or refused with a reason."""

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from contracts.declarations import Declarations, load
from pipeline.check import check

Payment = tuple[date, str, Decimal]
Cells = list[Any]

SUPPLIERS = ("Acme Ltd", "Beta & Sons", "Gamma plc", "Müller GmbH", "O'Neill Care", "Total Gas Ltd")

DATES: dict[str, Callable[[date], str]] = {
    "dd/mm/yyyy": lambda d: f"{d:%d/%m/%Y}",
    "d/m/yy": lambda d: f"{d.day}/{d.month}/{d:%y}",
    "dd.mm.yyyy": lambda d: f"{d:%d.%m.%Y}",
    "iso": lambda d: d.isoformat(),
    "iso with time": lambda d: f"{d.isoformat()}T00:00:00",
    "dd-Mon-yy": lambda d: f"{d:%d-%b-%y}",
    "d Month yyyy": lambda d: f"{d.day} {d:%B %Y}",
    "mm/dd/yyyy": lambda d: f"{d:%m/%d/%Y}",
    "yyyymmdd": lambda d: f"{d:%Y%m%d}",
    "serial": lambda d: str((d - date(1899, 12, 30)).days),
}


def _signed(amount: Decimal, form: str, text: str) -> str:
    return form.format(text) if amount < 0 else text


SUMS: dict[str, Callable[[Decimal], str]] = {
    "plain": lambda a: f"{a:.2f}",
    "thousands": lambda a: f"{a:,.2f}",
    "pound sign": lambda a: _signed(a, "-{}", f"£{abs(a):,.2f}"),
    "trailing minus": lambda a: _signed(a, "{}-", f"{abs(a):.2f}"),
    "brackets": lambda a: _signed(a, "({})", f"{abs(a):,.2f}"),
    "pound in brackets": lambda a: _signed(a, "(£{})", f"{abs(a):,.2f}"),
    "CR": lambda a: _signed(a, "{} CR", f"{abs(a):.2f}"),
    "few decimals": lambda a: f"{a.normalize():f}",
}

HEADERS: dict[str, tuple[str, str, str]] = {
    "usual": ("Payment Date", "Supplier Name", "Amount"),
    "numbered": ("1 Date", "2. Supplier", "3) Net Amount"),
    "shouted": ("DATE PAID", "BENEFICIARY", "AMOUNT (£)"),
    "underscored": ("payment_date", "supplier_name", "amount_net"),
    "misspelt": ("Paymnt Date", "Supplier", "Net Amout"),
    "short": ("Pymt Dt", "Payee", "Net Amnt"),
    "over two lines": ("Payment\nDate", "Supplier\nName", "Amount\n(£)"),
}


@dataclass(frozen=True)
class Layout:
    """How a file is laid out; every field is one habit of some body."""

    headers: str
    dates: str
    sums: str
    order: tuple[int, ...]
    extras: tuple[str, ...]
    titles: int
    blank_after_title: bool
    blanks: frozenset[int]
    repeated_header: int | None
    total: str
    note: bool
    two_rows: str
    form: str
    encoding: str
    delimiter: str


EXTRAS = ("Department Family", "Expense Type", "Postcode", "VAT", "", "Zzz")


def layouts() -> st.SearchStrategy[Layout]:
    """Any layout."""
    return st.builds(
        Layout,
        headers=st.sampled_from(sorted(HEADERS)),
        dates=st.sampled_from(sorted(DATES)),
        sums=st.sampled_from(sorted(SUMS)),
        order=st.permutations((0, 1, 2)).map(tuple),
        extras=st.lists(st.sampled_from(EXTRAS), max_size=3, unique=True).map(tuple),
        titles=st.integers(0, 3),
        blank_after_title=st.booleans(),
        blanks=st.frozensets(st.integers(0, 11), max_size=3),
        repeated_header=st.none() | st.integers(1, 11),
        total=st.sampled_from(
            ["none", "label first", "label with supplier", "bare", "above", "half way"]
        ),
        note=st.booleans(),
        two_rows=st.sampled_from(["no", "no", "group", "broken"]),
        form=st.sampled_from(["csv", "csv", "xlsx"]),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
        delimiter=st.sampled_from([",", ";", "\t", "|"]),
    )


def payments() -> st.SearchStrategy[list[Payment]]:
    """A dozen payments of two months, one day above the 12th at least among them."""
    day = st.integers(0, 58).map(lambda n: date(2026, 4, 1) + timedelta(days=n))
    pence = st.integers(-2_000_000, 90_000_000).filter(lambda p: p % 100 != 0)
    one = st.tuples(day, st.sampled_from(SUPPLIERS), pence.map(lambda p: Decimal(p) / 100))
    return st.lists(one, min_size=12, max_size=12).map(
        lambda made: [(date(2026, 4, 23), *made[0][1:]), *made[1:]]
    )


def lines(payments: list[Payment], how: Layout) -> list[Cells]:
    """The cells of the whole sheet."""
    named = [HEADERS[how.headers][i] for i in how.order] + list(how.extras)
    width = len(named)
    made: list[Cells] = [
        [f"Payments to suppliers over £500, part {i + 1}", *[""] * (width - 1)]
        for i in range(how.titles)
    ]
    if how.titles and how.blank_after_title:
        made.append([""] * width)
    if how.total == "above":
        made.append(_total(payments, how, width, "label first"))
    made += _header(named, how)
    records = [_record(one, how) for one in payments]
    for number, record in enumerate(records):
        if number in how.blanks:
            made.append([""] * width)
        if number == how.repeated_header:
            made.append(_header(named, how)[-1])
        if how.total == "half way" and number == 6:
            made.append(_total(payments[:6], how, width, "label first"))
        made.append(record)
    if how.total in ("label first", "label with supplier", "bare"):
        made.append(_total(payments, how, width, how.total))
    if how.note:
        made.append(["Some payments are left out: see the notes on our pages", *[""] * (width - 1)])
    return made


def _header(named: list[str], how: Layout) -> list[Cells]:
    if how.two_rows == "group":
        return [["Payment", *[""] * (len(named) - 2), "Further"], named]
    if how.two_rows == "broken":
        parts = [" ".join(name.split()).split(" ", 1) for name in named]
        upper = [one[0] if len(one) > 1 else "" for one in parts]
        return [upper, [one[-1] for one in parts]]
    return [named]


def _record(one: Payment, how: Layout) -> Cells:
    cells = [DATES[how.dates](one[0]), one[1], SUMS[how.sums](one[2])]
    filled = {"Department Family": "Department of Works", "Expense Type": "Care",
              "Postcode": "EV1 1AA", "VAT": "0.20", "": "", "Zzz": "z"}  # fmt: skip
    return [cells[i] for i in how.order] + [filled[name] for name in how.extras]


def _total(payments: list[Payment], how: Layout, width: int, kind: str) -> Cells:
    made: Cells = [""] * width
    made[how.order.index(2)] = SUMS[how.sums](sum((p[2] for p in payments), Decimal(0)))
    if kind == "label first":
        made[how.order.index(0)] = "Total"
    if kind == "label with supplier":
        made[how.order.index(1)] = "Grand Total:"
    return made


def write(cells: list[Cells], how: Layout, folder: Path) -> Path:
    """The file."""
    if how.form == "xlsx":
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in cells:
            sheet.append([cell if cell != "" else None for cell in row])
        book.save(folder / "file.xlsx")
        return folder / "file.xlsx"
    text = io.StringIO()
    csv.writer(text, delimiter=how.delimiter).writerows(cells)
    path = folder / "file.csv"
    path.write_bytes(text.getvalue().encode(how.encoding, errors="replace"))
    return path


TRIED: Counter[str] = Counter()


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return load()


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=payments(), how=layouts())
def test_payments_are_read_as_they_are_or_refused(
    declared: Declarations, made: list[Payment], how: Layout
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(lines(made, how), how, Path(folder))
        out = Path(folder) / "rows.parquet"
        report = check(path, declared.dataset("spend"), declared, name="spend", out=out)
        TRIED["refused" if report.refused else "read"] += 1
        if report.refused is not None:
            assert report.refused_code and len(report.refused) > 40
            return
        rows = pq.read_table(out).select(["paid_on", "supplier_as_written", "amount"]).to_pylist()
    assert report.rows_quarantined == 0, report.issues
    assert [tuple(row.values()) for row in rows] == made


def test_few_of_them_are_refused() -> None:
    if TRIED:
        assert TRIED["refused"] <= 0.2 * sum(TRIED.values()), TRIED
