"""What follows from each answer, and when it is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.mail.rules import (
    GIVE_UP,
    REASONS,
    Answer,
    Fault,
    Outcome,
    Phase,
    Verdict,
    outcome,
    pause_after,
    queue_pause,
    spread,
)

BEFORE = (Phase.CONNECT, Phase.HELLO, Phase.TLS, Phase.LOGIN)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(Phase.CONNECT, fault=Fault.LINE), (Verdict.PAUSE, "server_away")),
        (Answer(Phase.CONNECT, 421), (Verdict.PAUSE, "server_busy")),
        (Answer(Phase.CONNECT, 554), (Verdict.PAUSE, "server_refuses")),
        (Answer(Phase.CONNECT, fault=Fault.CERTIFICATE), (Verdict.PAUSE, "certificate")),
        (Answer(Phase.HELLO, 451), (Verdict.PAUSE, "server_busy")),
        (Answer(Phase.TLS, fault=Fault.NO_ENCRYPTION), (Verdict.PAUSE, "no_encryption")),
        (Answer(Phase.TLS, 502), (Verdict.PAUSE, "no_encryption")),
        (Answer(Phase.LOGIN, 535), (Verdict.PAUSE, "login_refused")),
        (Answer(Phase.LOGIN, 454), (Verdict.PAUSE, "server_busy")),
        (Answer(Phase.LOGIN, fault=Fault.NO_LOGIN), (Verdict.PAUSE, "login_refused")),
        (Answer(Phase.MAIL, 530), (Verdict.PAUSE, "login_refused")),
        (Answer(Phase.MAIL, 421), (Verdict.RETRY, "closing")),
        (Answer(Phase.MAIL, 452), (Verdict.RETRY, "not_now")),
        (Answer(Phase.MAIL, 552), (Verdict.DEAD, "refused")),
        (Answer(Phase.MAIL, 550, "sender unknown"), (Verdict.PAUSE, "sender_refused")),
        (Answer(Phase.MAIL, 550, "5.1.8 bad domain"), (Verdict.PAUSE, "sender_refused")),
        (Answer(Phase.MAIL, 553, "5.1.7 bad address"), (Verdict.PAUSE, "sender_refused")),
        (Answer(Phase.MAIL, 550, "5.3.4 too large"), (Verdict.DEAD, "refused")),
        (Answer(Phase.MAIL, 550, "5.7.1 not from you"), (Verdict.DEAD, "policy")),
        (Answer(Phase.RCPT, 421), (Verdict.RETRY, "closing")),
        (Answer(Phase.RCPT, 450), (Verdict.RETRY, "asked_to_wait")),
        (Answer(Phase.RCPT, 550, "5.1.1 unknown"), (Verdict.DEAD, "address_refused")),
        (Answer(Phase.RCPT, 550, "no such user"), (Verdict.DEAD, "address_refused")),
        (Answer(Phase.RCPT, 550, "5.7.1 not from you"), (Verdict.DEAD, "policy")),
        (Answer(Phase.RCPT, 554, "go away"), (Verdict.DEAD, "policy")),
        (Answer(Phase.RCPT, fault=Fault.LINE), (Verdict.RETRY, "line_broke")),
        (Answer(Phase.DATA, 421), (Verdict.RETRY, "closing")),
        (Answer(Phase.DATA, 250), (Verdict.RETRY, "garbled")),
        (Answer(Phase.BODY, fault=Fault.LINE), (Verdict.RETRY, "line_broke")),
        (Answer(Phase.ANSWER, 250), (Verdict.SENT, "taken")),
        (Answer(Phase.ANSWER, 451), (Verdict.RETRY, "not_now")),
        (Answer(Phase.ANSWER, 421), (Verdict.RETRY, "not_now")),
        (Answer(Phase.ANSWER, 552), (Verdict.DEAD, "refused")),
        (Answer(Phase.ANSWER, 554), (Verdict.DEAD, "policy")),
        (Answer(Phase.ANSWER, -1), (Verdict.UNKNOWN, "uncertain")),
        (Answer(Phase.ANSWER, fault=Fault.LINE), (Verdict.UNKNOWN, "uncertain")),
        (Answer(Phase.FILE), (Verdict.SENT, "filed")),
        (Answer(Phase.FILE, fault=Fault.FOLDER), (Verdict.PAUSE, "folder")),
    ],
)
def test_what_follows(answer: Answer, expected: tuple[Verdict, str]) -> None:
    assert outcome(answer) == Outcome(*expected)


@given(
    st.sampled_from([phase for phase in Phase if phase is not Phase.FILE]),
    st.none() | st.integers(-1, 999),
    st.none() | st.sampled_from(Fault),
)
def test_each_answer_has_a_verdict_that_loses_and_doubles_nothing(
    phase: Phase, code: int | None, fault: Fault | None
) -> None:
    found = outcome(Answer(phase, code, fault=fault))

    assert found.reason in REASONS
    assert found.verdict is not Verdict.DEAD or (code is not None and 500 <= code < 600)
    if phase is not Phase.ANSWER:
        assert found.verdict not in {Verdict.SENT, Verdict.UNKNOWN}
    if phase in BEFORE:
        assert found.verdict is Verdict.PAUSE


def test_the_pauses_grow_until_four_days_have_passed() -> None:
    pauses: list[timedelta] = []
    while (pause := pause_after(len(pauses) + 1, "not_now")) is not None:
        pauses.append(pause)

    minutes = [pause / timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 5, 15, 30, 60, 120, 240, 480, *[720] * 6]
    assert sum(pauses, timedelta(0)) <= GIVE_UP < sum(pauses, timedelta(hours=12))


def test_a_server_that_asks_to_wait_gets_at_least_five_minutes() -> None:
    assert pause_after(1, "asked_to_wait") == timedelta(minutes=5)
    assert pause_after(4, "asked_to_wait") == timedelta(minutes=30)


def test_the_queue_waits_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    seconds = [queue_pause(failures).total_seconds() for failures in (1, 2, 3, 4, 5, 6, 7, 99)]

    assert seconds == [30, 60, 120, 240, 480, 900, 900, 900]


def test_pauses_spread_by_a_fifth() -> None:
    hour = timedelta(hours=1)

    assert [spread(hour, luck) for luck in (-1, 0, 1)] == [hour * 0.8, hour, hour * 1.2]
