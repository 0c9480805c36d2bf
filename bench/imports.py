"""What it costs to bring in a spreadsheet of persons: read, matched, looked through line by line, and taken over.

The steps are those of the page and of the worker, each chunk of lines in a unit of its own. Run as
`python -m bench.imports FOLDER [DATABASE]` it does so in a process of its own and prints what that took.
"""

import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
import xlsxwriter

from bench.chaos import office, postgresql
from bench.mail import Figure
from tracker import clock
from tracker.db import Translated, db, writing
from tracker.imports.actions import match, open_import, take_over
from tracker.imports.models import Import, ImportKind, ImportLine
from tracker.imports.reading import read
from tracker.organisations.models import Organisation, OrganisationKind
from tracker.people.models import Person
from tracker.scheduler import take_over as go_on

LINES = int(os.environ.get("BENCH_LINES", "10000"))
#: To whom the persons belong.
PLACES = 50


def measure(folder: Path) -> Iterator[Figure]:
    """Measure it on SQLite, and on PostgreSQL where there is a server."""
    with postgresql() as url:
        for kind, address in (("SQLite", f"sqlite:///{folder / 'tracker.sqlite'}"), ("PostgreSQL", url)):
            if address is None:
                continue
            command = [sys.executable, "-m", "bench.imports", str(folder), address]
            took = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            yield Figure(f"import of {LINES:,} persons, {kind}", LINES / took["seconds"], "lines/s")
            yield Figure(f"looking through {LINES:,} persons, {kind}", LINES / took["looking"], "lines/s")
            yield Figure(f"memory of the import, {kind}", took["mb"], "MB")


def _import(folder: Path, database_url: str) -> dict[str, float]:
    with office(database_url, folder) as app, app.app_context():
        content, by_id = _spreadsheet(), _office()
        began = time.perf_counter()
        table = read(content)
        with writing():
            row = open_import(
                ImportKind.PEOPLE,
                table,
                file_name="people.xlsx",
                content=content,
                language="de",
                by_id=by_id,
                now=clock.now(),
            )
            match(row, row.columns, day_first=True, language="de")
            number = row.id
            db.session.commit()
        go_on()
        looked = time.perf_counter()
        with writing():
            take_over(db.session.get_one(Import, number))
            db.session.commit()
        go_on()
        ended = time.perf_counter()
        made = sa.select(sa.func.count()).where(ImportLine.import_id == number, ImportLine.subject.is_not(None))
        if db.session.scalar(made) != LINES:
            raise RuntimeError("not all lines came in")
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": ended - began, "looking": looked - began, "mb": used / 1024}


def _office() -> int:
    """Let there be who is named in the spreadsheet, and somebody who brings it in; return who."""
    now = clock.now()
    with writing():
        for number in range(PLACES):
            name = Translated.of("de", now, de=_place(number))
            where = {"country": "DE", "language": "de", "zone": "Europe/Berlin"}
            db.session.add(Organisation(name=name, kind=OrganisationKind.DISTRICT, created_at=now, **where))
        by = Person(name="Karla Koordination", language="de", zone="Europe/Berlin", created_at=now)
        db.session.add(by)
        db.session.commit()
        return by.id


def _place(number: int) -> str:
    return f"Landkreis {number}"


def _spreadsheet() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet("Kontakte")
    page.write_row(0, 0, ("Name", "E-Mail", "Telefon", "Organisation", "Funktion", "Sprache"))
    for number in range(LINES):
        person = (f"Ágnes Minta {number}", f"agnes.{number}@example.org", f"+36 1 {number:05}")
        page.write_row(number + 1, 0, (*person, _place(number % PLACES), "Leitung", "Ungarisch"))
    book.close()
    return file.getvalue()


if __name__ == "__main__":
    print(json.dumps(_import(Path(sys.argv[1]), sys.argv[2])))
