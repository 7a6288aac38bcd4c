"""Which port Airflow gets."""

import socket

from rich.console import Console

FIRST_PORT = 8080


class PortTaken(Exception):
    """The port asked for belongs to another program."""


def choose(asked: int | None, console: Console) -> int:
    """The port asked for, else 8080 or the next that is free.

    Raises:
        PortTaken: the one asked for is another program's.
    """
    if asked is not None:
        if not is_free(asked):
            raise PortTaken(
                f"port {asked} is taken by another program; give another with --port (PORT=), or "
                "none to take the next free one"
            )
        return asked
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if is_free(port):
            if port != FIRST_PORT:
                console.print(f"  Port {FIRST_PORT} is taken; Airflow will be on {port}.")
            return port
    raise PortTaken(f"no port from {FIRST_PORT} to {FIRST_PORT + 99} is free; give one with --port")


def is_free(port: int) -> bool:
    """Whether nothing listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
