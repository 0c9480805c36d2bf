"""Who is asking, and may they: every view is private unless it is marked public."""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug import Response
from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.routing import IntegerConverter, Map

from tracker.db import db, is_writing, writing
from tracker.web.bodies import LARGEST_UPLOAD, takes_files

if TYPE_CHECKING:
    from tracker.mail.queries import Standing

#: What a column of ids holds on both databases.
HIGHEST_ID = 2**31 - 1
#: As long as `token_urlsafe(32)` is.
_SECRET_LENGTH = 43
#: Browsers keep no cookie for longer than 400 days.
_KNOWN_FOR = 400 * 24 * 60 * 60
#: So long after somebody proved who they are a sensitive act asks them again.
FRESH = timedelta(minutes=10)
_NEVER = datetime.min.replace(tzinfo=UTC)
#: What the machine says when its disk, or the part of it that is ours, is full.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
#: Who is asking, with the office, where the worker asks for somebody: a browser cannot say it, for theirs are `HTTP_…`.
ACTING = "tracker.acting"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row")


class OfficeSeen(Protocol):
    """What every page knows of the office."""

    name: str
    language: str
    zone: str
    country: str
    subdivision: str | None
    sending_paused: bool


@dataclass(frozen=True)
class Somebody:
    """The person who is signed in, as far as permissions and pages need to know."""

    id: int
    name: str
    role: str
    language: str
    zone: str
    organisation_ids: frozenset[int]
    sign_in_id: int
    account_id: int
    #: What came after this instant is news to them.
    seen_until: datetime | None
    #: When this sign-in was last noted as used.
    noted_at: datetime
    #: When they last proved who they are.
    confirmed_at: datetime = _NEVER
    #: Nothing is open to them before they have set up a second factor.
    factor_due: bool = False
    #: When the last backup was made, and the key of what stopped the last night's.
    backup_at: datetime | None = None
    backup_trouble: str | None = None
    #: Since when the mailbox cannot be read, and the key of what is in its way.
    inbox_failing_since: datetime | None = None
    inbox_trouble: str | None = None
    #: How many mails wait for a look.
    inbox_waiting: int = 0
    #: How often anything had been changed when they asked (see `mail.changes`).
    changes: int = 0
    #: How the outbox and the worker stood when they asked; loaded with them, for the banners of every page.
    mail: "Standing | None" = None
    is_authenticated: bool = True

    @property
    def is_administrator(self) -> bool:
        """May do everything, accounts and office included."""
        return self.role == "administrator"

    @property
    def is_coordinator(self) -> bool:
        """May enter and change what the field is about."""
        return self.role in {"administrator", "coordinator"}

    @property
    def is_reader(self) -> bool:
        """Sees all but contact data and changes nothing."""
        return self.role == "reader"

    @property
    def is_partner(self) -> bool:
        """Sees what their organisations take part in."""
        return self.role == "partner"

    @property
    def sees_all(self) -> bool:
        """Whether no project is hidden from them."""
        return self.is_coordinator or self.is_reader


@dataclass(frozen=True)
class Door:
    """What the application hands over, because `web` knows no rooms below it."""

    #: The secret of the cookie, and now: who that is.
    somebody: Callable[[str, datetime], tuple[Somebody, OfficeSeen] | None]
    office: Callable[[], OfficeSeen | None]
    #: Write down that a sign-in was used; a unit of its own.
    used: Callable[[int, datetime], None]
    #: How old that note may get.
    noted_every: timedelta
    #: The ids of organisations and of persons that somebody meets in their projects.
    organisations_met: Callable[[Somebody], sa.Select[int]]
    people_met: Callable[[Somebody], sa.Select[int]]
    #: Ask somebody to prove once more who they are: a page, or nothing where the request does so.
    ask_again: Callable[[Somebody], Response | None]
    now: Callable[[], datetime]
    cookie: str
    secure: bool


def public(view: View) -> View:
    """Let anybody ask for a view."""
    cast("Any", view).is_public = True
    return view


def sensitive(view: View) -> View:
    """Ask again for a proof before a view, where the last one is older than ten minutes.

    What was typed is not lost: a form that comes too late is carried on by the page that asks. Files are not.
    """
    cast("Any", view).is_sensitive = True
    return view


def on_the_way_in(view: View) -> View:
    """Let those ask for a view, too, who have to set up a second factor before anything else."""
    cast("Any", view).is_on_the_way_in = True
    return view


def somebody() -> Somebody:
    """Return who is signed in. Only for views that are not public."""
    return cast("Somebody", _unwrapped())


def signed_in() -> Somebody | None:
    """Return who is signed in, if anybody is."""
    known = _unwrapped()
    return cast("Somebody", known) if known.is_authenticated else None


def _unwrapped() -> Any:  # noqa: ANN401 - somebody, or Flask-Login's stranger
    """Return who stands behind Flask-Login's proxy, which would look again at each question about them."""
    return cast("Any", current_user)._get_current_object()  # noqa: SLF001 - Werkzeug documents it


def organisations_met(reader: Somebody) -> sa.Select[int]:
    """Return the ids of the organisations that a partner meets in their projects."""
    return cast("Door", current_app.extensions["door"]).organisations_met(reader)


def people_met(reader: Somebody) -> sa.Select[int]:
    """Return the ids of the persons that a partner meets in their projects."""
    return cast("Door", current_app.extensions["door"]).people_met(reader)


def office() -> OfficeSeen | None:
    """Return the office, or None before it is set up."""
    if "office" not in g:
        g.office = cast("Door", current_app.extensions["door"]).office()
    return cast("OfficeSeen | None", g.office)


