"""The line to the mailbox: a conversation by IMAP (RFC 3501, RFC 9051) that ends in time and holds no more than it may.

Nothing is deleted there. What was fetched is marked as read, for people who look into the mailbox; what counts stands
in our database.
"""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from tracker.mail.deadlines import Watch

#: One read may take so long …
_ONE_READ = timedelta(seconds=20)
#: … the conversation until the first mail, and each mail …
BEGIN, ONE_MAIL = timedelta(seconds=60), timedelta(seconds=120)
#: … and goodbye.
_FAREWELL = timedelta(seconds=2)
#: An answer other than a mail has at most so many bytes, and so many lines.
_LONGEST_ANSWER = 2 * 2**20
_LONGEST_HEAD = 256 * 2**10
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,20})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,20})")


class Encryption(StrEnum):
    """How the line is protected."""

    NONE = "imap"
    STARTTLS = "imap+starttls"
    TLS = "imaps"


_PORTS = {Encryption.NONE: 143, Encryption.STARTTLS: 143, Encryption.TLS: 993}


@dataclass(frozen=True)
class Place:
    """Where the mailbox is, and as whom we log in."""

    host: str
    port: int
    encryption: Encryption
    user: str
    folder: str
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the place of "imaps://user:password@host:port/folder"."""
        parts = urlsplit(url)
        encryption = Encryption(parts.scheme)
        return cls(
            parts.hostname or "",
            parts.port or _PORTS[encryption],
            encryption,
            unquote(parts.username or ""),
            unquote(parts.path.strip("/")) or "INBOX",
            unquote(parts.password or ""),
        )

    @property
    def name(self) -> str:
        """What tells it from other mailboxes; without the password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


class MailboxError(Exception):
    """The mailbox cannot be read: a key of `rules.TROUBLES`."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class _Client(imaplib.IMAP4):
    """Goes over a socket that is watched, and reads no more than it is allowed to."""

    def __init__(self, place: Place, watch: Watch, patience: float) -> None:
        self._place, self._watch = place, watch
        self._left = _LONGEST_ANSWER
        super().__init__(place.host, place.port, timeout=(_ONE_READ * patience).total_seconds())

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = socket.create_connection((self._place.host, self._place.port), timeout)
        self._watch.guard(line)
        if self._place.encryption is Encryption.TLS:
            return ssl.create_default_context().wrap_socket(line, server_hostname=self._place.host)
        return line

    def allow(self, number_of_bytes: int) -> None:
        """Let the next answer have so many bytes."""
        self._left = number_of_bytes + _LONGEST_ANSWER

    def read(self, size: int) -> bytes:
        """Read a literal. Raises MailboxError for one that is too long, before anything of it is in memory."""
        self._count(size)
        content = super().read(size)
        if len(content) < size:
            raise self.abort("the line ended before the answer did")
        return content

    def readline(self) -> bytes:
        """Read a line."""
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, number_of_bytes: int) -> None:
        self._left -= number_of_bytes
        if self._left < 0:
            raise MailboxError("garbled")


class Line:
    """The conversation, after the folder was opened."""

    def __init__(self, client: _Client, watch: Watch, patience: float, uid_validity: int) -> None:
        """Take the client; `uid_validity` says how long its numbers mean the same."""
        self._client, self._watch, self._patience = client, watch, patience
        self.uid_validity = uid_validity

    def after(self, uid: int, since: date | None) -> list[int]:
        """Return the numbers of mails after one, the earliest first; perhaps only of those that came since a day."""
        wanted = ["UID", f"{uid + 1}:*"]
        if since is not None:
            wanted += ["SINCE", f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"]
        found = self._ask("SEARCH", *wanted)
        numbers = {int(word) for words in found if isinstance(words, bytes) for word in words.split()}
        # "5:*" means the last mail as well where all have lower numbers.
        return sorted(number for number in numbers if number > uid)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return how many bytes mails have, as far as the server says so."""
        found: dict[int, int] = {}
        for one in self._ask("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)") if uids else ():
            said = one[0] if isinstance(one, tuple) else one or b""
            uid, size = _UID.search(said), _SIZE.search(said)
            if uid and size:
                found[int(uid[1])] = int(size[1])
        return found

    def head(self, uid: int) -> bytes | None:
        """Return the headers of a mail; None: it is gone."""
        return self._part(uid, "HEADER", _LONGEST_HEAD)

    def whole(self, uid: int, at_most: int) -> bytes | None:
        """Return the first bytes of a mail, one more than may be if it is longer; None: it is gone."""
        return self._part(uid, "", at_most + 1)

    def mark_as_read(self, uid: int) -> None:
        """Let people who look into the mailbox see that it was fetched; where that cannot be, nothing follows."""
        with contextlib.suppress(MailboxError):
            self._ask("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)")

    def _part(self, uid: int, part: str, at_most: int) -> bytes | None:
        self._watch.allow(ONE_MAIL * self._patience)
        self._client.allow(at_most)
        for one in self._ask("FETCH", str(uid), f"(UID BODY.PEEK[{part}]<0.{at_most}>)"):
            if isinstance(one, tuple) and b"BODY[" in one[0].upper():
                return bytes(one[1])
            if isinstance(one, bytes) and b"BODY[" in one.upper() and b" NIL" not in one.upper():
                raise MailboxError("garbled")
        return None

    def _ask(self, command: str, *words: str) -> list[Any]:
        with _told(self._watch):
            answer, found = self._client.uid(command, *words)
        self._client.allow(0)
        if answer != "OK":
            raise MailboxError("garbled")
        return [one for one in found if one is not None]


