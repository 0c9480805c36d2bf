"""The links in letters by which one answers: what they stand for, and how they get into what leaves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Self

from itsdangerous import BadData

from tracker.mail.models import Message, MessageKind
from tracker.reminders.mails import ANSWER_PATH, CHOSEN
from tracker.signing import signer

LASTS = timedelta(days=30)
_PURPOSE = "answer"
#: Letters that ask something; a copy of one opens nothing.
_ASKING = frozenset({MessageKind.LETTER, MessageKind.LINK})
_SUBJECT = re.compile(r"(?:milestone|request):[1-9]\d{0,9}")
#: Begins with words and not with what stands before them: so it is found ten times as fast.
_REFERENCE = re.compile(rf"{re.escape(ANSWER_PATH)}({_SUBJECT.pattern})(?=\?{CHOSEN}=)")


@dataclass(frozen=True)
class AnswerLink:
    """Who is asked about what, by the letter of which day."""

    #: "milestone:12", "request:7"
    subject: str
    person_id: int
    day: date

    @property
    def key(self) -> str:
        """What the database keeps of it: nobody can make a link of that."""
        return f"{self.subject}|{self.person_id}|{self.day.isoformat()}"

    def is_over(self, today: date) -> bool:
        """Whether it is too old to answer by."""
        return today > self.day + LASTS

    def token(self, keys: Sequence[str]) -> str:
        """Return what stands in its address. It holds all it needs, and means nothing under any other address."""
        return _token(self, tuple(keys))

    @classmethod
    def of(cls, token: str, keys: Sequence[str]) -> Self | None:
        """Return what a token stands for, or None if it is none of ours, or for something else."""
        try:
            subject, person_id, day = signer(keys, _PURPOSE).loads(token)
            return cls(str(subject), int(person_id), date.fromisoformat(day))
        except (BadData, ValueError, TypeError):
            return None


@lru_cache(maxsize=256)
def _token(link: AnswerLink, keys: tuple[str, ...]) -> str:
    """Sign it once: each link stands in a letter twice."""
    return str(signer(keys, _PURPOSE).dumps([link.subject, link.person_id, link.day.isoformat()]))


def is_reference(token: str) -> bool:
    """Whether it is what a kept letter, or a copy of one, holds in place of a token."""
    return _SUBJECT.fullmatch(token) is not None


def linked(message: Message, words: str, *, keys: Sequence[str]) -> str:
    """Return the words of a letter with links that its recipient can answer by, in place of the references."""
    if message.kind not in _ASKING:
        return words
    day = message.created_at.date()
    # Each stands there once per assessment.
    links = {one: AnswerLink(one, message.person_id, day) for one in set(_REFERENCE.findall(words))}
    linked = {one: f"{ANSWER_PATH}{link.token(keys)}" for one, link in links.items()}
    return _REFERENCE.sub(lambda found: linked[found[1]], words) if linked else words
