"""WHEN: the DAG ``codes__review``, daily and by hand: a steward is asked about unknown codes.

``find`` parts the worklist into forms, ``ask`` shows each to a person and keeps the answers,
``replay`` works the rows again that waited for them. Decisions live in the repository's tables and
in the registers' files: Airflow only asks, and looks every few minutes whether somebody has decided
elsewhere meanwhile. Between tasks travel keys and counts. A form holds written values, so values of
personal columns are in none.
"""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import (
    DAG,
    AssetAlias,
    CronTriggerTimetable,
    Param,
    get_current_context,
    task,
)
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.timezone import utcnow

from contracts.declarations import Declarations, load
from dags.feed.failures import told_plainly
from dags.feed.names import entities_of, entity_asset

if TYPE_CHECKING:
    from airflow.sdk import Context

    from pipeline.codes import Item

RELEASED = AssetAlias("replayed")
OF_A_FORM = 20
FORMS = 10
LOOK_AGAIN = timedelta(minutes=5)
GIVE_UP = timedelta(hours=20)
"""How long a form waits: the next day's run asks anew, with what has come since."""
SAVE = "Save these answers"
LATER = "later"
NONE = "none of these: it stands for no code"
PARTED = " · "
"""Parts a code from its name in a choice."""

PAGE = """
Asks a steward about values that no code list knows, at most twenty to a form. An accepted value is
one line more in the register's alias file, with who and why; the rows that waited for it are worked
again. Answers are also given on the page **Codes worklist** or by `watersmeet codes review`; what
is decided there is asked here no more.

Who may see this DAG sees the values in its forms; who may edit it answers. Values of personal
columns are in none of them.
"""


class ReviewCodes(HITLOperator):
    """Asks about some values of the worklist; done where all are decided elsewhere.

    Args:
        keys: which values, as :func:`key_of` gives them; none asks to look at the page where
            values of personal columns are decided about.
    """

    template_fields = (*HITLOperator.template_fields, "keys")
    ui_color = "#ffe0b2"

    def __init__(self, *, keys: Any, **kwargs: Any) -> None:
        super().__init__(
            subject="Values no code list knows",
            options=[SAVE],
            response_timeout=LOOK_AGAIN,
            **kwargs,
        )
        self.keys = keys

    def execute(self, context: "Context") -> Any:
        """Ask about what is still open."""
        items, sealed = told_plainly(_open)
        mine = {key: item for key, item in items.items() if key in self.keys}
        if not mine and not (sealed and not self.keys):
            return _counted()
        started = context["dag_run"].start_date
        if started is not None and utcnow() - started > GIVE_UP:
            raise AirflowSkipException("nobody answered; the next run asks again")
        self.subject = (
            f"{len(mine)} values no code list knows" if mine else "Values to decide about"
        )
        self.body = body(mine.values(), len(sealed))
        self.params = ParamsDict(
            {key: _question(item) for key, item in mine.items()}
            | {
                "reason": Param(
                    "",
                    # Airflow would not even ask if what must be filled in is empty at first.
                    type="string",
                    title="Reason",
                    description="Needed. Kept with every answer but 'later'; no personal data.",
                )
            }
        )
        return super().execute(context)

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Keep the answers; without any, see whether somebody decided elsewhere."""
        if event.get("error_type") == "timeout":
            return self.execute(context)
        if "error" in event:
            self.process_trigger_event_error(event)
        given = {
            key: answer
            for key, answer in (event["params_input"] or {}).items()
            if key in self.keys and answer != LATER
        }
        user = event["responded_by_user"] or {}
        by = str(user.get("name") or user.get("id") or "").strip()
        reason = str((event["params_input"] or {}).get("reason") or "").strip()
        if given and not (by and reason):
            self.log.warning("the answers do not count: say why")
            return self.execute(context)
        return told_plainly(_kept, given, by, reason)


def key_of(item: "Item") -> str:
    """What a value is known by in a form and between tasks."""
    from contracts.claims import normalised

    text = f"{item.scheme}|{normalised(item.written or '')}"
    return f"value_{sha256(text.encode()).hexdigest()[:16]}"


def body(items: Iterable["Item"], sealed: int) -> str:
    """What a person is shown: where the values were met, and what each answer does."""
    lines = [
        f"- {_quoted(item)} in {item.scheme}: {item.rows:,} rows of {', '.join(item.feeds)}"
        for item in items
    ]
    told = [
        "Their rows wait in quarantine. **An accepted value** becomes an alias for every feed that "
        "uses the list, and its rows are worked again. **None of these**: its rows stay held, and "
        "it is not asked again. For another code, one feed or some dates only, use the page "
        "**Codes worklist** or `watersmeet codes accept`."
    ]
    if sealed:
        told.append(
            f"{sealed:,} values of columns with personal data are not shown here. Decide about "
            "them on the page **Codes worklist** or with `watersmeet codes review`, which record "
            "who saw them."
        )
    return "\n\n".join(["\n".join(lines), *told] if lines else told)


def _question(item: "Item") -> Param:
    choices = [
        f"{one.code}{PARTED}{one.name} (likeness {one.score:.0f}"
        f"{'' if one.in_force else ', not in force then'})"
        for one in item.suggestions
    ]
    if item.known_now:
        choices.insert(0, f"{item.known_now}{PARTED}so the register says by now")
    return Param(
        LATER,
        type="string",
        enum=[LATER, *choices, NONE],
        title=f"{item.scheme}: {item.written}",
        description=f"{item.rows:,} rows of {', '.join(item.feeds)}",
    )


def _quoted(item: "Item") -> str:
    """A written value as Markdown's code, in which nothing else means anything."""
    return "`" + str(item.written).replace("`", "'") + "`"


