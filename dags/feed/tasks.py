"""What the tasks of a feed's DAG have in common: names, facts of the run, and held deliveries."""

from typing import Any

from airflow.sdk import get_current_context


def load_or_hold(feed_id: str, delivery: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """Load a delivery: the outcome's counts; or state ``held``, with the number of the hold and the
    reference to the delivery."""
    from pipeline.hold import Held
    from pipeline.ingest import load

    try:
        return load(feed_id, delivery, run, None)
    except Held as held:
        return {"state": "held", "hold_id": held.hold_id, "delivery": delivery}


def run_facts() -> dict[str, Any]:
    """The facts of this run, for lineage."""
    context = get_current_context()
    instance, run = context["ti"], context["dag_run"]
    return {
        "dag_id": instance.dag_id,
        "run_id": instance.run_id,
        "task_id": instance.task_id,
        "map_index": instance.map_index,
        "try_number": instance.try_number,
        "run_type": str(getattr(run.run_type, "value", run.run_type)),
        "bundle": _bundle(instance),
    }


def name_delivery(reference: dict[str, Any]) -> None:
    """Show a mapped task under the name of what it works on, not under a number."""
    name = str(reference.get("name") or reference.get("delivery") or "")
    get_current_context()["named"] = name  # type: ignore[typeddict-unknown-key]


def _bundle(instance: Any) -> str:
    """The bundle this run is held to, and its commit where the bundle has versions."""
    bundle = getattr(instance, "bundle_instance", None)
    version = getattr(bundle, "version", None)
    name = str(getattr(bundle, "name", "") or "")
    return f"{name}@{version}" if version else name
