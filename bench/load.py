"""The load generator, a small process of its own: so many clients that ask again and again over open connections.

Run as `python -m bench.load PORT CLIENTS SECONDS`, the request on standard input; prints one JSON object. In the
request `{fresh key for form}` is replaced by a new text of the same length each time, `{tag of the last answer}` by
the ETag of the answer before, as programs do that fetch the same file again and again.
"""

import itertools
import json
import socket
import sys
import threading
import time

FRESH = b"{fresh key for form}"
TAG = b"{tag of the last answer}"
#: A client that opens a new connection now and then may meet another process of the server.
ASKED_PER_CONNECTION = 25
_numbers = itertools.count()


def ask(connection: socket.socket, request: bytes, tag: bytes) -> tuple[bytes, bytes]:
    """Ask once, read the whole answer and return its first bytes, and its tag."""
    request = request.replace(TAG, tag)
    if FRESH in request:
        request = request.replace(FRESH, f"{time.time_ns() % 10**12:012d}{next(_numbers):08d}".encode())
    connection.sendall(request)
    answer = b""
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _some(connection)
    # An answer that says "as it was" has no length, and a tag is as it is written.
    length = int(_header(answer[:end], b"content-length") or 0)
    missing = length - (len(answer) - end - 4)
    while missing > 0:
        missing -= len(_some(connection))
    return answer[:12], _header(answer[:end], b"etag")


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b":")
    return b"" if at < 0 else head[at + len(name) + 3 :].split(b"\r\n")[0].strip()


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(262_144)
    if not received:
        raise ConnectionError("the server closed the connection")
    return received


def _client(port: int, request: bytes, until: float, waits: list[float]) -> None:
    tag = b'"none yet"'
    while time.perf_counter() < until:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(ASKED_PER_CONNECTION):
                began = time.perf_counter()
                if began >= until:
                    return
                status, tag = ask(connection, request, tag)
                if status not in {b"HTTP/1.1 200", b"HTTP/1.1 302", b"HTTP/1.1 304"}:
                    raise RuntimeError(status.decode())
                waits.append(time.perf_counter() - began)


def main(port: int, clients: int, seconds: float) -> None:
    """Let the clients ask and print how many answers there were."""
    request, failures = sys.stdin.buffer.read(), []
    waits: list[list[float]] = [[] for _ in range(clients)]
    began = time.perf_counter()

    def run(mine: list[float]) -> None:
        try:
            _client(port, request, began + seconds, mine)
        except (OSError, RuntimeError, ValueError) as failure:
            failures.append(repr(failure))

    threads = [threading.Thread(target=run, args=(mine,)) for mine in waits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - began
    every = sorted(wait for mine in waits for wait in mine)
    answer = {"answers": len(every), "seconds": lasted, "failures": failures}
    answer["p95_ms"] = every[int(len(every) * 0.95)] * 1000 if every else None
    print(json.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
