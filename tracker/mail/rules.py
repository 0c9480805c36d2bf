"""What becomes of a message: outcomes of the conversation with the mail server, pauses, and the reasons in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tracker.language import _l
from tracker.mail.models import MessageKind

#: How long a claim holds, until the body and from there on; the server may take ten minutes after the final dot.
LEASE = timedelta(seconds=90)
LEASE_IN_DATA = timedelta(minutes=11)
#: Deadlines of a conversation: all phases before the body together, the body, the answer to it.
BEFORE_BODY = timedelta(seconds=60)
BODY = timedelta(seconds=40)
ANSWER = timedelta(minutes=10)
#: Pauses before the next try: one after another, then the last for ever, until they add up to four days.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240, 480, 720))
GIVE_UP = timedelta(days=4)
#: A server that asks to wait means at least this (greylisting).
ASKED_TO_WAIT = timedelta(minutes=5)
UNCERTAIN_PAUSE = timedelta(minutes=5)
#: How often a message that may have arrived is sent again with the same bytes.
REPEATS = 2
#: The whole queue waits so long for a server that is away, growing.
QUEUE_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 900))
#: A pause is stretched or shortened by up to this part of it, so that not all come back at once.
SPREAD = 0.2
#: Letters are kept so long after their end.
KEPT = timedelta(days=30)


class Phase(StrEnum):
    """Where in the conversation with the mail server."""

    CONNECT = "connect"
    HELLO = "hello"
    TLS = "tls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    #: From the commit that says so until the final dot is written.
    BODY = "body"
    #: From the first byte of the final dot on: the server may have taken it.
    ANSWER = "answer"
    #: Not a server but a folder.
    FILE = "file"
    #: Days later, as a mail that comes back.
    RETURNED = "returned"


class Fault(StrEnum):
    """What happened instead of an answer."""

    LINE = "line"  # refused, closed, reset or too slow
    CERTIFICATE = "certificate"
    NO_ENCRYPTION = "no_encryption"
    NO_LOGIN = "no_login"
    FOLDER = "folder"


class Verdict(StrEnum):
    """What follows for the message."""

    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    #: It may have been taken.
    UNKNOWN = "unknown"
    #: The whole queue waits; the message is not charged.
    PAUSE = "pause"


@dataclass(frozen=True)
class Answer:
    """How a conversation ended: the phase, and the server's code and words or what happened instead."""

    phase: Phase
    code: int | None = None
    words: str = ""
    fault: Fault | None = None


@dataclass(frozen=True)
class Outcome:
    """The verdict, with the key of its reason."""

    verdict: Verdict
    reason: str


_BEFORE_MESSAGE = {Phase.CONNECT, Phase.HELLO, Phase.TLS, Phase.LOGIN}
_QUEUE_FAULTS = {
    Fault.CERTIFICATE: "certificate",
    Fault.NO_ENCRYPTION: "no_encryption",
    Fault.NO_LOGIN: "login_refused",
    Fault.FOLDER: "folder",
}
_CLOSING = 421
_LOGIN_NEEDED = 530
_NOT_TAKEN = 550
_POLICY = 554
_TAKEN, _TEMPORARY, _FINAL, _BEYOND = 200, 400, 500, 600


def outcome(answer: Answer) -> Outcome:
    """Return what follows from how a conversation ended; by its phase, never by the kind of error alone."""
    if answer.fault in _QUEUE_FAULTS:
        return Outcome(Verdict.PAUSE, _QUEUE_FAULTS[answer.fault])
    if answer.phase in _BEFORE_MESSAGE:
        return Outcome(Verdict.PAUSE, _queue_reason(answer))
    if answer.phase is Phase.FILE:
        return Outcome(Verdict.SENT, "filed")
    if answer.phase is Phase.ANSWER:
        return _after_the_dot(answer)
    if answer.fault is not None:
        return Outcome(Verdict.RETRY, "line_broke")
    return _before_the_body(answer)


def _queue_reason(answer: Answer) -> str:
    if answer.code is None:
        return "server_away"
    if not _FINAL <= answer.code < _BEYOND:
        return "server_busy"
    if answer.phase is Phase.LOGIN:
        return "login_refused"
    return "no_encryption" if answer.phase is Phase.TLS else "server_refuses"