def now() -> datetime:
    """Return what the application takes for now."""
    return cast("Door", current_app.extensions["door"]).now()


def require(allowed: bool) -> None:  # noqa: FBT001 - it reads as a sentence: require(may_edit(…))
    """Answer 403 unless it is allowed."""
    if not allowed:
        abort(403)


def row_id(text: str) -> int:
    """Read an id of the address. Raises ValueError for what no database counts up to."""
    number = int(text)
    if not 0 <= number <= HIGHEST_ID:
        raise ValueError(text)
    return number


class _RowId(IntegerConverter):
    """An id in a path; one that no database counts up to is not found."""

    def __init__(self, url_map: Map, *more: Any, **options: Any) -> None:
        super().__init__(url_map, *more, **({"max": HIGHEST_ID} | options))


def found(row: Row | None) -> Row:
    """Return the row, or answer 404: it is not there, or not for them to know of."""
    if row is None:
        abort(404)
    return row


def path_of_ours(path: str | None) -> str | None:
    """Return a path of this site, or None for anything that may lead elsewhere."""
    if (
        not path
        or not path.startswith("/")
        or path[1:2] in {"/", "\\"}
        or any(ord(letter) < ord(" ") for letter in path)
    ):
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc or "\\" in path else path


def read_body() -> None:
    """Read what was sent before the pen is taken: a slow sender must not keep others from writing."""
    if takes_files(request.path):
        request.max_content_length = LARGEST_UPLOAD
    try:
        _ = request.form
    except (HTTPException, OSError) as error:
        # Of what the gate could not put by, Werkzeug says that the browser is gone.
        reason = error.__context__ if isinstance(error, ClientDisconnected) else error
        if isinstance(reason, OSError) and reason.errno in NO_ROOM:
            raise NoRoomLeft from error
        if isinstance(error, HTTPException):
            raise
        abort(400)
    except Exception:  # noqa: BLE001 - each server has its own for a body that is none
        abort(400)


class NoRoomLeft(HTTPException):
    """What was sent did not fit on the disk."""

    code = 507
    description = "No room is left."


class _SignIns(LoginManager):
    """Flask-Login without its cookie that remembers, which nobody gets here."""

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the session alone: whatever looks into it lets every answer depend on the browser's cookies."""
        return response


def install(app: Flask, door: Door) -> None:
    """Ask at every request who it is, and whether that is enough."""
    app.extensions["door"] = door
    app.url_map.converters["int"] = _RowId
    manager = _SignIns(app)
    manager.session_protection = None

    def load(_request: object) -> Somebody | None:
        secret = request.cookies.get(door.cookie)
        seen = request.environ.get(ACTING) or (door.somebody(secret, door.now()) if secret else None)
        if seen is None:
            return None
        g.office = seen[1]
        return seen[0]

    manager.request_loader(load)

    @app.before_request
    def begin() -> Response | None:
        if request.method not in SAFE_METHODS:
            _refuse_other_sites()
            g.unit = writing()
            g.unit.__enter__()
        return _private() or _again()

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        db.session.remove()
        if (unit := g.pop("unit", None)) is not None:
            unit.__exit__(None, None, None)

    @app.after_request
    def note_use(response: Response) -> Response:
        # A file of a page, or what asks whether the site lives, is no sign that somebody is still there.
        reader = None if _is_for_anybody() or is_writing() else signed_in()
        if reader and (now := door.now()) - reader.noted_at > door.noted_every:
            door.used(reader.sign_in_id, now)
        return response


def _refuse_other_sites() -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403)


def _is_for_anybody() -> bool:
    """Whether what was asked for is no page of somebody who is signed in."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is None or getattr(view, "is_public", False) or request.endpoint == "static"


def _private() -> Response | None:
    if _is_for_anybody():
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if reader := signed_in():
        way_in = not reader.factor_due or getattr(view, "is_on_the_way_in", False)
        return None if way_in else redirect(url_for("factors.index"))
    came_for = request.full_path.rstrip("?") if request.method in SAFE_METHODS and request.path != "/" else None
    return redirect(url_for("entrance.sign_in", next=came_for))


def _again() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return ask_again() if getattr(view, "is_sensitive", False) else None


def ask_again() -> Response | None:
    """Ask for a proof where the last one is older than ten minutes: for views that are sensitive to some readers."""
    door, reader = cast("Door", current_app.extensions["door"]), somebody()
    return None if door.now() - reader.confirmed_at < FRESH else door.ask_again(reader)


def remember(response: Response, secret: str, *, seconds: int | None) -> None:
    """Give the browser its secret; without seconds, until it is closed."""
    door = cast("Door", current_app.extensions["door"])
    response.set_cookie(
        door.cookie, secret, max_age=seconds, secure=door.secure, httponly=True, samesite="Lax", path="/"
    )


def browser_secret() -> str | None:
    """Return by what this browser is known again, if it holds something of ours."""
    secret = request.cookies.get(f"{cast('Door', current_app.extensions['door']).cookie}-device", "")
    return secret if len(secret) == _SECRET_LENGTH else None


def know_browser(response: Response, secret: str) -> None:
    """Let this browser be known again, also long after it was signed out."""
    door = cast("Door", current_app.extensions["door"])
    response.set_cookie(
        f"{door.cookie}-device",
        secret,
        max_age=_KNOWN_FOR,
        secure=door.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: Response) -> None:
    """Take the secret from the browser, and what it kept of our pages."""
    door = cast("Door", current_app.extensions["door"])
    response.delete_cookie(door.cookie, secure=door.secure, httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
