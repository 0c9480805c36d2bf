"""The timetable: which job runs when, in a process of its own.

APScheduler is a clock here and nothing more. Everything that must not be lost or doubled stands in the database.
"""

import logging
import os
import select
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, EVENT_SCHEDULER_STARTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask, current_app

from tracker import clock
from tracker.accounts.actions import forget_unused_devices
from tracker.answers.links import linked
from tracker.backups.nightly import back_up
from tracker.backups.sources import release, source_of
from tracker.calendar.files import Files
from tracker.circulars.actions import tell_changes
from tracker.circulars.queries import is_anything_to_tell
from tracker.config import Settings
from tracker.db import has_one_pen, measure_tables
from tracker.documents.actions import erase_removed, tidy_folder
from tracker.documents.store import folder_in
from tracker.downloads import actions as downloads
from tracker.downloads import lists
from tracker.downloads import store as made
from tracker.downloads.making import Maker, Making, make_next
from tracker.downloads.models import DownloadKind
from tracker.entrance.actions import answer_ways, forget_sign_ins, forget_ways
from tracker.entrance.queries import by_account, is_anything_asked
from tracker.guests.actions import erase_needs
from tracker.guests.links import GuestLink
from tracker.hosting.links import HostLink
from tracker.imports.actions import forget_old_imports
from tracker.imports.actions import work as work_on
from tracker.imports.queries import next_at_work
from tracker.inbox.actions import forget_mails
from tracker.inbox.fetching import fetch_new
from tracker.inbox.imap import new_watch
from tracker.mail.actions import record_tick
from tracker.mail.deadlines import Watch
from tracker.mail.delivery import Delivered, deliver_waiting
from tracker.mail.letters import Sender
from tracker.mail.models import Message
from tracker.mail.outbox import blank_old, unit
from tracker.mail.parcels import Post
from tracker.mail.smtp import post_of
from tracker.organisations.queries import office
from tracker.portability import making as whole_office
from tracker.postbox.actions import hear_refusal, tell_of_refusals
from tracker.postbox.waiting import reconsider, too_many
from tracker.preferences.rules import stop_link
from tracker.reminders.actions import plan_reminders
from tracker.travel.links import TravelLink
from tracker.updates.actions import close_what_is_over
from tracker.web.access import OfficeSeen, Somebody
from tracker.web.limits import forget_over
from tracker.web.once import forget_old

log = logging.getLogger(__name__)

#: The message in hand is finished if the mail server answers within this …
GRACE = timedelta(seconds=9)
#: … and then the process is gone, whatever hangs.
END = timedelta(seconds=14)
#: How often the guard looks, and when it finds that a job does not come any more (the clock was set back, it is stuck).
GUARD = timedelta(seconds=1)
MISSED_TURNS = 3
SLACK = timedelta(seconds=30)
#: A heartbeat is written at most so often.
NOTED_EVERY = timedelta(seconds=1)
#: The exit status that says so; whoever watches starts the process again.
HUNG = 70


@dataclass(frozen=True)
class Job:
    """What runs how often, and how long it may take before the process is not worth keeping."""

    name: str
    every: timedelta
    deadline: timedelta
    work: Callable[[], object]


# ---- one turn of each job, by the timetable or by hand


def plan(settings: Settings) -> int:
    """Plan what is due, and return how many reminders were made. Safe to run twice, late, or on two machines."""
    with unit():
        close_what_is_over(clock.now())
        made = plan_reminders(clock.now(), public_url=settings.public_url)
    with unit():
        tell_of_refusals(clock.now(), public_url=settings.public_url)
    with unit():
        # Asked inside: a question outside of any unit would leave one open that reads as long as this process lives.
        if is_anything_to_tell(clock.now()):
            tell_changes(clock.now(), public_url=settings.public_url)
    return made


def answer(settings: Settings) -> int:
    """Write the letters that somebody at the door waits for; return how many. Safe to run twice, or on two machines."""
    now = clock.now()
    if not is_anything_asked(now) or (seen := office()) is None:
        return 0
    with unit():
        return answer_ways(office=seen, key=settings.secret_key, public_url=settings.public_url, now=now)


def deliver(settings: Settings, post: Post | None = None, stopping: threading.Event | None = None) -> Delivered:
    """Hand over what waits, and return what became of it. Safe to run twice, late, or on two machines."""
    return deliver_waiting(
        clock.now,
        post or post_of(settings.mail_url, host=settings.host, patience=settings.mail_patience),
        partial(reconsider, public_url=settings.public_url),
        sender=Sender.of(settings.mail_from),
        patience=settings.mail_patience,
        paused=_is_paused,
        too_many=partial(too_many, per_day=settings.mail_per_day),
        unsubscribe=partial(stop_link, keys=settings.signing_keys, public_url=settings.public_url),
        linked=partial(_linked, keys=settings.signing_keys),
        attached=Files.of(settings).carried,
        refused=hear_refusal,
        stopping=stopping,
    )