def _before_the_body(answer: Answer) -> Outcome:
    code = answer.code or 0
    if code == _LOGIN_NEEDED:
        return Outcome(Verdict.PAUSE, "login_refused")
    if code == _CLOSING:
        return Outcome(Verdict.RETRY, "closing")
    if answer.phase is Phase.MAIL and _refuses_sender(answer):
        return Outcome(Verdict.PAUSE, "sender_refused")
    if _FINAL <= code < _BEYOND:
        return Outcome(Verdict.DEAD, _refusal(answer))
    if _TEMPORARY <= code < _FINAL:
        return Outcome(Verdict.RETRY, "asked_to_wait" if answer.phase is Phase.RCPT else "not_now")
    return Outcome(Verdict.RETRY, "garbled")


def _refuses_sender(answer: Answer) -> bool:
    """Whether it is our own address that is refused, which every message bears, and not this message."""
    if answer.words.startswith(("5.1.7", "5.1.8")):
        return True
    return answer.code == _NOT_TAKEN and not answer.words.startswith("5.")


def _after_the_dot(answer: Answer) -> Outcome:
    code = answer.code or 0
    if _TAKEN <= code < _TAKEN + 100:
        return Outcome(Verdict.SENT, "taken")
    if _TEMPORARY <= code < _FINAL:
        return Outcome(Verdict.RETRY, "not_now")
    if _FINAL <= code < _BEYOND:
        return Outcome(Verdict.DEAD, _refusal(answer))
    return Outcome(Verdict.UNKNOWN, "uncertain")


def _refusal(answer: Answer) -> str:
    names_nobody = answer.phase in {Phase.RCPT, Phase.RETURNED}
    if names_nobody and answer.words.startswith("5.1."):
        return "address_refused"
    if answer.code == _POLICY or answer.words.startswith("5.7."):
        return "policy"
    if names_nobody and answer.code in {550, 551, 553}:
        return "address_refused"
    return "refused"


def pause_after(attempts: int, reason: str) -> timedelta | None:
    """Return the pause after so many attempts, or None: given up. What the pauses add up to counts, not the clock."""
    waited = sum((_pause(number) for number in range(1, attempts)), timedelta(0))
    pause = max(_pause(attempts), ASKED_TO_WAIT if reason == "asked_to_wait" else timedelta(0))
    return pause if waited + pause <= GIVE_UP else None


def _pause(attempts: int) -> timedelta:
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]


def queue_pause(failures: int) -> timedelta:
    """Return how long everything waits after so many failures in a row to reach the server or to log in."""
    return QUEUE_PAUSES[min(max(failures, 1), len(QUEUE_PAUSES)) - 1]


def spread(pause: timedelta, luck: float) -> timedelta:
    """Return the pause up to a fifth shorter or longer; luck is between -1 and 1."""
    return pause * (1 + SPREAD * luck)


# ---- how much one person gets

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: What lets somebody in, or keeps them in.
ENTRANCE = frozenset(
    {MessageKind.INVITATION, MessageKind.RESET, MessageKind.ADDRESS, MessageKind.CODE, MessageKind.ACCOUNT}
)
#: What anybody can ask for at the door. It is counted there, by who asks: nobody uses up the letters of somebody else.
ASKED_AT_THE_DOOR = frozenset({MessageKind.CODE, MessageKind.RESET})
#: What comes beside the daily letter.
BESIDES = frozenset(MessageKind) - ENTRANCE - {MessageKind.LETTER}
#: At most so many mails to one person within these times; each class is counted for itself, letters are not.
CAPS = (
    (BESIDES, {HOUR: (5, "over_hour"), DAY: (20, "over_day")}),
    (ENTRANCE - ASKED_AT_THE_DOOR, {HOUR: (5, "over_hour")}),
)
#: Two workers that have messages to one person in hand at the same moment look again after this time.
AFTER_THE_OTHER = timedelta(minutes=1)


# ---- what a message may still need when its turn comes


@dataclass(frozen=True)
class Send:
    """As it is."""


