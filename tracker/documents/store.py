"""The folder of the files: each under its hash, written whole or not at all.

A file is there before the row that says so, and goes after it. What a killed process leaves is a file without a row,
which is tidied up after a day; a row without its file means that somebody was in the folder.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

#: A file without a row may be of somebody who is about to write the row.
SPARED = timedelta(days=1)
_PIECE = 2**20
_NEW = ".new-"
_SMALL = ".small.webp"


def folder_in(instance: Path) -> Path:
    """Return the folder of all files."""
    return instance / "files"


def path_of(folder: Path, sha256: str) -> Path:
    """Return where a file is kept."""
    return folder / sha256[:2] / sha256[2:]


def small_of(folder: Path, sha256: str) -> Path:
    """Return where the small picture of a picture is kept."""
    path = path_of(folder, sha256)
    return path.with_name(path.name + _SMALL)


def keep(folder: Path, kept: bytes, small: bytes | None = None) -> str:
    """Write a file if it is not there as it should be; return its hash. Raises OSError, and nothing is half there."""
    sha256 = hashlib.sha256(kept).hexdigest()
    if small is not None:
        _write(small_of(folder, sha256), small)
    _write(path_of(folder, sha256), kept)
    return sha256


def _write(path: Path, content: bytes) -> None:
    # What was there may be damaged, and nobody may tidy it up now: it is written anew in any case.
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=_NEW, dir=path.parent)
    try:
        with os.fdopen(number, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    for one in (path.parent, path.parent.parent):
        sync_folder(one)


def sync_folder(folder: Path) -> None:
    """Let what a folder lists be on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def pieces(path: Path) -> Iterator[bytes]:
    """Yield a file piece by piece; between them nothing is open that somebody who goes away would leave open."""
    at = 0
    while True:
        with path.open("rb") as kept:
            kept.seek(at)
            piece = kept.read(_PIECE)
        if not piece:
            return
        yield piece
        at += len(piece)


def is_there(folder: Path, sha256: str) -> bool:
    """Whether a file is kept."""
    return path_of(folder, sha256).is_file()


def is_sound(folder: Path, sha256: str) -> bool:
    """Whether a file still is what it was. Raises OSError if it cannot be read."""
    return digest(path_of(folder, sha256)) == sha256


def digest(path: Path) -> str:
    """Return the hash of a file. Raises OSError if it cannot be read."""
    with path.open("rb") as kept:
        return hashlib.file_digest(kept, "sha256").hexdigest()


def old(folder: Path, now: datetime) -> Iterator[tuple[str, Path]]:
    """Yield what nobody wrote lately: the hash that each file stands for, empty for what was never finished."""
    before = (now - SPARED).timestamp()
    for path in folder.glob("??/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                yield ("" if path.name.startswith(_NEW) else path.parent.name + path.name.partition(".")[0]), path


def remove(path: Path) -> None:
    """Delete a file; one that is gone already is none to worry about."""
    with suppress(FileNotFoundError):
        path.unlink()
