"""What becomes of mail that came in: taken in, put into the log, discarded, forgotten."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.db import Instant, db, insert_new
from tracker.documents.actions import hang
from tracker.documents.models import StoredFile
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.inbox.models import Discard, IncomingFile, IncomingMail, IncomingState, Mailbox, MailSort
from tracker.inbox.reading import Letter
from tracker.inbox.rules import KEPT
from tracker.language import _
from tracker.log.actions import log_entry
from tracker.log.models import LogEntry
from tracker.refusal import Refused

#: There is one mailbox.
_ONE = 1


# ---- taken in


def take_in(
    letter: Letter, *, digest: str, sort: MailSort, project_id: int | None, size_bytes: int, now: datetime
) -> IncomingMail | None:
    """Keep a mail, and return it; None: it came before. Safe to run twice, or on two machines."""
    values = {
        "version": 1,
        "digest": digest,
        "sort": sort,
        "state": IncomingState.WAITING,
        "project_id": project_id,
        "sender_name": letter.sender.name or None,
        "sender": letter.sender.address or None,
        "recipients": [[party.name, party.address] for party in letter.recipients],
        "subject": letter.subject or None,
        "text": letter.text or None,
        "quoted": letter.quoted or None,
        "note": letter.note,
        "size_bytes": size_bytes,
        "sent_at": letter.sent_at or now,
        "arrived_at": now,
    }
    if not insert_new(IncomingMail, values):
        return None
    return db.session.scalars(sa.select(IncomingMail).where(IncomingMail.digest == digest)).one()


def add_file(
    mail: IncomingMail, name: str, *, file: StoredFile | None = None, trouble: str | None = None, is_proposed: bool
) -> None:
    """Note a file that came along: where it is kept, or why it is not."""
    mail.files.append(IncomingFile(name=name, file=file, trouble=trouble, is_proposed=is_proposed))


# ---- looked at


def log_it(
    mail: IncomingMail, file_ids: Collection[int], *, by_id: int, now: datetime, today: date, **values: Any
) -> LogEntry:
    """Put a mail into the log, with the files that are wanted; nothing else of it is kept. Raises Refused."""
    _assert_waiting(mail)
    entry = log_entry(by_id=by_id, now=now, today=today, **values)
    db.session.flush()
    wanted = [(one.file, one.name) for one in mail.files if one.id in file_ids and one.file is not None]
    hang(entry, wanted, by_id=by_id, now=now, language=entry.language)
    mail.state, mail.log_entry = IncomingState.LOGGED, entry
    mail.settled_at, mail.settled_by_id = now, by_id
    _blank(mail, now)
    return entry


def discard(mail: IncomingMail, why: Discard, *, by_id: int, now: datetime) -> None:
    """Put a mail aside that nobody wants; it is erased later. Raises Refused."""
    _assert_waiting(mail)
    mail.state, mail.discarded = IncomingState.DISCARDED, why
    mail.settled_at, mail.settled_by_id = now, by_id
    record(Verb.MAIL_DISCARDED, mail, by_id=by_id, now=now)


def bring_back(mail: IncomingMail, *, by_id: int, now: datetime) -> None:
    """Let a mail wait again. Raises Refused for one that is in the log."""
    if mail.state is not IncomingState.DISCARDED:
        raise Refused(_("Somebody has seen to this mail meanwhile."))
    mail.state, mail.discarded = IncomingState.WAITING, None
    mail.settled_at, mail.settled_by_id = None, None
    record(Verb.MAIL_BROUGHT_BACK, mail, by_id=by_id, now=now)


def _assert_waiting(mail: IncomingMail) -> None:
    if mail.state is not IncomingState.WAITING:
        raise Refused(_("Somebody has seen to this mail meanwhile."))


# ---- forgotten


def forget_mails(now: datetime) -> int:
    """Erase what was discarded, and what machines wrote, long enough ago; return how many."""
    old = sa.or_(
        sa.and_(IncomingMail.state == IncomingState.DISCARDED, IncomingMail.settled_at < now - KEPT),
        sa.and_(
            IncomingMail.state == IncomingState.WAITING,
            IncomingMail.sort != MailSort.PERSON,
            IncomingMail.arrived_at < now - KEPT,
        ),
    )
    mails = db.session.scalars(sa.select(IncomingMail).where(old, IncomingMail.blanked_at.is_(None))).all()
    for mail in mails:
        _blank(mail, now)
    db.session.flush()
    return len(mails)


def _blank(mail: IncomingMail, now: datetime) -> None:
    """Erase all that a mail said; that it was there keeps it from coming in again."""
    mail.sender_name = mail.sender = mail.subject = mail.text = mail.quoted = None
    mail.recipients, mail.files, mail.blanked_at = [], [], now


# ---- the mailbox


def begin(place: str, uid_validity: int) -> Mailbox:
    """Return how far a mailbox was read; one that is another, or numbers its mails anew, was not read at all."""
    insert_new(Mailbox, {"id": _ONE, "last_uid": 0})
    box = db.session.scalars(sa.select(Mailbox).where(Mailbox.id == _ONE).with_for_update()).one()
    if (box.place, box.uid_validity) != (place, uid_validity):
        box.place, box.uid_validity, box.last_uid = place, uid_validity, 0
    return box


def has_read(uid_validity: int, uid: int) -> None:
    """Note that a mailbox was read so far; whoever has read further is not set back."""
    less = (Mailbox.id == _ONE, Mailbox.uid_validity == uid_validity, Mailbox.last_uid < uid)
    db.session.execute(sa.update(Mailbox).where(*less).values(last_uid=uid))


def note_read(now: datetime) -> None:
    """Note that the mailbox was read."""
    values = {"read_at": now, "failing_since": None, "trouble": None}
    db.session.execute(sa.update(Mailbox).where(Mailbox.id == _ONE).values(**values))


def note_trouble(trouble: str, now: datetime) -> None:
    """Note that the mailbox cannot be read, and since when."""
    insert_new(Mailbox, {"id": _ONE, "last_uid": 0})
    since = sa.func.coalesce(Mailbox.failing_since, sa.literal(now, Instant()))
    values = {"failing_since": since, "trouble": trouble}
    db.session.execute(sa.update(Mailbox).where(Mailbox.id == _ONE).values(**values))
