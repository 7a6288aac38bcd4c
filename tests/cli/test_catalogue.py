"""``watersmeet dictionary`` and ``watersmeet catalogue`` as they are called."""

import csv
import io
import json
from pathlib import Path

import pytest

from cli.main import main
from tests.journey_kit import Home

FEED = "northmoor/spend"


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_the_dictionary_is_told_for_people_and_for_scripts(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.supply(FEED)
    home.one(FEED)
    assert ends("dictionary", "payment") == 0
    said = capsys.readouterr().out
    assert "amount  (money, numeric(18,2), pounds)" in said and "Caveats:" in said
    assert "called 'Net Amount' by Northmoor Council (northmoor/spend)" in said
    assert "missing in 0.0% of the rows of northmoor/spend" in said
    assert "supplied by northmoor/spend: usable" in said
    assert ends("dictionary", "--json") == 0
    tables = {one["entity"]: one for one in json.loads(capsys.readouterr().out)}
    assert tables["payment"]["kitemarks"][FEED] == "usable"
    assert ends("dictionary", "person", "--csv") == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {one["entity"] for one in lines} == {"person"}
    assert next(one for one in lines if one["column"] == "ethnic_group")["personal"] == "special"


def test_what_is_declared_needs_no_database_and_mistakes_name_their_remedy(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATERSMEET_DATABASE_URL")
    assert ends("dictionary", "payment", "--declared") == 0
    assert "Beneficiary" in capsys.readouterr().out
    assert ends("dictionary", "payment") == 2
    assert "there is no database yet" in capsys.readouterr().err
    assert ends("dictionary", "pupil", "--declared") == 2
    assert "no entity pupil; there are enrolment" in capsys.readouterr().err
    assert ends("dictionary", "--json", "--csv") == 2


def test_the_catalogue_is_built_before_anything_was_delivered(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    assert ends("catalogue", "build", "--into", str(folder), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(folder) and told["pages"] == len(list(folder.rglob("*.html")))
    page = (folder / "tables/payment.html").read_text(encoding="utf-8")
    assert "There are no rows to show yet" in page
    assert "nothing was loaded yet" in page.casefold()
    assert ends("catalogue", "build", "--into", str(tmp_path)) == 2
    assert "holds something that is no catalogue" in capsys.readouterr().err
    assert ends("catalogue", "build") == 0
    assert "pages" in capsys.readouterr().out
    assert (home.root / "state/catalogue/site/index.html").is_file()
