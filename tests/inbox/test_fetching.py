"""Mail is fetched from a real mailbox: each once, whatever the server does, and whoever is killed."""

import os
import signal
import ssl
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.inbox.conftest import Inbox, written
from tests.inbox.server import Mailbox
from tests.mail.conftest import Moving
from tracker.db import db
from tracker.documents.actions import erase_removed
from tracker.documents.models import StoredFile
from tracker.inbox import fetching
from tracker.inbox.actions import forget_mails
from tracker.inbox.imap import Encryption, Place, new_watch, trouble_of
from tracker.mail.outbox import unit

CERTIFICATES = Path(__file__).parent.parent / "mail" / "certificates"


@pytest.mark.both
def test_a_mail_to_a_project_waits_with_who_when_what_and_its_files(inbox: Inbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = (
        "Radu Partener <radu@example.org>",
        f"Karla <karla@example.org>, {inbox.address().upper()}",
    )
    mail["Subject"], mail["Date"] = "Programul", "Mon, 01 Mar 2027 16:20:00 +0200"
    mail.set_content("Bună ziua,\n\nvenim.\n\nAm 1.3.2027 schrieb Karla:\n> Kommen Sie?\n")
    mail.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="Programul.pdf")
    mail.add_attachment(b"MZ\0\0", maintype="application", subtype="octet-stream", filename="setup.exe")
    inbox.box.put(mail.as_bytes())

    number = inbox.fetch()

    [row] = inbox.arrived
    assert number == 1
    assert (row.project_id, row.sort, row.state, row.sender_name, row.sender, row.subject) == (
        inbox.project,
        "person",
        "waiting",
        "Radu Partener",
        "radu@example.org",
        "Programul",
    )
    assert row.recipients[0] == ["Karla", "karla@example.org"]
    assert row.sent_at == datetime(2027, 3, 1, 14, 20, tzinfo=UTC)
    assert (row.text, row.quoted) == ("Bună ziua,\n\nvenim.", "Am 1.3.2027 schrieb Karla:\n> Kommen Sie?")
    assert [(one.name, one.file is not None, bool(one.trouble), one.is_proposed) for one in row.files] == [
        ("E-Mail.txt", True, False, False),
        ("Programul.pdf", True, False, True),
        ("setup.exe", False, True, True),
    ]
    assert [mail.is_read for mail in inbox.box.mails] == [True]


@pytest.mark.both
def test_each_comes_in_once_by_whichever_way_and_under_whichever_number(inbox: Inbox) -> None:
    raw = written(inbox.address())
    inbox.box.put(raw)
    inbox.box.put(b"Received: from elsewhere\r\nDelivered-To: other@example.org\r\n" + raw)

    first, again = inbox.fetch(), inbox.fetch()
    # The server numbers its mails anew.
    inbox.box.uid_validity, inbox.box.mails = 8, []
    inbox.box.put(raw, uid=1)
    inbox.box.put(written(inbox.address(), Message_ID="<2@mail.example.org>"), uid=2)
    anew = inbox.fetch()

    assert (first, again, anew, len(inbox.arrived)) == (1, 0, 1, 2)


def test_a_copy_to_two_projects_waits_for_each(inbox: Inbox) -> None:
    for to in (inbox.address(), inbox.address(inbox.other_project)):
        inbox.box.put(f"Delivered-To: {to}\r\n".encode() + written("partners@lists.example.org"))

    inbox.fetch()

    assert [row.project_id for row in inbox.arrived] == [inbox.project, inbox.other_project]


