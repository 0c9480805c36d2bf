"""The floor: the same bytes by hand-written SQL on sqlite3 and one Jinja2 template a page, in the same server.

It looks the sign-in up, gets its words by gettext and its addresses by url_for, and sends the same headers. The bare
floor does none of this: Flask, Jinja2 and sqlite3. What programs fetch is a file to both, which Flask sends.
"""

import gettext
import hashlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, abort, make_response, redirect, render_template, request, send_file, session
from flask.typing import ResponseReturnValue
from itsdangerous import URLSafeTimedSerializer

from bench.event_pages import FETCHES
from bench.formats import FORMATS
from bench.page import Page
from bench.pages import PAGES, WRITE_PATH

#: Where it finds its templates, its database and `floor.json`.
FOLDER = "BENCH_FLOOR"
BARE = "BENCH_BARE"
#: The file whose bytes are those of the program's own.
CALENDAR = "calendar.ics"
#: Who waits for the pen has no place in a row: among eight that write without a break one may wait for long.
PRAGMAS = ("busy_timeout=60000", "journal_mode=wal", "synchronous=2", "foreign_keys=1", "trusted_schema=OFF")
SIGN_IN = """
SELECT s.id, s.used_at, s.idle_seconds, s.expires_at, a.id, a.role, a.seen_until, p.id, p.name, p.language, p.zone,
  p.archived_at, o.name, o.language, o.zone, o.sending_paused, c.organisation_id, c.from_on, c.until_on, g.zone
FROM sign_in AS s JOIN account AS a ON a.id = s.account_id JOIN person AS p ON p.id = a.person_id JOIN office AS o
LEFT JOIN contact AS c ON c.person_id = p.id AND c.archived_at IS NULL
LEFT JOIN organisation AS g ON g.id = c.organisation_id
WHERE s.secret_hash = ? AND s.ended_at IS NULL AND p.locked_at IS NULL ORDER BY c.is_first DESC, c.id
"""
ENTRY = """
INSERT INTO log_entry
  (project_id, happened_on, kind, summary, language, by_id, version, created_at, folded, published)
VALUES (?, ?, ?, ?, 'de', ?, 1, ?, ?, 0) RETURNING id
"""
LINE = "INSERT INTO history_line (at, verb, by_id, subject, within, facts) VALUES (?, 'LOG_ENTRY_CREATED', ?, ?, ?, ?)"


class _Store(threading.local):
    """A connection for each thread, prepared as the program's own are."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _unit(connection: sqlite3.Connection, begin: str = "BEGIN") -> Iterator[None]:
    """Commit what a block does, or take it back: a unit that stays open keeps the pen for ever."""
    connection.execute(begin)
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def create_app() -> Flask:
    """Make the floor, or the bare one, as the environment says."""
    return floor_in(Path(os.environ[FOLDER]), bare=bool(os.environ.get(BARE)))


def floor_in(folder: Path, *, bare: bool = False) -> Flask:
    """Make the floor that lies in a folder."""
    facts: dict[str, Any] = json.loads((folder / "floor.json").read_text())
    app = Flask("floor", static_folder=None, template_folder=str(folder / ("bare" if bare else "full")))
    app.secret_key = str(facts["secret_key"])
    app.config["SESSION_COOKIE_NAME"] = "tracker-form"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.jinja_env.keep_trailing_newline = True
    store = _Store(str(folder / "tracker.sqlite"))
    _add_words(app, facts)
    _add_addresses(app, facts)
    _add_pages(app, store, facts, folder, bare=bare)
    if not bare:

        @app.after_request
        def add_headers(response: Any) -> Any:  # noqa: ANN401 - Flask's
            for name, value in facts["headers"].items():
                response.headers.setdefault(name, value)
            response.vary.add("Cookie")
            return response

    return app


def _add_words(app: Flask, facts: dict[str, Any]) -> None:
    words = gettext.translation("messages", facts["translations"], [facts["language"]], fallback=True)

    def _(message: str, **facts: object) -> str:
        found = words.gettext(message)
        return found % facts if facts else found

    def ngettext(one: str, many: str, number: int, **facts: object) -> str:
        return words.ngettext(one, many, number) % ({"num": number} | facts)

    def pgettext(context: str, message: str, **facts: object) -> str:
        found = words.pgettext(context, message)
        return found % facts if facts else found

    def first_up(label: str) -> str:
        return label[:1].upper() + label[1:]

    app.jinja_env.globals.update(_=_, ngettext=ngettext, pgettext=pgettext, first_up=first_up, **FORMATS)


def _add_addresses(app: Flask, facts: dict[str, Any]) -> None:
    for rule, endpoint, methods in facts["rules"]:
        app.add_url_rule(rule, endpoint, methods=methods)


def _add_pages(app: Flask, store: _Store, facts: dict[str, Any], folder: Path, *, bare: bool) -> None:
    addresses = app.url_map.bind("127.0.0.1")
    views: dict[str, dict[str, Any]] = {}
    for page in PAGES:
        endpoint, _values = addresses.match(page.path.partition("?")[0])
        views.setdefault(endpoint, {})[page.path] = _view(page, store, facts, bare=bare)
    app.view_functions |= {endpoint: _one_of(by_path) for endpoint, by_path in views.items()}
    for fetch in FETCHES:
        endpoint, _values = addresses.match(fetch.path)
        app.view_functions[endpoint] = _file(folder / CALENDAR)
    endpoint, _values = addresses.match(WRITE_PATH.partition("?")[0], "POST")
    app.view_functions[endpoint] = _write(store, facts, bare=bare)


def _reader(store: _Store) -> tuple[Any, ...]:
    secret = request.cookies.get("tracker", "")
    rows = store.connection.execute(SIGN_IN, (hashlib.sha256(secret.encode()).hexdigest(),)).fetchall()
    if not rows:
        abort(401)
    now = datetime.now(UTC).replace(tzinfo=None)
    used_at, idle_seconds, expires_at = rows[0][1:4]
    if now >= datetime.fromisoformat(expires_at) or now - datetime.fromisoformat(used_at) >= timedelta(
        seconds=idle_seconds
    ):
        abort(401)
    return tuple(rows[0])


def read(connection: sqlite3.Connection, page: Page, reader: int) -> list[object]:
    """Return all values that a page's statements find, one after the other."""
    today = date.today()  # noqa: DTZ011 - the floor has no clock of its own
    values = {
        "today": today.isoformat(),
        "soon": (today + timedelta(days=30)).isoformat(),
        "asked": (today + timedelta(days=14)).isoformat(),
        "answered": (today - timedelta(days=14)).isoformat(),
        "project": 1,
        "partnership": 1,
        "event": 1,
        "person": 6,
        "reader": reader,
    }
    with _unit(connection):
        return [value for one in page.statements for row in connection.execute(one, values) for value in row]


