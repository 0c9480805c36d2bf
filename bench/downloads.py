"""What a list costs as a file, made by the worker as for who ordered it, beside a bare loop over the same values.

The bare loop has the values in memory as they stand in the finished file, and does nothing but hand them to XlsxWriter
in its constant-memory mode. Both are measured in processor time, in turn. Run as
`python -m bench.downloads FOLDER [DATABASE]` it does so in a process of its own and prints what that took.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from bench.chaos import office, postgresql
from bench.mail import Figure
from tracker import clock
from tracker.accounts.models import Account, Role
from tracker.config import Settings
from tracker.db import PartialDate, Translated, db, measure_tables, writing
from tracker.downloads.actions import order
from tracker.downloads.models import Download, DownloadKind, DownloadState
from tracker.downloads.store import folder_in, path_of
from tracker.log.models import LogEntry, LogKind
from tracker.organisations.models import Organisation, OrganisationKind
from tracker.people.models import Contact, Person
from tracker.scheduler import make_files
from tracker.serve import keep_shared

ROWS = int(os.environ.get("BENCH_DOWNLOADED", "10000"))
ROUNDS = 5
LISTS = (("people", "/people/"), ("organisations", "/organisations/"), ("log entries", "/log/"))
PLACES = 200


def measure(folder: Path) -> Iterator[Figure]:
    """Measure it on SQLite, and on PostgreSQL where there is a server."""
    with postgresql() as url:
        for kind, address in (("SQLite", f"sqlite:///{folder / 'tracker.sqlite'}"), ("PostgreSQL", url)):
            if address is None:
                continue
            command = [sys.executable, "-m", "bench.downloads", str(folder), address]
            for line in json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout):
                figure = Figure(**line)
                yield Figure(f"{figure.name}, {kind}", figure.value, figure.unit, figure.floor, tuple(figure.runs))


def _measured(folder: Path, database_url: str) -> Iterator[Figure]:
    with office(database_url, folder) as app, app.app_context():
        # As the worker does with what it has loaded.
        keep_shared()
        account_id = _fill()
        for name, address in LISTS:
            make, values = partial(_make, account_id, address), _values(_make(account_id, address))
            bare = partial(_bare, values, folder / "bare.xlsx")
            runs = [(_seconds(make), _seconds(bare)) for _ in range(ROUNDS)]
            ratios = tuple(round(floor / own, 3) for own, floor in runs)
            own, floor = (min(run[place] for run in runs) for place in (0, 1))
            yield Figure(f"download of {len(values) - 1:,} {name}", ROWS / own, "rows/s", ROWS / floor, ratios)


def _make(account_id: int, address: str) -> Path:
    """Let the worker make a list; return its file."""
    settings: Settings = current_app.config["SETTINGS"]
    with writing():
        order(
            DownloadKind.LIST,
            address=f"{address}?as=xlsx",
            name="list.xlsx",
            account_id=account_id,
            now=clock.now(),
        )
        db.session.commit()
    make_files(settings)
    mark, state = db.session.execute(
        sa.select(Download.mark, Download.state).where(Download.address == f"{address}?as=xlsx")
    ).one()
    db.session.rollback()
    if state is not DownloadState.READY:
        raise RuntimeError(f"{address} is {state}")
    return path_of(folder_in(settings.instance), mark or "")


def _values(path: Path) -> list[list[Any]]:
    with path.open("rb") as file:
        return CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()


def _bare(values: list[list[Any]], path: Path) -> None:
    book = Workbook(str(path), {"constant_memory": True, "default_date_format": "dd.mm.yyyy"})
    page = book.add_worksheet()
    write, number, day = page.write_string, page.write_number, page.write_datetime
    for row, cells in enumerate(values):
        for column, value in enumerate(cells):
            if value == "":
                continue
            if isinstance(value, str):
                write(row, column, value)
            elif isinstance(value, (date, datetime)):
                day(row, column, value)
            else:
                number(row, column, value)
    book.close()


def _seconds(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began


def _fill() -> int:
    """Enter as many of everything as a file is to hold; return whose account orders it."""
    now = clock.now()

    def named(words: str) -> Translated:
        return Translated.of("de", now, de=words, en=f"The {words}")

    with writing():
        where = {"country": "HU", "language": "hu", "zone": "Europe/Budapest", "created_at": now}
        places = [
            Organisation(
                name=named(f"Polgármesteri Hivatal {number}"), kind=OrganisationKind.MUNICIPALITY, place="Pécs", **where
            )
            for number in range(ROWS)
        ]
        people = [
            Person(
                name=f"Ágnes Minta {number}",
                email=f"agnes.{number}@example.org",
                phone=f"+36 1 {number:05}",
                language="hu",
                created_at=now,
            )
            for number in range(ROWS)
        ]
        db.session.add_all([*places, *people])
        db.session.flush()
        for number, person in enumerate(people):
            contact = Contact(person=person, organisation=places[number % PLACES], function="Leitung", created_at=now)
            contact.is_first = True
            db.session.add(contact)
        account = Account(person=people[0], email="agnes@example.org", role=Role.COORDINATOR, created_at=now)
        db.session.add(account)
        for number in range(ROWS):
            db.session.add(
                LogEntry(
                    happened_on=PartialDate(f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"),
                    kind=LogKind.CALL,
                    summary=named(f"Telefonat {number} über die Reise"),
                    details="Wer kommt, wann, und wo alle wohnen.",
                    organisation=places[number % PLACES],
                    people=list(islice(people, number % PLACES, number % PLACES + 2)),
                    organisations=[places[number % PLACES]],
                    by=people[0],
                    language="de",
                    created_at=now,
                )
            )
        db.session.commit()
        measure_tables()
        db.session.commit()
        return account.id


if __name__ == "__main__":
    print(json.dumps([asdict(one) for one in _measured(Path(sys.argv[1]), sys.argv[2])]))
