"""``watersmeet contract``, as people type it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.main import main
from contracts.declarations import contracts_root, load

SPEND = "datasets/spend.py"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contracts that tests may change, all published."""
    made = tmp_path / "contracts"
    shutil.copytree(contracts_root(), made, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(made))
    shutil.rmtree(made / "published", ignore_errors=True)
    # These tests raise its version themselves, whatever it has come to.
    text = (made / SPEND).read_text(encoding="utf-8")
    (made / SPEND).write_text(re.sub(r',\s*version="[^"]*"', "", text), encoding="utf-8")
    from contracts.diff.published import publish

    assert len(publish(load(made))) >= 8
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in ("contract", *arguments)])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def change(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_change_is_found_declared_and_published(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "diff")
    assert (code, "nothing changed" in out) == (0, True)

    change(root, SPEND, '"Amount paid, pounds', '"Sum paid, pounds')
    change(root, SPEND, 'to="payment.transaction_number",\n        optional=True',
           'to="payment.transaction_number",\n        nullable=True')  # fmt: skip
    code, out, _ = run(capsys, "diff", "spend")
    assert code == 1
    assert "column-no-longer-optional transaction_number" in out
    assert "supplier broken: Files without the column were accepted and are now refused" in out
    assert 'write version="2.0.0" or higher in datasets/spend.py' in out
    code, out, _ = run(capsys, "diff", "spend", "--json")
    told = json.loads(out)["contracts"][0]
    assert (code, told["required"], told["declared"]) == (1, "2.0.0", False)
    levels = {one["code"]: one["level"] for one in told["changes"]}
    assert levels == {"column-no-longer-optional": "major", "meaning-changed": "patch"}

    code, _, err = run(capsys, "publish")
    assert (code, "Not published: datasets/spend has major changes" in err) == (1, True)
    change(root, SPEND, 'title="Spend"', 'title="Spend", version="2.0.0"')
    code, out, _ = run(capsys, "diff")
    assert (code, "declared by its version" in out) == (0, True)
    code, out, _ = run(capsys, "publish")
    assert code == 0
    assert out.splitlines() == ["published/datasets/spend.odcs.yaml: version 2.0.0, 2 changes"]
    assert run(capsys, "publish")[1] == "Everything is published as it is.\n"
    assert "nothing changed" in run(capsys, "diff")[1]


def test_a_contract_is_compared_with_a_file_and_with_a_revision(
    root: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    published = root / "published/datasets/spend.odcs.yaml"
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@x.example"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    old = tmp_path / "old.odcs.yaml"
    shutil.copy(published, old)
    change(root, SPEND, '"Amount paid, pounds', '"Sum paid, pounds')
    change(root, SPEND, 'title="Spend"', 'title="Spend", version="1.0.1"')
    assert run(capsys, "publish")[0] == 0
    for against in (old, "HEAD"):
        code, out, _ = run(capsys, "diff", "spend", "--against", against)
        assert (code, "meaning-changed amount" in out) == (0, True)
    code, out, _ = run(capsys, "diff", published, "--against", old, "--json")
    assert (code, json.loads(out)["contracts"][0]["level"]) == (0, "patch")
    assert "nothing changed" in run(capsys, "diff", "spend")[1]
    code, _, err = run(capsys, "diff", "--against", "no-such-revision")
    assert (code, "neither a file nor a git revision" in err) == (2, True)


def test_list_and_show(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list")
    assert code == 0
    rows = {line.split()[0]: line.split()[1:3] for line in out.splitlines()[1:]}
    assert rows["datasets/spend"] == ["1.0.0", "1.0.0"]
    assert len(rows) >= 8
    listed = json.loads(run(capsys, "list", "--json")[1])
    assert {one["contract"] for one in listed} == set(rows)

    code, out, _ = run(capsys, "show", "school_census")
    assert code == 0
    for said in ("school_census", "special_code", "unique pupil number", "code of the list sex",
                 "supplied by northmoor/school_census under northmoor-school-census"):  # fmt: skip
        assert said in out
    out = run(capsys, "show", "entities/payment")[1]
    assert "filled from spend by" in out
    assert "read for transparency under spend-transparency" in out
    assert json.loads(run(capsys, "show", "payment", "--json")[1])["id"].endswith("entity:payment")


def test_what_is_exported_is_imported_again(
    root: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "meals.odcs.yaml"
    assert run(capsys, "export", "meal_eligibility", "--out", out)[0] == 0
    code, told, _ = run(capsys, "import", out)
    assert (code, "could be written" in told, "--with-code" in told) == (1, True, True)
    drafts = tmp_path / "drafts"
    code, told, _ = run(capsys, "import", out, "--out", drafts, "--with-code")
    assert (code, told) == (0, f"{drafts}/datasets/meal_eligibility.py written\n")
    shutil.copy(drafts / "datasets/meal_eligibility.py", root / "datasets")
    assert load(root).broken == ()
    assert run(capsys, "diff", "meal_eligibility")[0] == 0
    code, _, err = run(capsys, "import", out, "--out", drafts)
    assert (code, "would be overwritten" in err) == (2, True)


def test_a_feed_is_exported_to_the_screen(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    code, out, _ = run(capsys, "export", "works/spend")
    document = yaml.safe_load(out)
    assert (code, document["id"]) == (0, "watersmeet:feed:works/spend")
    assert document["apiVersion"] == "v3.1.0"


def test_a_schema_given_is_held_against(
    root: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object", "required": ["moon"]}')
    code, out, err = run(capsys, "export", "spend", "--schema", schema)
    assert (code, out) == (2, "")
    assert "'moon' is a required property" in err
    schema.write_text('{"type": "object"}')
    assert run(capsys, "export", "spend", "--schema", schema)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "spent"], "there is no contract spent"),
        (["show", "tables/spend"], "write datasets/spend or entities/spend"),
        (["export", "nobody/spend"], "nobody/spend"),
        (["diff", "x.odcs.yaml"], "give the file to compare with"),
        (["diff", "x.odcs.yaml", "--against", "y.yaml"], "x.odcs.yaml: No such file"),
        (["import", "nowhere.yaml"], "nowhere.yaml: No such file"),
        (["export", "spend", "--out", "no/such/folder/x.yaml"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_2_with_a_plain_message(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