def _linked(message: Message, words: str, *, keys: Sequence[str]) -> str:
    """Return the words of a message with links in place of what they refer to."""
    words = linked(message, words, keys=keys)
    for kind in (GuestLink, HostLink, TravelLink):
        words = kind.linked(message, words, keys=keys)
    return words


def tidy() -> int:
    """Forget what was settled long ago: words of letters, what guests needed, what was kept of forms and sign-ins."""
    now = clock.now()
    with unit():
        if has_one_pen():
            measure_tables()
        forms, entrance = forget_old(now) + forget_over(now), forget_sign_ins(now) + forget_ways(now)
        forgotten = blank_old(now) + forms + entrance + forget_unused_devices(now) + erase_needs(now)
        forgotten += forget_mails(now) + erase_removed(now) + forget_old_imports(now) + downloads.forget(_seen, now)
    instance = current_app.config["SETTINGS"].instance
    with unit():
        # What no row speaks of any more goes after the rows.
        return forgotten + tidy_folder(folder_in(instance), now) + downloads.tidy_folder(made.folder_in(instance))


def fetch(settings: Settings, watch: Watch | None = None, stopping: threading.Event | None = None) -> int:
    """Fetch mail that came in, if there is a mailbox; return how many. Safe to run twice, late, or on two machines."""
    if not settings.reads_mail:
        return 0
    watching = watch or new_watch()
    try:
        return fetch_new(settings, clock.now, watching, lambda: stopping is None or not stopping.is_set())
    finally:
        if watch is None:
            watching.end()


def back_up_tonight(settings: Settings, stopping: threading.Event | None = None) -> bool:
    """Make the backup of the last night if nobody has yet. Safe to run twice, late, or on two machines."""
    return back_up(
        settings.backup_folder,
        settings.backup_key,
        partial(source_of, settings),
        clock.now,
        going_on=lambda: stopping is None or not stopping.is_set(),
    )


def take_over(stopping: threading.Event | None = None) -> int:
    """Go on with spreadsheets that come in, a chunk of lines in each unit; return how many. Safe to run twice."""
    chunks = 0
    while stopping is None or not stopping.is_set():
        with unit():
            row = next_at_work()
            if row is None:
                return chunks
            work_on(row, clock.now(), clock.today(row.by.zone or _office_zone()))
            chunks += 1
    return chunks


def _make_office(making: Making) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    whole_office.make(making, files=folder_in(settings.instance), release=release(), made_at=clock.now())


#: What makes files that somebody has ordered, by their kind.
MAKERS: Mapping[DownloadKind, Maker] = {DownloadKind.LIST: lists.make, DownloadKind.OFFICE: _make_office}


def make_files(settings: Settings, stopping: threading.Event | None = None) -> int:
    """Make the files that somebody has ordered; return how many. Safe to run twice, late, or on two machines."""
    made_now = 0

    def going_on() -> bool:
        return stopping is None or not stopping.is_set()

    while going_on() and make_next(MAKERS, _seen, made.folder_in(settings.instance), clock.now, going_on):
        made_now += 1
    return made_now


def _seen(account_id: int) -> tuple[Somebody, OfficeSeen] | None:
    return by_account(account_id, clock.now())


def _office_zone() -> str:
    seen = office()
    return seen.zone if seen else "UTC"


def _is_paused() -> bool:
    seen = office()
    return seen is not None and seen.sending_paused


# ---- the worker


def run_worker(app: Flask) -> None:
    """Run the timetable until SIGTERM or SIGINT. The whole process is its own: it may end itself."""
    settings: Settings = app.config["SETTINGS"]
    stopping = threading.Event()
    post = post_of(settings.mail_url, host=settings.host, patience=settings.mail_patience)
    watch = new_watch()
    fetching = partial(fetch, settings, watch, stopping)
    jobs = (
        Job("plan", timedelta(seconds=60), timedelta(minutes=10), partial(plan, settings)),
        Job("answer", timedelta(seconds=2), timedelta(minutes=10), partial(answer, settings)),
        Job(
            "deliver",
            timedelta(seconds=5) * settings.mail_patience,
            timedelta(minutes=15),
            partial(deliver, settings, post, stopping),
        ),
        Job("tidy", timedelta(hours=1), timedelta(minutes=10), tidy),
        Job("take over", timedelta(seconds=2), timedelta(minutes=10), partial(take_over, stopping)),
        Job("make files", timedelta(seconds=2), timedelta(hours=2), partial(make_files, settings, stopping)),
        Job("fetch", timedelta(minutes=1), timedelta(hours=1), fetching),
        Job("backup", timedelta(minutes=5), timedelta(hours=2), partial(back_up_tonight, settings, stopping)),
    )
    # APScheduler reads the machine's clock, not the program's.
    machine_now = clock.now() - settings.clock_shift
    grace = GRACE * settings.mail_patience
    Worker(app, jobs, post, stopping, machine_now=machine_now, grace=grace, cuts=(watch.cut,)).run()


