"""Links in letters that open one thing for one person, and how they get into what leaves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from itsdangerous import BadData

from tracker.mail.models import Message, MessageKind
from tracker.signing import signer

_SPEAKING = frozenset({MessageKind.EVENT, MessageKind.LETTER})


@dataclass(frozen=True)
class Link:
    """A row, and who may open it. Its token is signed and holds both; when it ends, the page behind it says."""

    row_id: int
    person_id: int
    #: Where it leads: "/guest/".
    PATH: ClassVar[str]
    #: What the row is called in the reference that a kept letter holds: "attendance".
    TABLE: ClassVar[str]
    #: A token means nothing under any other address.
    PURPOSE: ClassVar[str]

    def token(self, keys: Sequence[str]) -> str:
        """Return what stands in its address."""
        return str(signer(keys, self.PURPOSE).dumps([self.row_id, self.person_id]))

    @classmethod
    def of(cls, token: str, keys: Sequence[str]) -> Self | None:
        """Return what a token stands for, or None if it is none of ours, or for something else."""
        try:
            row_id, person_id = signer(keys, cls.PURPOSE).loads(token)
            return cls(int(row_id), int(person_id))
        except (BadData, ValueError, TypeError):
            return None

    @classmethod
    def reference(cls, row_id: int) -> str:
        """Return what stands in the kept text in place of the link: "/guest/attendance:12"."""
        return f"{cls.PATH}{cls.TABLE}:{row_id}"

    @classmethod
    def is_reference(cls, token: str) -> bool:
        """Whether it is what a kept letter, or a copy of one, holds in place of a token."""
        return re.fullmatch(rf"{cls.TABLE}:[1-9]\d{{0,9}}", token) is not None

    @classmethod
    def linked(cls, message: Message, words: str, *, keys: Sequence[str]) -> str:
        """Return the words of a letter that speaks of an event with the recipient’s own link for its reference."""
        if message.kind not in _SPEAKING or cls.PATH not in words:
            return words
        reference = rf"{re.escape(cls.PATH)}{cls.TABLE}:([1-9]\d{{0,9}})"
        return re.sub(reference, lambda found: cls.PATH + cls(int(found[1]), message.person_id).token(keys), words)