def _open() -> tuple[dict[str, "Item"], list["Item"]]:
    """The open values by key, each once, and those that are sealed."""
    from pipeline.codes import worklist

    items = worklist()
    found: dict[str, Item] = {}
    for item in items:
        if item.written is not None:
            found.setdefault(key_of(item), item)
    return found, [item for item in items if item.written is None]


def _kept(given: dict[str, str], by: str, reason: str) -> dict[str, int]:
    """Keep answers, each at once; how many were accepted, refused and could not be kept."""
    from contracts.aliases import AliasNotWritten
    from pipeline.codes import CodeProblem, accept, refuse

    items, _ = _open()
    counts = _counted()
    for key, answer in given.items():
        item = items.get(key)
        if item is None:
            # Decided elsewhere since it was shown: the first decision stands.
            continue
        written = str(item.written)
        try:
            if answer == NONE:
                refuse(item.scheme, written, by=by, reason=reason)
                counts["refused"] += 1
            else:
                code = answer.partition(PARTED)[0]
                accept(item.scheme, written, code, by=by, reason=reason, replay_now=False)
                counts["accepted"] += 1
        except (CodeProblem, AliasNotWritten):
            # Why holds the value: the page tells it to who may see it.
            counts["not_kept"] += 1
    return counts


def _counted() -> dict[str, int]:
    return {"accepted": 0, "refused": 0, "not_kept": 0}


def _replayed(
    declared: Declarations, run: dict[str, Any], events: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Work again what waits in every feed; what came of it, and which feeds failed and why.

    Args:
        events: the task's outlet events: each entity with new rows, and what came of the replay.
    """
    from pipeline.codes import feeds_waiting
    from pipeline.replay import replay

    told: list[dict[str, Any]] = []
    failed: list[str] = []
    for feed_id in told_plainly(feeds_waiting):
        try:
            runs = [one.told() for one in told_plainly(replay, feed_id, None, None, run)]
        except AirflowFailException as problem:
            failed.append(f"{feed_id}: {problem}")
            continue
        for facts in runs:
            if facts["released"]:
                for entity in entities_of(declared.dataset(declared.feed(feed_id).dataset)):
                    events[RELEASED].add(entity_asset(entity), extra=facts)
        told += runs
    return told, failed


def codes_dag(declared: Declarations) -> DAG:
    """The DAG; everything given to it is the same at every parse."""
    with DAG(
        "codes__review",
        dag_display_name="Review unknown codes",
        description="Asks a steward about values that no code list knows",
        doc_md=PAGE,
        tags=["codes"],
        schedule=CronTriggerTimetable(
            "0 6 * * *", timezone="Europe/London", run_immediately=timedelta(0)
        ),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"retries": 3, "retry_delay": timedelta(seconds=20)},
    ) as dag:

        @task(execution_timeout=timedelta(minutes=30))
        def find() -> list[list[str]]:
            """The worklist in forms, what most rows wait for first."""
            items, sealed = told_plainly(_open)
            keys = list(items)[: OF_A_FORM * FORMS]
            forms = [keys[at : at + OF_A_FORM] for at in range(0, len(keys), OF_A_FORM)]
            # Where only sealed values are open, somebody must hear of it all the same.
            return forms or ([[]] if sealed else [])

        @task(
            outlets=[RELEASED], trigger_rule="all_done", execution_timeout=timedelta(hours=12)
        )  # fmt: skip
        def replay(asked: Any) -> list[dict[str, Any]]:
            """Work the rows again that wait for accepted answers, whoever gave them."""
            context = get_current_context()
            run = {"dag_id": dag.dag_id, "run_id": context["dag_run"].run_id}
            told, failed = _replayed(declared, run, context["outlet_events"])
            lost = sum(one["not_kept"] for one in asked or () if one)
            if lost:
                failed.append(
                    f"{lost} answers could not be kept; give them on the page Codes worklist, "
                    "which says why"
                )
            if failed:
                raise AirflowFailException("; ".join(failed))
            return told

        forms = find()
        asked = ReviewCodes.partial(task_id="ask").expand(keys=forms)
        replay(asked.output)
    return dag


dag = codes_dag(load())
