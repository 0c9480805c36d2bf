"""How bytes leave: a conversation with a mail server, phase by phase."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from tracker.mail.deadlines import Watch
from tracker.mail.parcels import FilePost, Parcel, Post
from tracker.mail.rules import ANSWER, BEFORE_BODY, BODY, Answer, Fault, Phase

#: One read may take so long; the deadlines of `rules` hold for all of them together.
_ONE_READ = timedelta(seconds=30)
_FAREWELL = timedelta(seconds=2)
#: How finely deadlines are watched.
_STEP = timedelta(milliseconds=250)
_SHORTEST_STEP = timedelta(milliseconds=10)
_LONGEST_WORDS = 500
_LONGEST_LINE = 8192
_MOST_LINES = 100
_REPLY = re.compile(rb"(\d{3})(?:([ -])(.*))?", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_CLOSING = 421
_READY, _DONE, _FORWARDED, _LOGGED_IN, _GO_ON = 220, 250, 251, 235, 354


class Encryption(StrEnum):
    """How the line is protected."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


_PORTS = {Encryption.NONE: 25, Encryption.STARTTLS: 587, Encryption.TLS: 465}


@dataclass(frozen=True)
class Server:
    """Where it is, and as whom we log in."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the server of "smtp+starttls://user:password@host:port"."""
        parts = urlsplit(url)
        encryption = Encryption(parts.scheme)
        port = parts.port or _PORTS[encryption]
        return cls(parts.hostname or "", port, encryption, unquote(parts.username or ""), unquote(parts.password or ""))


