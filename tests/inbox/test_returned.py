"""Mail of ours that comes back marks an address; what only claims to come back marks none."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
import sqlalchemy as sa

from tests import builders
from tests.inbox.conftest import Inbox
from tracker.db import db
from tracker.inbox.models import MailSort
from tracker.mail.models import Attempt, Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue, unit
from tracker.people.models import Person

#: As Postfix, Exchange Online, Gmail, and servers that know no standard write it.
POSTFIX = """From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: text/rfc822-headers

Return-Path: <partners@example.org>
Message-ID: <{id}@example.org>
Date: {date}
To: {to}

--b--
"""
EXCHANGE = """From: <postmaster@example.onmicrosoft.com>
Subject: Unzustellbar: Termin
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
X-Auto-Response-Suppress: All

--b
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/html

<p>Die E-Mail-Adresse wurde nicht gefunden.</p>
--c--
--b
Content-Type: message/delivery-status

Reporting-MTA: dns;AM6.example.com

Final-recipient: RFC822;{to}
Action: {action}
Status: {status}
Diagnostic-code: smtp;{said}

--b
Content-Type: message/rfc822

From: Kassel <partners@example.org>
To: <{to}>
Message-ID: <{id}@example.org>
Date: {date}
Subject: Termin

Text
--b--
"""
QMAIL = """From: MAILER-DAEMON@qmail.example.org

Hi. This is the qmail-send program at qmail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.

<{to}>:
{said}

--- Below this line is a copy of the message.

Return-Path: <partners@example.org>
Message-ID: <{id}@example.org>
Date: {date}
To: {to}

Text
"""
NO_SUCH = {"action": "failed", "status": "5.1.1", "said": "550 5.1.1 User unknown"}


def sent(inbox: Inbox, at: datetime) -> tuple[int, str]:
    """Let a letter have left; return its id and what stands before the @ of its Message-ID."""
    with inbox.app.app_context(), unit():
        person = builders.person("Ana", email="ana@example.org")
        message = enqueue(
            key="letter|1|2027-03-01",
            kind=MessageKind.LETTER,
            person_id=person.id,
            address="ana@example.org",
            language="ro",
            zone="Europe/Bucharest",
            subject="Termen",
            text="x",
            html=None,
            now=at,
        )
        message.state, message.dated_at, message.sent_at, message.attempts = MessageState.SENT, at, at, 1
        return message.id, message.message_id


def outcome(inbox: Inbox) -> tuple[str, str | None, bool]:
    """Return state and reason of the letter, and whether the address is marked."""
    with inbox.app.app_context():
        message = db.session.scalars(sa.select(Message)).one()
        person = db.session.get_one(Person, message.person_id)
        return message.state, message.reason, person.address_refused_at is not None


@pytest.mark.both
@pytest.mark.parametrize("form", [POSTFIX, EXCHANGE, QMAIL], ids=["postfix", "exchange", "qmail"])
def test_an_address_that_does_not_exist_is_marked(inbox: Inbox, form: str) -> None:
    at = inbox.now - timedelta(hours=1, microseconds=1)
    message_id, name = sent(inbox, at)
    date = format_datetime(at.replace(microsecond=0))
    inbox.box.put(form.format(to="Ana@example.org", id=name, date=date, **NO_SUCH).encode())

    inbox.fetch()

    [row] = inbox.arrived
    assert (row.sort, row.returned_id) == (MailSort.RETURNED, message_id)
    assert outcome(inbox) == (MessageState.DEAD, "address_refused", True)
    with inbox.app.app_context():
        attempt = db.session.scalars(sa.select(Attempt)).one()
        assert (attempt.phase, attempt.code, (attempt.answer or "").endswith("5.1.1 User unknown")) == (
            "returned",
            550,
            True,
        )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"status": "5.2.2", "said": "552 5.2.2 Mailbox full"}, (MessageState.DEAD, "refused", False)),
        ({"status": "5.7.1", "said": "550 5.7.1 spam"}, (MessageState.DEAD, "policy", False)),
        ({"status": "4.4.1", "said": "connect timed out"}, (MessageState.DEAD, "came_back", False)),
        ({"status": "4.4.1", "said": "x", "action": "delayed"}, (MessageState.SENT, None, False)),
        ({"status": "2.0.0", "said": "x", "action": "delivered"}, (MessageState.SENT, None, False)),
    ],
)
def test_what_says_nothing_of_the_address_marks_none(
    inbox: Inbox, said: dict[str, str], expected: tuple[str, str | None, bool]
) -> None:
    at = inbox.now - timedelta(hours=1)
    _message_id, name = sent(inbox, at)
    told = NO_SUCH | said
    inbox.box.put(POSTFIX.format(to="ana@example.org", id=name, date=format_datetime(at), **told).encode())

    inbox.fetch()

    assert outcome(inbox) == expected


@pytest.mark.parametrize(
    "forged",
    [
        {"id": "0" * 32},
        {"to": "other@example.org"},
        {"second": 1},
        {"days": 15},
        {"host": "example.com"},
    ],
    ids=["another letter", "another recipient", "another second", "long ago", "another sender"],
)
def test_a_forged_return_marks_nobody(inbox: Inbox, forged: dict[str, object]) -> None:
    at = inbox.now - timedelta(days=int(str(forged.get("days", 0))), hours=1)
    _message_id, name = sent(inbox, at)
    date = format_datetime(at + timedelta(seconds=int(str(forged.get("second", 0)))))
    told = POSTFIX.format(
        to=forged.get("to", "ana@example.org"), id=forged.get("id", name), date=date, **NO_SUCH
    ).replace("@example.org>\nDate", f"@{forged.get('host', 'example.org')}>\nDate")
    inbox.box.put(told.encode())

    inbox.fetch()

    assert outcome(inbox) == (MessageState.SENT, None, False)
    assert [row.returned_id for row in inbox.arrived] == [None]
