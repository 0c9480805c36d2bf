"""`tracker …`: the same jobs by hand, for operators.

Listings go to standard output, words for people to standard error.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from tracker import clock, schema
from tracker.accounts import actions as accounts
from tracker.accounts.models import Role
from tracker.accounts.queries import account_with
from tracker.app import create_app
from tracker.backups import archive, telling
from tracker.backups import queries as backups
from tracker.backups.restoring import restore as restore_from
from tracker.backups.rules import name_of
from tracker.backups.sources import release, source_of
from tracker.backups.tables import is_empty
from tracker.config import SHORTEST_SECRET, Settings, WrongSettingError, load
from tracker.db import broken_pragmas, db, writing
from tracker.documents import health as documents
from tracker.documents.store import folder_in
from tracker.downloads import queries as downloads
from tracker.downloads.store import folder_in as made_in
from tracker.example import generated, kassel
from tracker.factors import actions as factors
from tracker.inbox import imap as inbox
from tracker.inbox.queries import mailbox
from tracker.inbox.rules import TROUBLES as INBOX_TROUBLES
from tracker.language import LANGUAGES, speaking
from tracker.mail import actions as outbox
from tracker.mail import queries as messages
from tracker.mail.models import Message, MessageState
from tracker.mail.rules import outcome
from tracker.mail.rules import sentence as told_of_mail
from tracker.mail.smtp import post_of
from tracker.organisations import queries as organisations
from tracker.organisations.actions import ensure_office
from tracker.portability import leaving
from tracker.portability import telling as portability
from tracker.portability.actions import note_export
from tracker.portability.filling import fill
from tracker.refusal import Refused
from tracker.reminders import actions as reminders
from tracker.reminders.rules import REASONS as REMINDER_REASONS
from tracker.reminders.rules import told
from tracker.scheduler import deliver, fetch, run_worker
from tracker.serve import PortTakenError
from tracker.serve import serve as serve_all
from tracker.web.access import HIGHEST_ID

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON array of plain objects on standard output.")


@contextmanager
def _office(*, writes: bool = False, ready: bool = True) -> Iterator[Flask]:
    """Stand in the application, in English; what is refused is one sentence and exit status 1.

    Unless it is for bringing the database up, or looking at it, it has to be that of this release.
    """
    try:
        app = create_app(load())
        with app.app_context(), speaking("en"), writing() if writes else nullcontext():
            if ready:
                _refuse_unless_ready()
            yield app
    except (WrongSettingError, Refused) as refusal:
        _refuse(str(refusal))
    except SQLAlchemyError as error:
        _refuse(f"The database does not answer as it should: {str(error).splitlines()[0]}")


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def _settings(app: Flask) -> Settings:
    settings: Settings = app.config["SETTINGS"]
    return settings


def _list(rows: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False, indent=1))
        return
    for row in plain:
        click.echo("  ".join(str(value) for value in row.values() if value is not None))
    click.echo(f"{len(plain)} in all", err=True)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tracker")
def main() -> None:
    """Keep international partnerships: projects, milestones, reminders."""


# ---- running


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--worker/--no-worker", default=True, help="Whether reminders and mail run as well.")
@click.option(
    "--prepare", is_flag=True, help="First bring the database up, and load the example office if it is empty."
)
def serve(host: str, port: int, workers: int, threads: int, *, worker: bool, prepare: bool) -> None:
    """Serve the site, with its reminders, and watch over both."""
    try:
        if not load().is_public_url_set:
            # Somebody who tries another port means that address, and its links.
            os.environ["TRACKER_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        if prepare:
            _offer_second_factor(load())
        serve_all(
            load(),
            host=host,
            port=port,
            workers=workers,
            threads=threads,
            worker=worker,
            prepare=_prepare if prepare else _look_first,
            announce=lambda address: click.echo(f"Tracker is served on {address}"),
        )
    except WrongSettingError as refusal:
        _refuse(str(refusal))
    except PortTakenError as error:
        _refuse(f"This port cannot be used: {error}")


def _offer_second_factor(settings: Settings) -> None:
    """Let whoever tries the program on their own machine sign in as anybody, unless somebody chose otherwise."""
    if settings.on_loopback and not settings.is_second_factor_set:
        os.environ["TRACKER_SECOND_FACTOR"] = "offered"
        click.echo("For this trial a second factor is offered and not required (TRACKER_SECOND_FACTOR).", err=True)


def _prepare() -> None:
    _upgrade(backup=True)
    with _office(writes=True):
        if organisations.office() is None:
            _load_example()


def _look_first() -> None:
    with _office():
        pass


def _load_example() -> None:
    for account in kassel.load(clock.now(), clock.today("Europe/Berlin")):
        click.echo(f"sign in: {account.role} {account.language} {account.address} {account.password}")
    db.session.commit()


def _refuse_unless_ready() -> None:
    if broken := broken_pragmas(db.engine):
        raise Refused(f"SQLite is not set up as it must be: {broken}.")
    if _revision() != schema.newest():
        raise Refused("The database is not up to date; please run `tracker db upgrade`.")


def _revision() -> str | None:
    """Return which one the database is at. Raises Refused if it is one that this release does not know."""
    at = schema.current()
    if at is not None and not schema.is_known(at):
        raise Refused("The database was made by a newer release than this one.")
    return at


@main.command()
def worker() -> None:
    """Run reminders and mail alone. Several, on several machines, are allowed."""
    with _office() as app:
        pass
    run_worker(app)


# ---- database


@main.group("db")
def database() -> None:
    """Bring the database up to this release."""


@database.command()
@click.option("--backup/--no-backup", default=True, help="Whether everything is backed up first.")
def upgrade(*, backup: bool) -> None:
    """Make a backup, and run the migrations that are missing."""
    _upgrade(backup=backup)
    click.echo("The database is up to date.", err=True)


_WAYS_OUT = (
    "The database is as it was. Please see to this, or name another folder by TRACKER_BACKUP_FOLDER; whoever has a "
    "backup of today may say `tracker db upgrade --no-backup`."
)


def _upgrade(*, backup: bool) -> None:
    with _office(ready=False) as app:
        at = _revision()
        if backup and at not in {None, schema.newest()} and not is_empty():
            settings = _settings(app)
            path = settings.backup_folder / name_of(clock.now(), sealed=bool(settings.backup_key))
            try:
                _back_up(path, settings, settings.backup_key)
            except Refused as refusal:
                raise Refused(f"{refusal} {_WAYS_OUT}") from None
    with _office(writes=True, ready=False):
        schema.upgrade()


@database.command()
def current() -> None:
    """Say which revision the database is at."""
    with _office(ready=False):
        click.echo(schema.current() or "empty")


@database.command("check")
def check_database() -> None:
    """Say whether the database is as this release expects it."""
    with _office():
        if schema.differences():
            raise Refused("The tables are not those of this release.")
        click.echo("The database is sound.", err=True)


# ---- backups

key_file = click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the key. Default: TRACKER_BACKUP_KEY.",
)

erasures_file = click.option(
    "--erasures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What was erased since. Default: erasures.log beside the file.",
)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-secrets", is_flag=True, help="Passwords and keys of the settings as well.")
@key_file
def backup(file: Path, key_file: Path | None, *, with_secrets: bool) -> None:
    """Write everything into one file, while the program runs, and read it again."""
    with _office(ready=False) as app:
        if _revision() is None:
            raise Refused("The database is empty: there is nothing to back up.")
        _back_up(file.absolute(), _settings(app), _key(key_file, _settings(app)), with_secrets=with_secrets)


def _back_up(path: Path, settings: Settings, key: str, *, with_secrets: bool = False) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{path.parent} cannot be made ({error.strerror}).") from None
    made = archive.write(path, source_of(settings, clock.now(), secrets=with_secrets), key)
    click.echo(telling.of_backup(path, made, sealed=bool(key)), err=True)


def _key(path: Path | None, settings: Settings) -> str:
    if path is None:
        return settings.backup_key
    key = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    if len(key) < SHORTEST_SECRET:
        raise Refused(f"The key in {path} must have at least {SHORTEST_SECRET} characters.")
    return key


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@erasures_file
@key_file
def restore(file: Path, erasures: Path | None, key_file: Path | None) -> None:
    """Bring everything back from a backup, into an empty installation, with sending paused."""
    with _office(ready=False) as app:
        settings = _settings(app)
        done = restore_from(
            file.absolute(),
            _key(key_file, settings),
            instance=settings.instance,
            erased=erasures,
            now=clock.now(),
            public_url=settings.public_url,
        )
    for late in telling.of_late(done):
        click.echo(late)
    for sentence in telling.of_restore(done):
        click.echo(sentence, err=True)


# ---- example and trials


@main.group()
def example() -> None:
    """Load the example office."""


@example.command("load")
def load_example() -> None:
    """Load the example office, Landkreis Kassel, and print who can sign in."""
    with _office(writes=True):
        _load_example()


@main.group()
def office() -> None:
    """Take the whole office away as files, fill an installation from them, or make an office for trials."""


@office.command("export")
@click.argument("file", type=click.Path(path_type=Path))
def export_office(file: Path) -> None:
    """Write the whole office into one ZIP, while the program runs: tables as CSV, what they hold, and all documents."""
    with _office() as app:
        path, now = file.absolute(), clock.now()
        made = leaving.write(path, files=folder_in(_settings(app).instance), release=release(), made_at=now)
        with writing():
            note_export(by_id=None, now=now)
            db.session.commit()
    for sentence in portability.of_export(path, made):
        click.echo(sentence, err=True)


@office.command("fill")
@click.argument("file", type=click.Path(path_type=Path))
@erasures_file
def fill_office(file: Path, erasures: Path | None) -> None:
    """Fill an empty installation from the ZIP of a whole office, with sending paused, and print who lets others in."""
    with _office(ready=False) as app:
        settings = _settings(app)
        done = fill(
            file.absolute(),
            instance=settings.instance,
            erased=erasures,
            now=clock.now(),
            public_url=settings.public_url,
        )
    for link in portability.of_links(done):
        click.echo(link)
    for sentence in portability.of_filling(done):
        click.echo(sentence, err=True)


@office.command()
@click.option("--partnerships", default=0, help="Default: one with each partner.")
@click.option("--projects", default=50, show_default=True)
@click.option("--milestones", default=2_000, show_default=True)
@click.option("--entries", default=10_000, show_default=True)
@click.option("--due-today", default=0, show_default=True)
@click.option("--seed", default=1, show_default=True)
def generate(**figures: int) -> None:
    """Make a large invented office in an empty database, the same for the same seed."""
    with _office(writes=True):
        printed = generated.generate(**figures, now=clock.now(), today=clock.today("Europe/Berlin"))
        db.session.commit()
        for account in printed:
            click.echo(f"sign in: {account.role} {account.language} {account.address} {account.password}")


# ---- accounts


@main.group()
def account() -> None:
    """Let people in."""


@account.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", help="Default: the address.")
@click.option("--organisation", help="A name by which it is known here.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Default: the office's.")
def create(email: str, role: str, name: str | None, organisation: str | None, language: str | None) -> None:
    """Make an account and print a link, good once, to set its password."""
    with _office(writes=True) as app:
        now = clock.now()
        office = ensure_office(now, language=language)
        reminders.ensure_site_rules(now)
        place = organisations.called(organisation) if organisation else None
        if organisation and place is None:
            raise Refused(f"No organisation here is called “{organisation}”.")
        made = accounts.create_account(
            email=email,
            role=Role(role),
            name=name,
            language=language or office.language,
            organisation_id=place.id if place else None,
            by_id=None,
            now=now,
        )
        link = accounts.invitation_link(made, public_url=_settings(app).public_url, by_id=None, now=now)
        db.session.commit()
        click.echo(link)


@account.command("forget-factors")
@click.argument("email")
def forget_factors(email: str) -> None:
    """Remove the second factor of somebody who has lost it. They are signed out everywhere and told by mail."""
    with _office(writes=True):
        lost, seen = account_with(email), organisations.office()
        if lost is None or seen is None:
            raise Refused(f"Nobody signs in with “{email}”.")
        factors.remove_all(lost, by_id=None, office=seen, now=clock.now())
        db.session.commit()
        click.echo("The second factor is removed.", err=True)


# ---- reminders and mail


@main.group("reminders")
def reminder_group() -> None:
    """See and plan reminders."""


@reminder_group.command()
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only this local date.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 366))
@as_json
def preview(day: datetime | None, days: int, *, as_json: bool) -> None:
    """Say who would get what, when, in which language, and why not. Sends nothing."""
    with _office():
        _list((_reminder(one) for one in reminders.upcoming(clock.now(), days) if _is_on(one, day)), as_json=as_json)


def _is_on(one: reminders.Upcoming, day: datetime | None) -> bool:
    return day is None or one.local_date == day.date()


def _reminder(one: reminders.Upcoming) -> dict[str, Any]:
    return {
        "person": one.person,
        "address": one.address,
        "subject": one.subject_key,
        "local_date": one.local_date,
        "send_at": one.send_at,
        "language": one.language,
        "state": one.state.value,
        "reason": told(one.reason, one.reason_facts),
    }


@reminder_group.command("plan")
@click.option("--now", "instant", help="An instant such as 2027-03-02T09:00:00+01:00, instead of now.")
def plan_now(instant: str | None) -> None:
    """Plan once what is due, for operators without a worker."""
    with _office(writes=True) as app:
        now = _instant(instant) if instant else clock.now()
        made = reminders.plan_reminders(now, public_url=_settings(app).public_url)
        db.session.commit()
        click.echo(f"{made} reminders planned.", err=True)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("this is not an instant such as 2027-03-02T09:00:00+01:00") from None
    if instant.tzinfo is None:
        raise click.BadParameter("an instant needs a zone, such as +01:00")
    return instant


@main.group()
def mail() -> None:
    """Look after the outbox."""


@mail.command("deliver")
def deliver_now() -> None:
    """Hand over once what waits, for operators without a worker."""
    with _office() as app:
        done = deliver(_settings(app))
        counted = ", ".join(f"{state.value}: {number}" for state, number in done.counts.items())
        click.echo(counted or "nothing to do", err=True)
        if done.paused:
            raise Refused("The queue waits: the mail server is away, or sending is paused.")


@mail.command("fetch")
def fetch_now() -> None:
    """Fetch once what came in, for operators without a worker."""
    with _office() as app:
        _refuse_unless_ready()
        if not _settings(app).reads_mail:
            raise Refused("No mailbox is set up: see TRACKER_INBOX_URL in docs/settings.md.")
        number = fetch(_settings(app))
        click.echo(f"{number} mails came in.", err=True)
        box = mailbox()
        if box is not None and box.trouble is not None:
            raise Refused(f"The mailbox cannot be read: {INBOX_TROUBLES[box.trouble]}")


@mail.command("list")
@click.option("--state", type=click.Choice([state.value for state in MessageState]))
@as_json
def list_mail(state: str | None, *, as_json: bool) -> None:
    """List the messages of the outbox, the newest first."""
    with _office():
        states = [MessageState(state)] if state else None
        rows = db.session.scalars(messages.newest_first(states)).all()
        _list((_message(row) for row in rows), as_json=as_json)


def _message(row: Message) -> dict[str, Any]:
    return {
        "id": row.id,
        "address": row.address,
        "state": row.state.value,
        "reason": told(row.reason, row.reason_facts)
        if row.reason in REMINDER_REASONS
        else told_of_mail(row.reason, row.reason_facts),
        "attempts": row.attempts,
        "message_id": row.message_id,
        "sent_at": row.sent_at,
    }


@mail.command()
@click.argument("message_id", type=click.IntRange(1, HIGHEST_ID))
def retry(message_id: int) -> None:
    """Send a message once more that is held or undeliverable."""
    _settle(message_id, outbox.retry, "The message waits to be sent again.")


@mail.command()
@click.argument("message_id", type=click.IntRange(1, HIGHEST_ID))
def drop(message_id: int) -> None:
    """Give a message up."""
    _settle(message_id, outbox.give_up, "The message is given up.")


def _settle(message_id: int, act: Callable[[Message, datetime], Message], done: str) -> None:
    with _office(writes=True):
        row = messages.message(message_id)
        if row is None:
            raise Refused("There is no message of that number.")
        act(row, clock.now())
        db.session.commit()
        click.echo(done, err=True)


# ---- is it sound


@main.command()
def check() -> None:
    """Say whether this installation is sound: settings, database, migrations, worker, files, mail server."""
    with _office(ready=False) as app:
        troubles = list(_troubles(app))
    for trouble in troubles:
        click.echo(trouble, err=True)
    if troubles:
        sys.exit(1)
    click.echo("All is well.", err=True)


def _troubles(app: Flask) -> Iterator[str]:
    try:
        _refuse_unless_ready()
    except Refused as refusal:
        yield refusal.sentence
        return
    if schema.differences():
        yield "The tables are not those of this release."
    if organisations.office() is None:
        yield "There is no office yet; `tracker account create` lets the first administrator in."
    silent = messages.silent_jobs(clock.now())
    if silent or not messages.ticks():
        yield f"The worker is silent: {', '.join(silent) or 'it has never run'}."
    if trouble := telling.trouble(backups.standing(clock.now())):
        yield trouble
    settings = _settings(app)
    yield from documents.troubles(folder_in(settings.instance))
    yield from downloads.troubles(made_in(settings.instance), clock.now())
    answer = post_of(settings.mail_url, host=settings.host, patience=settings.mail_patience).trouble()
    if answer is not None:
        words = f" ({answer.words})" if answer.words else ""
        yield f"{told_of_mail(outcome(answer).reason)}{words}"
    if settings.reads_mail and (unread := inbox.trouble_of(inbox.Place.of(settings.inbox_url))):
        box = mailbox()
        since = f" since {box.failing_since:%Y-%m-%d %H:%M} UTC" if box and box.failing_since else ""
        yield f"The mailbox cannot be read{since}: {INBOX_TROUBLES[unread]}"


if __name__ == "__main__":
    main()
