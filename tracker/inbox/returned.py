"""A mail of ours that came back: which one it was, to whom, and what the server said of it.

Servers write that down as RFC 3464 wants it; some still do in words of their own, with the headers of what they return
below. Whatever claims to be returned is compared with what was sent by whoever acts on it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.message import Message

from tracker.inbox.reading import id_in, instant
from tracker.mail.rules import Answer, Phase

#: More of what a server says was written by somebody else.
_LONGEST_WORDS = 500
#: So much of a returned mail is looked at: what is said stands in front, headers behind it.
_LONGEST_TEXT = 200_000
_HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/rfc822", "text/rfc822"})
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)(?:[ -]|$)", re.MULTILINE)
_OF_REPLY = re.compile(
    r"\s*(?:smtp|x-[a-z-]+)?\s*;?\s*(?P<code>[45]\d\d)?[ -]*(?P<words>.*)", re.IGNORECASE | re.DOTALL
)
_REFUSED_ADDRESS = re.compile(r"^\s*<([^<>\s]+@[^<>\s]+)>:?", re.MULTILINE)
_ID_LINE = re.compile(r"^message-id:.*$", re.MULTILINE | re.IGNORECASE)
_NO_SUCH, _OTHERWISE = 550, 552


@dataclass(frozen=True)
class Returned:
    """What a server says of a mail that it returns."""

    #: Of the mail that comes back.
    message_id: str
    dated_at: datetime | None
    #: Whom it did not reach.
    recipients: frozenset[str]
    #: As a server would have said it while it was handed over.
    answer: Answer


def returned_in(raw: bytes, now: datetime) -> Returned | None:
    """Return what came back for good, or None: nothing that can be told did."""
    message = message_from_bytes(raw)
    parts = list(_parts(message))
    # What a machine writes about others that it tries again, or that arrived, is no return.
    status = [one for part in parts if part.get_content_type() == "message/delivery-status" for one in _blocks(part)]
    failed = [one for one in status if str(one.get("Action", "")).strip().lower() == "failed"]
    if status and not failed:
        return None
    text = "\n".join(_text(part) for part in parts if part.get_content_maintype() == "text")[:_LONGEST_TEXT]
    headers = next((found for part in parts if (found := _returned_headers(part))), None) or _headers_in(text)
    if headers is None:
        return None
    recipients = {address for one in failed for address in _addresses(one)}
    if not failed:
        recipients = _named(message, text)
    return Returned(
        message_id=id_in(str(headers.get("Message-ID", ""))),
        dated_at=instant(str(headers.get("Date", "")), now),
        recipients=frozenset(recipients),
        answer=_answer(failed[0]) if failed else _answer_in(text),
    )


def _parts(message: Message) -> list[Message]:
    """Return the parts of the report, and not those of the mail that it returns."""
    inner = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(inner, list):
        return [message]
    found: list[Message] = []
    for part in inner[:20]:
        if isinstance(part, Message):
            found += _parts(part)
    return found


def _blocks(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _returned_headers(part: Message) -> Message | None:
    if part.get_content_type() not in _HEADERS:
        return None
    inner = part.get_payload()
    if isinstance(inner, list):
        return inner[0] if inner and isinstance(inner[0], Message) else None
    return message_from_string(_text(part).lstrip())


def _headers_in(text: str) -> Message | None:
    """Return the headers that stand in the words of a server which knows no parts."""
    text = text.replace("\r\n", "\n")
    if (found := _ID_LINE.search(text)) is None:
        return None
    begins = text.rfind("\n\n", 0, found.start())
    ends = text.find("\n\n", found.end())
    return message_from_string(text[begins + 2 if begins >= 0 else 0 : ends if ends >= 0 else len(text)])


def _addresses(block: Message) -> set[str]:
    named = (str(block.get(name, "")) for name in ("Final-Recipient", "Original-Recipient"))
    return {one.rpartition(";")[2].strip().strip("<>").lower() for one in named} - {""}


def _named(message: Message, text: str) -> set[str]:
    named = [one.strip() for one in str(message.get("X-Failed-Recipients", "")).split(",")]
    return {one.lower() for one in [*named, *_REFUSED_ADDRESS.findall(text)[:20]] if one}


def _answer(block: Message) -> Answer:
    status = _STATUS.search(str(block.get("Status", "")))
    said = " ".join(str(block.get("Diagnostic-Code", "")).split())[:_LONGEST_WORDS]
    parts = _OF_REPLY.fullmatch(said)
    code, words = (parts["code"], parts["words"]) if parts else (None, said)
    return _as_said(code, status[1] if status else "", words)


def _answer_in(text: str) -> Answer:
    status, code = _STATUS.search(text), _CODE.search(text)
    line = next((one for one in text.splitlines() if (code and code[1] in one) or (status and status[1] in one)), "")
    return _as_said(code[1] if code else None, status[1] if status else "", " ".join(line.split())[:_LONGEST_WORDS])


def _as_said(code: str | None, status: str, words: str) -> Answer:
    """Return it with the finer code in front, as servers say it; without any code, by the finer one."""
    if status and not words.startswith(status):
        own = _STATUS.match(words)
        words = words if own else f"{status} {words}".strip()
    if status.startswith("4") and not (code or "").startswith("5"):
        number = int(code or "450")
    else:
        number = int(code) if code else _NO_SUCH if status.startswith("5.1.") else _OTHERWISE
    return Answer(Phase.RETURNED, number, words)
