"""Calendars that were put together, kept until anything changes: not every program says which one it has.

In memory, by each process for itself, and of one state of the database alone: nothing outlives what it was made of.
"""

from threading import Lock

#: All of them together. A calendar of 2,000 entries has not quite a million.
MOST_BYTES = 8_000_000


class Kept:
    """What was put together since the last change, by its tag."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = Lock()
        self._number = 0
        self._bodies: dict[str, bytes] = {}
        self._room = MOST_BYTES

    def get(self, tag: str) -> bytes | None:
        """Return what was put together under a tag, if it is still here."""
        return self._bodies.get(tag)

    def keep(self, number: int, tag: str, body: bytes) -> None:
        """Keep what was put together after so many changes, as far as there is room; what is older goes."""
        with self._lock:
            if number != self._number:
                self._number, self._bodies, self._room = number, {}, MOST_BYTES
            if tag not in self._bodies and len(body) <= self._room:
                self._bodies[tag] = body
                self._room -= len(body)
