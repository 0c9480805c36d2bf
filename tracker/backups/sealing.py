"""Files that open with a key only: read in pieces, each of which says which one it is and whether it is the last.

A key is a passphrase, stretched by scrypt with a salt of the file's own. The pieces are sealed with ChaCha20-Poly1305
as in STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce counts, and its last byte marks the last piece, so
that nothing can be changed, moved, left out or cut off unnoticed.
"""

import hashlib
import hmac
import io
import os
import secrets
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tracker.refusal import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"TRACKER-SEALED-1"
_SALT, _CHECK, _TAG, _PIECE = 16, 16, 16, 256 * 1024
_HEAD = len(MAGIC) + _SALT + _CHECK
#: What OWASP recommends (2024) but for a fifth of a second instead of half of one; keys have 32 characters and more.
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}


def _keys(passphrase: str, salt: bytes) -> tuple[ChaCha20Poly1305, bytes]:
    """Return what seals, and what tells a wrong key from a damaged file."""
    made = hashlib.scrypt(passphrase.encode(), salt=salt, dklen=64, **_COST)
    return ChaCha20Poly1305(made[:32]), hmac.digest(made[32:], MAGIC + salt, "sha256")[:_CHECK]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer:
    """Seals what is written into a file; it is whole once this is closed."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        """Write the head."""
        salt = secrets.token_bytes(_SALT)
        self._seal, check = _keys(passphrase, salt)
        self._file, self._waiting, self._number = file, bytearray(), 0
        file.write(MAGIC + salt + check)

    def write(self, content: bytes) -> int:
        """Take some bytes; a whole piece is kept back as long as it may be the last."""
        self._waiting += content
        while len(self._waiting) > _PIECE:
            self._write(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return len(content)

    def flush(self) -> None:
        """Do nothing: pieces have one size."""

    def close(self) -> None:
        """Write the last piece."""
        self._write(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _write(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._seal.encrypt(_nonce(self._number, last=last), piece, None))
        self._number += 1


class Opener(io.RawIOBase):
    """Reads a sealed file, from any place in it. Raises Refused for another key and for what was changed."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        """Read the head, and see whether the end is there."""
        head = file.read(_HEAD)
        salt, check = head[len(MAGIC) : -_CHECK], head[-_CHECK:]
        if len(head) != _HEAD or not head.startswith(MAGIC):
            raise Refused("The backup is damaged: its beginning is missing.")
        self._seal, right = _keys(passphrase, salt)
        if not hmac.compare_digest(check, right):
            raise Refused("This key does not open the backup.")
        self._file, self._at, self._held, self._piece = file, 0, -1, b""
        body = file.seek(0, os.SEEK_END) - _HEAD
        self._pieces = max(1, -(-body // (_PIECE + _TAG)))
        self._size = body - self._pieces * _TAG
        self._open(self._pieces - 1)

    def _open(self, number: int) -> bytes:
        if number != self._held:
            self._file.seek(_HEAD + number * (_PIECE + _TAG))
            sealed = self._file.read(_PIECE + _TAG)
            try:
                self._piece = self._seal.decrypt(_nonce(number, last=number == self._pieces - 1), sealed, None)
            except InvalidTag:
                raise Refused("The backup is damaged: it was changed, or its end is missing.") from None
            self._held = number
        return self._piece

    def readable(self) -> bool:
        """Say so."""
        return True

    def seekable(self) -> bool:
        """Say so."""
        return True

    def tell(self) -> int:
        """Return the place in what was sealed."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to another place."""
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill a buffer as far as one piece reaches."""
        room = memoryview(buffer)
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, _PIECE)
        found = self._open(number)[offset : offset + len(room)]
        room[: len(found)] = found
        self._at += len(found)
        return len(found)
