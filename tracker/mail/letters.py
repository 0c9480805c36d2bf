"""The bytes of a letter: headers and both texts, built once."""

import re
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr
from functools import lru_cache
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from markupsafe import escape

from tracker.language import _, speaking

#: So many bytes of words are one encoded word: with the name of its header they fit into a line of 76 (RFC 2047).
_ENCODED_AT_ONCE = 39
#: So many bytes one letter has at most.
_LONGEST_LETTER = 4
#: More of them stand in several lines, though servers take up to 998.
_LONGEST_LINE = 500
#: The name of a header, or the whole of a line that is none.
_HEADER = re.compile(rb"^(?![ \t])([^:\r\n]*)", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class NoAddressError(Exception):
    """The text is no address that mail can be sent to."""


class HeadersBrokenError(Exception):
    """The headers that came out are not those that went in."""


class Written(Protocol):
    """What a letter is made of; a row of the outbox."""

    address: str
    reply_to: str | None
    language: str
    zone: str
    subject: str | None
    text: str | None
    html: str | None
    message_id: str


@dataclass(frozen=True)
class Sender:
    """Whom all mail is from."""

    name: str
    address: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the sender of "Name <address>"."""
        return cls(*_apart(text))

    @property
    def domain(self) -> str:
        """The domain that its Message-IDs end in."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True)
class Attachment:
    """A file that goes along with a letter: its name in ASCII, its type with what belongs to it, and its bytes."""

    name: str
    mime: str
    content: bytes


def compose(
    written: Written,
    *,
    sender: Sender,
    dated_at: datetime,
    unsubscribe: str | None = None,
    linked: Callable[[str], str] = str,
    attachment: Attachment | None = None,
) -> bytes:
    """Return the letter as it goes over the line: plain text first, HTML with the same words.

    `unsubscribe` is a link that takes the POST of RFC 8058; `linked` makes the references in the words to links that
    open something; `attachment` goes along. Raises NoAddressError, and HeadersBrokenError rather than let a text become
    a header.
    """
    headers = {
        "From": _person(sender.name, sender.address),
        "To": deliverable(written.address),
        "Reply-To": _reply_to(written.reply_to or ""),
        "Subject": _words(written.subject or ""),
        "Date": format_datetime(dated_at.astimezone(ZoneInfo(written.zone))),
        "Message-ID": f"<{written.message_id}@{sender.domain}>",
        "Content-Language": written.language,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if unsubscribe:
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    described, body = _bodies(written, unsubscribe, linked)
    if attachment is not None:
        described, body = _with_file(described, body, attachment, written.message_id)
    said = {name: value for name, value in headers.items() if value or name == "Subject"}
    return _part({"MIME-Version": "1.0", **described, **said}, body)


def _bodies(written: Written, unsubscribe: str | None, linked: Callable[[str], str]) -> tuple[Mapping[str, str], bytes]:
    """Return both texts with the headers that describe them."""
    # Neither of these links is kept: whoever reads the outbox could answer for others with them, or stop their letters.
    words, html = linked(written.text or ""), written.html and linked(written.html)
    if unsubscribe:
        with speaking(written.language):
            stop = str(_("Stop such letters:"))
        words = f"{words.rstrip()}\n{stop} {unsubscribe}\n"
        link = escape(unsubscribe)
        html = html and _with_last_line(html, f'{escape(stop)} <a href="{link}">{link}</a>')
    if not html:
        return _body(words, "plain")
    # No quoted-printable text holds "=_", so nothing has to be searched for it.
    return _several("alternative", f"=_{written.message_id}", [_body(words, "plain"), _body(html, "html")])


def _with_file(
    described: Mapping[str, str], body: bytes, file: Attachment, message_id: str
) -> tuple[Mapping[str, str], bytes]:
    """Return what the letter says with a file behind it."""
    headers = {
        "Content-Type": file.mime,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Content-Transfer-Encoding": "base64",
    }
    encoded = encodebytes(file.content).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    # Does not begin as the boundary of both texts does: not every program reads a boundary to its end.
    return _several("mixed", f"=_file_{message_id}", [(described, body), (headers, encoded)])


def _several(
    subtype: str, boundary: str, parts: Iterable[tuple[Mapping[str, str], bytes]]
) -> tuple[Mapping[str, str], bytes]:
    line = f"--{boundary}".encode("ascii")
    written = [line + b"\r\n" + _part(*part) + b"\r\n" for part in parts]
    return {"Content-Type": f'multipart/{subtype};\r\n boundary="{boundary}"'}, b"".join([*written, line, b"--\r\n"])


def _part(headers: Mapping[str, str], body: bytes) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
    if [name.decode() for name in _HEADER.findall(head.removesuffix(b"\r\n"))] != list(headers):
        raise HeadersBrokenError
    return head + b"\r\n" + body


def _body(words: str, subtype: str) -> tuple[Mapping[str, str], bytes]:
    """Return words in ASCII and lines of 76 with the headers that say so: not every server takes eight bits."""
    # The line ends of the first line are those of all that are added.
    lines = f"\n{words}".replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    quoted = b2a_qp(lines.encode(), istext=True).removeprefix(b"\r\n")
    return {"Content-Type": f'text/{subtype}; charset="utf-8"', "Content-Transfer-Encoding": "quoted-printable"}, quoted


def _with_last_line(html: str, line: str) -> str:
    before, end, after = html.rpartition("</body>")
    paragraph = f'<p style="font-size: 14px">{line}</p>\n'
    return f"{before}{paragraph}{end}{after}" if end else html + paragraph


@lru_cache(maxsize=8192)
def deliverable(address: str) -> str:
    """Return the address in ASCII, as every mail server takes it. Raises NoAddressError."""
    try:
        # Whether it exists its server will say; an office may well write to hosts of its own network.
        checked = validate_email(address, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError as reason:
        raise NoAddressError(address) from reason
    if checked.ascii_email is None:
        raise NoAddressError(address)
    return checked.ascii_email


def _apart(text: str) -> tuple[str, str]:
    """Return name and address of "Name <address>" or of an address alone."""
    parts = re.fullmatch(r"(.*)<([^<>]*)>\s*", _line(text))
    return (parts[1].strip(' "'), parts[2].strip()) if parts else ("", _line(text))


def _reply_to(text: str) -> str:
    name, address = _apart(text)
    try:
        return _person(name, deliverable(address))
    except NoAddressError:
        return ""


@lru_cache(maxsize=64)
def _person(name: str, address: str) -> str:
    words = _words(name)
    return formataddr((name, address)) if words == name else f"{words}\r\n <{address}>"


def _words(text: str) -> str:
    """Return a line of words as a header may hold it; what looks encoded already is encoded once more."""
    line = _line(text)
    if line.isascii() and "=?" not in line and len(line) <= _LONGEST_LINE:
        return line
    chunks: list[bytes] = []
    while line:
        number = _ENCODED_AT_ONCE
        while len(chunk := line[:number].encode()) > _ENCODED_AT_ONCE:
            number -= max((len(chunk) - _ENCODED_AT_ONCE) // _LONGEST_LETTER, 1)
        chunks.append(chunk)
        line = line[number:]
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks or [b""])


def _line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())
