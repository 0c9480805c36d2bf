"""The maker of the whole office, for the worker."""

import errno
import os
from datetime import datetime
from pathlib import Path

from tracker.backups.parts import FullError
from tracker.downloads.making import ClosedError, Making
from tracker.portability.leaving import write
from tracker.portability.rules import may_export


def make(making: Making, *, files: Path, release: str, made_at: datetime) -> None:
    """Write the whole office, if it is still open to who ordered it."""
    if not may_export(making.reader):
        raise ClosedError
    try:
        write(making.path, files=files, release=release, made_at=made_at, tell=making.tell)
    except FullError as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
