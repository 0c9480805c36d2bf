"""Ports of this machine, for servers that have to be named before they listen."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """Give a port on which nobody listens, and that no process is given which asks for any.

    Chosen and let go, it might be somebody else's by the time it is used; whoever asks for this very one has it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        yield port
