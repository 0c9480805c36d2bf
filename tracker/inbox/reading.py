"""A mail as it came over the line, taken apart: who, when, what it says, and its files.

Whatever is in it, nothing here asks for anything outside of it, and no length of it goes on for ever.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from tracker.inbox.plain import line_of, lines_of, parted, text_of
from tracker.inbox.rules import DELIVERED_TO, LONGEST_QUOTE, LONGEST_TEXT, MOST_FILES, WRITTEN_TO
from tracker.web.fields import is_address

#: No header that says anything is longer.
_LONGEST_HEADER = 20_000
_MOST_RECIPIENTS = 50
_MOST_PARTS = 500
#: A mail within a mail within a mail is read, one within that is not.
_DEEPEST = 3
#: A picture of so many bytes that a text shows may be what stands below a signature.
_SMALL_PICTURE = 20_000
_LONGEST_NAME, _LONGEST_ADDRESS = 200, 320
#: Signatures of a mail are no files that anybody reads.
_SEALS = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
#: Names by which Python knows ways to write bytes that no mail is written in, some of them slow.
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ID = re.compile(r"<([^<>\s]{1,400})>")


@dataclass(frozen=True)
class Party:
    """Somebody whom a mail names: as they call themselves, and their address."""

    name: str
    address: str


@dataclass(frozen=True)
class File:
    """A file that came along."""

    name: str
    content: bytes
    is_proposed: bool = True


@dataclass(frozen=True)
class Letter:
    """A mail."""

    headers: dict[str, list[str]]
    media_type: str
    message_id: str
    sender: Party
    #: To and Cc.
    recipients: tuple[Party, ...]
    #: Every address that it was delivered or written to, the surest first.
    reached: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    text: str
    quoted: str
    files: tuple[File, ...]
    #: A key of `rules.NOTES`.
    note: str | None


def head_of(raw: bytes, now: datetime) -> Letter:
    """Read the headers alone."""
    headers = _headers(message_from_bytes(raw))
    parties = [party for name in WRITTEN_TO[:2] for party in _parties(headers.get(name, []))]
    reached = [party.address for name in (*DELIVERED_TO, *WRITTEN_TO) for party in _parties(headers.get(name, []))]
    sender = next(iter([*_parties(headers.get("from", [])), *_parties(headers.get("sender", []))]), Party("", ""))
    return Letter(
        headers=headers,
        media_type=_media_type(headers),
        message_id=id_in(_first(headers, "message-id")),
        sender=sender,
        recipients=tuple(dict.fromkeys(parties))[:_MOST_RECIPIENTS],
        reached=tuple(dict.fromkeys(reached)),
        subject=line_of(_words(_first(headers, "subject")), _LONGEST_NAME),
        sent_at=instant(_first(headers, "date"), now),
        text="",
        quoted="",
        files=(),
        note=None,
    )


def letter_of(raw: bytes, now: datetime, called: Callable[[], str]) -> Letter:
    """Read a whole mail; `called` names the file of a text that is too long, or that has none."""
    head = head_of(raw, now)
    whole = _Whole(called, now)
    said = whole.read(message_from_bytes(raw), 0)
    text, quoted = parted(said)
    files, note = list(whole.files), None
    if len(text) > LONGEST_TEXT or quoted:
        # What the log does not take is not lost; what a mail only repeats is kept where somebody wants it.
        files.insert(0, File(f"{called()}.txt", said.encode(), is_proposed=len(text) > LONGEST_TEXT))
    if len(text) > LONGEST_TEXT:
        note = "shortened"
        # Half a word more or less; what is cut stands in the file.
        text = f"{text[: LONGEST_TEXT - 1].rstrip()}…"
    if whole.is_sealed and not text:
        note = "encrypted"
    return Letter(
        **(vars(head) | {"text": text, "quoted": quoted[:LONGEST_QUOTE], "files": tuple(files), "note": note})
    )


class _Whole:
    """Walks through the parts of a mail, and collects what comes along."""

    def __init__(self, called: Callable[[], str], now: datetime) -> None:
        self.files: list[File] = []
        self.is_sealed = False
        self._called, self._now = called, now
        self._parts = 0

    def read(self, part: Message, depth: int) -> str:
        """Return what a part says, and collect its files."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            return ""
        if part.get_content_maintype() == "multipart":
            return self._several(part, depth)
        kind, name = part.get_content_type(), _file_name(part)
        if kind == "message/rfc822":
            self._nested(part, depth)
        self.is_sealed = self.is_sealed or kind in _SEALED
        if kind in _SEALS | _SEALED or kind.startswith("message/"):
            return ""
        is_attached = part.get_content_disposition() == "attachment"
        if kind in {"text/plain", "text/html"} and not is_attached and not name:
            words = _decoded(_bytes_of(part), part)
            return lines_of(text_of(words) if kind == "text/html" else words)
        self._take(part, name, kind)
        return ""

    def _several(self, part: Message, depth: int) -> str:
        inner = part.get_payload()
        if not isinstance(inner, list):
            # It says that it has parts, and has none: what stands there is what was written.
            return lines_of(_guessed(_bytes_of(part) or str(inner).encode("utf-8", "surrogateescape")))
        parts = [one for one in inner if isinstance(one, Message)]
        if part.get_content_subtype() != "alternative":
            return lines_of("\n\n".join(said for one in parts if (said := self.read(one, depth))))
        ways = [(one.get_content_type() == "text/plain", self.read(one, depth)) for one in parts]
        plain = next((words for is_plain, words in ways if is_plain and words), "")
        return plain or next((words for _is_plain, words in reversed(ways) if words), "")

    def _nested(self, part: Message, depth: int) -> None:
        """Let a mail that came along be a text, with its files behind it."""
        inner = part.get_payload()
        if depth >= _DEEPEST or not isinstance(inner, list) or not inner or not isinstance(inner[0], Message):
            return
        nested, place = inner[0], len(self.files)
        said = self.read(nested, depth + 1)
        headers = _headers(nested)
        head = [
            f"{name.capitalize()}: {line_of(_words(_first(headers, name)), _LONGEST_NAME)}"
            for name in ("from", "to", "cc", "date", "subject")
            if name in headers
        ]
        title = line_of(_words(_first(headers, "subject")), 80) or self._called()
        self.files.insert(place, File(f"{title}.txt", "\n".join([*head, "", said]).encode()))

    def _take(self, part: Message, name: str, kind: str) -> None:
        if len(self.files) > MOST_FILES * 2:
            return
        content = _bytes_of(part)
        if not content:
            return
        is_in_text = part.get_content_maintype() == "image" and "content-id" in part
        self.files.append(
            File(
                name or f"{self._called()}.{kind.rpartition('/')[2][:20]}",
                content,
                is_proposed=not (is_in_text and len(content) < _SMALL_PICTURE),
            )
        )


