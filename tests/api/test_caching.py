"""Validators: the same for the same content, another whenever content, rights or form change."""

import gzip

import httpx

HERE = "/v1/tables/spend_over_threshold"
ADDRESSES = (
    f"{HERE}/rows",
    f"{HERE}/rows?amount.lt=0",
    f"{HERE}/download",
    HERE,
    "/v1/tables",
    "/",
)


def tags(client: httpx.Client) -> dict[str, str]:
    return {one: client.get(one).headers["etag"] for one in ADDRESSES}


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client) -> None:
    for address, tag in tags(client).items():
        assert tag.startswith('"'), "strong"
        for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            answer = client.get(address, headers={"If-None-Match": given})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == tag
            assert "no-cache" in answer.headers["cache-control"]
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert tags(client) == tags(client)


def test_the_same_validator_means_the_same_bytes(client: httpx.Client) -> None:
    asked = [f"{HERE}/{what}format={form}" for what in ("rows?limit=50&", "download?")
             for form in ("json", "csv", "parquet")]  # fmt: skip
    for address in (*asked, HERE, "/v1/tables", "/", "/docs", "/openapi.json"):
        one, two = client.get(address), client.get(address)
        assert one.headers["etag"] == two.headers["etag"]
        assert one.content == two.content, address


def test_each_form_and_query_has_its_own(client: httpx.Client) -> None:
    asked = (
        "limit=2", "limit=3", "limit=2&format=csv", "limit=2&format=parquet", "limit=2&amount.lt=0",
        "limit=2&columns=body",
    )  # fmt: skip
    found = {client.get(f"{HERE}/rows?{one}").headers["etag"] for one in asked}
    compressed = client.get(f"{HERE}/rows?limit=2", headers={"Accept-Encoding": "gzip"})
    assert len(found | {compressed.headers["etag"]}) == len(asked) + 1


def test_gzip(client: httpx.Client) -> None:
    for address in (f"{HERE}/download?format=csv", f"{HERE}/rows?limit=20", "/v1/tables"):
        plain = client.get(address)
        with client.stream("GET", address, headers={"Accept-Encoding": "gzip, br"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["vary"]
        assert gzip.decompress(raw) == plain.content
        assert "content-encoding" not in plain.headers
    refused = client.get(HERE, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    parquet = {"Accept-Encoding": "gzip"}
    answer = client.get(f"{HERE}/download?format=parquet", headers=parquet)
    assert "content-encoding" not in answer.headers


def test_head_tells_what_get_would(client: httpx.Client) -> None:
    for address in ADDRESSES:
        head, get = client.head(address), client.get(address)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("etag", "content-type", "cache-control", "vary", "last-modified"):
            assert head.headers.get(name) == get.headers.get(name), name
    assert client.head(f"{HERE}/rows?nonsense=1").status_code == 422


def test_pages_of_other_origins_may_read(client: httpx.Client) -> None:
    answer = client.get(f"{HERE}/rows?limit=1", headers={"Origin": "https://paper.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    asked = {"Origin": "https://paper.example", "Access-Control-Request-Method": "GET"}
    assert client.options(HERE, headers=asked).status_code == 200
    asked["Access-Control-Request-Method"] = "DELETE"
    assert client.options(HERE, headers=asked).status_code == 400
