"""What the log tells: who came in, who did not, who was refused what; and no secret, name or line of anybody's own."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, change, person_of, with_password
from tracker.accounts.models import Account
from tracker.db import db, writing
from tracker.web.logs import JsonLines, PlainLines

PASSWORD = "Apfelkuchen am Herkules"
SECRETS = ("Geheimkuchen-7731", "kanarie-7732", "Vogelname-7733", PASSWORD)
BREAKS = ("\n", "\r", "\x1b[31m", "\x9b31m", "\x85", "\u2028", "\u2029", "\x00", "\x07")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Give what the log holds, as it is written."""
    logger = logging.getLogger("tracker")
    logger.addHandler(caplog.handler)
    yield lambda: [json.loads(JsonLines().format(record)) for record in caplog.records]
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("kind", [JsonLines, PlainLines])
def test_nothing_that_is_told_breaks_out_of_its_line(kind: type[logging.Formatter], broken: str) -> None:
    facts = {"who": f"a{broken}b"}
    record = logging.makeLogRecord({"msg": f"x{broken}y", "levelno": 20, "levelname": "INFO", "facts": facts})

    line = kind().format(record)

    assert line.isprintable()
    assert len(line.splitlines()) == 1


def test_who_comes_in_and_who_does_not_is_told(
    app: Flask, cast: Cast, browse: Callable[..., FlaskClient], lines: Callable[[], list[dict[str, object]]]
) -> None:
    account = change(app, lambda: with_password(person_of(cast.partner)).id)
    with app.app_context():
        address = db.session.get_one(Account, account).email
    browser = browse()

    browser.post("/sign-in", data={"email": address, "password": SECRETS[0]})
    browser.post("/sign-in", data={"email": f"{SECRETS[1]}@example.org", "password": SECRETS[0]})
    browser.post("/sign-in", data={"email": address, "password": PASSWORD})
    browser.post("/sign-out")

    told = [line["what"] for line in lines()]
    assert told == ["sign-in refused", "sign-in refused", "signed in", "signed out"]
    assert [line["account"] for line in lines()][-2:] == [account, account]


def test_who_is_refused_what_is_told(
    cast: Cast, browse: Callable[..., FlaskClient], lines: Callable[[], list[dict[str, object]]]
) -> None:
    stranger = browse(cast.stranger)

    stranger.get(f"/projects/{cast.project}")
    stranger.post("/organisations/new")
    browse().get("/welcome/" + SECRETS[0])

    told = [(line["status"], line["endpoint"], line.get("project_id")) for line in lines() if "status" in line]
    assert told == [(404, "overview.project", cast.project), (403, "organisations.new", None)]
    assert all(isinstance(line["account"], int) for line in lines() if "status" in line)


def test_no_secret_and_no_name_is_told(
    app: Flask, cast: Cast, browse: Callable[..., FlaskClient], lines: Callable[[], list[dict[str, object]]]
) -> None:
    anybody, office = browse(), browse(cast.administrator)
    anybody.post("/sign-in", data={"email": f"{SECRETS[1]}@example.org", "password": SECRETS[0]})
    anybody.post("/forgotten", data={"email": f"{SECRETS[1]}@example.org"})
    for path in ("/welcome/", "/new-password/", "/unsubscribe/", "/answer/"):
        anybody.get(path + SECRETS[0])
        anybody.post(path + SECRETS[0], data={"password": SECRETS[0], "unknown": SECRETS[2]})
    office.get(f"/search?q={SECRETS[2]}")
    office.get(f"/projects/{SECRETS[2]}?token={SECRETS[0]}")
    office.post("/people/new", data={"name": SECRETS[2], "email": f"{SECRETS[1]}@example.org", "language": "de"})
    office.post("/people/new", data={"unknown": SECRETS[2]})
    anybody.get("/sign-in", headers={"Host": f"{SECRETS[1]}.example", "User-Agent": SECRETS[2]})

    written = json.dumps(lines())
    assert len(lines()) >= 5
    assert [secret for secret in SECRETS if secret in written] == []


def test_an_error_of_the_database_tells_no_value(app: Flask, cast: Cast) -> None:
    with app.app_context(), writing(), pytest.raises(sa.exc.IntegrityError) as error:
        db.session.execute(
            sa.insert(Account).values(email=SECRETS[1], person_id=cast.partner, password_hash=SECRETS[0])
        )

    assert SECRETS[0] not in str(error.value)
    assert SECRETS[1] not in str(error.value)
