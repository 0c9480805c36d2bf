"""A mailbox on loopback: it speaks IMAP (RFC 3501) as far as one needs who fetches, and behaves as a test wants.

As a process it serves a folder of .eml files: python -m tests.inbox.server FOLDER PORT
"""

import base64
import re
import select as sockets
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

USER, PASSWORD = "project@example.org", 'geh"eim'
_COMMAND = re.compile(r"(\S+) (UID )?(\S+) ?(.*)", re.DOTALL | re.IGNORECASE)
_PART = re.compile(r"BODY\.PEEK\[(HEADER)?\](?:<0\.(\d+)>)?", re.IGNORECASE)
_SINCE = re.compile(r"SINCE (\S+)")
_SAID_INSTEAD = {"half": b"* 1 FETCH (UID 1 BODY[]<0> {1000}\r\nFrom: somebo", "nonsense": b"220 hello?\r\n"}
_WITHOUT_END = {"trickle": b"*", "flood": b"* SEARCH " + b"1234567 " * 50_000 + b"\r\n"}


@dataclass
class Mail:
    """A mail in the mailbox."""

    uid: int
    raw: bytes
    arrived_on: date
    is_read: bool = False


@dataclass
class Mailbox:
    """A mail server with one mailbox. `script` holds what it does instead of answering a command.

    "hang" (say nothing until the client leaves), "trickle" (a byte now and then), "drop" (close), "half" (close within
    the mail), "refuse" (NO), "nonsense", or "flood" (an answer without an end).
    """

    mails: list[Mail] = field(default_factory=list)
    uid_validity: int = 7
    script: dict[str, str] = field(default_factory=dict)
    #: What it says of sizes, where that is not so.
    lies: dict[int, int] = field(default_factory=dict)
    #: Whether it sends whole mails, whatever was asked for.
    ignores_partial: bool = False
    context: ssl.SSLContext | None = None
    #: With TLS from the first byte, or from a command on.
    tls_at_once: bool = False
    capabilities: str = "IMAP4rev1"
    port: int = 0
    said: list[str] = field(default_factory=list)
    reached: dict[str, threading.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Listen on loopback."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._ended = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"imap://project%40example.org:geh%22eim@127.0.0.1:{self.port}"

    def put(self, raw: bytes, *, arrived_on: date | None = None, uid: int | None = None) -> int:
        """Deliver a mail, and return its number."""
        number = uid or max((mail.uid for mail in self.mails), default=0) + 1
        self.mails.append(Mail(number, raw, arrived_on or date(2027, 3, 1)))
        return number

    def when(self, command: str, does: str) -> threading.Event:
        """Do something else at the next command of a name; return what is set when it has come."""
        self.script[command] = does
        self.reached[command] = threading.Event()
        return self.reached[command]

    def close(self) -> None:
        """Answer nobody any more."""
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._welcome, args=[connection], daemon=True).start()

    def _welcome(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError, ValueError):
            if self.tls_at_once and self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                self._instead(connection, "GREETING")
                connection.sendall(b"* OK ready\r\n")
                session = _Session(self, connection)
                try:
                    session.talk()
                finally:
                    session.close()

    def _instead(self, connection: socket.socket, command: str) -> str | None:
        """Do what the script says; return "refuse", or None: answer as usual."""
        does = self.script.pop(command, None)
        if does is None:
            return None
        if command in self.reached:
            self.reached[command].set()
        if does == "refuse":
            return does
        connection.sendall(_SAID_INSTEAD.get(does, b""))
        while does in _WITHOUT_END and not self._ended.is_set():
            connection.sendall(_WITHOUT_END[does])
            time.sleep(0.02 if does == "trickle" else 0)
        while does == "hang" and not self._ended.is_set() and not sockets.select([connection], [], [], 0.02)[0]:
            pass
        raise EOFError


