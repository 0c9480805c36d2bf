"""No text leads a browser to another site, and no header brings another site's name into a letter."""

from collections.abc import Callable
from itertools import product
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, account_of, change
from tests.entrance.conftest import code_in
from tracker import clock, scheduler
from tracker.accounts import passwords
from tracker.db import db
from tracker.mail.models import Message

PASSWORD = "Apfelkuchen am Herkules"
EVIL = "evil.example"
Browse = Callable[..., Any]

_FRONTS = (
    *(
        "//",
        "///",
        "////",
        "/\\",
        "\\/",
        "\\\\",
        "/\\/",
        "\\/\\/",
        "http:",
        "http:/",
        "http://",
        "https://",
        "https:///",
    ),
    *("HTTPS://", "ftp://", "//\t", "/\t/", "/\n/", "/\r/", "/%09/", "/%2f", "/%5c", "%2f%2f", "/.//", "/..//", "/;//"),
    *("http:\\\\", "https:@", "//user@", "//localhost@", "http://localhost@", "http://127.0.0.1@", "//localhost:80@"),
    *(
        " //",
        "\u00a0//",
        "\u200b//",
        "\u3000//",
        "\x00//",
        "\x0b//",
        "\u2028//",
        "\uff0f\uff0f",
        "\u3002\u3002//",
        "/\uff0f",
        "\u2044\u2044",
    ),
)
_BACKS = ("", "/", "/%2e%2e", "?next=/", "#@localhost")
#: More than two hundred texts that lead elsewhere in one browser or another.
PATHS = [
    *(f"{front}{EVIL}{back}" for front, back in product(_FRONTS, _BACKS)),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "\x01javascript:x",
    ),
    *("blob:x", "file:///etc/passwd", f"mailto:a@{EVIL}", f"//{EVIL}%00.localhost", f"//[::1]@{EVIL}", f"//{EVIL}:80"),
    *(f"//localhost.{EVIL}", f"//{EVIL}#localhost", f"//{EVIL}?localhost", f"/\u0000/{EVIL}", f"{EVIL}", f"./{EVIL}"),
]
#: What pretends that the site has another name.
HOSTS = [
    *(EVIL, f"localhost.{EVIL}", f"localhost@{EVIL}", f"{EVIL}:80", f"localhost:80@{EVIL}", f"127.0.0.1.{EVIL}"),
    *(
        f"localhost,{EVIL}",
        f"localhost {EVIL}",
        f"localhost/{EVIL}",
        f"localhost#{EVIL}",
        f"localhost?{EVIL}",
        f"[{EVIL}]",
    ),
    *(
        f"localhost\\{EVIL}",
        "0.0.0.0",
        "127.0.0.2",
        "[::2]",
        "xn--80ak6aa92e.com",
        f"user:pass@{EVIL}",
        f".{EVIL}",
        "*",
    ),
]
CLAIMS = ("X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "X-Original-Host", "Forwarded", "X-Original-URL")


@pytest.fixture
def address(app: Flask, cast: Cast) -> str:
    """Give the address of the partner, who has a password."""

    def enter() -> str:
        account = account_of(cast.partner)
        account.password_hash = passwords.hash_password(PASSWORD)
        account.last_sign_in_at = clock.now()
        return account.email

    return str(change(app, enter))


def leads_away(location: str) -> bool:
    """Whether a browser that reads this address would leave the site, however it reads it."""
    readings = (location, location.replace("\\", "/"), "".join(letter for letter in location if letter > " "))
    return any(urlsplit(urljoin("http://localhost/sign-in", one)).netloc != "localhost" for one in readings)


def test_more_than_two_hundred_payloads_are_tried() -> None:
    assert len(set(PATHS)) > 200
    assert leads_away(f"//{EVIL}")
    assert leads_away(f"/\\{EVIL}")
    assert not leads_away("/people/")


def test_nothing_that_is_asked_for_next_leads_away(address: str, browse: Browse) -> None:
    browser: FlaskClient = browse()
    browser.post("/sign-in", data={"email": address, "password": PASSWORD})
    for path in PATHS:
        answer = browser.get(f"/sign-in?next={quote(path, safe='')}")
        assert (answer.status_code, leads_away(answer.location)) == (302, False), path


@pytest.mark.parametrize("number", range(0, len(PATHS), 40))
def test_nothing_that_a_form_asks_for_next_leads_away(address: str, browse: Browse, number: int) -> None:
    browser: FlaskClient = browse()
    for path in PATHS[number : number + 40 : 8]:
        answer = browser.post("/sign-in", data={"email": address, "password": PASSWORD, "next": path})
        if answer.status_code == 302:
            assert not leads_away(answer.location), path
        else:
            assert EVIL not in answer.headers.get("Location", "")
            assert answer.status_code == 200, path


def test_nothing_that_came_with_a_code_leads_away(app: Flask, address: str, browse: Browse) -> None:
    browser: FlaskClient = browse()
    sent = {"email": address, "password": "", "way": "code", "next": f"//{EVIL}"}
    browser.post("/sign-in", data=sent)
    with app.app_context():
        scheduler.answer(app.config["SETTINGS"])
        code = code_in(db.session.query(Message).one())

    assert browser.post("/sign-in/code", data={"code": code}).location == "/"


@pytest.mark.parametrize("host", HOSTS)
def test_the_site_answers_to_its_own_name_only(browse: Browse, host: str) -> None:
    browser: FlaskClient = browse()

    for path in ("/sign-in", "/", "/healthz"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert EVIL not in answer.headers.get("Location", "") + answer.text


def test_no_header_brings_a_foreign_name_into_pages_or_letters(
    app: Flask, cast: Cast, address: str, browse: Browse
) -> None:
    claims = {name: f"host={EVIL}" if name == "Forwarded" else EVIL for name in CLAIMS}
    coordinator, nobody = browse(cast.coordinator), browse()
    for path in ("/", f"/projects/{cast.project}", "/people/", "/settings/"):
        assert EVIL not in coordinator.get(path, headers=claims).text
    led = nobody.get("/people/", headers=claims)
    assert not leads_away(led.location)
    for sent in ({"email": address, "password": "", "way": "code"}, {"email": address, "password": "wrong"}):
        nobody.post("/sign-in", data=sent, headers=claims)
    nobody.post("/forgotten", data={"email": address}, headers=claims)

    with app.app_context():
        scheduler.answer(app.config["SETTINGS"])
        letters = db.session.query(Message).all()
        assert len(letters) == 2
        assert [EVIL in f"{one.subject}{one.text}{one.html}" for one in letters] == [False, False]
        assert "http://127.0.0.1:8000/new-password/" in f"{letters[0].text}{letters[1].text}"
