"""One file that holds everything: a zip of tables and documents with a list of its parts, sealed if there is a key.

It gets its name once it is whole and was read again. Whoever reads one has looked at every byte before using any.
"""

import errno
import io
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from tracker.backups import tables
from tracker.backups.sealing import MAGIC, Opener, Sealer
from tracker.refusal import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FORMAT = 1
_MANIFEST, _SETTINGS, _DATABASE, _FILES = "manifest.json", "settings.toml", "database/", "files/"
_TABLE = re.compile(r"database/([a-z_]{1,60})\.jsonl")
_FILE = re.compile(r"files(/[\w-][\w.-]*)+", re.ASCII)
_ZIP = b"PK"
_CHUNK = 2**20
#: Measured on half a million rows: the next levels take twice the time for a tenth less.
_LEVEL = 1
#: Text of ours unpacks to ten or twenty times its size. What claims more was made to fill a disk.
_MOST_RATIO, _SLACK = 200, 64 * 2**20
_LONGEST_MANIFEST = 256 * 2**20


class FullError(Refused):
    """There is no room left."""


class UnwritableError(Refused):
    """The place cannot be written to."""


class BrokenError(Refused):
    """What was written reads differently."""


class StoppedError(Exception):
    """The program is to end."""


@dataclass(frozen=True)
class Source:
    """What goes into a backup besides the database."""

    #: The documents' folder; there may be none.
    files: Path
    #: Settings as a file of them.
    settings: str
    release: str
    made_at: datetime


@dataclass(frozen=True)
class Part:
    """One file in the archive."""

    name: str
    size: int
    sha256: str
    #: Of tables alone.
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself."""

    release: str
    revision: str
    made_at: datetime
    parts: tuple[Part, ...]

    @property
    def tables(self) -> dict[str, Part]:
        """The tables by name."""
        return {match[1]: part for part in self.parts if (match := _TABLE.fullmatch(part.name))}

    @property
    def files(self) -> list[Part]:
        """The documents."""
        return [part for part in self.parts if part.name.startswith(_FILES)]

    @property
    def size(self) -> int:
        """How many bytes it unpacks to."""
        return sum(part.size for part in self.parts)


# ---- out


def write(path: Path, source: Source, key: str, going_on: Callable[[], bool] = lambda: True) -> Manifest:
    """Write a backup of everything under a new name, and read it again. Raises Refused, leaving no half file behind."""
    if path.exists():
        raise UnwritableError(f"There is a file {path} already; please choose another name.")
    half = path.with_name(f".{path.name}.half")
    try:
        with _making(half) as file:
            manifest = _write(file, source, key, going_on)
            file.flush()
            os.fsync(file.fileno())
        _assert_same(half, key, manifest)
        half.rename(path)
    except OSError as error:
        raise _in_words(error, path) from None
    finally:
        half.unlink(missing_ok=True)
    return manifest


def _in_words(error: OSError, path: Path) -> Refused:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return FullError(f"There is no room left for the backup in {path.parent}; no backup was made.")
    return UnwritableError(f"{path} cannot be written ({error.strerror}); no backup was made.")


@contextmanager
def _making(path: Path) -> Iterator[BinaryIO]:
    path.unlink(missing_ok=True)
    # Nobody else on the machine reads it.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - of a number
        yield file


def _write(file: BinaryIO, source: Source, key: str, going_on: Callable[[], bool]) -> Manifest:
    sealer = Sealer(file, key) if key else None
    out: Any = sealer or file
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        writer = _Writer(archive, going_on)
        with tables.snapshot() as connection:
            tables.assert_sound(connection)
            revision = tables.revision(connection) or ""
            for table in tables.kept_in(connection):
                writer.table(connection, table)
        if source.settings:
            writer.text(_SETTINGS, source.settings)
        writer.files(source.files)
        manifest = Manifest(source.release, revision, source.made_at, tuple(writer.parts))
        archive.writestr(_MANIFEST, _as_json(manifest))
    if sealer:
        sealer.close()
    return manifest


class _Writer:
    """Puts parts into an archive and counts what they hold."""

    def __init__(self, archive: zipfile.ZipFile, going_on: Callable[[], bool]) -> None:
        self._archive, self._going_on, self.parts = archive, going_on, list[Part]()

    def table(self, connection: Any, table: tables.Table) -> None:  # noqa: ANN401 - handed on
        with self._part(f"{_DATABASE}{table.name}.jsonl", is_table=True) as write:
            write(table.head)
            for lines in tables.lines(connection, table):
                write(lines)

    def text(self, name: str, text: str) -> None:
        with self._part(name) as write:
            write(text.encode())

    def files(self, folder: Path) -> None:
        # Pictures and office documents are packed already.
        self._archive.compression = zipfile.ZIP_STORED
        for path in sorted(folder.rglob("*")):
            name = _FILES + path.relative_to(folder).as_posix()
            # What is being written has a name that begins with a dot; what was removed by now was erased.
            if path.is_file() and _FILE.fullmatch(name):
                with suppress(FileNotFoundError), path.open("rb") as file, self._part(name) as write:
                    while chunk := file.read(_CHUNK):
                        write(chunk)
        self._archive.compression = zipfile.ZIP_DEFLATED

    @contextmanager
    def _part(self, name: str, *, is_table: bool = False) -> Iterator[Callable[[bytes], None]]:
        digest, size, lines = sha256(), 0, 0
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


def _as_json(manifest: Manifest) -> str:
    parts = {
        part.name: {"size": part.size, "sha256": part.sha256} | ({} if part.rows is None else {"rows": part.rows})
        for part in manifest.parts
    }
    said = {
        "tracker backup": FORMAT,
        "release": manifest.release,
        "revision": manifest.revision,
        "made_at": manifest.made_at.isoformat(),
        "parts": parts,
    }
    return json.dumps(said, indent=1)


def _assert_same(path: Path, key: str, manifest: Manifest) -> None:
    try:
        with opened(path, key) as archive:
            read = archive.manifest
    except Refused as refusal:
        raise BrokenError(f"The backup was written but cannot be read again; it is not kept. {refusal}") from None
    if read != manifest:
        raise BrokenError("The backup was written but reads differently; it is not kept.")


# ---- in


class Archive:
    """A backup, every byte of which was looked at."""

    def __init__(self, parts: zipfile.ZipFile, manifest: Manifest) -> None:
        """Take an open one."""
        self._parts, self.manifest = parts, manifest

    @contextmanager
    def part(self, name: str) -> Iterator[BinaryIO]:
        """Open a part to be read."""
        with self._parts.open(name) as part:
            # A zip's own file reads lines slowly.
            yield io.BufferedReader(_Raw(part), _CHUNK)

    @contextmanager
    def table(self, name: str) -> Iterator[BinaryIO]:
        """Open a table to be read."""
        with self.part(f"{_DATABASE}{name}.jsonl") as part:
            yield part

    def settings(self) -> str | None:
        """Return the file of settings, if there is one."""
        if _SETTINGS not in self._parts.namelist():
            return None
        with self.part(_SETTINGS) as part:
            return part.read().decode()

    def unpack_files(self, folder: Path) -> int:
        """Put the documents into a new folder, and return how many they are."""
        for part in self.manifest.files:
            path = folder / part.name.removeprefix(_FILES)
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.part(part.name) as source, path.open("xb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
        return len(self.manifest.files)


class _Raw(io.RawIOBase):
    """A part of a zip, for a reader with a buffer."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        room = memoryview(buffer)
        found = self._part.read(len(room))
        room[: len(found)] = found
        return len(found)