class Worker:
    """A scheduler, and a guard beside it that ends the process when it is told to, or when a job hangs."""

    def __init__(
        self,
        app: Flask,
        jobs: Iterable[Job],
        post: Post,
        stopping: threading.Event,
        *,
        machine_now: datetime,
        grace: timedelta = GRACE,
        cuts: Iterable[Callable[[], None]] = (),
    ) -> None:
        """Take what is to be run; nothing runs yet. `cuts` break off at once what may be broken off."""
        self._cuts = tuple(cuts)
        self._app, self._post, self._stopping, self._grace = app, post, stopping, grace
        self._pulses = {job.name: _Pulse(job) for job in jobs}
        self._noted: dict[str, datetime] = {}
        self._told, self._tell = os.pipe()
        self._guard = threading.Thread(target=self._watch, name="guard", daemon=True)
        self._scheduler = BlockingScheduler(
            executors={"default": ThreadPoolExecutor(len(self._pulses))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        for pulse in self._pulses.values():
            job = pulse.job
            self._scheduler.add_job(
                self._turn,
                IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC),
                args=[job],
                id=job.name,
                next_run_time=machine_now,
            )
        self._scheduler.add_listener(lambda _event: self._guard.start(), EVENT_SCHEDULER_STARTED)
        self._scheduler.add_listener(_log_trouble, EVENT_JOB_ERROR | EVENT_JOB_MISSED)

    def run(self) -> None:
        """Run until told to stop; the message in hand is finished first."""
        # Delivery often takes longer than until its next turn: no news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for number in (signal.SIGTERM, signal.SIGINT):
            # A handler may interrupt anything, also a lock of the scheduler: it only leaves word.
            signal.signal(number, lambda _number, _frame: os.write(self._tell, b"."))
        log.info("the worker has started")
        self._scheduler.start()
        log.info("the worker has stopped")

    def _turn(self, job: Job) -> None:
        if self._stopping.is_set():
            return
        pulse = self._pulses[job.name]
        pulse.begin()
        failed = False
        try:
            with self._app.app_context():
                job.work()
        except Exception:
            failed = True
            log.exception("a job failed", extra={"facts": {"job": job.name}})
        finally:
            pulse.end()
        self._note(job, failed=failed)

    def _note(self, job: Job, *, failed: bool) -> None:
        now = clock.now()
        last = self._noted.get(job.name)
        if last is not None and last <= now < last + NOTED_EVERY and not failed:
            return
        try:
            with self._app.app_context(), unit():
                record_tick(job.name, now, round((job.every + job.deadline).total_seconds()), failed=failed)
        except Exception:
            log.exception("a heartbeat could not be written", extra={"facts": {"job": job.name}})
        else:
            self._noted[job.name] = now

    # ---- the guard's own thread

    def _watch(self) -> None:
        # Counts its own steps: the machine's clock may be set back under the scheduler, which then waits for hours.
        while not select.select([self._told], [], [], GUARD.total_seconds())[0]:
            for pulse in self._pulses.values():
                if trouble := pulse.step():
                    log.critical("the worker ends itself", extra={"facts": {"job": pulse.job.name, "because": trouble}})
                    os._exit(HUNG)
        self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        for break_off in self._cuts:
            break_off()
        cut = threading.Timer(self._grace.total_seconds(), self._post.cut)
        end = threading.Timer(END.total_seconds(), os._exit, args=[1])
        for timer in (cut, end):
            timer.daemon = True
            timer.start()
        self._scheduler.shutdown(wait=True)
        cut.cancel()


class _Pulse:
    """Counts the guard's steps since a job began, or since it was last seen."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._runs = False
        self._steps = 0

    def begin(self) -> None:
        self._runs, self._steps = True, 0

    def end(self) -> None:
        self._runs, self._steps = False, 0

    def step(self) -> str | None:
        """Count a step, and say what is wrong."""
        self._steps += 1
        spent = self._steps * GUARD
        if self._runs:
            return "it takes too long" if spent > self.job.deadline else None
        return "it does not come any more" if spent > MISSED_TURNS * self.job.every + SLACK else None


def _log_trouble(event: JobExecutionEvent) -> None:
    log.error("a job did not run", extra={"facts": {"job": event.job_id, "error": str(event.exception)}})