class _EndedError(Exception):
    """The conversation, or this letter's part of it, is over."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class _Client(smtplib.SMTP):
    """Takes only whole lines for an answer: the library's own takes "250" and a line that breaks for a yes."""

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the words; -1 for what is no answer. Raises OSError."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("there is no line")
        if self.file is None:
            self.file = self.sock.makefile("rb")
        words: list[bytes] = []
        while len(words) < _MOST_LINES:
            line = self.file.readline(_LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise smtplib.SMTPServerDisconnected("the line ended before the answer did")
            parts = _REPLY.fullmatch(line.strip(b"\r\n"))
            if parts is None:
                return -1, line.strip()
            words.append(parts[3] or b"")
            if parts[2] != b"-":
                return int(parts[1]), b"\n".join(words)
        raise smtplib.SMTPServerDisconnected("the answer has no end")


class SmtpPost:
    """One connection that carries many letters, opened when the first comes."""

    def __init__(self, server: Server, *, host: str, patience: float = 1.0) -> None:
        """Take the server; patience shortens all deadlines."""
        self._server = server
        self._greeting_name = _introduced(host)
        self._patience = patience
        self._client: smtplib.SMTP | None = None
        self._watch = Watch(max(_STEP * patience, _SHORTEST_STEP))
        self._context: ssl.SSLContext | None = None
        self._used = False

    @property
    def is_warm(self) -> bool:
        """Whether the line has been used and is still open."""
        return self._used and self._client is not None

    def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
        """Drive the conversation to its end for one letter."""
        self._watch.begin(BEFORE_BODY * self._patience)
        try:
            return self._write(self._introduce(parcel), parcel.content, before_body)
        except _EndedError as ended:
            # A server that only refused this letter takes the next one on the same line.
            if ended.answer.code in {None, _CLOSING} or not self._begins_anew():
                self._hang_up()
            return ended.answer
        except BaseException:
            self._hang_up()
            raise
        finally:
            self._watch.rest()

    def trouble(self) -> Answer | None:
        """Go as far as the log-in, and say goodbye."""
        self._watch.begin(BEFORE_BODY * self._patience)
        try:
            self._connected()
        except _EndedError as ended:
            return ended.answer
        finally:
            self.close()
        return None

    def close(self) -> None:
        """Say QUIT. Whatever is answered, nothing follows from it: the letters were taken or not before."""
        if self._client is not None:
            self._watch.allow(_FAREWELL * self._patience)
            with contextlib.suppress(OSError):
                self._client.docmd("QUIT")
        self._hang_up()
        self._watch.end()

    def cut(self) -> None:
        """Shut the socket under the conversation in hand."""
        self._watch.cut()

    def _introduce(self, parcel: Parcel) -> smtplib.SMTP:
        """Return the line with all said but the text. One that was closed since the last letter is opened once more."""
        if self._client is not None and self._used:
            try:
                return self._say_envelope(self._client, parcel)
            except _EndedError as ended:
                was_closed = ended.answer.phase is Phase.MAIL and ended.answer.code in {None, _CLOSING}
                if not was_closed or self._watch.is_over:
                    raise
                self._hang_up()
        return self._say_envelope(self._connected(), parcel)

    def _say_envelope(self, client: smtplib.SMTP, parcel: Parcel) -> smtplib.SMTP:
        """Say from whom and to whom, and ask for the text: all at once if the server can hear that (RFC 2920)."""
        self._used = True
        # Not the library's own words for it: they take addresses apart that are known to be whole.
        size = f" SIZE={len(parcel.content)}" if client.has_extn("size") else ""
        envelope = [
            (Phase.MAIL, f"MAIL FROM:<{parcel.sender}>{size}", {_DONE}),
            (Phase.RCPT, f"RCPT TO:<{parcel.recipient}>", {_DONE, _FORWARDED}),
            (Phase.DATA, "DATA", {_GO_ON}),
        ]
        if not client.has_extn("pipelining"):
            for phase, words, wanted in envelope:
                self._ask(phase, partial(client.docmd, words), wanted)
            return client
        said = "".join(f"{words}\r\n" for _phase, words, _wanted in envelope)
        unheard = len(envelope)
        try:
            self._ask(Phase.MAIL, partial(_sent, client, said), {_DONE})
            for phase, _words, wanted in envelope:
                unheard -= 1
                self._ask(phase, client.getreply, wanted)
        except _EndedError as ended:
            self._hear_out(client, unheard if ended.answer.code else 0)
            raise
        return client

    def _hear_out(self, client: smtplib.SMTP, answers: int) -> None:
        """Take the answers to what was said after a refusal. Who waits for a text all the same gets none of it."""
        with contextlib.suppress(OSError):
            for _number in range(answers):
                if client.getreply()[0] == _GO_ON:
                    self._hang_up()
                    return

    def _begins_anew(self) -> bool:
        """Whether the server forgets the letter and takes another."""
        if self._client is None or self._client.sock is None:
            return False
        self._watch.allow(_ONE_READ * self._patience)
        self._client.sock.settimeout((_ONE_READ * self._patience).total_seconds())
        try:
            return self._client.rset()[0] == _DONE
        except OSError:
            return False

    # ---- the phases

    def _connected(self) -> smtplib.SMTP:
        client = self._client = _Client(local_hostname=self._greeting_name)
        self._used = False
        self._ask(Phase.CONNECT, lambda: self._greeted(client), {_READY})
        self._ask(Phase.HELLO, client.ehlo, {_DONE})
        if self._server.encryption is Encryption.STARTTLS:
            self._encrypt(client)
            self._ask(Phase.HELLO, client.ehlo, {_DONE})
        if self._server.user:
            self._ask(Phase.LOGIN, lambda: self._logged_in(client), {_LOGGED_IN})
        return client

    def _greeted(self, client: smtplib.SMTP) -> tuple[int, bytes]:
        address = (self._server.host, self._server.port)
        line = socket.create_connection(address, (_ONE_READ * self._patience).total_seconds())
        client.sock = line
        # The final dot is a packet of its own; it must not wait for the answer to the one before.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch.guard(line)
        if self._server.encryption is Encryption.TLS:
            self._wrap(client, line)
        return client.getreply()

    def _encrypt(self, client: smtplib.SMTP) -> None:
        if not client.has_extn("starttls"):
            raise _EndedError(Answer(Phase.TLS, fault=Fault.NO_ENCRYPTION))
        self._ask(Phase.TLS, lambda: client.docmd("STARTTLS"), {_READY})
        line = client.sock
        if line is None:
            raise _EndedError(Answer(Phase.TLS, fault=Fault.LINE))
        self._ask(Phase.TLS, lambda: self._wrap(client, line), {_READY})

    def _wrap(self, client: smtplib.SMTP, line: socket.socket) -> tuple[int, bytes]:
        if self._context is None:
            self._context = ssl.create_default_context()
        client.sock = self._context.wrap_socket(line, server_hostname=self._server.host)
        # What came before the encryption, from whomever, is forgotten.
        client.file = None
        client.esmtp_features = {}
        client.ehlo_resp = None
        return _READY, b""

    def _logged_in(self, client: smtplib.SMTP) -> tuple[int, bytes]:
        try:
            return client.login(self._server.user, self._server.password)
        except smtplib.SMTPAuthenticationError as refused:
            return refused.smtp_code, _as_bytes(refused.smtp_error)
        except smtplib.SMTPServerDisconnected:
            raise
        except (smtplib.SMTPException, UnicodeError) as error:
            raise _EndedError(Answer(Phase.LOGIN, words=str(error), fault=Fault.NO_LOGIN)) from error

    def _write(self, client: smtplib.SMTP, content: bytes, before_body: Callable[[], bool]) -> Answer:
        line = client.sock
        if line is None or not before_body():
            self._hang_up()
            return Answer(Phase.DATA, fault=Fault.LINE)
        self._watch.allow(BODY * self._patience)
        body = content.replace(b"\n.", b"\n..")
        ending = b"" if body.endswith(b"\r\n") else b"\r\n"
        self._ask(Phase.BODY, lambda: _written(line, body + ending), {_DONE})
        # From here on the server may have it, whatever we see.
        self._watch.allow(ANSWER * self._patience)
        line.settimeout((ANSWER * self._patience).total_seconds())
        answer = self._ask(Phase.ANSWER, lambda: self._answered(client, line), range(200, 300))
        line.settimeout((_ONE_READ * self._patience).total_seconds())
        return answer

    def _answered(self, client: smtplib.SMTP, line: socket.socket) -> tuple[int, bytes]:
        line.sendall(b".\r\n")
        return client.getreply()

    def _ask(self, phase: Phase, question: Callable[[], tuple[int, bytes]], wanted: Collection[int]) -> Answer:
        try:
            code, words = question()
        except ssl.SSLCertVerificationError as error:
            raise _EndedError(Answer(phase, words=error.verify_message, fault=Fault.CERTIFICATE)) from error
        except (OSError, UnicodeError) as error:
            raise _EndedError(Answer(phase, words=_readable(str(error)), fault=Fault.LINE)) from error
        answer = Answer(phase, code, _readable(words))
        if code not in wanted:
            raise _EndedError(answer)
        return answer

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._watch.release()


def post_of(url: str, *, host: str, patience: float = 1.0) -> Post:
    """Return where mail goes: a server, or the folder of a "file:" address. `host` is how we introduce ourselves."""
    if url.startswith("file:"):
        return FilePost(Path(unquote(url.removeprefix("file://").removeprefix("file:"))))
    return SmtpPost(Server.of(url), host=host, patience=patience)


def _introduced(host: str) -> str:
    """Return a name for EHLO: a domain, or an address in brackets."""
    try:
        address = ip_address(host)
    except ValueError:
        return host if "." in host else "[127.0.0.1]"
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"  # noqa: PLR2004 - the versions are called so


def _sent(client: smtplib.SMTP, words: str) -> tuple[int, bytes]:
    client.send(words)
    return _DONE, b""


def _written(line: socket.socket, content: bytes) -> tuple[int, bytes]:
    line.sendall(content)
    return _DONE, b""


def _as_bytes(words: bytes | str) -> bytes:
    return words.encode() if isinstance(words, str) else words


def _readable(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return (text if text.isprintable() else _CONTROLS.sub(" ", text))[:_LONGEST_WORDS]
