"""The bytes of a letter: headers and both texts, built once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from markupsafe import escape

from tracker.language import _, speaking

# Not EmailMessage: it encodes a long link in a header as if it were words, takes apart what looks encoded, and takes
# five times as long.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=998, mangle_from_=False)
#: Only ASCII on the wire: not every server on the way takes eight bits.
_QUOTED = Charset("utf-8")
_QUOTED.body_encoding = QP
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


def compose(
    written: Written,
    *,
    sender: Sender,
    dated_at: datetime,
    unsubscribe: str | None = None,
    linked: Callable[[str], str] = str,
) -> bytes:
    """Return the letter as it goes over the line: plain text first, HTML with the same words.

    `unsubscribe` is a link that takes the POST of RFC 8058; `linked` makes the references in the words to links that
    open something. Raises NoAddressError, and HeadersBrokenError rather than let a text become a header.
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
    letter = _bodies(written, unsubscribe, linked)
    for name, value in headers.items():
        if value or name == "Subject":
            letter[name] = value
    content = letter.as_bytes(policy=_POLICY)
    if [name.decode() for name in _HEADER.findall(content.partition(b"\r\n\r\n")[0])] != letter.keys():
        raise HeadersBrokenError
    return content


def _bodies(written: Written, unsubscribe: str | None, linked: Callable[[str], str]) -> MIMEBase:
    # Neither of these links is kept: whoever reads the outbox could answer for others with them, or stop their letters.
    words, html = linked(written.text or ""), written.html and linked(written.html)
    if unsubscribe:
        with speaking(written.language):
            stop = str(_("Stop such letters:"))
        words = f"{words.rstrip()}\n{stop} {unsubscribe}\n"
        link = escape(unsubscribe)
        html = html and _with_last_line(html, f'{escape(stop)} <a href="{link}">{link}</a>')
    text = _body(words, "plain")
    if not html:
        return text
    # No quoted-printable text holds "=_", so nothing has to be searched for it.
    parts = [text, _body(html, "html")]
    return MIMEMultipart("alternative", boundary=f"=_{written.message_id}", _subparts=parts)


def _with_last_line(html: str, line: str) -> str:
    before, end, after = html.rpartition("</body>")
    paragraph = f'<p style="font-size: 14px">{line}</p>\n'
    return f"{before}{paragraph}{end}{after}" if end else html + paragraph


def _body(words: str, subtype: str) -> MIMENonMultipart:
    body = MIMENonMultipart("text", subtype)
    body.set_payload(words, _QUOTED)
    return body


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


def _person(name: str, address: str) -> str:
    words = _words(name)
    return formataddr((name, address)) if words == name else f"{words}\r\n <{address}>"


def _words(text: str) -> str:
    """Return a line of words as a header may hold it; what looks encoded already is encoded once more."""
    line = _line(text)
    if line.isascii() and "=?" not in line:
        return line
    return Header(line, "utf-8", header_name="Content-Language").encode(linesep="\r\n")


def _line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())
