"""Case 48: the agreement ends while a delivery is being loaded: nothing is published."""

from collections.abc import Callable
from typing import Any

import pytest

from repository.database import connect
from repository.load.finishing import AgreementEnded

ROWS = [("P1", "2026-01-05", 1050, "it", "Acme Ltd")]


@pytest.mark.parametrize(
    "change",
    ["ends = current_date - 1, starts = current_date - 9", "withdrawn = true"],
)
def test_48_an_agreement_that_ends_mid_run(supplier: Callable[..., Any], change: str) -> None:
    one = supplier()

    def at(point: str) -> None:
        if point == "merged":
            with connect(one.url) as other:
                other.execute(f"UPDATE watersmeet.agreement SET {change}".encode())  # noqa: S608

    with pytest.raises(AgreementEnded, match="spend-sharing"):
        one.load(ROWS, at=at)
    with connect(one.url) as conn:
        assert conn.execute("SELECT count(*) FROM store.payment").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM watersmeet.delivery").fetchone() == (0,)
