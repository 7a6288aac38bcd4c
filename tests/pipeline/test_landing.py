"""The whole journey over an S3 store: a real server of it on loopback."""

import secrets
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

import pipeline.ingest as ingest
from repository.landing import LandingProblem
from tests.journey_kit import Home

FEED = "works/spend"
SECRET = "canary-storage-secret"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(home: Home, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # The server's buckets are the process's: no two tests may share a name.
    name = f"landing-{secrets.token_hex(4)}"
    monkeypatch.setenv("WATERSMEET_LANDING", f"s3://{name}/watersmeet/bytes")
    client = boto3.client("s3")
    client.create_bucket(Bucket=name)
    client.close()
    return name


def keys(bucket: str) -> dict[str, int]:
    client = boto3.client("s3")
    found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    client.close()
    return {one["Key"]: one["Size"] for one in found}


def test_a_journey_over_s3(home: Home, bucket: str) -> None:
    home.supply(FEED)
    with home.api():
        [run] = ingest.run_feed(FEED)
        landed = keys(bucket)
        assert not ingest.anything_new(FEED)
    assert run.outcome is not None
    assert run.outcome.new == home.region.answers(FEED)["good"]
    recorded = home.rows("SELECT landed_key, bytes FROM watersmeet.delivery_file")
    assert {f"watersmeet/bytes/{key}": size for key, size in recorded} == landed == keys(bucket)
    assert len(landed) == 3 and all(f"/{FEED}/" in key for key in landed)
    assert not home.landing.exists()
    assert SECRET not in str(home.everything())


def test_bytes_altered_in_s3_are_not_loaded(home: Home, bucket: str) -> None:
    home.supply("northmoor/spend")
    [arrival] = ingest.discover("northmoor/spend")
    delivery = ingest.land("northmoor/spend", arrival)
    [key] = keys(bucket)
    client = boto3.client("s3")
    client.put_object(Bucket=bucket, Key=key, Body=b"Payment Date,Beneficiary,Net Amount\r\n")
    client.close()
    for verb in (ingest.map_, ingest.load):
        with pytest.raises(LandingProblem):
            verb("northmoor/spend", delivery)
    # Nor does landing them again pass it over in silence, or write over it.
    with pytest.raises(LandingProblem, match="does not have the bytes"):
        ingest.land("northmoor/spend", arrival)
    assert keys(bucket)[key] < 100
    assert home.rows("SELECT 1 FROM watersmeet.delivery") == []


def test_a_store_that_is_down(
    home: Home, bucket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    home.supply("northmoor/spend")
    with pytest.raises(LandingProblem, match=r"s3://landing-.* could not") as raised:
        ingest.run_feed("northmoor/spend")
    assert SECRET not in str(raised.value) + caplog.text
    assert home.rows("SELECT 1 FROM watersmeet.arrival") == []
