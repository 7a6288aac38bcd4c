"""What a task tells of an error: enough to act on, never a value, and whether to try again."""

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from connectors.errors import Unreachable, Unreadable
from dags.feed.failures import MayPass, told_plainly
from repository.problems import DatabaseDown, DatabaseProblem


def failing(error: Exception) -> None:
    raise error


def test_our_own_refusals_are_final_and_told_in_full() -> None:
    message = "sheet Payments lacks the column Amount; ask the supplier for it"
    with pytest.raises(AirflowFailException, match="lacks the column Amount"):
        told_plainly(failing, Unreadable("column-missing", message))


@pytest.mark.parametrize(
    "error",
    [
        DatabaseDown("the database at 127.0.0.1, port 1 cannot be reached"),
        DatabaseProblem("40001", "could not serialize access"),
        DatabaseProblem("", "connection lost"),
        ConnectionResetError("reset"),
        Unreachable("server-busy", "the API asks to wait", passing=True),
        psycopg.errors.DeadlockDetected("deadlock"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    with pytest.raises(MayPass):
        told_plainly(failing, error)


@pytest.mark.parametrize(
    "error",
    [
        DatabaseProblem("23505", "duplicate key value violates unique constraint"),
        Unreachable("wrong-password", "the API refuses the password of works_api"),
        ValueError("x"),
        KeyError("x"),
    ],
)
def test_what_will_not_pass_is_final(error: Exception) -> None:
    with pytest.raises(AirflowFailException):
        told_plainly(failing, error)


def test_values_in_others_messages_are_withheld(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AirflowFailException) as told:
        told_plainly(failing, ValueError("Failing row contains (Canary, 1999-01-01)"))
    assert "Canary" not in str(told.value) and "Canary" not in caplog.text
    assert told.value.__context__ is None and told.value.__cause__ is None
    assert "test_failures.py" in caplog.text, "the place in the code is told"


def test_airflows_own_signals_go_through() -> None:
    with pytest.raises(AirflowSkipException):
        told_plainly(failing, AirflowSkipException("nothing to do"))