# ---- headers


def _headers(message: Message) -> dict[str, list[str]]:
    """Return each header by its name in small letters, its bytes guessed where it is none of ASCII."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        raw = str(value)[:_LONGEST_HEADER].encode("utf-8", "surrogateescape")
        found.setdefault(str(name).lower(), []).append(" ".join(_guessed(raw).split()))
    return found


def _first(headers: dict[str, list[str]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _media_type(headers: dict[str, list[str]]) -> str:
    return _first(headers, "content-type").partition(";")[0].strip().lower()


def id_in(text: str) -> str:
    """Return a Message-ID without its brackets; empty if there is none."""
    found = _ID.search(text)
    return found[1] if found else ""


def instant(text: str, now: datetime) -> datetime | None:
    """Return the instant of a Date header, or None for one that is none or cannot be."""
    try:
        found = parsedate_to_datetime(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if _EARLIEST < found <= now + timedelta(days=1) else None


def _parties(values: list[str]) -> Iterator[Party]:
    """Yield whom headers name; taken apart before words in them are decoded, which may hold anything."""
    try:
        named = getaddresses([value for value in values[:20] if value])[:_MOST_RECIPIENTS]
    except RecursionError:
        # Groups within groups, which nobody writes.
        return
    for name, address in named:
        wanted = address.strip().strip("<>")
        if is_address(wanted):
            yield Party(line_of(_words(name), _LONGEST_NAME), wanted[:_LONGEST_ADDRESS])


def _words(text: str) -> str:
    """Return a header with its encoded words decoded (RFC 2047), as far as they can be."""
    try:
        pieces = decode_header(text)
    except (MessageError, ValueError):
        return text
    return "".join(
        piece if isinstance(piece, str) else _in_charset(piece, charset or "utf-8") for piece, charset in pieces
    )


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (MessageError, ValueError, LookupError, TypeError):
        name = None
    return line_of(_words(str(name)), _LONGEST_NAME) if name else ""


# ---- bytes


def _bytes_of(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        return b""
    return content if isinstance(content, bytes) else b""


def _decoded(content: bytes, part: Message) -> str:
    try:
        charset = part.get_content_charset() or ""
    except (ValueError, LookupError):
        charset = ""
    return _in_charset(content, charset)


def _in_charset(content: bytes, charset: str) -> str:
    """Return bytes as the letters they say they are, else as what they can be."""
    name = charset.strip().lower().replace("-", "_")
    if name and name not in _NO_CHARSETS and not name.startswith(("us_ascii", "ascii")):
        try:
            return content.decode(name)
        except (LookupError, UnicodeError, ValueError):
            pass
    return _guessed(content)


def _guessed(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