@dataclass(frozen=True)
class Cancel:
    """Not at all: the key of the reason, with the facts of its sentence."""

    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WaitUntil:
    """Not before an instant."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Recompose:
    """With other words. A message whose bytes are frozen is sent as they are."""

    subject: str
    text: str
    html: str | None
    #: What it carries now.
    attached: str | None = None
    #: Writes down what the new words leave out, in the unit after which they follow.
    note: Callable[[], object] = field(default=lambda: None, compare=False)


Decision = Send | Cancel | WaitUntil | Recompose


def over_the_cap(
    handed_over: Sequence[datetime], in_hand: int, caps: Mapping[timedelta, tuple[int, str]], now: datetime
) -> WaitUntil | None:
    """Return until when a message has to wait for those before it, the earliest first; None if it may leave."""
    waits = []
    for span, (most, reason) in caps.items():
        within = [at for at in handed_over if at > now - span]
        if len(within) >= most:
            waits.append(WaitUntil(within[-most] + span, reason))
        elif len(within) + in_hand >= most:
            waits.append(WaitUntil(now + AFTER_THE_OTHER, reason))
    return max(waits, key=lambda wait: wait.at, default=None)


# ---- reasons in words

#: Key to the sentence that the office reads; its placeholders are the facts kept beside the key.
REASONS: Mapping[str, str] = {
    "taken": _l("The mail server has taken it."),
    "filed": _l("It was written to a file in the outbox folder."),
    "server_away": _l("The mail server does not answer. Everything waits and is tried again."),
    "server_busy": _l("The mail server asks to come back later. Everything waits and is tried again."),
    "server_refuses": _l("The mail server turns this program away. Everything waits until somebody has a look."),
    "login_refused": _l("The mail server refuses the log-in. Everything waits; please look at the settings."),
    "sender_refused": _l(
        "The mail server refuses our address as sender. Everything waits; please look at the settings."
    ),
    "no_encryption": _l("The mail server offers no encryption, so nothing is sent; please look at the settings."),
    "certificate": _l("The mail server cannot prove who it is, so nothing is sent; its certificate is wrong."),
    "folder": _l("The outbox folder cannot be written to. Everything waits until it can."),
    "closing": _l("The mail server ended the conversation. It is tried again."),
    "asked_to_wait": _l("The recipient’s mail server asks to come back later. It is tried again."),
    "not_now": _l("The mail server does not take it now. It is tried again."),
    "line_broke": _l("The line broke before it was handed over. It is tried again."),
    "garbled": _l("The mail server answered what makes no sense. It is tried again."),
    "interrupted": _l("The program stopped before it was handed over. It is tried again."),
    "lease_lost": _l("Another worker has taken it over."),
    "address_refused": _l("The mail server says that there is no such address. Please correct it."),
    "policy": _l("The mail server refuses it by its own rules, for example as spam."),
    "refused": _l("The mail server refuses it for good."),
    "came_back": _l("It came back: the recipient’s mail server was tried in vain."),
    "gave_up": _l("It was tried %(attempts)s times in four days and never taken."),
    "too_late": _l("It could not be handed over while it was still useful."),
    "uncertain": _l("The line broke while it was handed over: it may have arrived. The same letter is sent once more."),
    "uncertain_held": _l("It may have arrived, even several times. It is not sent again unless somebody wants it."),
    "no_address": _l("“%(address)s” is not an address that mail can be sent to."),
    "not_composed": _l("It could not be written because of an error in the program (%(error)s)."),
    "over_hour": _l("This person has had as many mails within an hour as we send to one. It waits."),
    "over_day": _l("This person has had as many mails within a day as we send to one. It waits."),
    "over_site": _l("The site has sent as many mails within a day as it may. It waits."),
    "address_waits": _l("Mail servers refuse this person’s address. It waits until somebody corrects it."),
    "office_paused": _l("The office has paused all sending."),
    "locked": _l("This person is locked."),
    "person_archived": _l("This person is archived."),
    "no_guest": _l("They are no longer on the list of guests, or the event is off."),
    "question_closed": _l("The question is closed."),
    "restored": _l(
        "It may have been sent after the backup was made from which everything was restored. "
        "It is not sent again unless somebody wants it."
    ),
    "restored_link": _l("Everything was restored from a backup; the link in it opens nothing any more."),
    "given_up": _l("Somebody gave it up."),
    "once_more": _l("Somebody had it tried once more."),
    "corrected": _l("Somebody corrected the address."),
}


def sentence(reason: str | None, facts: Mapping[str, Any] | None = None, *more: Mapping[str, str]) -> str:
    """Return a reason in the reader's language; `more` holds the reasons of other rooms. Empty if there is none."""
    words = next((reasons[reason] for reasons in (REASONS, *more) if reason in reasons), None) if reason else None
    if words is None:
        return reason or ""
    return str(words) % dict(facts or {})
