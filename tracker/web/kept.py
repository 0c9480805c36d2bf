"""What was put together, kept until anything changes: the same is asked for again, and nearly always nothing is new.

In memory, by each process for itself, and of one state of the database alone: nothing outlives what it was made of.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from threading import Lock
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from tracker.language import spoken
from tracker.web import access
from tracker.web.access import SAFE_METHODS, Somebody, somebody
from tracker.web.navigation import banners

#: All copies of a kind together. A calendar of 2,000 entries has not quite a million, a page seldom a tenth of that.
MOST_BYTES = 8_000_000
#: Nothing on a page is told more exactly.
_MINUTE = timedelta(minutes=1)
_KEPT, _OWN = "kept", "own_keys"
_OF_THIS_MOMENT: dict[str, Any] = {"changes": 0, "mail": None, "backup_at": None, "backup_trouble": None}
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Copy(Protocol):
    """What is kept: how large it is, and until when it holds, whatever else changes."""

    @property
    def size(self) -> int:
        """The bytes that it takes."""

    @property
    def until(self) -> datetime:
        """From then on it is another one."""


AnyCopy = TypeVar("AnyCopy", bound=Copy)


class Kept(Generic[AnyCopy]):
    """What was asked for since the last change, by what it depends on besides."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = Lock()
        self._number = 0
        self._copies: dict[Hashable, AnyCopy] = {}

    def get(self, key: Hashable, number: int, now: datetime) -> AnyCopy | None:
        """Return what was kept, if as much had changed then as now."""
        with self._lock:
            copy = self._copies.get(key) if number == self._number else None
        return copy if copy and now < copy.until else None

    def keep(self, key: Hashable, number: int, now: datetime, copy: AnyCopy) -> None:
        """Keep something that was made after so many changes, as far as there is room; what is of no use more goes."""
        with self._lock:
            known = self._copies if number == self._number else {}
            copies = {of: one for of, one in known.items() if now < one.until and of != key}
            if sum(one.size for one in copies.values()) + copy.size <= MOST_BYTES:
                copies[key] = copy
            self._number, self._copies = number, copies


def install(app: Flask) -> None:
    """Begin with nothing kept."""
    app.extensions[_KEPT] = defaultdict(Kept)


def kept_as(kind: str) -> Kept[Any]:
    """Return what is kept of a kind."""
    return cast("Kept[Any]", current_app.extensions[_KEPT][kind])


# ---- pages


@dataclass(frozen=True)
class _Page:
    """A page in pieces, in turn what is the same each time and what is each answer's own: tokens and keys of forms."""

    pieces: tuple[bytes, ...]
    token: bytes
    until: datetime
    size: int

    def whole(self) -> bytes:
        """Return the page with tokens and keys of its own."""
        own = {key: own_key().encode() for key in {*self.pieces[1::2]} - {self.token}}
        if self.token in self.pieces[1::2]:
            own[self.token] = generate_csrf().encode()
        return b"".join(own[piece] if at % 2 else piece for at, piece in enumerate(self.pieces))


def own_key() -> str:
    """Return the key of a form: a new one each time, also on a page that is kept."""
    key = secrets.token_urlsafe(18)
    g.setdefault(_OWN, []).append(key)
    return key


def kept(view: Callable[Asked, Answer]) -> Callable[Asked, Answer | bytes]:
    """Put a page together once, for one reader, until anything changes and for the rest of the minute.

    Such a page shows nothing but what the database holds, and nothing of which changes are not counted
    (`mail.changes`), where that has to be seen at once. Nothing but a page is kept: neither a file, nor a refusal.
    """

    @wraps(view)
    def asked(*args: Asked.args, **ids: Asked.kwargs) -> Answer | bytes:
        # What was just done is said once.
        if request.method not in SAFE_METHODS or "_flashes" in session:
            return view(*args, **ids)
        reader, at, pages = somebody(), access.now(), kept_as("pages")
        minute = at.replace(second=0, microsecond=0)
        place = (request.url_root, request.path, request.query_string)
        key = (minute, place, spoken(), _seen(reader), tuple(banners()))
        page: _Page | None = pages.get(key, reader.changes, at)
        if page is not None:
            return page.whole()
        answer = view(*args, **ids)
        if isinstance(answer, str):
            token = str(g.get("csrf_token", ""))
            pieces = _pieces(answer, {token, *g.get(_OWN, ())} - {""})
            size = sum(len(piece) for piece in pieces)
            pages.keep(key, reader.changes, at, _Page(pieces, token.encode(), minute + _MINUTE, size))
        return answer

    cast("Any", asked).is_kept = True
    return asked


def _seen(reader: Somebody) -> Somebody:
    """Return a reader without what the banners say, and without the moment that is noted about them."""
    return replace(reader, noted_at=reader.confirmed_at, **_OF_THIS_MOMENT)


def _pieces(page: str, own: Iterable[str]) -> tuple[bytes, ...]:
    pieces = [page]
    for text in own:
        pieces = [part for at, piece in enumerate(pieces) for part in ([piece] if at % 2 else _around(text, piece))]
    return tuple(piece.encode() for piece in pieces)


def _around(text: str, piece: str) -> list[str]:
    """Return what stands around a text, with the text between each two."""
    first, *others = piece.split(text)
    return [first, *(part for other in others for part in (text, other))]
