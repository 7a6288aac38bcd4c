"""The factory: one DAG for every feed, one red DAG for every broken one, none taken away."""

import shutil
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions.context import _AIRFLOW_PARSING_CONTEXT_DAG_ID

from contracts.declarations import load
from dags.feed.names import dag_id_of, feed_id_of
from dags.feeds import dags

ROOT = Path(__file__).resolve().parents[2]
VERBS = {"land", "map", "load", "decide", "reconcile", "announce"}

pytestmark = pytest.mark.airflow


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's declarations, for a test to add to or break."""
    copy = tmp_path / "contracts"
    for name in ("agreements", "datasets", "entities", "feeds", "registers"):
        shutil.copytree(ROOT / "contracts" / name, copy / name)
    monkeypatch.setenv("WATERSMEET_CONTRACTS", str(copy))
    return copy


def bag() -> DagBag:
    return DagBag(str(ROOT / "dags" / "feeds.py"), bundle_path=ROOT, bundle_name="watersmeet")


def test_every_feed_has_a_dag_of_the_designs_verbs(airflow_database: None) -> None:
    found = bag()
    assert found.import_errors == {}
    feeds = load().feeds
    assert set(found.dags) == {dag_id_of(feed_id) for feed_id in feeds} and feeds
    for feed_id, feed in feeds.items():
        dag = found.dags[dag_id_of(feed_id)]
        assert set(dag.task_ids) == {"discover", *(f"delivery.{verb}" for verb in VERBS)}
        assert {feed.organisation, feed.dataset, feed.agreement} <= dag.tags
        assert dag.owner == feed.maintainer
        assert not dag.catchup
        # A run that waits for a person does not keep the next ones back; two never load at once.
        assert dag.max_active_runs > 1
        assert dag.task_dict["delivery.load"].max_active_tis_per_dag == 1


def test_the_page_says_whose_it_is_and_what_it_promises() -> None:
    declared = load()
    for feed_id, dag in {f.id: dags()[dag_id_of(f.id)] for f in declared.feeds.values()}.items():
        feed = declared.feeds[feed_id]
        agreement = declared.agreement_of(feed)
        for fact in (feed.title, feed.owner, agreement.title, feed.place.connection):
            assert fact in dag.doc_md
        for column in agreement.columns[feed.dataset]:
            assert f"`{column}`" in dag.doc_md
        assert dag.timetable.expression == feed.schedule
        assert str(dag.timetable.timezone) == feed.timezone


def test_columns_outside_the_agreement_are_said_not_to_be_shared() -> None:
    page = dags()["northmoor__school_census"].doc_md
    line = next(line for line in page.splitlines() if line.startswith("| `telephone`"))
    assert "not shared" in line


def test_assets_tie_the_landing_store_to_the_entities_that_follow() -> None:
    announce = dags()["northmoor__school_census"].get_task("delivery.announce")
    assert [asset.name for asset in announce.inlets] == ["landed/northmoor/school_census"]
    assert "postgres://watersmeet:5432/watersmeet/store/person" in [a.uri for a in announce.outlets]
    other = dags()["eastvale__school_census"].get_task("delivery.announce")
    assert set(other.outlets) == set(announce.outlets), "one table is one asset, whoever fills it"


@pytest.mark.usefixtures("airflow_database")
def test_two_parses_give_the_same_serialized_dags() -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    first, second = (
        {name: DagSerialization.to_dict(dag) for name, dag in bag().dags.items()} for _ in range(2)
    )
    assert first == second


