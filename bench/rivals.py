"""The program and its two floors, prepared to be measured in the same server."""

import gzip
import json
import re
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient

from bench import floor, load, office
from bench.derive import derive, listening
from bench.event_pages import FETCHES
from bench.page import Fetch, Page
from bench.pages import PAGES, START, WRITE_PATH
from tracker import clock
from tracker.locations import PACKAGE
from tracker.web import kept

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_KEY = re.compile(r'name="submission"[^>]*value="([^"]+)"')
_STYLE = re.compile(r'<link rel="(?:stylesheet|icon)"[^>]*href="([^"]+)"')


@dataclass(frozen=True)
class Rival:
    """The program or a floor: which module serves it, with which settings."""

    name: str
    module: str
    environment: dict[str, str]


@dataclass(frozen=True)
class Weight:
    """What one page costs by itself: queries, and kilobytes when compressed."""

    name: str
    queries: int
    compressed_kb: float
    with_style_kb: float


@dataclass(frozen=True)
class Contest:
    """Who is measured, and what they are asked."""

    rivals: tuple[Rival, ...]
    weights: tuple[Weight, ...]
    #: Name of the page to the bytes of a request for it.
    requests: dict[str, bytes]
    write: bytes
    #: What the browser holds that is signed in.
    cookies: str


class _Pages:
    """The program's pages in this process, and the floor's templates made of them."""

    def __init__(self, app: Flask, made: office.Made) -> None:
        self.app, self.made = app, made
        self.client = office.browser(app)
        self.client.get(START.path)
        session = self.client.get_cookie("tracker-form")
        self.cookies = f"tracker={office.SECRET}; tracker-form={session.value if session else ''}"
        self.weights: list[Weight] = []
        self.templates: dict[str, str] = {}
        self.facts: dict[str, object] = {
            "secret_key": app.secret_key,
            "reader": made.reader,
            "account": made.reader_name,
            "translations": str(PACKAGE / "translations"),
            "language": "de",
            "rules": [[rule.rule, rule.endpoint, sorted(rule.methods or ())] for rule in app.url_map.iter_rules()],
        }
        self.token = ""
        self.sent: dict[str, str] = {}
        self.file = b""

    def add(self, page: Page, connection: sqlite3.Connection) -> None:
        """Ask for a page and make the floor's templates of it."""
        # What is kept is not asked for.
        kept.install(self.app)
        with office.counting(self.app) as asked, listening(self.app) as noted:
            answer = self.client.get(page.path)
        if answer.status_code != 200:
            raise RuntimeError(f"{page.path} answers {answer.status_code}")
        tokens, keys = TOKEN.findall(answer.text), _KEY.findall(answer.text)
        known = dict.fromkeys(tokens, "csrf") | dict.fromkeys(keys, "key") | {self.made.reader_name: "account"}
        derived = derive(answer.text, noted, floor.read(connection, page, self.made.reader), known)
        self.templates |= {f"full/{page.template}": derived.source, f"bare/{page.template}": derived.bare}
        print(f"floor of the {page.name}: {derived.found}", file=sys.stderr)
        self.sent[page.path] = _without_secrets(answer.text)
        # What everybody may read has no form, and headers of its own.
        if tokens:
            self.token = tokens[0]
            self.facts |= {
                "csrf": tokens[0],
                "key": next(iter(keys), self.facts.get("key", "")),
                "headers": office.plain(answer.headers),
            }
        weight, style = _compressed(answer.data), sum(_compressed(one) for one in _styles(self.client, answer.text))
        self.weights.append(Weight(page.name, len(asked), weight, round(weight + style, 1)))

    def fetch(self, one: Fetch) -> None:
        """Fetch a file once more, as a program does that has it."""
        with self.client as client:
            tag = client.get(one.path).headers["ETag"] if one.knows else ""
            with office.counting(self.app) as asked:
                answer = client.get(one.path, headers={"If-None-Match": tag})
        if answer.status_code != (304 if one.knows else 200):
            raise RuntimeError(f"{one.name}: {answer.status_code}")
        self.file = self.file or answer.data
        weight = _compressed(answer.data) if answer.data else 0.0
        self.weights.append(Weight(one.name, len(asked), weight, weight))

    def write_to(self, folder: Path) -> None:
        """Write the templates and what a floor has to know into its folder."""
        for name, source in self.templates.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        (folder / floor.CALENDAR).write_bytes(self.file)
        (folder / "floor.json").write_text(json.dumps(self.facts), encoding="utf-8")

    def compare_with(self, folder: Path, *, bare: bool) -> None:
        """Raise RuntimeError unless the floor in a folder sends the same bytes."""
        client = floor.floor_in(folder, bare=bare).test_client(use_cookies=False)
        headers = {"Cookie": self.cookies}
        for path, sent in self.sent.items():
            answer = client.get(path, headers=headers)
            if _without_secrets(answer.text) != sent:
                raise RuntimeError(f"the floor in {folder.name} sends something else for {path}")
        for one in FETCHES:
            if client.get(one.path).data != self.file:
                raise RuntimeError(f"the floor in {folder.name} sends something else as {one.name}")


def prepare(made: office.Made) -> Contest:
    """Make the floors of the program's own pages; each rival gets a copy of the database."""
    pages = _Pages(office.application(made.folder), made)
    connection = sqlite3.connect(made.folder / office.DATABASE, isolation_level=None)
    for page in PAGES:
        pages.add(page, connection)
    connection.close()
    for one in FETCHES:
        pages.fetch(one)
    rivals = [Rival("program", "tracker.serve", office.environment(made.copied("program")))]
    for name, more in (("floor", {}), ("bare floor", {floor.BARE: "1"})):
        folder = made.copied(name.replace(" ", "-"))
        pages.write_to(folder)
        pages.compare_with(folder, bare=bool(more))
        rivals.append(Rival(name, "bench.server", {floor.FOLDER: str(folder)} | more))
    requests = {page.name: request("GET", page.path, pages.cookies) for page in PAGES}
    requests |= {one.name: _asked_again(one) for one in FETCHES}
    return Contest(tuple(rivals), tuple(pages.weights), requests, entry(pages.token, pages.cookies), pages.cookies)


def request(method: str, path: str, cookies: str, body: bytes = b"") -> bytes:
    """Return the bytes that a browser sends."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookies}", "Accept-Language: de"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _asked_again(one: Fetch) -> bytes:
    lines = [f"GET {one.path} HTTP/1.1", "Host: 127.0.0.1"]
    known = b"If-None-Match: " + load.TAG + b"\r\n" if one.knows else b""
    return "\r\n".join([*lines, ""]).encode() + known + b"\r\n"


def entry(token: str, cookies: str) -> bytes:
    """Return a request that writes a new entry of the log, by what a form and a browser hold."""
    today = clock.today("Europe/Berlin")
    form = {
        "csrf_token": token,
        "happened_on": f"{today:%d.%m.%Y}",
        "kind": "call",
        "summary": "Telefonat zur Reise",
    }
    body = urlencode(form).encode() + b"&submission=" + load.FRESH
    return request("POST", WRITE_PATH, cookies, body)


def _without_secrets(page: str) -> str:
    return _KEY.sub("", TOKEN.sub("", page))


def _compressed(content: bytes) -> float:
    return round(len(gzip.compress(content)) / 1000, 1)


def _styles(client: FlaskClient, page: str) -> list[bytes]:
    return [client.get(address.replace("&amp;", "&")).data for address in _STYLE.findall(page)]
