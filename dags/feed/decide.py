"""The task that asks a person about a held delivery, and carries on with what was decided.

It waits without a slot. Decisions live in the repository's own tables: Airflow only asks, and
looks there every few minutes, since somebody may decide on the command line or a page meanwhile.
Two things go wrong if answers are given in the very moment the task begins to wait (Airflow keeps
the answer and does not wake the task, or fails it); looking again, and asking again when it is
tried again, mends both.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from dags.feed.failures import MayPass, told_plainly
from dags.feed.tasks import load_or_hold, name_delivery, run_facts

if TYPE_CHECKING:
    from airflow.sdk import Context

LOOK_AGAIN = timedelta(minutes=5)
SHOWN = "shown"
"""XCom: fingerprint of the findings that the person was shown."""

OPTIONS = {
    "Accept this once": "accept-once",
    "Accept, and change the feed's file": "accept",
    "Refuse": "refuse",
}


class HeldDelivery(HITLOperator):
    """Asks about a delivery that ``load`` held; skipped where it held none.

    Args:
        feed_id: the feed.
        loaded: what ``load`` returned.
    """

    template_fields = (*HITLOperator.template_fields, "loaded")
    ui_color = "#ffe0b2"

    def __init__(self, *, feed_id: str, loaded: Any, **kwargs: Any) -> None:
        super().__init__(
            subject=f"{feed_id}: a delivery is held",
            options=list(OPTIONS),
            params={
                "reason": Param(
                    "",
                    # Airflow would not even ask if what must be filled in is empty at first.
                    type="string",
                    title="Reason",
                    description="Needed. Kept with the decision; no personal data, please.",
                )
            },
            response_timeout=LOOK_AGAIN,
            map_index_template="{{ named }}",
            **kwargs,
        )
        self.feed_id, self.loaded = feed_id, loaded

    def execute(self, context: "Context") -> Any:
        """Ask, unless nothing is held or somebody has decided already.

        Raises:
            MayPass: what was found is no longer what the page shows; the next try asks anew.
        """
        from pipeline.hold import hold

        name_delivery(self.loaded.get("delivery", {}))
        if self.loaded.get("state") != "held":
            raise AirflowSkipException("the delivery was not held")
        found = told_plainly(hold, self.loaded["hold_id"])
        if found["state"] != "waiting":
            return self._carry_on(found, context)
        self.subject = f"{found['title']}: {found['name']} is held (hold {found['hold_id']})"
        self.body = body(found)
        # Airflow keeps what it showed first for as long as a try lasts.
        if self._shown(context) not in (None, found["fingerprint"]):
            raise MayPass(f"what was found of {found['name']} has changed; it is asked about anew")
        context["ti"].xcom_push(key=SHOWN, value=found["fingerprint"])
        return super().execute(context)

    def _shown(self, context: "Context") -> str | None:
        instance = context["ti"]
        found: str | None = instance.xcom_pull(
            task_ids=self.task_id, key=SHOWN, map_indexes=instance.map_index
        )
        return found

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Keep the answer and carry on; without one, see whether somebody decided elsewhere."""
        if event.get("error_type") == "timeout":
            return self.execute(context)
        # A task that goes on after its wait starts anew, without the name it was given before.
        name_delivery(self.loaded["delivery"])
        answer = super().execute_complete(context, event)
        from pipeline.amend import WouldBreak
        from pipeline.hold import NotDecided, decide, hold

        hold_id = self.loaded["hold_id"]
        user = answer["responded_by_user"] or {}
        try:
            decide(
                hold_id,
                OPTIONS[answer["chosen_options"][0]],  # type: ignore[arg-type]
                str(user.get("name") or user.get("id") or ""),
                str(answer["params_input"].get("reason") or ""),
                fingerprint=self._shown(context),
            )
        except (NotDecided, WouldBreak) as error:
            self.log.warning("the answer does not count: %s", error)
            return self.execute(context)
        return self._carry_on(told_plainly(hold, hold_id), context)

    def _carry_on(self, found: dict[str, Any], context: "Context") -> Any:
        """Load what was accepted; be skipped, and what follows with it, where it was not."""
        if not found["state"].startswith("accepted"):
            who = f" by {found['decided_by']}: {found['reason']}" if found["decided_by"] else ""
            raise AirflowSkipException(f"{found['name']} was {found['state']}{who}")
        self.log.info("%s was %s by %s", found["name"], found["state"], found["decided_by"])
        outcome = told_plainly(load_or_hold, self.feed_id, self.loaded["delivery"], run_facts())
        if outcome["state"] == "held":
            # Found otherwise than it was shown: ask about that.
            self.loaded = outcome
            return self.execute(context)
        return outcome


def body(found: dict[str, Any]) -> str:
    """What a person is shown: findings, what accepting would change, what each answer does."""
    from pipeline.hold import in_words, patch_of

    patch = patch_of(found)
    change = f"It changes the feed's file:\n\n```diff\n{patch}```" if patch else (
        "The feed's file needs no change: this delivery is what the next ones are compared with."
    )  # fmt: skip
    return "\n\n".join(
        [
            f"Nothing of **{found['name']}** is loaded. The last good version stays readable, and "
            "the bytes are kept.",
            "\n".join(f"- {line}" for line in in_words(found)),
            "**Accept this once**: load it; the next one is compared with those before it.",
            f"**Accept, and change the feed's file**: load it, and let the next one like it pass. "
            f"{change}",
            "**Refuse**: these bytes are never loaded.",
        ]
    )
