"""What a link stands for, and that nobody but this installation makes one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import clock
from tracker.answers.links import LASTS, AnswerLink, is_reference, linked
from tracker.mail.models import Message, MessageKind
from tracker.signing import signer

KEYS = ("a key of thirty-two letters, or more",)
LINK = AnswerLink("milestone:12", 7, date(2027, 3, 2))


def test_a_token_stands_for_what_it_was_made_of() -> None:
    assert AnswerLink.of(LINK.token(KEYS), KEYS) == LINK


def test_what_another_key_signed_opens_nothing() -> None:
    assert AnswerLink.of(LINK.token(("another key of thirty-two letters!",)), KEYS) is None


def test_what_was_signed_for_something_else_opens_nothing() -> None:
    foreign = signer(KEYS, "stop letters").dumps(["milestone:12", 7, "2027-03-02"])

    assert AnswerLink.of(str(foreign), KEYS) is None


@given(place=st.integers(min_value=0), letter=st.sampled_from("AZaz09-_."))
def test_a_token_with_one_letter_changed_opens_nothing(place: int, letter: str) -> None:
    token = LINK.token(KEYS)
    place %= len(token) - 1
    changed = token[:place] + letter + token[place + 1 :]

    assert changed == token or AnswerLink.of(changed, KEYS) is None


@given(st.text())
def test_no_other_text_opens_anything(text: str) -> None:
    assert AnswerLink.of(text, KEYS) is None


@pytest.mark.parametrize(("days", "is_over"), [(0, False), (30, False), (31, True)])
def test_a_link_lasts_for_thirty_days(days: int, is_over: bool) -> None:  # noqa: FBT001 - what is expected
    assert timedelta(days=30) == LASTS
    assert LINK.is_over(LINK.day + timedelta(days=days)) is is_over


def test_what_leaves_holds_links_and_what_is_kept_references() -> None:
    words = "https://x.example/answer/milestone:12?say=done https://x.example/answer/request:3?say=done"
    at = clock.now()
    made = {
        kind: linked(Message(kind=kind, person_id=7, created_at=at), words, keys=KEYS)
        for kind in (MessageKind.LETTER, MessageKind.LINK, MessageKind.COPY, MessageKind.UPDATE)
    }
    day = at.date()
    tokens = [AnswerLink(subject, 7, day).token(KEYS) for subject in ("milestone:12", "request:3")]
    working = "https://x.example/answer/{}?say=done https://x.example/answer/{}?say=done".format(*tokens)

    assert made == {
        MessageKind.LETTER: working,
        MessageKind.LINK: working,
        MessageKind.COPY: words,
        MessageKind.UPDATE: words,
    }


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("milestone:12", True), ("request:3", True), ("milestone:0", False), ("step:3", False), ("milestone:1x", False)],
)
def test_a_reference_is_known(text: str, is_one: bool) -> None:  # noqa: FBT001 - what is expected
    assert is_reference(text) is is_one
