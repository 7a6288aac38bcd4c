"""What changes in the repository changes the validators: loads, redaction, the end of access."""

import shutil
from pathlib import Path
from typing import Any

import httpx

from contracts.declarations import load as declared
from contracts.modules import OWN
from repository.migrate import migrate

HERE = "/v1/tables/spend_over_threshold"
ADDRESSES = (f"{HERE}/rows?limit=5", f"{HERE}/download", HERE)
FILE = Path("open") / "spend_over_threshold.yml"


def tags(client: httpx.Client) -> list[str]:
    return [client.get(one).headers["etag"] for one in ADDRESSES]


def all_other(before: list[str], after: list[str]) -> bool:
    return all(one != two for one, two in zip(before, after, strict=True))


def declare(home: Any, path: Path, old: str, new: str) -> None:
    """Change one declaration of this installation, and bring the database to it."""
    folder = home.contracts()
    if not (folder / "open").exists():
        shutil.copytree(OWN / "open", folder / "open")
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    migrate(home.url, declared(), home.root / "open.json")


def test_validators_follow_the_repository(client: httpx.Client, published: Any) -> None:
    before = tags(client)
    published.supply("northmoor/spend")
    published.run("northmoor/spend")  # the same bytes, which are loaded already
    assert tags(client)[:2] == before[:2]

    published.supply("northmoor/spend", 2)
    published.run("northmoor/spend")
    loaded = tags(client)
    assert all_other(before, loaded)
    for address, tag in zip(ADDRESSES, before, strict=True):
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200

    rule = "  redact:\n    - {column: body, when: [Eastvale NHS Trust], reason: to try it}\n"
    declare(published, FILE, "  redact:\n", rule)
    redacted = tags(client)
    assert all_other(loaded, redacted)
    bodies = {row["body"] for row in client.get(f"{HERE}/download?format=json").json()}
    assert bodies == {"Northmoor Council"}
    assert "to try it" in [one["reason"] for one in client.get(HERE).json()["redacted"]]

    ends = Path("agreements") / "spend-transparency.yml"
    declare(published, ends, "start: 2026-01-01\nend: 2028-12-31\nreview: 2027-12-01",
            "start: 2026-01-01\nend: 2026-02-28\nreview: 2026-02-01")  # fmt: skip
    ended = tags(client)
    assert all_other(redacted, ended)
    assert client.get(f"{HERE}/rows").json() == {"rows": [], "next": None}
    assert client.get(HERE).json()["sources"] == []


def test_a_table_that_is_withdrawn_is_gone(client: httpx.Client, published: Any) -> None:
    folder = published.contracts()
    if not (folder / "open").exists():
        shutil.copytree(OWN / "open", folder / "open")
    other = (folder / FILE).read_text(encoding="utf-8").replace("title: ", "title: Other ", 1)
    (folder / "open" / "other.yml").write_text(other, encoding="utf-8")
    (folder / FILE).unlink()
    migrate(published.url, declared(), published.root / "open.json")
    assert client.get(HERE).status_code == 404
    assert client.get(f"{HERE}/rows").status_code == 404
    assert client.get("/v1/tables/other/rows").status_code == 200
    (folder / "open" / "other.yml").unlink()
    migrate(published.url, declared(), published.root / "open.json")
    answer = client.get("/v1/tables/other/rows")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
