"""Mail is fetched: each once, whatever breaks in between.

A mail is known by what it is, not only by its number in the mailbox: it and how far the mailbox was read are written in
one transaction. Who is killed before it fetches the mail again; who is killed after it goes on with the next.
"""

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

from tracker.config import Settings
from tracker.db import db
from tracker.documents.actions import hold, keep
from tracker.documents.contents import Content, content_of
from tracker.documents.rules import check_size, named
from tracker.documents.store import folder_in
from tracker.inbox import actions, queries
from tracker.inbox.imap import Line, MailboxError, Place, conversation
from tracker.inbox.models import IncomingMail, MailSort
from tracker.inbox.reading import File, Letter, head_of, letter_of
from tracker.inbox.returned import Returned, returned_in
from tracker.inbox.rules import LOOKS_BACK, MOST_FILES, RETURNS_WITHIN, key_in, sort_of
from tracker.language import _, speaking
from tracker.mail.deadlines import Watch
from tracker.mail.outbox import unit
from tracker.mail.queries import left_as
from tracker.organisations.queries import office
from tracker.postbox.actions import hear_return
from tracker.refusal import Refused
from tracker.web.access import NO_ROOM

log = logging.getLogger(__name__)
#: Fetched at a time; the others follow at the next turn.
MOST_AT_ONCE = 20
#: Larger ones are not fetched: what servers take is hardly ever more, and it has to be held in memory.
LARGEST_MAIL = 40 * 2**20
#: While all is well it is noted at most so often that the mailbox was read.
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class _Kept:
    """A file of a mail: its content under its hash, or why it is not kept."""

    name: str
    is_proposed: bool
    content: Content | None = None
    sha256: str = ""
    trouble: str | None = None


@dataclass(frozen=True)
class _Taken:
    """A mail that was taken apart, outside of any unit: that takes time."""

    letter: Letter
    digest: str
    sort: MailSort
    key: str | None
    size_bytes: int
    files: tuple[_Kept, ...]
    returned: Returned | None


def fetch_new(
    settings: Settings,
    clock: Callable[[], datetime],
    watch: Watch,
    going_on: Callable[[], bool] = lambda: True,
    *,
    patience: float = 1.0,
) -> int:
    """Fetch what is new in the mailbox, and return how many mails came in.

    Safe to run twice, late, or on two machines.
    """
    place = Place.of(settings.inbox_url)
    seen = office()
    db.session.rollback()
    try:
        # Why a file is not kept is written down in the language of the office.
        with speaking(seen.language if seen else "en"), conversation(place, watch, patience=patience) as line:
            number = _read(line, place, settings, clock, going_on)
    except MailboxError as error:
        if going_on():
            log.warning("the mailbox cannot be read", extra={"facts": {"because": error.trouble}})
            with unit():
                actions.note_trouble(error.trouble, clock())
        return 0
    box = queries.mailbox()
    if box is None or box.failing_since or box.read_at is None or box.read_at < clock() - _NOTED_EVERY:
        with unit():
            actions.note_read(clock())
    db.session.rollback()
    return number


def _read(
    line: Line, place: Place, settings: Settings, clock: Callable[[], datetime], going_on: Callable[[], bool]
) -> int:
    box = queries.mailbox()
    known = (box.place, box.uid_validity, box.last_uid, box.read_at) if box else (None, None, 0, None)
    db.session.rollback()
    last, read_at = known[2], known[3]
    since = None
    if known[:2] != (place.name, line.uid_validity):
        with unit():
            actions.begin(place.name, line.uid_validity)
        # Whatever was read before is known by what it is.
        last, since = 0, (min(read_at or clock(), clock()) - LOOKS_BACK).date()
    uids = line.after(last, since)[:MOST_AT_ONCE]
    sizes = line.sizes(uids)
    number = 0
    for uid in uids:
        if not going_on():
            break
        number += _fetch(line, uid, sizes.get(uid, 0), settings, clock())
    return number


def _fetch(line: Line, uid: int, size_bytes: int, settings: Settings, now: datetime) -> bool:
    """Take one mail in; return whether it is new."""
    raw = line.whole(uid, LARGEST_MAIL) if size_bytes <= LARGEST_MAIL else None
    is_whole = raw is not None and len(raw) <= LARGEST_MAIL
    if not is_whole and (raw is not None or size_bytes > LARGEST_MAIL):
        size_bytes, raw = max(size_bytes, LARGEST_MAIL + 1), line.head(uid)
    if raw is None:
        # Somebody deleted it meanwhile.
        with unit():
            actions.has_read(line.uid_validity, uid)
        return False
    taken = _taken(raw, size_bytes if not is_whole else len(raw), settings, now, is_whole=is_whole)
    try:
        is_new = _keep(taken, line.uid_validity, uid, settings, now)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise MailboxError("no_room") from error
        raise
    line.mark_as_read(uid)
    return is_new


