"""What is sealed opens with its key, from any place, and in no other way."""

import io
from collections.abc import Callable

import pytest

from tests.backups.conftest import KEY
from tracker.backups.sealing import Opener, Sealer
from tracker.refusal import Refused

PIECE = 256 * 1024
SEALED = PIECE + 16


def sealed(content: bytes) -> bytes:
    """Return content as a sealed file holds it."""
    file = io.BytesIO()
    sealer = Sealer(file, KEY)
    for start in range(0, len(content), 1_000_003):
        sealer.write(content[start : start + 1_000_003])
    sealer.close()
    return file.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_is_read_again_from_any_place(size: int) -> None:
    content = bytes(number * 7 % 251 for number in range(size))
    opened = io.BufferedReader(Opener(io.BytesIO(sealed(content)), KEY))

    assert opened.read() == content
    for place in {0, size // 2, max(0, size - 1), max(0, size - PIECE)}:
        opened.seek(place)
        assert opened.read(100) == content[place : place + 100]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a changed byte": lambda file: file[:-300_000] + bytes([file[-300_000] ^ 1]) + file[-299_999:],
    "the end cut off": lambda file: file[:-1],
    "the last piece cut off": lambda file: file[:-SEALED],
    "two pieces exchanged": lambda file: (
        file[:48] + file[48 + SEALED : 48 + 2 * SEALED] + file[48:][:SEALED] + file[48:][2 * SEALED :]
    ),
    "something after the end": lambda file: file + b"!",
    "only the beginning": lambda file: file[:40],
    "only the head": lambda file: file[:48],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_was_changed_does_not_open(damage: Callable[[bytes], bytes]) -> None:
    file = sealed(bytes(3 * PIECE))

    with pytest.raises(Refused, match=r"^The backup is damaged"):
        io.BufferedReader(Opener(io.BytesIO(damage(file)), KEY)).read()


def test_another_key_does_not_open() -> None:
    with pytest.raises(Refused, match=r"^This key does not open the backup\.$"):
        Opener(io.BytesIO(sealed(b"a")), KEY + "!")