def test_a_task_process_reads_only_its_own_feed(
    contracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (contracts / "feeds/northmoor/meal_eligibility.yml").write_text("title: [", encoding="utf-8")
    monkeypatch.setenv(_AIRFLOW_PARSING_CONTEXT_DAG_ID, "northmoor__school_census")
    assert set(dags()) == {"northmoor__school_census"}


def test_a_broken_feed_is_one_red_dag_with_file_line_and_column(contracts: Path) -> None:
    whole = set(dags())
    broken = contracts / "feeds/northmoor/meal_eligibility.yml"
    broken.write_text("title: Meals\nowner: somebody\nplaice: {}\n", encoding="utf-8")
    found = bag()
    assert found.import_errors == {}
    assert set(found.dags) == whole, "the others stand, and it stands in its own place"
    dag = found.dags["northmoor__meal_eligibility"]
    assert "broken" in dag.tags
    assert "feeds/northmoor/meal_eligibility.yml, line 3, column 1" in dag.doc_md
    assert dag.task_ids == ["declaration"]
    assert not dag.is_paused_upon_creation, "it turns red by itself"


@pytest.mark.usefixtures("airflow_database")
def test_the_red_dag_fails_with_the_error(contracts: Path, capfd: pytest.CaptureFixture) -> None:
    (contracts / "feeds/northmoor/spend.yml").write_text("title: ]\n", encoding="utf-8")
    run = dags()["northmoor__spend"].test()
    assert run.state == "failed"
    said = "".join(capfd.readouterr())
    assert "feeds/northmoor/spend.yml, line 1, column 8" in said


def test_broken_declarations_of_no_feed_have_a_dag_of_their_own(contracts: Path) -> None:
    (contracts / "feeds/stray.yml").write_text("title: x\n", encoding="utf-8")
    found = dags()
    assert "feeds/stray.yml" in found["declarations"].doc_md
    assert "northmoor__school_census" in found


def test_a_feed_is_added_by_one_file(contracts: Path) -> None:
    feed = (contracts / "feeds/northmoor/school_census.yml").read_text(encoding="utf-8")
    before = set(dags())
    (contracts / "feeds/eastvale-nhs/school_census.yml").write_text(feed, encoding="utf-8")
    assert set(dags()) - before == {"eastvale-nhs__school_census"}


def test_three_hundred_feeds_are_three_hundred_dags(contracts: Path) -> None:
    register = contracts / "registers/organisations.csv"
    feed = (contracts / "feeds/northmoor/school_census.yml").read_text(encoding="utf-8")
    there = len(dags())
    with register.open("a", encoding="utf-8") as lines:
        for n in range(300 - there):
            lines.write(f"body-{n:03},Invented Body {n:03},,,,invented example region,CC0-1.0\n")
            place = contracts / f"feeds/body-{n:03}/school_census.yml"
            place.parent.mkdir()
            place.write_text(feed, encoding="utf-8")
    found = bag()
    assert found.import_errors == {}
    assert len(found.dags) == 300
    assert not any("broken" in dag.tags for dag in found.dags.values())


@pytest.mark.parametrize("declared", [None, "1"])
def test_new_feeds_wait_for_somebody_but_the_examples_do_not(
    declared: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if declared:
        monkeypatch.setenv("WATERSMEET_START_FEEDS", declared)
    assert dags()["northmoor__school_census"].is_paused_upon_creation is (declared is None)


def test_a_feed_switched_on_waits_for_its_next_time() -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from pendulum import now

    for dag in dags().values():
        timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
        first = timetable.next_dagrun_info(
            last_automated_data_interval=None,
            restriction=TimeRestriction(None, None, catchup=False),
        )
        assert first is not None and first.run_after > now("UTC"), dag.dag_id


def test_ids_of_feeds_and_dags_answer_each_other() -> None:
    for feed_id in ("northmoor/spend", "eastvale-nhs/school_census", "a__b/c"):
        assert feed_id_of(dag_id_of(feed_id)) == feed_id


def test_airflow_finds_only_the_files_of_dags_in_the_bundle() -> None:
    from airflow.utils.file import list_py_file_paths

    found = {Path(path).relative_to(ROOT) for path in list_py_file_paths(ROOT)}
    assert found == {path.relative_to(ROOT) for path in (ROOT / "dags").glob("[a-z]*.py")}
    assert {Path("dags/feeds.py"), Path("dags/replay.py")} <= found