def _one_of(by_path: dict[str, Any]) -> Any:  # noqa: ANN401 - a view
    """Return what answers an address; some pages differ by what stands behind its question mark alone."""
    if len(by_path) == 1:
        return next(iter(by_path.values()))

    def view(**ids: int) -> Any:  # noqa: ANN401 - Flask's
        return by_path[request.full_path](**ids)

    return view


def _view(page: Page, store: _Store, facts: dict[str, Any], *, bare: bool) -> Any:  # noqa: ANN401 - a view
    signer = URLSafeTimedSerializer(str(facts["secret_key"]), salt="wtf-csrf-token")

    def view(**_ids: int) -> str:
        if bare:
            cells = read(store.connection, page, facts["reader"])
            return render_template(
                page.template, c=cells, csrf=facts["csrf"], key=facts["key"], account=facts["account"]
            )
        row = _reader(store)
        if "csrf_token" not in session:
            session["csrf_token"] = secrets.token_hex(20)
        csrf = signer.dumps(session["csrf_token"])
        cells = read(store.connection, page, row[7])
        key = secrets.token_urlsafe(18)
        return render_template(page.template, c=cells, csrf=csrf, key=key, account=row[8])

    return view


def _file(path: Path) -> Any:  # noqa: ANN401 - a view
    def view(**_ids: str) -> Any:  # noqa: ANN401 - Flask's
        return send_file(path, mimetype="text/calendar")

    return view


def _write(store: _Store, facts: dict[str, Any], *, bare: bool) -> Any:  # noqa: ANN401 - a view
    signer = URLSafeTimedSerializer(str(facts["secret_key"]), salt="wtf-csrf-token")

    def view() -> ResponseReturnValue:
        form, project = request.form, int(request.args["project"])
        if not bare and signer.loads(form["csrf_token"]) != session.get("csrf_token"):
            abort(400)
        connection, location = store.connection, f"/projects/{project}"
        with _unit(connection, "BEGIN IMMEDIATE"):
            reader = facts["reader"] if bare else _reader(store)[7]
            now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
            taken = "INSERT INTO submission (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING"
            connection.execute(taken, (form["submission"], now))
            summary = {"original": "de", "texts": {"de": {"text": form["summary"], "at": now}}}
            day = datetime.strptime(form["happened_on"], "%d.%m.%Y").date().isoformat()  # noqa: DTZ007 - a date
            values = (project, day, form["kind"], json.dumps(summary), reader, now, form["summary"].casefold())
            ((entry,),) = connection.execute(ENTRY, values).fetchall()
            told = json.dumps({"kind": {"word": f"LogKind.{form['kind']}"}})
            connection.execute(LINE, (now, reader, f"log_entry:{entry}", f"project:{project}", told))
            connection.execute("UPDATE submission SET location = ? WHERE key = ?", (location, form["submission"]))
        if not bare:
            session["_flashes"] = [("success", "It is in the log.")]
        return make_response(redirect(location))

    return view
