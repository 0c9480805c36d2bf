"""Offices in many zones whose day has come, and who is due a letter there by a calculation of its own.

Nothing here asks the program when a reminder is due: the rules are those of the manual, counted on fingers, and the
public holidays stand below. Each office is entered while workers are being killed; they plan it, write its letters,
look at them again and hand them over.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import sqlalchemy as sa
from flask import Flask

from tracker import clock
from tracker.db import Translated, db, writing
from tracker.mail.models import Message, MessageKind
from tracker.milestones.actions import finish_milestone
from tracker.milestones.models import Milestone
from tracker.organisations.models import Organisation, OrganisationKind
from tracker.people.models import Contact, MailRhythm, Person
from tracker.projects.models import Project, ProjectStatus
from tracker.reminders.actions import ensure_site_rules

#: A Tuesday on which all of them work, at a moment when it is past eleven and well before six everywhere there.
NOW = datetime(2027, 3, 2, 14, 30, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LANGUAGES = ("de", "en", "it", "hu", "ro")
#: Zone to its country, and the days of March 2027 on which nobody works there besides weekends.
PLACES: Mapping[str, tuple[str, tuple[int, ...]]] = MappingProxyType(
    {
        "Europe/Bucharest": ("RO", ()),
        "Europe/Budapest": ("HU", (15,)),
        "Europe/Rome": ("IT", ()),
        "Europe/Vienna": ("AT", ()),
        "Europe/Athens": ("GR", (15,)),
        "Europe/Sofia": ("BG", (3,)),
        "Europe/Dublin": ("IE", (17,)),
        "America/Sao_Paulo": ("BR", ()),
        "Europe/Vilnius": ("LT", (11,)),
        "Europe/Warsaw": ("PL", ()),
        "Europe/Lisbon": ("PT", ()),
        "Atlantic/Azores": ("PT", ()),
        "Europe/London": ("GB", ()),
        "Europe/Paris": ("FR", ()),
        "Europe/Madrid": ("ES", ()),
        "Europe/Zagreb": ("HR", ()),
        "Europe/Ljubljana": ("SI", ()),
        "Europe/Helsinki": ("FI", ()),
        "Europe/Stockholm": ("SE", ()),
        "Europe/Prague": ("CZ", ()),
        "Europe/Bratislava": ("SK", ()),
        "Africa/Johannesburg": ("ZA", (22,)),
        "America/Argentina/Buenos_Aires": ("AR", ()),
    }
)
#: Milestones lie between these days. What is overdue for longer is asked about weekly, which is another sum.
FIRST, LAST = TODAY - 9 * DAY, date(2027, 3, 23)
#: Of a hundred people so many have nothing due, two things due, or one that is done while its letter waits.
NOTHING, TWO, WAVERING = 15, 25, 5
#: Of so many addresses one does not exist.
UNKNOWN = 100


def is_due_today(due_on: date, closed: Collection[date]) -> bool:
    """Whether a milestone is spoken of today: 14, 3 and 0 working days before its date, and 3 after it."""
    days = [FIRST + number * DAY for number in range(-30, 60)]
    open_ = [day for day in days if day.weekday() < 5 and day not in closed]
    before, after = [day for day in open_ if day < due_on], [day for day in open_ if day > due_on]
    on_it = due_on if due_on in open_ else before[-1]
    return TODAY in {on_it, before[-3], before[-14], after[2]}


@dataclass
class Expected:
    """Addresses, by what has to happen to them."""

    #: To the titles that the letter has to name.
    due: dict[str, set[str]] = field(default_factory=dict)
    #: What is due to them is done while the letter waits: it may have left before.
    wavering: set[str] = field(default_factory=set)
    #: Address to the milestones that will be done while a letter waits.
    to_finish: dict[str, int] = field(default_factory=dict)


def open_the_books(app: Flask) -> None:
    """Have the rules on for long."""
    with app.app_context(), writing():
        ensure_site_rules(LONG_AGO)
        db.session.commit()


def enter(app: Flask, zone: str, people: int, chance: random.Random) -> Expected:
    """Enter an office where so many people are due a letter today, and some more are not."""
    country, holidays = PLACES[zone]
    closed = [date(2027, 3, day) for day in holidays]
    days = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
    due = [day for day in days if is_due_today(day, closed)]
    others = [day for day in days if day not in due]
    expected = Expected()
    with app.app_context(), writing():
        here = Organisation(name=_said(zone), kind=OrganisationKind.MUNICIPALITY, country=country, created_at=LONG_AGO)
        here.language, here.zone = chance.choice(LANGUAGES), zone
        project = Project(title=_said("Euarca"), status=ProjectStatus.RUNNING, created_at=LONG_AGO)
        db.session.add_all((here, project))
        db.session.flush()
        while len(expected.due) < people:
            luck = chance.randrange(100)
            if luck < NOTHING:
                wanted: list[date] = chance.sample(others, 2)
            elif luck < NOTHING + TWO:
                wanted = chance.sample(due, 2)
            else:
                wanted = [chance.choice(due), chance.choice(others)]
            person = _person(here, chance.choice(LANGUAGES))
            rows = [_milestone(project, person, due_on) for due_on in wanted]
            db.session.add_all(rows)
            db.session.flush()
            address, titles = str(person.email), {str(row.title.texts["de"]) for row in rows if row.due_on in due}
            if luck >= 100 - WAVERING:
                expected.wavering.add(address)
                expected.to_finish[address] = rows[0].id
            elif len(titles) > 1:
                expected.to_finish[address] = rows[0].id
                expected.due[address] = titles - {str(rows[0].title.texts["de"])}
            elif titles:
                expected.due[address] = titles
        db.session.commit()
    return expected


def _person(here: Organisation, language: str) -> Person:
    number = (db.session.scalar(sa.select(sa.func.max(Person.id))) or 0) + 1
    # Who wants an overview is reminded on Mondays only.
    person = Person(name=f"Ágnes {number}", language=language, mail_rhythm=MailRhythm.NEVER, created_at=LONG_AGO)
    person.email = f"{'unknown' if number % UNKNOWN == 0 else 'reminded'}{number}@example.org"
    db.session.add(person)
    db.session.flush()
    db.session.add(Contact(person_id=person.id, organisation_id=here.id, created_at=LONG_AGO))
    return person


def _milestone(project: Project, person: Person, due_on: date) -> Milestone:
    return Milestone(
        title=_said(f"Nr. {person.id}/{due_on:%m%d}"),
        project_id=project.id,
        first_due_on=due_on,
        due_on=due_on,
        due_since=LONG_AGO,
        responsible_person_id=person.id,
        responsible_since=LONG_AGO,
        created_at=LONG_AGO,
    )


def _said(words: str) -> Translated:
    return Translated.of("de", LONG_AGO, de=words)


def finish(app: Flask, expected: Expected) -> None:
    """Finish some of what is due while its letters are being written, looked at and sent."""
    with app.app_context(), writing():
        for milestone_id in expected.to_finish.values():
            finish_milestone(db.session.get_one(Milestone, milestone_id), done_on=TODAY, by_id=None, now=clock.now())
        db.session.commit()


def unsaid(app: Flask, expected: Expected) -> int:
    """Return how many milestones are missing in the letter of somebody to whom they are due."""
    with app.app_context():
        letters = sa.select(Message.address, Message.text).where(Message.kind == MessageKind.LETTER)
        texts = {address: text or "" for address, text in db.session.execute(letters)}
    return sum(title not in texts.get(address, "") for address, titles in expected.due.items() for title in titles)
