"""WHEN: one Airflow DAG for every feed declared, thin; what it does is the pipeline's business.

A task process asks for one DAG and reads that feed's declaration only. A declaration that cannot be
used becomes one DAG tagged ``broken`` that fails with the error, and takes no other with it (see
docs/decisions/0006-broken-feed-is-a-red-dag.md).
"""

from airflow.sdk import DAG, get_parsing_context

from contracts.declarations import load
from dags.feed.broken import DECLARATIONS, broken_dag, broken_declarations_dag
from dags.feed.dag import feed_dag
from dags.feed.names import dag_id_of, feed_id_of


def dags() -> dict[str, DAG]:
    """Every DAG, or only the one a task process asks for, by id."""
    asked = get_parsing_context().dag_id
    only = feed_id_of(asked) if asked and asked != DECLARATIONS else None
    declared = load(only=only)
    found = {dag_id_of(feed.id): feed_dag(feed, declared) for feed in declared.feeds.values()}
    for feed_id, wrong in declared.broken_feeds().items():
        found[dag_id_of(feed_id)] = broken_dag(feed_id, wrong)
    of_no_feed = [one for one in declared.broken if one.feed_id is None]
    if of_no_feed and only is None:
        found[DECLARATIONS] = broken_declarations_dag(of_no_feed)
    return found


globals().update(dags())
