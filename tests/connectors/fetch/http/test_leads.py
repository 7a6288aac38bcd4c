"""Where answers may lead."""

import pytest

from connectors.fetch.http.leads import Elsewhere, Leads

BASE = "https://api.example/v1"


@pytest.mark.parametrize(
    ("target", "led"),
    [
        ("?page=2", "https://api.example/v1/payments?page=2"),
        ("/v2/x#part", "https://api.example/v2/x"),
        ("https://api.example:443/x", "https://api.example:443/x"),
        ("HTTPS://API.EXAMPLE/x", "https://API.EXAMPLE/x"),
        ("https://files.example/x", "https://files.example/x"),
        ("https://store.example:8443/x", "https://store.example:8443/x"),
    ],
)
def test_own_host_and_declared_ones(target: str, led: str) -> None:
    leads = Leads(BASE, ("files.example", "store.example:8443"))
    assert leads.on(f"{BASE}/payments", target) == led


@pytest.mark.parametrize(
    "target",
    [
        "http://api.example/v1/x",
        "http://files.example/x",
        "https://files.example:8443/x",
        "https://store.example/x",
        "https://api.example.evil.example/x",
        "https://api.example@evil.example/x",
        "https://someone:word@api.example/x",
        "//evil.example/x",
        "https://[::1/x",
        "https://api.example:99999/x",
        "file:///etc/passwd",
        "gopher://api.example/x",
        "javascript:alert(1)",
    ],
)
def test_nowhere_else(target: str) -> None:
    with pytest.raises(Elsewhere):
        Leads(BASE, ("files.example", "store.example:8443")).on(f"{BASE}/payments", target)


def test_a_declared_host_leads_back_but_not_down() -> None:
    leads = Leads("http://api.example", ("files.example", "files.example:80"))
    assert leads.on("https://files.example/x", "https://files.example/y")
    with pytest.raises(Elsewhere):
        leads.on("https://files.example/x", "http://files.example/y")
    with pytest.raises(Elsewhere):
        leads.on("https://files.example/x", "http://api.example/y")


def test_credentials_are_for_the_own_host_only() -> None:
    leads = Leads(BASE, ("files.example",))
    assert leads.own("https://api.example/anything")
    assert not leads.own("https://files.example/x")
    assert not leads.own("https://api.example:8443/x")
