"""The links in letters to guests: what they stand for, and how they get into what leaves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from itsdangerous import BadData

from tracker.mail.models import Message, MessageKind
from tracker.signing import signer

GUEST_PATH = "/guest/"
_PURPOSE = "guest"
_SPEAKING = frozenset({MessageKind.EVENT, MessageKind.LETTER})
#: What a kept letter holds in place of a token: "/guest/attendance:12".
_SUBJECT = re.compile(r"attendance:([1-9]\d{0,9})")
_REFERENCE = re.compile(rf"{re.escape(GUEST_PATH)}{_SUBJECT.pattern}")


@dataclass(frozen=True)
class GuestLink:
    """Who is a guest where. It ends with the event, or when they are taken off its list."""

    attendance_id: int
    person_id: int

    def token(self, keys: Sequence[str]) -> str:
        """Return what stands in its address. It holds all it needs, and means nothing under any other address."""
        return str(signer(keys, _PURPOSE).dumps([self.attendance_id, self.person_id]))

    @classmethod
    def of(cls, token: str, keys: Sequence[str]) -> Self | None:
        """Return what a token stands for, or None if it is none of ours, or for something else."""
        try:
            attendance_id, person_id = signer(keys, _PURPOSE).loads(token)
            return cls(int(attendance_id), int(person_id))
        except (BadData, ValueError, TypeError):
            return None


def reference(attendance_id: int) -> str:
    """Return what stands in the kept text in place of the link."""
    return f"{GUEST_PATH}attendance:{attendance_id}"


def is_reference(token: str) -> bool:
    """Whether it is what a kept letter, or a copy of one, holds in place of a token."""
    return _SUBJECT.fullmatch(token) is not None


def linked(message: Message, words: str, *, keys: Sequence[str]) -> str:
    """Return the words of a letter that speaks of an event with the recipient’s own link in place of its reference."""
    if message.kind not in _SPEAKING or GUEST_PATH not in words:
        return words
    person_id = message.person_id
    return _REFERENCE.sub(lambda found: GUEST_PATH + GuestLink(int(found[1]), person_id).token(keys), words)