# ---- taken apart


def _taken(raw: bytes, size_bytes: int, settings: Settings, now: datetime, *, is_whole: bool) -> _Taken:
    letter = _letter(raw, now, is_whole=is_whole)
    files = tuple(_kept(one, settings, number) for number, one in enumerate(letter.files))
    ours = {settings.inbox_address, parseaddr(settings.mail_from)[1].lower()}
    sort = sort_of(letter.headers, sender=letter.sender.address, media_type=letter.media_type, ours=ours)
    returned = None
    if sort is MailSort.RETURNED and is_whole:
        # It is a mail like any other if nothing can be told.
        with suppress(Exception):
            returned = returned_in(raw, now)
    key = key_in(letter.reached, settings.inbox_address)
    return _Taken(
        letter, _digest(letter, raw, key, None if is_whole else size_bytes), sort, key, size_bytes, files, returned
    )


def _letter(raw: bytes, now: datetime, *, is_whole: bool) -> Letter:
    """Read a mail; whatever is wrong with it, it comes in and keeps no other from coming."""
    try:
        if is_whole:
            return letter_of(raw, now, lambda: _("mail"))
        return replace(head_of(raw, now), note="too_large")
    except Exception:
        log.exception("a mail could not be read")
    head, _blank, _rest = raw[:200_000].replace(b"\r\n", b"\n").partition(b"\n\n")
    try:
        return replace(head_of(head, now), note="unreadable")
    except Exception:  # noqa: BLE001 - a mail of which nothing can be read still is one
        return replace(head_of(b"", now), note="unreadable")


def _digest(letter: Letter, raw: bytes, key: str | None, size_bytes: int | None) -> str:
    """Return what makes two mails the same: not by which way they came, nor under which number they lie there."""
    _head, _blank, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    said = (letter.message_id, key, letter.sender.address, letter.subject, letter.headers.get("date"), size_bytes)
    return hashlib.sha256(repr(said).encode() + hashlib.sha256(body).digest()).hexdigest()


def _kept(file: File, settings: Settings, number: int) -> _Kept:
    name = named(file.name)
    if number >= MOST_FILES:
        return _Kept(name, file.is_proposed, trouble=_("There are more files than are taken along with a mail."))
    try:
        check_size(len(file.content), settings.largest_document)
        content = content_of(file.content, file.name)
    except Refused as refusal:
        return _Kept(name, file.is_proposed, trouble=refusal.sentence)
    return _Kept(content.name, file.is_proposed, content, hashlib.sha256(content.kept).hexdigest())


# ---- kept


def _keep(taken: _Taken, uid_validity: int, uid: int, settings: Settings, now: datetime) -> bool:
    is_new = not queries.is_known(taken.digest)
    db.session.rollback()
    folder = folder_in(settings.instance)
    for one in taken.files if is_new else ():
        if one.content is not None:
            # On the disk first: the pen is not kept from others meanwhile.
            keep(folder, one.content)
    with unit():
        actions.has_read(uid_validity, uid)
        mail = actions.take_in(
            taken.letter,
            digest=taken.digest,
            sort=taken.sort,
            project_id=queries.project_with(taken.key),
            size_bytes=taken.size_bytes,
            now=now,
        )
        if mail is None:
            return False
        _keep_files(mail, taken.files, folder, settings, now)
        if taken.returned is not None:
            _hear(mail, taken.returned, settings, now)
    return True


def _keep_files(mail: IncomingMail, files: tuple[_Kept, ...], folder: Path, settings: Settings, now: datetime) -> None:
    for one in files:
        trouble, file = one.trouble, None
        try:
            if one.content is not None:
                contents = [(one.sha256, one.content)]
                held = hold(contents, folder=folder, most_megabytes=settings.room_for_documents, now=now)
                file = held[one.sha256]
        except Refused as refusal:
            trouble = refusal.sentence
        actions.add_file(mail, one.name[:200], file=file, trouble=trouble, is_proposed=one.is_proposed)


def _hear(mail: IncomingMail, returned: Returned, settings: Settings, now: datetime) -> None:
    """Believe a return only of what was sent: number, second and recipient are those of a letter of ours."""
    before, _at, host = returned.message_id.partition("@")
    message = (
        left_as(before, now - RETURNS_WITHIN) if host == parseaddr(settings.mail_from)[1].rpartition("@")[2] else None
    )
    if message is None or message.dated_at is None or returned.dated_at is None:
        return
    is_same = message.dated_at.replace(microsecond=0) == returned.dated_at
    if is_same and message.address.lower() in returned.recipients:
        mail.returned = message
        hear_return(message, returned.answer, now)