@contextmanager
def conversation(place: Place, watch: Watch, *, patience: float = 1.0) -> Iterator[Line]:
    """Go to the mailbox, and leave it. Raises MailboxError."""
    watch.begin(BEGIN * patience)
    client = None
    try:
        with _told(watch):
            client = _Client(place, watch, patience)
            _log_in(client, place)
            uid_validity = _opened(client, place)
        yield Line(client, watch, patience, uid_validity)
    finally:
        if client is not None:
            watch.allow(_FAREWELL * patience)
            for goodbye in (client.logout, client.shutdown):
                with contextlib.suppress(Exception):
                    goodbye()
        watch.release()
        watch.rest()


def _log_in(client: _Client, place: Place) -> None:
    if place.encryption is Encryption.STARTTLS:
        if "STARTTLS" not in client.capabilities:
            raise MailboxError("no_encryption")
        client.starttls(ssl.create_default_context())
    try:
        if "AUTH=PLAIN" in client.capabilities:
            said = f"\0{place.user}\0{place.password}".encode()
            client.authenticate("PLAIN", lambda _asked: said)
        else:
            client.login(_quoted(place.user), place.password)
    except client.abort:
        raise
    except (client.error, UnicodeError):
        raise MailboxError("login_refused") from None


def _opened(client: _Client, place: Place) -> int:
    try:
        answer, _found = client.select(_quoted(place.folder))
    except client.readonly:
        answer = "NO"
    if answer != "OK":
        raise MailboxError("no_folder")
    _name, said = client.response("UIDVALIDITY")
    if not said or said[0] is None:
        raise MailboxError("garbled")
    return int(said[0])


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextmanager
def _told(watch: Watch) -> Iterator[None]:
    """Say of whatever goes wrong on the line what it is."""
    try:
        yield
    except MailboxError:
        raise
    except ssl.SSLCertVerificationError:
        raise MailboxError("certificate") from None
    except (imaplib.IMAP4.abort, OSError) as error:
        raise MailboxError("too_slow" if watch.is_over or isinstance(error, TimeoutError) else "away") from None
    except (imaplib.IMAP4.error, ValueError, AttributeError, TypeError, IndexError, KeyError):
        # The library takes for granted that answers have their form.
        raise MailboxError("garbled") from None


def trouble_of(place: Place, *, patience: float = 1.0) -> str | None:
    """Go as far as opening the folder; return a key of `rules.TROUBLES`, or None: all is well."""
    watch = new_watch()
    try:
        with conversation(place, watch, patience=patience):
            return None
    except MailboxError as error:
        return error.trouble
    finally:
        watch.end()


def new_watch() -> Watch:
    """Return what watches over conversations one after the other."""
    return Watch(timedelta(milliseconds=250))
