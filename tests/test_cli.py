"""The command line, as an operator uses it: a real process in an empty folder."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from tests.commands import typed
from tracker.locations import bundled

Run = Callable[..., subprocess.CompletedProcess[str]]
FIELDS_OF_A_REMINDER = {"person", "address", "subject", "local_date", "send_at", "language", "state", "reason"}
FIELDS_OF_A_MESSAGE = {"id", "address", "state", "reason", "attempts", "message_id", "sent_at"}


def in_folder(instance: Path) -> Run:
    """Return what runs `tracker …` in an instance folder."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}

    def tracker(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return typed(clean | {"TRACKER_INSTANCE": str(instance)} | environment, *words)

    return tracker


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Give an instance folder in which nothing is yet."""
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder


@pytest.fixture
def run(instance: Path) -> Run:
    """Run `tracker …` in an instance folder of its own."""
    return in_folder(instance)


@pytest.fixture(scope="module")
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Load the example office once; whoever changes it has a copy."""
    folder = tmp_path_factory.mktemp("example")
    run = in_folder(folder)
    upgraded = run("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    loaded = run("example", "load")
    assert loaded.returncode == 0, loaded.stderr
    return folder, loaded


@pytest.fixture
def example(_loaded: tuple[Path, subprocess.CompletedProcess[str]], instance: Path) -> subprocess.CompletedProcess[str]:
    """Put the example office into the folder, as nobody has touched it yet; give what was printed."""
    folder, loaded = _loaded
    shutil.copytree(folder, instance, dirs_exist_ok=True)
    return loaded


def test_help_is_complete() -> None:
    words = subprocess.run(
        [sys.executable, "-m", "tracker.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout

    commands = ("account", "check", "db", "example", "mail", "office", "reminders", "serve", "worker")
    assert [name for name in commands if f"\n  {name} " not in words] == []


def test_an_empty_database_is_named(tmp_path: Path, run: Run) -> None:
    asked = run("reminders", "plan", TRACKER_INSTANCE=str(tmp_path))

    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr == "The database is not up to date; please run `tracker db upgrade`.\n"


def test_a_wrong_setting_stops_in_one_sentence(run: Run) -> None:
    asked = run("check", TRACKER_MAIL_URL="pigeon://")

    assert asked.returncode == 1
    assert asked.stderr.startswith("TRACKER_MAIL_URL is wrong: ")
    assert asked.stderr.count("\n") == 1


def test_a_word_that_is_none_is_asked_wrongly(run: Run) -> None:
    assert run("mail", "list", "--state", "lost").returncode == 2


def test_the_example_prints_its_accounts_once(run: Run, example: subprocess.CompletedProcess[str]) -> None:
    rows = [line.removeprefix("sign in: ").split() for line in example.stdout.splitlines()]
    again = run("example", "load")

    assert {(role, language) for role, language, _address, _password in rows} >= {
        ("administrator", "de"),
        ("coordinator", "de"),
        ("reader", "de"),
        *(("partner", language) for language in ("de", "en", "it", "hu", "ro")),
    }
    assert (again.returncode, again.stdout) == (1, "")


@pytest.mark.usefixtures("example")
def test_the_preview_sends_nothing(run: Run) -> None:
    before = run("mail", "list", "--json").stdout
    answer = json.loads(run("reminders", "preview", "--json").stdout)
    day = answer[0]["local_date"]
    only = json.loads(run("reminders", "preview", "--on", day, "--json").stdout)

    assert all(set(one) == FIELDS_OF_A_REMINDER for one in answer)
    assert date.fromisoformat(day) >= date.today() - timedelta(days=1)  # noqa: DTZ011 - a day more or less does not matter
    assert only == [one for one in answer if one["local_date"] == day]
    assert run("mail", "list", "--json").stdout == before == "[]\n"


@pytest.mark.usefixtures("example")
def test_an_operator_does_by_hand_what_the_worker_does(run: Run) -> None:
    coming = json.loads(run("reminders", "preview", "--json").stdout)
    first = min(datetime.fromisoformat(one["send_at"]) for one in coming if one["state"] == "planned")
    then = f"+{int((first - datetime.now(UTC)).total_seconds()) + 3 * 3600}s"
    planned = run("reminders", "plan", TRACKER_CLOCK_SHIFT=then)
    run("mail", "deliver", TRACKER_CLOCK_SHIFT=then)
    listed = json.loads(run("mail", "list", "--json").stdout)

    assert planned.returncode == 0
    assert listed
    assert all(set(one) == FIELDS_OF_A_MESSAGE for one in listed)
    assert "sent" in {one["state"] for one in listed}
    assert all(one["reason"] for one in listed if one["state"] == "sent")


@pytest.mark.usefixtures("example")
def test_a_message_that_is_not_there_is_refused(run: Run) -> None:
    asked = run("mail", "retry", "4711")

    assert (asked.returncode, asked.stderr) == (1, "There is no message of that number.\n")


@pytest.mark.usefixtures("example")
def test_an_account_comes_with_a_link(run: Run) -> None:
    made = run("account", "create", "new@example.org", "--role", "partner", "--organisation", "Dane County")
    again = run("account", "create", "new@example.org", "--role", "partner")
    nowhere = run("account", "create", "other@example.org", "--role", "partner", "--organisation", "Atlantis")

    assert made.stdout.startswith("http://127.0.0.1:8000/welcome/")
    assert (again.returncode, again.stderr) == (1, "Somebody already signs in with this address.\n")
    assert (nowhere.returncode, nowhere.stderr) == (1, "No organisation here is called “Atlantis”.\n")


def test_the_first_administrator_comes_into_an_empty_office(tmp_path: Path, run: Run) -> None:
    run("db", "upgrade", TRACKER_INSTANCE=str(tmp_path))
    made = run("account", "create", "first@example.org", "--role", "administrator", TRACKER_INSTANCE=str(tmp_path))

    assert made.stdout.startswith("http://127.0.0.1:8000/welcome/")


@pytest.mark.usefixtures("example")
def test_a_lost_second_factor_is_removed_by_hand(tmp_path: Path, run: Run) -> None:
    where = {"TRACKER_INSTANCE": str(tmp_path)}
    run("db", "upgrade", **where)
    run("account", "create", "anna@example.org", "--role", "administrator", **where)
    without = run("account", "forget-factors", "anna@example.org", **where)
    with sqlite3.connect(tmp_path / "tracker.sqlite") as connection:
        row = "(account_id, name, credential, public_key, uses, transports, created_at)"
        values = "(1, 'Telefon', 'abc', x'00', 0, '', '2027-03-02 09:00:00')"
        connection.execute(f"INSERT INTO passkey {row} VALUES {values}")
    connection.close()

    done = run("account", "forget-factors", "Anna@Example.org", **where)
    unknown = run("account", "forget-factors", "nobody@example.org", **where)

    assert (without.returncode, without.stderr) == (1, "This account has no second factor.\n")
    assert (done.returncode, done.stderr) == (0, "The second factor is removed.\n")
    assert (unknown.returncode, unknown.stderr) == (1, "Nobody signs in with “nobody@example.org”.\n")
    with sqlite3.connect(tmp_path / "tracker.sqlite") as connection:
        left = connection.execute("SELECT (SELECT count(*) FROM passkey), (SELECT count(*) FROM message)").fetchone()
    connection.close()
    assert left == (0, 1)


@pytest.mark.parametrize(
    ("chosen", "offered"),
    [
        ({}, True),
        ({"TRACKER_SECOND_FACTOR": "required"}, False),
        ({"TRACKER_PUBLIC_URL": "https://partners.example.org"}, False),
    ],
    ids=str,
)
def test_a_trial_says_that_a_second_factor_is_not_required(
    tmp_path: Path,
    run: Run,
    chosen: dict[str, str],
    offered: bool,  # noqa: FBT001 - a case
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        tried = run("serve", "--prepare", "--port", str(port), TRACKER_INSTANCE=str(tmp_path), **chosen)

    assert tried.returncode == 1
    assert ("a second factor is offered and not required" in tried.stderr) is offered
    assert "This port cannot be used" in tried.stderr


@pytest.mark.usefixtures("example")
def test_check_names_what_is_missing(run: Run) -> None:
    asked = run("check", TRACKER_MAIL_URL="smtp://127.0.0.1:9")

    assert asked.returncode == 1
    assert "The worker is silent: it has never run." in asked.stderr
    assert "The mail server does not answer." in asked.stderr


@pytest.mark.usefixtures("example")
def test_the_database_says_where_it_stands(run: Run) -> None:
    assert run("db", "current").stdout.strip() == ScriptDirectory(str(bundled("migrations"))).get_current_head()
    assert run("db", "check").returncode == 0


def test_a_large_office_is_the_same_for_the_same_seed(tmp_path: Path, run: Run) -> None:
    sizes = ("--projects", "3", "--milestones", "20", "--entries", "30", "--seed", "7")
    made = []
    for name in ("a", "b"):
        folder = str(tmp_path / name)
        run("db", "upgrade", TRACKER_INSTANCE=folder)
        answer = run("office", "generate", *sizes, TRACKER_INSTANCE=folder)
        assert answer.returncode == 0, answer.stderr
        made.append(run("reminders", "preview", "--json", TRACKER_INSTANCE=folder).stdout)

    assert made[0] == made[1] != "[]\n"
