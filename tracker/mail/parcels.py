"""What is handed over, and to whom: whoever takes parcels. Here, a folder takes them."""

import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tracker.mail.rules import Answer, Fault, Phase


@dataclass(frozen=True)
class Parcel:
    """What is handed over. The same letter has the same name each time."""

    name: str
    sender: str
    recipient: str
    content: bytes


class Post(Protocol):
    """Where letters are handed over; used by one thread, but for `cut`."""

    @property
    def is_warm(self) -> bool:
        """Whether nothing but the words of the next letter is left to be agreed."""

    def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
        """Say how it ended. `before_body` is asked when all but the text is agreed; no means: not a byte of it."""

    def trouble(self) -> Answer | None:
        """Say what would keep letters from being handed over, without one; None if nothing would."""

    def close(self) -> None:
        """Say goodbye, whatever is answered."""

    def cut(self) -> None:
        """End the conversation in hand now; any thread may."""


class FilePost:
    """Each letter becomes a file; a repetition replaces it."""

    is_warm = False

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made when the first letter comes."""
        self._folder = folder

    def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
        """Write the file so that it is there whole or not at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            made = self._folder / f".{parcel.name}.{os.getpid()}.{threading.get_ident()}"
            # Letters may hold links that open something.
            made.touch(mode=0o600)
            with made.open("wb") as file:
                file.write(parcel.content)
                file.flush()
                os.fsync(file.fileno())
            if not before_body():
                made.unlink()
                return Answer(Phase.DATA, fault=Fault.LINE)
            made.replace(self._folder / f"{parcel.name}.eml")
            self._keep_names()
        except OSError as error:
            return Answer(Phase.FILE, words=error.strerror or type(error).__name__, fault=Fault.FOLDER)
        return Answer(Phase.FILE, words=f"{parcel.name}.eml")

    def trouble(self) -> Answer | None:
        """Say whether the folder can be written to."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                return None
        except OSError as error:
            return Answer(Phase.FILE, words=error.strerror or type(error).__name__, fault=Fault.FOLDER)

    def _keep_names(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Do nothing: there is nobody to say goodbye to."""

    def cut(self) -> None:
        """Do nothing: a file is written at once."""