@pytest.mark.parametrize("header", ["Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_a_copy_finds_its_project(inbox: Inbox, header: str) -> None:
    inbox.box.put(written("karla@example.org", **{header.replace("-", "_"): inbox.address()}))

    inbox.fetch()

    assert [row.project_id for row in inbox.arrived] == [inbox.project]


def test_a_mail_that_names_no_project_waits_all_the_same(inbox: Inbox) -> None:
    for number, to in enumerate(("project@example.org", "project+unknown@example.org", "project+bcd@example.com")):
        inbox.box.put(written(to, Message_ID=f"<{number}@x>"))

    inbox.fetch()

    assert [row.project_id for row in inbox.arrived] == [None, None, None]


def test_a_mailbox_that_was_never_read_is_not_read_from_its_beginning(inbox: Inbox) -> None:
    inbox.box.put(written(inbox.address(), Message_ID="<old@x>"), arrived_on=date(2027, 2, 1))
    inbox.box.put(written(inbox.address(), Message_ID="<new@x>"), arrived_on=date(2027, 2, 27))

    inbox.fetch()
    # Once it is read no day counts any more: the program may have been away for long.
    inbox.box.put(written(inbox.address(), Message_ID="<late@x>"), arrived_on=date(2027, 1, 1))
    inbox.fetch()

    assert len(inbox.arrived) == 2


def test_many_come_in_turn_by_turn(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_AT_ONCE", 2)
    for number in range(5):
        inbox.box.put(written(inbox.address(), Message_ID=f"<{number}@x>"))

    assert [inbox.fetch() for _turn in range(4)] == [2, 2, 1, 0]


# ---- servers that hang, lie and break off


@pytest.mark.parametrize(
    ("command", "does", "trouble"),
    [
        ("GREETING", "hang", "too_slow"),
        ("GREETING", "trickle", "too_slow"),
        ("LOGIN", "refuse", "login_refused"),
        ("SELECT", "refuse", "no_folder"),
        ("SEARCH", "drop", "away"),
        ("SEARCH", "nonsense", "away"),
        ("SEARCH", "flood", "garbled"),
        ("FETCH", "half", "away"),
        ("FETCH", "refuse", "garbled"),
        ("FETCH", "hang", "too_slow"),
    ],
)
def test_what_a_server_does_is_told_and_ends_in_time(inbox: Inbox, command: str, does: str, trouble: str) -> None:
    inbox.box.put(written(inbox.address()))
    inbox.box.when(command, does)
    clock = Moving(inbox.now)

    # All deadlines are a hundredth of what they are: a server that hangs is left within a second.
    broken = inbox.fetch(clock, patience=0.01 if does in {"hang", "trickle"} else 1.0)
    row = inbox.so_far
    clock.wait(minutes=1)
    sound = inbox.fetch(clock)

    assert (broken, row.trouble, row.failing_since) == (0, trouble, inbox.now)
    assert (sound, len(inbox.arrived), inbox.so_far.failing_since) == (1, 1, None)


def test_a_server_that_is_away_is_told_since_when(inbox: Inbox) -> None:
    inbox.box.close()
    clock = Moving(inbox.now)

    inbox.fetch(clock)
    clock.wait(minutes=20)
    inbox.fetch(clock)

    row = inbox.so_far
    assert (row.trouble, row.failing_since) == ("away", inbox.now)


def test_a_mail_that_is_too_large_comes_in_without_its_text(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LARGEST_MAIL", 10_000)
    inbox.box.put(written(inbox.address(), "Lang. " * 10_000))
    lying = inbox.box.put(written(inbox.address(), "Länger. " * 10_000, Message_ID="<2@x>"))
    inbox.box.lies[lying] = 100

    inbox.fetch()
    again = inbox.fetch()

    assert again == 0
    assert [(row.note, row.text, row.subject) for row in inbox.arrived] == [("too_large", None, "Ankunft")] * 2


def test_what_a_server_sends_beyond_what_was_asked_for_is_not_read(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST_MAIL", 10_000)
    inbox.box.lies[inbox.box.put(written(inbox.address(), "x" * 5_000_000))] = 100
    inbox.box.ignores_partial = True

    assert (inbox.fetch(), inbox.so_far.trouble, inbox.arrived) == (0, "garbled", [])


def test_a_mail_that_breaks_everything_keeps_no_other_from_coming(inbox: Inbox) -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000))
    inbox.box.put(f"To: {inbox.address()}\r\nSubject: Tief\r\n".encode() + nested)
    inbox.box.put(written(inbox.address()))

    inbox.fetch()

    assert [(row.subject, row.note) for row in inbox.arrived] == [("Tief", "unreadable"), ("Ankunft", None)]


# ---- killed in between


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("command", "here_before"), [("FETCH", 0), ("STORE", 1)])
def test_who_is_killed_neither_loses_nor_doubles(inbox: Inbox, command: str, here_before: int) -> None:
    inbox.box.put(written(inbox.address()), arrived_on=date(2027, 2, 27))
    came = inbox.box.when(command, "hang")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")} | {
        "TRACKER_INSTANCE": str(inbox.settings.instance),
        "TRACKER_DATABASE_URL": inbox.settings.database_url,
        "TRACKER_INBOX_URL": inbox.box.url,
        "TRACKER_INBOX_ADDRESS": inbox.settings.inbox_address,
        "TRACKER_MAIL_FROM": inbox.settings.mail_from,
    }
    said = "from tests.inbox.killed import fetch; fetch()"

    process = subprocess.Popen([sys.executable, "-c", said], env=environment)
    try:
        assert came.wait(60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = len(inbox.arrived)
    inbox.fetch()

    assert (before, len(inbox.arrived)) == (here_before, 1)
    assert inbox.so_far.last_uid == 1


# ---- room


def test_files_beyond_the_room_stay_out_and_the_mail_comes_in(inbox: Inbox) -> None:
    mail = EmailMessage()
    mail["To"] = inbox.address()
    mail.set_content("Anbei.")
    mail.add_attachment(b"%PDF-" + b"x" * 2_000_000, maintype="application", subtype="pdf", filename="gross.pdf")
    inbox.box.put(mail.as_bytes())

    with inbox.app.app_context():
        fetching.fetch_new(replace(inbox.settings, room_for_documents=1), Moving(inbox.now), new_watch())

    [row] = inbox.arrived
    assert [(one.name, one.file_id, bool(one.trouble)) for one in row.files] == [("gross.pdf", None, True)]


def test_what_machines_wrote_is_erased_with_its_files_after_thirty_days(inbox: Inbox) -> None:
    for number, kind in enumerate(("auto-replied", "no")):
        mail = EmailMessage()
        mail["To"], mail["Message-ID"], mail["Auto-Submitted"] = inbox.address(), f"<{number}@x>", kind
        mail.set_content("Text")
        mail.add_attachment(b"%%PDF-%d" % number, maintype="application", subtype="pdf", filename="x.pdf")
        inbox.box.put(mail.as_bytes())
    inbox.fetch()

    def files_left(at: datetime) -> int:
        with inbox.app.app_context(), unit():
            forget_mails(at)
            erase_removed(at)
            return db.session.query(StoredFile).count()

    assert [files_left(inbox.now + timedelta(days=days)) for days in (29, 31)] == [2, 1]
    assert [row.text for row in inbox.arrived] == [None, "Text"]
    assert inbox.fetch() == 0


# ---- TLS


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_the_line_is_encrypted_to_a_server_that_proves_who_it_is(
    encryption: Encryption, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server.key")
    at_once = encryption is Encryption.TLS
    box = Mailbox(context=context, tls_at_once=at_once, capabilities="IMAP4rev1 STARTTLS AUTH=PLAIN")
    place = replace(Place.of(box.url), encryption=encryption, host="localhost")

    unknown = trouble_of(place)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    known = trouble_of(place)
    box.close()

    assert (unknown, known) == ("certificate", None)
    assert "geh" not in repr(place)
    assert not any(said.startswith("LOGIN") for said in box.said)


def test_no_password_goes_over_a_line_that_cannot_be_encrypted(mailbox: Mailbox) -> None:
    place = replace(Place.of(mailbox.url), encryption=Encryption.STARTTLS)

    assert trouble_of(place) == "no_encryption"
    assert mailbox.said == ["CAPABILITY", "LOGOUT"]
