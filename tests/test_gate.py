"""How requests come in: what is long waits on the disk if it brings files, and is refused if it does not."""

import errno
import tempfile
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from gunicorn.http.unreader import IterUnreader

from tracker.gate import LARGEST_BODY, Arriving, _fail, _read_from_disk
from tracker.web.access import NO_ROOM
from tracker.web.bodies import LARGEST_UPLOAD

FORM = "/documents/of/project:1"
PIECE = 2**16


def head(path: str, length: int) -> bytes:
    """Return the head of a form of so many bytes."""
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()


def test_a_long_form_with_files_waits_on_the_disk_and_is_read_as_it_was_sent() -> None:
    body = bytes(number % 251 for number in range(LARGEST_BODY + 3 * PIECE))
    sent, next_one = head(FORM, len(body)) + body, b"GET / HTTP/1.1\r\n"
    arriving, whole = Arriving(bytearray()), []

    for start in range(0, len(sent), PIECE):
        arriving.take(sent[start : start + PIECE])
        whole.append(arriving.is_whole)
    unreader = IterUnreader([next_one])
    unreader.unread(bytes(arriving.kept))
    assert arriving.spool is not None
    _read_from_disk(unreader, arriving.spool)

    assert whole == [False] * (len(whole) - 1) + [True]
    assert len(arriving.kept) == PIECE
    assert unreader.read(len(sent)) == sent
    assert unreader.read() == next_one
    assert arriving.spool.closed


def test_what_finds_no_room_on_the_disk_is_read_to_its_end_and_then_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    # The system's own disk without room.
    monkeypatch.setattr(tempfile, "TemporaryFile", partial(Path("/dev/full").open, "r+b"))
    sent, whole = head(FORM, LARGEST_BODY + 2 * PIECE) + bytes(LARGEST_BODY + 2 * PIECE), []
    arriving, unreader = Arriving(bytearray()), IterUnreader([])

    for start in range(0, len(sent), PIECE):
        arriving.take(sent[start : start + PIECE])
        whole.append(arriving.is_whole)
    assert arriving.trouble is not None
    _fail(unreader, arriving.trouble)

    assert whole == [False] * (len(whole) - 1) + [True]
    assert arriving.trouble.errno in NO_ROOM
    with pytest.raises(OSError, match="No space left"):
        unreader.read(1)


def test_a_form_that_found_no_room_on_its_way_is_answered_with_a_sentence(app: Flask) -> None:
    class NoMore:
        def read(self, _size: int = -1) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    given = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": "9000000", "wsgi.input": NoMore()}

    answer = app.test_client().post(FORM, query_string={"lang": "en"}, environ_overrides=given)

    assert answer.status_code == 507
    assert "What you sent does not fit on the disk of this program; nothing was saved." in answer.text


def test_what_is_longer_is_too_large_elsewhere_and_at_last_there_too() -> None:
    too_large = {
        (path, length): Arriving(bytearray(head(path, length))).is_too_large
        for path in (FORM, "/projects/1/edit", "/documents/1/edit")
        for length in (LARGEST_BODY, LARGEST_BODY + 1, LARGEST_UPLOAD + PIECE + 1)
    }

    assert {asked for asked, refused in too_large.items() if not refused} == {
        (FORM, LARGEST_BODY),
        (FORM, LARGEST_BODY + 1),
        ("/projects/1/edit", LARGEST_BODY),
        ("/documents/1/edit", LARGEST_BODY),
    }