@contextmanager
def opened(path: Path, key: str) -> Iterator[Archive]:
    """Open a backup and look at every byte of it first. Raises Refused for what is none, is changed or is not whole."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}).") from None
    with ExitStack() as stack:
        stack.enter_context(file)
        try:
            parts = stack.enter_context(zipfile.ZipFile(_inner(file, key)))
            manifest = _manifest(parts, path.stat().st_size)
            for part in manifest.parts:
                _assert_whole(parts, part)
        # What a changed byte makes of a zip shows in many ways, by what the byte was.
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError):
            raise Refused(f"The backup is damaged: {path.name} is not whole.") from None
        yield Archive(parts, manifest)


def _inner(file: BinaryIO, key: str) -> IO[bytes]:
    start = file.read(len(MAGIC))
    file.seek(0)
    if start == MAGIC:
        if not key:
            raise Refused("This backup is sealed; please give its key (TRACKER_BACKUP_KEY or --key-file).")
        return io.BufferedReader(Opener(file, key), _CHUNK)
    if not start.startswith(_ZIP):
        raise Refused("This file is not a backup.")
    return file


def _manifest(parts: zipfile.ZipFile, size: int) -> Manifest:
    names = parts.namelist()
    if _MANIFEST not in names:
        raise Refused("This file is not a backup.")
    if parts.getinfo(_MANIFEST).file_size > min(_LONGEST_MANIFEST, size * _MOST_RATIO + _SLACK):
        raise Refused("This file is not a backup: its list of parts is too long.")
    try:
        said = json.loads(parts.read(_MANIFEST))
        if said["tracker backup"] > FORMAT:
            raise Refused(f"This backup was made by a newer release ({said['release']}); please restore it with that.")
        manifest = Manifest(
            str(said["release"]),
            str(said["revision"]),
            datetime.fromisoformat(said["made_at"]),
            tuple(_part(name, facts) for name, facts in said["parts"].items()),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("This file is not a backup: its list of parts cannot be read.") from None
    if sorted(names) != sorted([_MANIFEST, *(part.name for part in manifest.parts)]):
        raise Refused("The backup is damaged: it does not hold the parts that it lists.")
    if manifest.size > size * _MOST_RATIO + _SLACK:
        raise Refused("This file is not a backup of ours: it would unpack to more than two hundred times its size.")
    return manifest


def _part(name: str, facts: dict[str, Any]) -> Part:
    table = _TABLE.fullmatch(name)
    if not (table or _FILE.fullmatch(name) or name == _SETTINGS):
        raise ValueError(name)
    return Part(name, int(facts["size"]), str(facts["sha256"]), int(facts["rows"]) if table else None)


def _assert_whole(parts: zipfile.ZipFile, part: Part) -> None:
    digest, size, lines = sha256(), 0, 0
    with parts.open(part.name) as file:
        while size <= part.size and (chunk := file.read(_CHUNK)):
            digest.update(chunk)
            size += len(chunk)
            lines += chunk.count(b"\n")
    if (size, digest.hexdigest()) != (part.size, part.sha256) or part.rows not in {None, lines - 1}:
        raise Refused(f"The backup is damaged: {part.name} was changed.")
