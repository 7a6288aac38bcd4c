"""The invented region on this machine: its files made once, its API served while we run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.floor.ports import is_free
from repository.state import read_private, write_private

SEED = 7


def ensure_example(state: Path, rows: int) -> bool:
    """Make the example's files unless they are there already; whether they were made now."""
    from pipeline.example.region import make
    from pipeline.example.supply import Plan

    folder, record = state / "example", state / "example.json"
    plan = {"seed": SEED, "rows": rows}
    if read_private(record) == plan and folder.is_dir():
        return False
    make(Plan(**plan), folder)
    write_private(record, plan)
    return True


@contextmanager
def example_api(state: Path) -> Iterator[None]:
    """Serve the Department of Works' API, and say in ``connections.json`` where everything is."""
    from pipeline.example.api_server import serving
    from pipeline.example.connections import write_connections

    connections, folder = state / "connections.json", state / "example"
    # The same port as before where it is free, so that the connection stays good for others.
    before = read_private(connections).get("works_api", {}).get("port", 0)
    port = before if before and is_free(before) else 0
    secret = write_connections(connections, folder, port)
    with serving(folder, secret, port=port) as server:
        write_connections(connections, folder, server.server_address[1])
        yield
