"""A share as a public body's is: every kind of file, twins, versions, traps."""

import csv
import gzip
import io
import os
import random
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

SPEND = ("Payment Date", "Supplier Name", "Net Amount", "Expense Type", "Transaction Number")


def spend_rows(count: int, seed: int = 1) -> list[tuple[str, ...]]:
    """Rows of payments, dates day first."""
    rng = random.Random(seed)
    return [
        (
            f"{rng.randint(13, 28)}/{rng.randint(1, 12):02}/2026",
            f"Invented Supplies {rng.randint(1, 99)} Ltd",
            f"{rng.randint(500, 90_000)}.{rng.randint(0, 99):02}",
            rng.choice(("Stationery", "Repairs", "Agency staff")),
            f"T{seed}{number:06}",
        )
        for number in range(count)
    ]


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """Delimited text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def nino(rng: random.Random) -> str:
    """A number of the right form, with a prefix that is given to nobody's lot in particular."""
    return f"AB{rng.randint(100000, 999999)}{rng.choice('ABCD')}"


def nhs(rng: random.Random) -> str:
    """Ten digits with the right check digit."""
    while True:
        digits = [rng.randint(0, 9) for _ in range(9)]
        check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return "".join(map(str, digits)) + str(check % 11)


def people_rows(count: int, seed: int = 2) -> list[tuple[str, ...]]:
    """Invented people."""
    rng = random.Random(seed)
    return [
        (
            f"{number:05}",
            rng.choice(("Jo", "Sam", "Alex", "Kim", "Robin")),
            rng.choice(("Fell", "Marsh", "Brook", "Heath", "Combe")),
            f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(1940, 2015)}",
            nino(rng),
            nhs(rng),
            f"NW{rng.randint(1, 9)} {rng.randint(1, 9)}AB",
            f"someone{number}@northmoor.gov.uk",
            f"07700 900{rng.randint(100, 999)}",
            f"{rng.randint(1, 99)} High Street, Northmoor",
            rng.choice(("White British", "Asian Indian", "Black Caribbean")),
        )
        for number in range(count)
    ]


PEOPLE = (
    "Case", "Forename", "Surname", "DOB", "NI No", "NHS Number", "Postcode", "Email", "Mobile",
    "Home Address", "Ethnicity",
)  # fmt: skip


def workbook(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """An xlsx of one sheet."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("Payments")
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, row)
    return made.getvalue()


def make_share(root: Path) -> None:
    """Write the share."""
    april, may = spend_rows(200), spend_rows(60, 5)
    files: dict[str, bytes] = {
        "finance/2026/april.csv": as_csv(SPEND, april),
        "finance/2026/copy of april.csv": as_csv(SPEND, april),
        "finance/2026/april with more.csv": as_csv(SPEND, april + may[:10]),
        "finance/2026/may.txt": as_csv(SPEND, may, ";"),
        "finance/2026/april.xlsx": workbook(SPEND, april),
        "people/clients.csv": as_csv(PEOPLE, people_rows(80)),
        "people/no header.csv": as_csv(("x",) * 11, people_rows(30, 3)).split(b"\n", 1)[1],
        "things/colours.csv": b"Code,Colour,Size\n1,red,10\n2,blue,20\n3,red,30\n",
        "things/records.json": b'[{"id": 1, "site": "North"}, {"id": 2, "site": "South"}]',
        "things/empty.csv": b"",
        "things/letter.pdf": b"%PDF-1.7 invented",
        "things/picture.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
        "things/broken.xlsx": workbook(SPEND, april)[:900],
        "things/packed.csv.gz": gzip.compress(as_csv(SPEND, may)),
        "odd/=cmd|' /C calc'!A0.csv": b"=1+1,Colour\nx,red\n",
        "=1+1.csv": b"Code,Colour\n1,red\n2,blue\n",
        "odd/new\nline.csv": b"Code,Colour\n1,red\n2,blue\n",
        "odd/\u202egnp.csv": b"Code,Colour\n1,red\n2,blue\n",
        "odd/<b onclick=hit()>.csv": b"Code,<img src=x>\n1,2\n3,4\n",
    }
    for path, content in files.items():
        whole = root / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content)
    raw = os.fsencode(root / "odd") + b"/caf\xe9.csv"
    with open(raw, "wb") as latin:  # noqa: PTH123 - a name that is no Unicode
        latin.write(b"Code,Colour\n1,red\n2,blue\n")
    with zipfile.ZipFile(root / "things" / "bundle.zip", "w") as bundle:
        bundle.writestr("inside/june.csv", as_csv(SPEND, may))
        bundle.writestr("read me.txt", "invented")
    with tarfile.open(root / "things" / "bundle.tar", "w") as tar:
        tar.add(root / "things" / "colours.csv", "colours.csv")
    early, late = 1_700_000_000, 1_800_000_000
    os.utime(root / "finance/2026/april.csv", (early, early))
    os.utime(root / "finance/2026/april with more.csv", (late, late))
    (root / "loop").mkdir()
    (root / "loop" / "round").symlink_to(root / "loop")
    (root / "loop" / "out").symlink_to("/etc")
    (root / "loop" / "nowhere").symlink_to(root / "gone")
    os.mkfifo(root / "loop" / "pipe")
    with (root / "huge.bin").open("wb") as sparse:
        sparse.truncate(20 << 30)
