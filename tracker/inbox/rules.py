"""Who may read what came in, which project an address means, and who wrote a mail: somebody, or a machine."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from tracker.inbox.models import MailSort
from tracker.language import _l
from tracker.web.access import Somebody

#: What was discarded, or written by a machine, is erased after this.
KEPT = timedelta(days=30)
#: A mailbox that is away for less is not worth a word.
LATE = timedelta(minutes=15)
#: How far back a mailbox is read that was never read before, or that numbers its mails anew.
LOOKS_BACK = timedelta(days=14)
#: A bounce comes within days; a later one is no answer to what we sent.
RETURNS_WITHIN = timedelta(days=14)
#: So many letters a log entry takes of a mail; what is longer goes along as a file.
LONGEST_TEXT = 3_500
#: So many letters of what a mail repeats are shown.
LONGEST_QUOTE = 20_000
MOST_FILES = 20

NOTES: Mapping[str, str] = {
    "too_large": _l("This mail is too large to be fetched. It still lies in the mailbox."),
    "unreadable": _l("This mail is damaged and could not be read. It still lies in the mailbox."),
    "encrypted": _l("This mail is encrypted. It can be read in the mailbox, by whoever has the key."),
    "shortened": _l("This mail is long: the whole text is among the files."),
}
TROUBLES: Mapping[str, str] = {
    "away": _l("The server does not answer."),
    "too_slow": _l("The server answers too slowly."),
    "certificate": _l("The server cannot prove who it is; its certificate is wrong."),
    "no_encryption": _l("The server offers no encryption."),
    "login_refused": _l("The server refuses the log-in."),
    "no_folder": _l("The folder cannot be opened."),
    "garbled": _l("The server answers what makes no sense."),
    "no_room": _l("There is no room left for what comes in."),
}
#: What a server writes down of where it delivered a mail, the surest first; then what the sender wrote.
DELIVERED_TO = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to")
WRITTEN_TO = ("to", "cc", "resent-to", "resent-cc", "apparently-to", "bcc")
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-response-suppress", "x-mail-autoreply")
_OF_LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list")
_TO_MANY = frozenset({"bulk", "list", "junk"})
_RETURNING = re.compile(r"(?:mailer-daemon|mail-daemon|postmaster)@|(?:mailer-daemon)\b", re.IGNORECASE)
_ADDRESS_WITH_KEY = re.compile(r"(?P<box>[^+@]+)\+(?P<key>[^@]+)@(?P<host>.+)")
Headers = Mapping[str, Sequence[str]]


def may_see_inbox(reader: Somebody) -> bool:
    """Whether they read what came in, and say what becomes of it."""
    return reader.is_coordinator


def address_of(key: str, inbox_address: str) -> str:
    """Return the address of a project: "project+k7m2@example.org"."""
    box, _at, host = inbox_address.partition("@")
    return f"{box}+{key}@{host}"


def key_in(addresses: Iterable[str], inbox_address: str) -> str | None:
    """Return the key of the first of some addresses that is one of a project."""
    for address in addresses:
        parts = _ADDRESS_WITH_KEY.fullmatch(address.lower())
        if parts and f"{parts['box']}@{parts['host']}" == inbox_address.lower():
            return parts["key"]
    return None


def sort_of(headers: Headers, *, sender: str, media_type: str, ours: Collection[str]) -> MailSort:
    """Tell who wrote a mail by its headers; nobody but a person is ever asked to be put into the log.

    RFC 3834 says how machines mark what they write, RFC 3464 how mail comes back; the other marks are those that
    servers used before, and still do.
    """
    if sender.lower() in ours:
        return MailSort.OURS
    if _is_returned(headers, sender, media_type):
        return MailSort.RETURNED
    submitted = _first(headers, "auto-submitted").partition(";")[0].strip().lower()
    precedence = _first(headers, "precedence").strip().lower()
    if any(name in headers for name in _OF_LISTS) or precedence in _TO_MANY:
        return MailSort.LIST
    if (
        submitted not in {"", "no"}
        or precedence in {"auto_reply", "auto-reply"}
        or any(name in headers for name in _AUTOMATIC)
        or _has_no_way_back(headers)
        or media_type == "multipart/report"
    ):
        return MailSort.AUTOMATIC
    return MailSort.PERSON


def _is_returned(headers: Headers, sender: str, media_type: str) -> bool:
    described = _first(headers, "content-type").lower()
    if media_type == "multipart/report" and "delivery-status" in described:
        return True
    if "x-failed-recipients" in headers:
        return True
    # Without the form that the standard wants: from the server itself, and not to be answered.
    return _RETURNING.match(sender) is not None and _first(headers, "auto-submitted").lower() != "no"


def _has_no_way_back(headers: Headers) -> bool:
    return any(path.strip() == "<>" for path in headers.get("return-path", ()))


def _first(headers: Headers, name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def is_late(failing_since: datetime | None, now: datetime) -> bool:
    """Whether the mailbox cannot be read for so long that somebody has to look."""
    return failing_since is not None and failing_since + LATE < now
