"""Starts the children that parse untrusted files: each a fork of a process that has imported what
parsers need and has never read a file.

Starting Python and importing Arrow takes a third of a second, forking ten milliseconds. The nursery
is told over a socket: ``start`` with a request and the end of a pipe for the child's frames,
``end`` with the number of a child, which it kills, waits for and tells the exit code of, and
``let_go`` with that of one to which the same is done and nothing told. It ends when its worker
does.
"""

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

from connectors.confined.child import Frames, parse

LONGEST = 1 << 20
"""Bytes a message may have."""


def serve(line: socket.socket) -> None:
    """Answers a worker until it hangs up."""
    children: set[int] = set()
    while True:
        message, handles, _, _ = socket.recv_fds(line, LONGEST, 1)
        if not message:
            break
        asked = json.loads(message)
        if "let_go" in asked:
            _end(asked["let_go"], children)
            continue
        if "end" in asked:
            line.sendall(json.dumps({"code": _end(asked["end"], children)}).encode())
            continue
        answer: dict[str, object] = {}
        try:
            # Our own code, not the file's; from now on every fork has it.
            import_module(f"connectors.confined.{asked['start']['parser']}")
        except ImportError as error:
            answer = {"missing": str(error.name)}
        else:
            child = os.fork()
            if child == 0:
                line.close()
                _live(asked["start"], handles[0])
            _set_apart(child)
            children.add(child)
            answer = {"child": child}
        for handle in handles:
            os.close(handle)
        line.sendall(json.dumps(answer).encode())
    for child in children:
        _kill(child)


def _live(request: dict[str, object], handle: int) -> None:
    """The child's whole life. Its pipe is not closed before it ends, so that the worker sees it end
    with its exit code told."""
    _set_apart(0)
    code = 1
    try:
        parse(request, Frames(os.fdopen(handle, "wb", buffering=0, closefd=False)))
        code = 0
    finally:
        # Not sys.exit: nothing of the nursery's is this process's to clear up.
        os._exit(code)


def _set_apart(child: int) -> None:
    """Gives a child a group of its own, which is killed with whatever it starts. Both say so, as
    either may be first."""
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(child, child)


def _end(child: int, children: set[int]) -> int:
    """Kills a child with whatever it started; its exit code, or below nought a signal."""
    if child not in children:
        return 0
    children.discard(child)
    with suppress(ChildProcessError):
        # One that has ended already keeps the code it ended with.
        _kill(child)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    return 0


def _kill(child: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def main() -> None:
    """Serves on the socket whose number is the argument."""
    # What the terminal tells its programs is for the worker, which then hangs up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from connectors.confined.warm_up import warm_up

    warm_up()  # Most of what a parser has to wait for.
    # What is here is not looked through, and so not copied, by every fork.
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as line:
        serve(line)


if __name__ == "__main__":
    main()
