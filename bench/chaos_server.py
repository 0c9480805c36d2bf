"""A mail server on loopback that misbehaves in about every sixth turn, and counts what it took.

The mix: of a hundred letters three wait for a busy mailbox, three are put off and two turned away after the text, two
lose their line before it and one after it was taken, 0.3 get no answer although it was taken, two lines are closed
before a word, two turn away, and two end badly. It takes a few letters on one line and then closes it. It knows
nobody whose address begins with "unknown". On every other line it hears several words at once.
"""

import asyncio
import hashlib
import random
import re
import threading
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

_MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)", re.MULTILINE)
#: What befalls a letter, with its share.
TURNS = {
    "busy": 0.03,
    "put_off": 0.03,
    "closing": 0.02,
    "drop_at_data": 0.02,
    "take_and_drop": 0.01,
    "take_and_hang": 0.003,
}
#: What befalls a line.
LINES = {"drop_at_once": 0.02, "turn_away": 0.02, "bad_end": 0.02}
MOST_LETTERS = 3
HEARS_SEVERAL = 0.5
HANG_SECONDS = 60.0
LONGEST = 2**22


@dataclass
class Taken:
    """What the server has taken responsibility for."""

    #: Name of a letter to how often it was taken.
    copies: Counter[str] = field(default_factory=Counter)
    #: Name of a letter to the fingerprints of all that was taken under it.
    fingerprints: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    #: Address to how many letters came there.
    people: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, address: str, content: bytes) -> None:
        """Take a letter."""
        found = _MESSAGE_ID.search(content)
        if found is None:
            raise ValueError("a letter without a name")
        name = found[1].decode()
        self.copies[name] += 1
        self.people[address] += 1
        self.fingerprints[name].add(hashlib.sha256(content).digest())


def _about(address: str, fault: str) -> bytes:
    """Answer to RCPT."""
    if address.startswith("unknown"):
        return b"550 5.1.1 no such user\r\n"
    return b"450 mailbox busy\r\n" if fault == "busy" else b"250 ok\r\n"


class _HungUpError(Exception):
    """The server closes the line."""


class MailServer:
    """Serves in a thread of its own until it is closed."""

    def __init__(self, *, seed: int, is_faulty: bool = True) -> None:
        """Listen on loopback; what goes wrong follows from the seed and the order of what comes."""
        self.taken = Taken()
        self._chance = random.Random(seed)
        self._is_faulty = is_faulty
        #: Nobody gets rid of anything here for now.
        self.is_away = False
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._welcome, "127.0.0.1", 0, limit=LONGEST))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def behave(self) -> None:
        """Do nothing wrong from now on."""
        self._is_faulty = False

    def close(self) -> None:
        """Answer nobody any more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _drawn(self, shares: dict[str, float]) -> str:
        """Return what goes wrong now, or nothing."""
        luck = self._chance.random()
        for fault, share in shares.items():
            luck -= share
            if luck < 0 and self._is_faulty:
                self.taken.faults[fault] += 1
                return fault
        return ""

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = "turn_away" if self.is_away else self._drawn(LINES)
        with suppress(OSError, _HungUpError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if fault == "drop_at_once":
                raise _HungUpError
            writer.write(b"421 too busy\r\n" if fault == "turn_away" else b"220 ready\r\n")
            if fault != "turn_away":
                await self._talk(reader, writer, goodbye=b"421 no\r\n" if fault == "bad_end" else b"221 bye\r\n")
        # What stands in its buffer still leaves.
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, goodbye: bytes) -> None:
        left = self._chance.randint(1, MOST_LETTERS) if self._is_faulty else LONGEST
        address, fault, is_refused = "", "", False
        while line := await reader.readline():
            verb = line[:4].upper()
            answer = b"250 ok\r\n"
            if verb == b"EHLO":
                at_once = b"250-PIPELINING\r\n" if self._chance.random() < HEARS_SEVERAL else b""
                answer = b"250-host\r\n" + at_once + b"250 SIZE\r\n"
            elif verb == b"MAIL":
                if self.is_away or not left:
                    writer.write(b"421 no more on this line\r\n")
                    return
                left, fault = left - 1, self._drawn(TURNS)
            elif verb == b"RCPT":
                address = line.decode().partition("<")[2].partition(">")[0]
                answer = _about(address, fault)
                is_refused = not answer.startswith(b"2")
            elif verb == b"DATA" and is_refused:
                answer = b"554 no valid recipients\r\n"
            elif verb == b"DATA":
                answer = await self._text(reader, writer, address, fault)
            elif verb == b"QUIT":
                writer.write(goodbye)
                return
            writer.write(answer)
            if answer.startswith(b"421"):
                return

    async def _text(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, fault: str
    ) -> bytes:
        if fault == "drop_at_data":
            raise _HungUpError
        writer.write(b"354 go on\r\n")
        content = await reader.readuntil(b"\r\n.\r\n")
        refusal = {"put_off": b"451 later\r\n", "closing": b"421 closing\r\n"}.get(fault)
        if refusal:
            return refusal
        self.taken.add(address, content)
        if fault == "take_and_drop":
            raise _HungUpError
        if fault == "take_and_hang":
            await asyncio.sleep(HANG_SECONDS)
        return b"250 taken\r\n"
