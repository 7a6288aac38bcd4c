"""``watersmeet conflicts``: where feeds differ is counted and listed; personal values need a
reason."""

import json
from typing import Any

import pytest

from cli.main import main

FEEDS = ("northmoor/spend", "works/spend")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["conflicts", *arguments])
    assert ended.value.code == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["conflicts", *arguments])
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_conflicts_of_the_region(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Feeds differ nowhere." in told(capsys)
    for feed in FEEDS:
        home.supply(feed)
        home.one(feed)
    counts = json.loads(told(capsys, "--counts", "--json"))
    assert [(one["attribute"], one["feed"]) for one in counts] == [("name", f) for f in FEEDS]
    # The department is the authority on names (contracts/precedence/organisation.yml).
    assert [one["chosen"] for one in counts] == [0, counts[1]["values"]]
    assert counts[0]["lost"] == counts[0]["values"] > 0
    listed = json.loads(told(capsys, "organisation", "--json", "--most", "2"))
    assert [(one["feed"], one["chosen"]) for one in listed] == [
        ("works/spend", True), ("northmoor/spend", False),
    ]  # fmt: skip
    assert {one["reason"] for one in listed} == {"authoritative source"}
    assert listed[0]["value"] != listed[1]["value"]
    # What lost stays, in the rows of its feed and in sight.
    assert home.one_value(
        "SELECT o.name FROM store.organisation o JOIN watersmeet.feed f USING (feed_id)"
        " WHERE organisation_id = %s AND f.name = 'northmoor/spend'",
        listed[1]["id"],
    ) == listed[1]["value"]  # fmt: skip
    with home.analyst("transparency") as conn:
        settled = conn.execute(
            "SELECT name, name_source, sources, conflicts FROM organisation_settled"
            " WHERE organisation_id = %s",
            (listed[0]["id"],),
        ).fetchone()
        assert settled == (listed[0]["value"], "works/spend", 2, ["name"])
    assert "authoritative source" in told(capsys, "organisation", "--attribute", "name")
    assert "person is each feed's own" in refused(capsys, "person")
    assert "organisation has no attribute nmae" in refused(capsys, "--attribute", "nmae")
    assert "than or equal to 1" in refused(capsys, "--most", "0")
    assert "entity persons is not there" in refused(capsys, "persons", "--counts")
    personal(home, capsys)


def personal(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Personal values are shown to who accounts for it."""
    path = home.contracts() / "entities" / "organisation.py"
    text = path.read_text(encoding="utf-8")
    shown = 'column("Name, as the first feed to speak of it writes it"'
    assert shown in text
    path.write_text(text.replace(shown, f'{shown}, personal="personal"'), encoding="utf-8")
    listed = json.loads(told(capsys, "--json"))
    assert listed and {one["value"] for one in listed} == {None}
    assert "say with --why" in refused(capsys, "--values")
    assert home.rows("SELECT * FROM watersmeet.quarantine_read") == []
    opened = json.loads(told(capsys, "--json", "--values", "--why", "an enquiry", "--by", "Ada"))
    assert len(opened) == len(listed) and all(one["value"] for one in opened)
    read = home.rows(
        "SELECT reader, why, f.name, rows FROM watersmeet.quarantine_read"
        " JOIN watersmeet.feed f USING (feed_id) ORDER BY f.name"
    )
    assert [one[:3] for one in read] == [("Ada", "an enquiry", feed) for feed in FEEDS]
    assert sum(one[3] for one in read) == len(opened)
