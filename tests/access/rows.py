"""What is on the stage: two projects that share an office, all that can belong to one, and what must not leak."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy import event

from tests import builders
from tests.conftest import account_of
from tracker.accounts.actions import new_link
from tracker.accounts.models import LinkPurpose, Role
from tracker.answers.links import AnswerLink
from tracker.answers.routes import BY_LINK
from tracker.attendance.models import Attendance
from tracker.calendar.actions import make_address
from tracker.circulars.models import Circular, Readership
from tracker.db import db
from tracker.documents.models import StoredFile
from tracker.downloads.models import Download, DownloadKind, DownloadState
from tracker.entrance.models import WayIn, WayKind
from tracker.events.models import Event
from tracker.guests.links import GuestLink
from tracker.guests.models import Consent, GuestConsent, GuestNeeds
from tracker.guests.routes import BY_LINK as BY_LINK_OF_GUESTS
from tracker.history.actions import record
from tracker.history.rules import Verb, key_of
from tracker.hosting.links import HostLink
from tracker.imports.models import Import, ImportKind, ImportLine, ImportState, Verdict
from tracker.inbox.models import IncomingFile, IncomingMail, MailSort
from tracker.mail.models import Attempt, MailPause, Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.milestones.actions import move_milestone
from tracker.milestones.models import Milestone
from tracker.organisations import queries as organisations
from tracker.organisations.models import ClosedDay, Organisation, OrganisationAlias, SchoolHoliday
from tracker.participants.models import ParticipantRole
from tracker.people.models import Contact, Person
from tracker.preferences.actions import ask_for_address
from tracker.preferences.rules import stop_link
from tracker.projects.models import Project, Series
from tracker.reminders.actions import ensure_site_rules
from tracker.reminders.models import ReminderRule, ReminderSubject
from tracker.reminders.rulebook import carry_out, to_add
from tracker.travel.links import TravelLink
from tracker.travel.models import Fit, TravelAnswer, TravelAsked, TravelPeriod, TravelQuestion
from tracker.travel.routes import BY_LINK as BY_LINK_OF_TRAVELLERS
from tracker.web.access import found

#: The two projects: the partner's organisation takes part in the one, that of the partner elsewhere in the other.
HERE, THERE = "here", "there"
#: What belongs to no project, but to the office.
OFFICE = "office"
SITE = "http://localhost"
#: Which partners may know of a row: those of the one project, of the other, of both, or none.
CIRCLES = {
    HERE: frozenset({"partner"}),
    THERE: frozenset({"elsewhere"}),
    "both": frozenset({"partner", "elsewhere"}),
    "none": frozenset[str](),
}


@dataclass
class Entered:
    """Everybody and everything."""

    #: Principal to the person.
    people: dict[str, int] = field(default_factory=dict)
    #: "here", "there" or "office" to what addresses are made of.
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Table and row to the partners who may know of it.
    circles: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    #: Those whose address the partners of their projects may read.
    coordinating: set[int] = field(default_factory=set)
    #: Those to whom guests of an event turn.
    on_the_spot: set[int] = field(default_factory=set)
    #: Those with whom guests of an event stay.
    taking_in: set[int] = field(default_factory=set)

    @contextmanager
    def known_to(self, circle: str) -> Iterator[None]:
        """Note of every row that is entered in here who may know of it, unless something inside says otherwise."""

        def note(session: Any, _context: object) -> None:  # noqa: ANN401 - SQLAlchemy's own
            for row in session.new:
                if hasattr(row, "id"):
                    self.circles.setdefault((row.__tablename__, row.id), CIRCLES[circle])

        event.listen(db.session, "after_flush", note)
        try:
            yield
            db.session.flush()
        finally:
            event.remove(db.session, "after_flush", note)


def enter(now: datetime) -> Entered:
    """Enter everybody and everything."""
    entered = Entered()
    with entered.known_to("both"):
        office = builders.office(imprint=builders.text(de="Anschrift"), accessibility=builders.text(de="Erklärung"))
        # The public page is there, and nothing of these is published.
        office.public_page, office.introduction = True, builders.text(de="Wir stellen uns vor")
        # Something that those who look after mail are told on every page.
        office.sending_paused = True
        kassel = builders.organisation(de="Landkreis Kassel", notes="Notiz", place="Kassel")
        office.organisation_id = kassel.id
        office_people = {
            "coordinator": builders.person("Karla Koordination", role=Role.COORDINATOR, at=kassel),
            "reader": builders.person("Rita Leserin", role=Role.READER, at=kassel),
            "administrator": builders.person("Anna Admin", role=Role.ADMINISTRATOR, at=kassel),
        }
        coordinator = office_people["coordinator"]
        coordinator.form_of_address, coordinator.phone, coordinator.postal_address = "Frau", "1", "Straße"
        coordinator.notes = "Notiz"
        series = Series(title=builders.text(de="Reihe"))
        db.session.add(series)
    with entered.known_to(HERE):
        here = builders.organisation(de="Bistrița", country="RO", language="ro", zone="Europe/Bucharest")
        people = office_people | {
            "partner": builders.person("Radu Partener", role=Role.PARTNER, at=here),
            "locked": builders.person("Lucia Blocata", role=Role.PARTNER, at=here),
            "link": builders.person("Ioan Invitat", role=Role.PARTNER, at=here),
            "archived": builders.person("Ana Arhivata", role=Role.PARTNER, at=here),
        }
    with entered.known_to("none"):
        people["former"] = builders.person("Fane Fost", role=Role.PARTNER, at=here)
        _function(people["former"]).until_on = now.date() - timedelta(days=1)
    with entered.known_to(THERE):
        there = builders.organisation(de="Csepel", country="HU", language="hu", zone="Europe/Budapest")
        people["elsewhere"] = builders.person("Ilona Idegen", role=Role.PARTNER, at=there)
    ensure_site_rules(now)
    db.session.add_all([MailPause(answer="450"), WayIn(kind=WayKind.CODE, address="-", asked_at=now)])
    entered.people = {name: row.id for name, row in people.items()}
    entered.coordinating = {coordinator.id}
    shared: dict[str, Any] = {
        "secret": "unknown",
        "token": "unknown",
        "kind": ImportKind.PEOPLE.value,
        "number": 2,
        "subject": ReminderSubject.MILESTONE_DUE.value,
        "what": "off",
        "which": "imprint",
        "why": "spam",
        "language": "de",
        "act": "drop",
        "pillar": "theme",
        "filename": "css/tracker.css",
    }
    with entered.known_to(THERE):
        guest = builders.person(at=there)
    places = ((HERE, here, people["partner"], people["link"]), (THERE, there, people["elsewhere"], guest))
    for (place, where, who, guest), (other_place, other, *_) in (places, places[::-1]):
        with entered.known_to(place):
            project = builders.project(
                organisations=[kassel, where],
                coordinators=[coordinator],
                series_id=series.id,
                edition_label="2027",
                summary=builders.text(de="Worum es geht"),
                public_text=builders.text(de="Für alle"),
            )
        entered.things[place] = shared | _things(
            entered, place, project, where=where, partner=who, guest=guest, now=now
        )
        with entered.known_to(other_place):
            deputy = builders.person("Fremde Vertretung", at=other)
        function_at(where, entered.things[place]["person_id"]).deputy_id = deputy.id
        entered.things[place] |= _bait(entered, place, project, where=where, stranger=deputy, now=now)
    _lead_on(entered)
    entered.things[OFFICE] = shared | {"rule_id": _rule(None, now), "person_id": people["reader"].id}
    return entered


def _things(
    entered: Entered,
    place: str,
    project: Project,
    *,
    where: Organisation,
    partner: Person,
    guest: Person,
    now: datetime,
) -> dict[str, Any]:
    """Enter all that can belong to a project, and return what addresses are made of."""
    kassel, by = project.organisations[0].organisation, project.coordinators[0]
    with entered.known_to(place):
        written = {"form_of_address": "Frau", "phone": "1", "postal_address": "Straße", "notes": "Notiz"}
        colleague = builders.person(role=Role.PARTNER, at=where, **written)
        _function(colleague).function = "Leitung"
        partnership = builders.partnership(
            kassel, where, summary=builders.text(de="Worum es geht"), public_text=builders.text(de="Für alle")
        )
        project.partnerships.append(partnership)
        agreement = builders.agreement(partnership, place="Kassel", summary=builders.text(de="Worum es geht"))
        milestone = builders.milestone(project, organisation=where, person=partner)
        later = milestone.due_on + timedelta(days=1)
        move_milestone(milestone, to_on=later, by_id=by.id, now=now)
        through = AnswerLink(f"milestone:{milestone.id}", colleague.id, now.date()).key
        update = builders.update(project, colleague, milestone_id=milestone.id, link=through, **_translated(by, now))
        entry = builders.log_entry(project_id=project.id, details="Worum es ging", next_step="Anrufen", by_id=by.id)
        entry.organisations.append(where)
        led_to = builders.led_to(key_of(project), key_of(where), note=builders.text(de="Beim Besuch beschlossen"))
        participant = builders.participant(project, person=guest, organisation_id=where.id)
        contribution = builders.contribution(project, where, person=colleague)
        told = {"summary": builders.text(de="Worum es geht"), "address": "Schloss", "place": "Calden"}
        event = builders.event(project_id=project.id, on_the_spot_id=partner.id, **told)
        for name, value in written.items():
            setattr(partner, name, value)
        entered.on_the_spot.add(partner.id)
        item = builders.item(event, who="Mit der Leitung", place="Rathaus")
        delegation = builders.delegation(event, where, head_id=colleague.id)
        attendance = builders.attendance(event, participant, room="Zimmer 7")
        told = {"conditions": "Zwei Katzen", "address": "Hintereingang"}
        offer = builders.host_offer(event, builders.person("Gastfamilie"), [attendance], **told)
        entered.taking_in.add(offer.person_id or 0)
        entered.taking_in.add(offer.person_id or 0)
        said = {"languages": "Deutsch", "diet": "Ohne Nüsse", "accessibility": "Rampe", "emergency": "Mutter, 0123"}
        db.session.add(GuestNeeds(attendance_id=attendance.id, given_at=now, **said))
        agreed = {"consent": Consent.TAKING_PART, "guardian": "Mutter Gast", "given_at": now}
        db.session.add(GuestConsent(attendance_id=attendance.id, **agreed))
        letter = {"original": "de", "wordings": {"de": ["Zur Anreise", "Bitte warm anziehen."]}, "sent_at": now}
        db.session.add(Circular(event=event, by=by, readership=Readership.GUESTS, **letter))
        travel = _travel(project, guest, where, by=by, now=now)
        request = builders.request(project, partner, question="Wie steht es?")
        db.session.add(ClosedDay(organisation_id=where.id, from_on=later, until_on=later, label="Fest"))
        db.session.add(SchoolHoliday(organisation_id=where.id, from_on=later, until_on=later, label="Ferien"))
        where.aliases.append(OrganisationAlias(text="Anders genannt"))
        became = builders.change(where, name=builders.text(de="Früher"), note=builders.text(de="Durch Beschluss"))
    with entered.known_to("none"):
        message = _letter(partner, now)
        rule = _rule(project, now)
        builders.log_entry(partnership_id=partnership.id, details="Intern", next_step="Intern")
        entry.people.append(builders.person("Fremder Gast"))
        message.reply_to = "office@example.org"
        answer = {"phase": "rcpt", "outcome": "dead", "reason": "refused", "answer": "550"}
        db.session.add(Attempt(message_id=message.id, number=1, at=now, **answer))
    return {
        "project_id": project.id,
        "thing": key_of(project),
        "about": key_of(project),
        "led_to_id": led_to.id,
        "organisation_id": where.id,
        "change_id": became.id,
        "person_id": colleague.id,
        "contact_id": _function(colleague).id,
        "milestone_id": milestone.id,
        "partnership_id": partnership.id,
        "agreement_id": agreement.id,
        "entry_id": entry.id,
        "participant_id": participant.id,
        "contribution_id": contribution.id,
        "series_id": project.series_id,
        "event_id": event.id,
        "item_id": item.id,
        "delegation_id": delegation.id,
        "attendance_id": attendance.id,
        "offer_id": offer.id,
        "message_id": message.id,
        "question_id": travel.id,
        "period_id": travel.periods[0].id,
        "asked_id": travel.asked[0].id,
        "import_id": _spreadsheet(entered, by, now),
        "download_id": _download(partner, now),
        **_mail(project, now),
        "request_id": request.id,
        "update_id": update.id,
        "rule_id": rule,
    }


def _download(person: Person, now: datetime) -> int:
    """Enter a file that somebody has ordered and that is gone from the disk; return its id."""
    values = {"kind": DownloadKind.LIST, "address": "/people/?as=csv", "name": "Personen.csv", "asked_at": now}
    made = {"state": DownloadState.READY, "mark": f"gone-{person.id}", "made_at": now, "size_bytes": 9}
    row = Download(account_id=account_of(person.id).id, **values, **made)
    db.session.add(row)
    db.session.flush()
    return row.id


def _mail(project: Project, now: datetime) -> dict[str, int]:
    """Enter a mail that came in, with a file that is gone from the disk and one that was not kept; return their ids."""
    said = {
        "sender_name": "Name",
        "sender": "sender@example.org",
        "subject": "Betreff",
        "text": "Text",
        "quoted": "> Alt",
    }
    kept = {"sha256": f"mail-{project.id}", "size_bytes": 9, "media_type": "text/plain", "created_at": now}
    file = IncomingFile(name="Anlage.txt", file=StoredFile(**kept), trouble="Grund")
    row = IncomingMail(
        digest=f"mail-{project.id}",
        sort=MailSort.PERSON,
        project=project,
        recipients=[],
        size_bytes=9,
        sent_at=now,
        arrived_at=now,
        files=[file, IncomingFile(name="Programm.exe", trouble="Grund")],
        **said,
    )
    db.session.add(row)
    db.session.flush()
    return {"mail_id": row.id, "file_id": file.id}


def _spreadsheet(entered: Entered, by: Person, now: datetime) -> int:
    """Enter a spreadsheet that was looked through, with one wrong line; return its id."""
    how: dict[str, Any] = {"language": "de", "format": "csv", "encoding": "utf-8", "delimiter": ";", "sheets": []}
    row = Import(
        kind=ImportKind.PEOPLE,
        state=ImportState.LOOKED,
        file_name="Adressen.csv",
        content=b"Name\nTabellenname\n",
        how={**how, "sheet": None, "heading": 0, "day_first": True},
        headings=["Name"],
        columns=["name"],
        lines_all=1,
        lines_done=1,
        by_id=by.id,
        created_at=now,
    )
    with entered.known_to("none"):
        db.session.add(row)
        db.session.flush()
    said: dict[str, Any] = {"called": "Tabellenname", "identity": "Kennwort", "reasons": ["Stimmt nicht"]}
    said |= {"changes": [["Feld", "Vorher", "Nachher"]], "alike": [["", 1, "Jemand"]], "before": {"phone": "Vorher"}}
    said |= {"choices": {"organisation:kennwort": 1}, "more": []}
    with entered.known_to("none"):
        db.session.add(ImportLine(import_id=row.id, number=2, cells=["Tabellenname"], verdict=Verdict.WRONG, **said))
        db.session.flush()
    return row.id


def _travel(project: Project, guest: Person, where: Organisation, *, by: Person, now: datetime) -> TravelQuestion:
    """Enter a question when one can travel, with one week and one answer."""
    day = now.date() + timedelta(days=30)
    title = builders.text(de="Wann fahren wir?")
    travel = TravelQuestion(project=project, title=title, by=by, asked_at=now, answer_until=day)
    travel.periods.append(TravelPeriod(first_on=day + timedelta(days=7), last_on=day + timedelta(days=13)))
    asked = TravelAsked(person=guest, organisation=where, remark="Nicht montags", answered_at=now, by_link=True)
    travel.asked.append(asked)
    db.session.add(travel)
    db.session.flush()
    asked.answers.append(TravelAnswer(period_id=travel.periods[0].id, fit=Fit.SUITS))
    return travel


def _translated(by: Person, now: datetime) -> dict[str, Any]:
    return {
        "translation": "Es geht voran.",
        "translation_language": "de",
        "translated_at": now,
        "translated_by_id": by.id,
    }


def _bait(
    entered: Entered, place: str, project: Project, *, where: Organisation, stranger: Person, now: datetime
) -> dict[str, int]:
    """Tie to a project what its partners may not know of: people and bodies of others, and what the office wrote."""
    kassel, coordinator = project.organisations[0].organisation, project.coordinators[0]
    with entered.known_to(place):
        twofold = builders.person("Zwei Stellen", at=where)
        asked = builders.person("Wird auch gefragt", at=where, phone="1")
        milestone = builders.milestone(project, organisation=kassel, person=coordinator)
        document = builders.document(project, description=builders.text(de="Unterlage"))
    with entered.known_to("none"):
        where.part_of = above = builders.organisation(de="Dachverband", notes="Notiz")
        db.session.add(Contact(person_id=twofold.id, organisation_id=above.id, created_at=now))
        builders.participant(project, person=builders.person("Von anderen entsandt"), organisation_id=kassel.id)
        builders.participant(project, person=coordinator, organisation_id=kassel.id, role=ParticipantRole.SPEAKER)
        for giver, currency in ((kassel, "CHF"), (above, "HUF")):
            builders.contribution(project, giver, "654321", currency=currency)
        builders.log_entry(organisation_id=where.id, details="Intern", next_step="Intern")
        builders.document(project, description=builders.text(de="Intern"), coordinators_only=True)
        builders.document(project, description=builders.text(de="Entfernt"), archived_at=now)
        happening = db.session.get_one(Event, entered.things[place]["event_id"])
        builders.led_to(key_of(happening), key_of(above), note=builders.text(de="Intern"))
        sent = builders.delegation(happening, kassel)
        builders.document(sent, description=builders.text(de="Liste der anderen"))
        builders.person("Erst genannt", unconfirmed_since=now)
        intern = builders.log_entry(organisation_id=where.id)
        for origin, outcome in ((intern, project), (project.partnerships[0], project), (project, above)):
            builders.led_to(key_of(origin), key_of(outcome), note=builders.text(de="Intern"))
        record(Verb.PROJECT_CHANGED, project, by_id=stranger.id, now=now, changes={})
        long_ago = now - timedelta(days=60)
        overdue = {"asked_at": long_ago, "answer_by": long_ago.date() + timedelta(days=14)}
        request = builders.request(project, asked, question="Und bei Ihnen?", **overdue)
    return {
        "office_id": kassel.id,
        "document_id": document.id,
        "milestone_of_others": milestone.id,
        "request_to_others": request.id,
        "asked_besides": asked.id,
    }


def _lead_on(entered: Entered) -> None:
    """Let the project here lead to the one there, of which neither partner knows both."""
    with entered.known_to("none"):
        projects = [f"project:{entered.things[place]['project_id']}" for place in (HERE, THERE)]
        builders.led_to(*projects, note=builders.text(de="Intern"))


def links_of(person: Person, keys: Sequence[str], now: datetime) -> dict[str, dict[str, str]]:
    """Send a person one link of each kind; return endpoint to what stands in its address."""
    account, office = account_of(person.id), found(organisations.office())
    invitation = new_link(account, LinkPurpose.INVITATION, public_url=SITE, by_id=None, now=now)[1]
    reset = new_link(account, LinkPurpose.RESET, public_url=SITE, by_id=None, now=now)[1]
    alarm = new_link(account, LinkPurpose.ALARM, public_url=SITE, by_id=None, now=now)[1]
    change = ask_for_address(person, "neu@example.org", office=office, public_url=SITE, now=now)
    asking = db.session.scalars(sa.select(Message).where(Message.key == f"address|{change.id}")).one()
    stop = stop_link(_letter(person, now), keys=keys, public_url=SITE)
    theirs = Milestone.responsible_organisation_id == _function(person).organisation_id
    promised = db.session.scalars(sa.select(Milestone.id).where(theirs)).one()
    asking_link = {"token": AnswerLink(f"milestone:{promised}", person.id, now.date()).token(keys)}
    return {
        **{f"answers.{view.__name__}": asking_link for view in BY_LINK},
        **{f"guests.{view.__name__}": _link_of_guest(keys) for view in BY_LINK_OF_GUESTS},
        **{f"travel.{view.__name__}": _link_of_traveller(keys) for view in BY_LINK_OF_TRAVELLERS},
        "hosting.host": _link_of_host(person, keys),
        "entrance.welcome": {"secret": _last_part(invitation)},
        "entrance.new_password": {"secret": _last_part(reset)},
        "entrance.not_me": {"secret": _last_part(alarm)},
        "preferences.new_address": {
            "secret": _last_part((asking.text or "").partition(f"{SITE}/new-address")[2].split()[0])
        },
        "calendar.feed": {"token": make_address(person.id, None, now=now)},
        "preferences.unsubscribe": {"token": _last_part(stop or "")},
    }


def _link_of_guest(keys: Sequence[str]) -> dict[str, str]:
    """Return the link of the first guest of an event."""
    one = db.session.scalars(sa.select(Attendance).order_by(Attendance.id)).first()
    assert one is not None
    return {"token": GuestLink(one.id, one.participant.person_id or 0).token(keys)}


def _link_of_traveller(keys: Sequence[str]) -> dict[str, str]:
    """Return the link of the first who was asked when they can travel."""
    one = db.session.scalars(sa.select(TravelAsked).order_by(TravelAsked.id)).first()
    assert one is not None
    return {"token": TravelLink(one.id, one.person_id).token(keys)}


def _link_of_host(person: Person, keys: Sequence[str]) -> dict[str, str]:
    """Let a person take guests in as well, and return their link."""
    one = db.session.scalars(sa.select(Attendance).order_by(Attendance.id)).first()
    assert one is not None
    return {"token": HostLink(builders.host_offer(one.event, person, [one]).id, person.id).token(keys)}


def _last_part(address: str) -> str:
    return urlsplit(address).path.rsplit("/", 1)[1]


def _letter(person: Person, now: datetime) -> Message:
    return enqueue(
        key=f"letter|{person.id}|2027-03-02",
        kind=MessageKind.LETTER,
        person_id=person.id,
        address=str(person.email),
        language="ro",
        zone="Europe/Bucharest",
        subject="Termen",
        text="Bună ziua",
        html="<p>Bună ziua</p>",
        now=now,
    )


def _function(person: Person) -> Contact:
    return db.session.scalars(sa.select(Contact).where(Contact.person_id == person.id)).one()


def function_at(place: Organisation, person_id: int) -> Contact:
    """Return the function of somebody at an organisation."""
    held = sa.select(Contact).where(Contact.person_id == person_id, Contact.organisation_id == place.id)
    return db.session.scalars(held).one()


def _rule(project: Project | None, now: datetime) -> int:
    """Return the rule of the office about dates that come, or give a project one of its own."""
    due = sa.select(ReminderRule).where(ReminderRule.subject == ReminderSubject.MILESTONE_DUE)
    site = db.session.scalars(due.where(ReminderRule.project_id.is_(None))).one()
    if project is None:
        return site.id
    carry_out(to_add(site, project.id), by_id=project.coordinators[0].id, now=now)
    return db.session.scalars(due.with_only_columns(ReminderRule.id).where(ReminderRule.project_id == project.id)).one()
