"""The folder of the files that were made: each under a name of our own, there whole or not at all."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

_UNFINISHED = ".new"


def folder_in(instance: Path) -> Path:
    """Return the folder of all files."""
    return instance / "downloads"


def path_of(folder: Path, mark: str) -> Path:
    """Return where a file is kept."""
    return folder / mark


def workshop(folder: Path, mark: str) -> Path:
    """Make a folder for what comes and goes while a file is made. Raises OSError."""
    path = folder / f"{mark}{_UNFINISHED}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(folder: Path, mark: str, made: Path) -> int:
    """Put a finished file into its place; return how large it is. Raises OSError."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path_of(folder, mark))
    return path_of(folder, mark).stat().st_size


def clear(folder: Path, mark: str) -> None:
    """Take away what a file was made in."""
    shutil.rmtree(folder / f"{mark}{_UNFINISHED}", ignore_errors=True)


def remove(folder: Path, mark: str | None) -> None:
    """Delete a file and what it was made in; what is gone already is none to worry about."""
    if mark is not None:
        with suppress(FileNotFoundError):
            path_of(folder, mark).unlink()
        clear(folder, mark)


def marks(folder: Path) -> set[str]:
    """Return the marks of what lies there."""
    return {path.name.removesuffix(_UNFINISHED) for path in folder.iterdir()} if folder.is_dir() else set()
