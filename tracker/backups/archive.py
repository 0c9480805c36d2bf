"""One file that holds everything: a zip of tables and documents with a list of its parts, sealed if there is a key.

It gets its name once it is whole and was read again. Whoever reads one has looked at every byte before using any.
"""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from sqlalchemy.engine import Connection

from tracker.backups import tables
from tracker.backups.background import in_background
from tracker.backups.parts import CHUNK, DAMAGES, LEVEL, BrokenError, Part, Writer, claims_too_much, is_whole, new_file
from tracker.backups.sealing import MAGIC, Opener, Sealer
from tracker.refusal import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FORMAT = 1
_MANIFEST, _SETTINGS, _DATABASE, _FILES = "manifest.json", "settings.toml", "database/", "files/"
_TABLE = re.compile(r"database/([a-z_]{1,60})\.jsonl")
_FILE = re.compile(r"files(/[\w-][\w.-]*)+", re.ASCII)
_ZIP = b"PK"
_LONGEST_MANIFEST = 256 * 2**20


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

    def make(is_waited: Callable[[], bool]) -> Manifest:
        with new_file(path, "backup", lambda half: _assert_same(half, key, manifest)) as file:
            manifest = _write(file, source, key, lambda: going_on() and is_waited())
        return manifest

    return in_background(make)


def _write(file: BinaryIO, source: Source, key: str, going_on: Callable[[], bool]) -> Manifest:
    sealer = Sealer(file, key) if key else None
    out: Any = sealer or file
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        writer = Writer(archive, going_on)
        with tables.snapshot() as connection:
            tables.assert_sound(connection)
            revision = tables.revision(connection) or ""
            for table in tables.kept_in(connection):
                _write_table(writer, connection, table)
        if source.settings:
            with writer.part(_SETTINGS) as write_settings:
                write_settings(source.settings.encode())
        _write_files(writer, source.files)
        manifest = Manifest(source.release, revision, source.made_at, tuple(writer.parts))
        archive.writestr(_MANIFEST, _as_json(manifest))
    if sealer:
        sealer.close()
    return manifest


def _write_table(writer: Writer, connection: Connection, table: tables.Table) -> None:
    with writer.part(f"{_DATABASE}{table.name}.jsonl", is_table=True) as write_lines:
        write_lines(table.head)
        for lines in tables.lines(connection, table):
            write_lines(lines)


def _write_files(writer: Writer, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        name = _FILES + path.relative_to(folder).as_posix()
        # What is being written has a name that begins with a dot; what was removed by now was erased.
        if path.is_file() and _FILE.fullmatch(name):
            with suppress(FileNotFoundError), path.open("rb") as file, writer.part(name, is_packed=True) as write_piece:
                while chunk := file.read(CHUNK):
                    write_piece(chunk)


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
            yield io.BufferedReader(_Raw(part), CHUNK)

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
                shutil.copyfileobj(source, target, CHUNK)
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
                if not is_whole(parts, part):
                    raise Refused(f"The backup is damaged: {part.name} was changed.")
        except DAMAGES:
            raise Refused(f"The backup is damaged: {path.name} is not whole.") from None
        yield Archive(parts, manifest)


def _inner(file: BinaryIO, key: str) -> IO[bytes]:
    start = file.read(len(MAGIC))
    file.seek(0)
    if start == MAGIC:
        if not key:
            raise Refused("This backup is sealed; please give its key (TRACKER_BACKUP_KEY or --key-file).")
        return io.BufferedReader(Opener(file, key), CHUNK)
    if not start.startswith(_ZIP):
        raise Refused("This file is not a backup.")
    return file


def _manifest(parts: zipfile.ZipFile, size: int) -> Manifest:
    names = parts.namelist()
    if _MANIFEST not in names:
        raise Refused("This file is not a backup.")
    listed = parts.getinfo(_MANIFEST).file_size
    if listed > _LONGEST_MANIFEST or claims_too_much(listed, size):
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
    if claims_too_much(manifest.size, size):
        raise Refused("This file is not a backup of ours: it would unpack to more than two hundred times its size.")
    return manifest


def _part(name: str, facts: dict[str, Any]) -> Part:
    table = _TABLE.fullmatch(name)
    if not (table or _FILE.fullmatch(name) or name == _SETTINGS):
        raise ValueError(name)
    return Part(name, int(facts["size"]), str(facts["sha256"]), int(facts["rows"]) if table else None)
