"""A message's turn, from its claim to what became of it, against servers that behave and others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy

import pytest
from flask import Flask

from tests.mail.conftest import Line, Moving
from tracker.mail.models import Message, MessageState
from tracker.mail.rules import Cancel, Decision, Recompose, Send, WaitUntil
from tracker.mail.smtp import post_of

Put = Callable[..., int]
Row = Callable[[int], Message]
Tries = Callable[[int], list[tuple[str, str, int | None]]]


def test_a_message_arrives_as_it_was_written(line: Line, put: Put, deliver: Callable, row: Row, tries: Tries) -> None:
    message_id = put(reply_to="Karla Koordination <karla@example.org>")

    delivered = deliver(post_of(line.url, host="partners.example.org"))

    assert delivered.counts == {MessageState.SENT: 1}
    sent = row(message_id)
    assert (sent.state, sent.reason, sent.attempts, sent.frozen) == (MessageState.SENT, "taken", 1, None)
    assert tries(message_id) == [("answer", "sent", 250)]
    letter = message_from_bytes(line.taken[0], policy=policy.default)
    assert letter["To"] == "radu@example.org"
    assert letter["Subject"] == "Termen: 5 aprilie"
    assert letter["Message-ID"] == f"<{sent.message_id}@example.org>"
    assert letter["Date"] == "Tue, 02 Mar 2027 11:00:00 +0200"
    assert line.said[0] == "ehlo partners.example.org"
    assert line.said[-1] == "QUIT"
