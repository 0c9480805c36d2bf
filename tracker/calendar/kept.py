"""Calendars that were put together, kept until anything changes: programs ask every few minutes, and nothing is new.

In memory, by each process for itself, and of one state of the database alone: nothing outlives what it was made of.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

#: All of them together. A calendar of 2,000 entries has not quite a million.
MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class Copy:
    """What an address opened."""

    tag: str
    #: On the next day it is another one, whatever else changed.
    until: datetime
    #: None: whoever asked had it.
    body: bytes | None


class Kept:
    """What was fetched since the last change, by the hash of its address."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = Lock()
        self._number = 0
        self._copies: dict[str, Copy] = {}
        self._room = MOST_BYTES

    def get(self, secret_hash: str, number: int, now: datetime) -> Copy | None:
        """Return what an address opened, if as much had changed then as now."""
        with self._lock:
            copy = self._copies.get(secret_hash) if number == self._number else None
        return copy if copy and now < copy.until else None

    def keep(self, secret_hash: str, number: int, copy: Copy) -> None:
        """Keep what an address opened after so many changes, as far as there is room; what is older goes."""
        with self._lock:
            if number != self._number:
                self._number, self._copies, self._room = number, {}, MOST_BYTES
            before = self._copies.get(secret_hash)
            room = self._room + _size(before) - _size(copy)
            if room >= 0:
                self._copies[secret_hash], self._room = copy, room


def _size(copy: Copy | None) -> int:
    return len(copy.body) if copy and copy.body else 0