class _Session:
    def __init__(self, box: Mailbox, connection: socket.socket) -> None:
        self.box, self.line = box, connection
        self.lines: BinaryIO = connection.makefile("rb")

    def talk(self) -> None:
        while line := self.lines.readline():
            parts = _COMMAND.match(line.decode().strip())
            assert parts is not None
            tag, command, words = parts[1], parts[3].upper(), parts[4]
            self.box.said.append(f"{parts[2] or ''}{command} {words}".strip())
            if self.box._instead(self.line, command) == "refuse":  # noqa: SLF001 - one of both parts of the server
                self.say(f"{tag} NO not now")
                continue
            answer = getattr(self, command.lower(), None)
            if answer is None or (command == "LOGOUT" and self._goodbye(tag)):
                return
            self.say(f"{tag} {answer(words, tag)}")
            if command == "STARTTLS":
                assert self.box.context is not None
                self.line = self.box.context.wrap_socket(self.line, server_side=True)
                self.lines = self.line.makefile("rb")

    def close(self) -> None:
        self.lines.close()
        self.line.close()

    def say(self, words: str) -> None:
        self.line.sendall(words.encode() + b"\r\n")

    def _goodbye(self, tag: str) -> bool:
        self.say("* BYE")
        self.say(f"{tag} OK")
        return True

    def logout(self, _words: str, _tag: str) -> str:
        return "OK"

    def capability(self, _words: str, _tag: str) -> str:
        self.say(f"* CAPABILITY {self.box.capabilities}")
        return "OK done"

    def starttls(self, _words: str, _tag: str) -> str:
        return "OK begin"

    def login(self, words: str, _tag: str) -> str:
        given = [one.replace('\\"', '"') for one in re.findall(r'"((?:[^"\\]|\\.)*)"', words)]
        return "OK in" if given == [USER, PASSWORD] else "NO wrong"

    def authenticate(self, _words: str, _tag: str) -> str:
        self.say("+ ")
        said = base64.b64decode(self.lines.readline()).decode().split("\0")
        return "OK in" if said == ["", USER, PASSWORD] else "NO wrong"

    def select(self, words: str, _tag: str) -> str:
        if words.strip('"') != "INBOX":
            return "NO there is none"
        self.say(f"* {len(self.box.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.box.uid_validity}] as ever")
        return "OK [READ-WRITE] open"

    def search(self, words: str, _tag: str) -> str:
        first = int(re.search(r"UID (\d+):\*", words)[1])  # type: ignore[index] # our own client always says so
        since = _SINCE.search(words)
        day = datetime.strptime(since[1], "%d-%b-%Y").date() if since else date.min  # noqa: DTZ007 - a day
        last = max((mail.uid for mail in self.box.mails), default=0)
        # "9:*" means the last mail as well where it has a lower number.
        found = [m.uid for m in self.box.mails if (m.uid >= first or m.uid == last) and m.arrived_on >= day]
        self.say(f"* SEARCH {' '.join(map(str, found))}".strip())
        return "OK done"

    def fetch(self, words: str, _tag: str) -> str:
        uids, _space, wanted = words.partition(" ")
        for number, mail in enumerate(self.box.mails, start=1):
            if str(mail.uid) in uids.split(","):
                self._send(number, mail, wanted)
        return "OK done"

    def _send(self, number: int, mail: Mail, wanted: str) -> None:
        part = _PART.search(wanted)
        if part is None:
            size = self.box.lies.get(mail.uid, len(mail.raw))
            self.say(f"* {number} FETCH (UID {mail.uid} RFC822.SIZE {size})")
            return
        content = mail.raw if part[1] is None else mail.raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
        if part[2] and not self.box.ignores_partial:
            content = content[: int(part[2])]
        self.line.sendall(f"* {number} FETCH (UID {mail.uid} BODY[{part[1] or ''}]<0> {{{len(content)}}}\r\n".encode())
        self.line.sendall(content + b")\r\n")

    def store(self, words: str, _tag: str) -> str:
        uid = int(words.partition(" ")[0])
        for mail in self.box.mails:
            mail.is_read = mail.is_read or (mail.uid == uid and "\\Seen" in words)
        return "OK done"


def main(folder: Path, port: int) -> None:
    """Serve the files of a folder, those that come later as well."""
    box, known = Mailbox(port=port), set[Path]()
    sys.stdout.write(f"{box.url}\n")
    sys.stdout.flush()
    while True:
        for path in sorted(set(folder.glob("*.eml")) - known):
            box.put(path.read_bytes(), arrived_on=datetime.now(UTC).date())
            known.add(path)
        time.sleep(0.5)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
