"""Files in a zip: written under a new name with size and hash of each, and read again before anybody relies on them."""

import errno
import fcntl
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tracker.documents.store import sync_folder
from tracker.refusal import Refused

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHUNK = 2**20
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: Measured on half a million rows: the next levels take twice the time for a tenth less.
LEVEL = 1
#: So much of a file waits for the disk together.
_TOGETHER = 16 * 2**20
#: Text of ours unpacks to ten or twenty times its size. What claims more was made to fill a disk.
_MOST_RATIO, _SLACK = 200, 64 * 2**20
#: What a changed byte makes of a zip shows in many ways, by what the byte was.
DAMAGES = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError)


class FullError(Refused):
    """There is no room left."""


class UnwritableError(Refused):
    """The place cannot be written to."""


class BrokenError(Refused):
    """What was written reads differently."""


class StoppedError(Exception):
    """The program is to end."""


@dataclass(frozen=True)
class Part:
    """One file in the archive."""

    name: str
    size: int
    sha256: str
    #: Of tables alone.
    rows: int | None = None


def claims_too_much(unpacked: int, size: int) -> bool:
    """Whether a zip of some size would unpack to more than anything that we wrote."""
    return unpacked > size * _MOST_RATIO + _SLACK


@contextmanager
def new_file(path: Path, what: str, check: Callable[[Path], None]) -> Iterator[BinaryIO]:
    """Let a file be written that gets its name once it is whole and checked.

    Raises Refused, leaving no half file behind.
    """
    half = path.with_name(f".{path.name}.half")
    try:
        with _alone(half, what) as file:
            if path.exists():
                raise UnwritableError(f"There is a file {path} already; please choose another name.")
            yield file
            file.flush()
            os.fsync(file.fileno())
            check(half)
            half.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _in_words(error, path, what) from None


@contextmanager
def _alone(path: Path, what: str) -> Iterator[BinaryIO]:
    """Open a file for one writer, whom the system lets go of it however they end; what was left in it is cut off."""
    # Nobody else on the machine reads it.
    number = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with io.BufferedWriter(_Steady(number, "wb"), CHUNK) as file:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had it may have given it its name since, or deleted it.
            is_ours = os.path.samestat(os.fstat(number), path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise UnwritableError(f"Somebody else is writing a {what} of this name just now; please wait for it.")
        try:
            os.ftruncate(number, 0)
            yield file
        finally:
            path.unlink(missing_ok=True)


class _Steady(io.FileIO):
    """A file that goes to the disk piece by piece: all of it at once would hold up whoever saves something then."""

    _waiting = 0

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write, and now and then wait until it is there."""
        written = super().write(content)
        self._waiting += written
        if self._waiting >= _TOGETHER:
            os.fsync(self.fileno())
            self._waiting = 0
        return written


def _in_words(error: OSError, path: Path, what: str) -> Refused:
    if error.errno in NO_ROOM:
        return FullError(f"There is no room left for the {what} in {path.parent}; no {what} was made.")
    return UnwritableError(f"{path} cannot be written ({error.strerror}); no {what} was made.")


class Writer:
    """Puts parts into an archive and counts what they hold."""

    def __init__(self, archive: zipfile.ZipFile, going_on: Callable[[], bool]) -> None:
        """Take an archive, and what says whether to go on."""
        self._archive, self._going_on, self.parts = archive, going_on, list[Part]()

    @contextmanager
    def part(self, name: str, *, is_table: bool = False, is_packed: bool = False) -> Iterator[Callable[[bytes], None]]:
        """Let a part be written; one that is packed already, as pictures and office documents are, is kept as it is."""
        digest, size, lines = sha256(), 0, 0
        self._archive.compression = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
        with self._archive.open(name, "w", force_zip64=True) as part:

            def write(content: bytes) -> None:
                nonlocal size, lines
                if not self._going_on():
                    raise StoppedError
                part.write(content)
                digest.update(content)
                size += len(content)
                lines += content.count(b"\n") if is_table else 0

            yield write
        self.parts.append(Part(name, size, digest.hexdigest(), lines - 1 if is_table else None))


def is_whole(archive: zipfile.ZipFile, part: Part) -> bool:
    """Whether a part is what its list says; damages show as errors too."""
    digest, size, lines = sha256(), 0, 0
    with archive.open(part.name) as file:
        while size <= part.size and (chunk := file.read(CHUNK)):
            digest.update(chunk)
            size += len(chunk)
            lines += chunk.count(b"\n")
    return (size, digest.hexdigest()) == (part.size, part.sha256) and part.rows in {None, lines - 1}
