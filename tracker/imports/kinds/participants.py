"""Those who take part in projects and come to events, a line each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tracker.attendance import actions as attendance
from tracker.attendance.models import Answer, Attendance
from tracker.db import db
from tracker.events.models import Event
from tracker.events.rules import check_stay, last_day
from tracker.folding import fold
from tracker.guestlists.reading import role_of
from tracker.guestlists.rules import likely
from tracker.imports.fields import (
    COUNTRY,
    LANGUAGE,
    ORGANISATION,
    PROJECT,
    Field,
    How,
    WrongError,
    address,
    country,
    day,
    language,
    line,
    number,
    one_of,
)
from tracker.imports.kinds.kind import ANOTHER, ITSELF, By, Kind, Looked, Parsed, Question, Taken, had, kept, shown
from tracker.imports.kinds.known import Bodies, Titles
from tracker.imports.kinds.people import PERSON, Persons, named
from tracker.imports.models import Verdict
from tracker.language import _, _l, ngettext
from tracker.participants import actions as participants
from tracker.participants.models import AgeBand, Gender, Participant, ParticipantRole
from tracker.participants.rules import check_who
from tracker.people import actions as people
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web.formats import plain


def _role(text: str, _how: How) -> ParticipantRole:
    """Read as what somebody takes part, in each form that a label has."""
    if (found := role_of(text)) is None:
        roles = ", ".join(str(one.label) for one in ParticipantRole)
        raise WrongError(_("“%(words)s” is no role. There are: %(roles)s.", words=text[:80], roles=roles))
    return found


FIELDS = (
    Field("project", _l("Project"), PROJECT, line, refers="project"),
    Field(
        "event",
        _l("Event"),
        "veranstaltung|termin|evento|manifestazione|esemeny|rendezveny|eveniment",
        line,
        refers="event",
    ),
    *PERSON,
    Field(
        "email",
        _l("E-mail address"),
        "email|e mail|mail|mailadresse|e mail adresse|email adresse|indirizzo email|posta elettronica|e mail cim|"
        "email cim|adresa de e mail|adresa email",
        address,
        at_most=320,
    ),
    Field(
        "heads",
        _l("Heads"),
        "number|anzahl|personenzahl|kopfe|zahl|numero|persone|letszam|fo|szam|numar|persoane",
        number,
    ),
    Field(
        "role",
        _l("Role"),
        "function|rolle|funktion|als|ruolo|funzione|szerep|szerepkor|rol|rolul|calitate",
        _role,
        of=ParticipantRole,
    ),
    Field(
        "organisation",
        _l("Sent by"),
        f"delegation|entsandt von|gemeinde|inviato da|comune|kuldo|delegacio|trimis de|delegatie|{ORGANISATION}",
        line,
        refers="organisation",
    ),
    Field("via", _l("Via"), "uber|vermittelt durch|tramite|altal|prin", line, refers="organisation"),
    Field("country", _l("Country"), COUNTRY, country),
    Field("language", _l("Language"), LANGUAGE, language),
    one_of("age_band", _l("Age"), "alter|altersgruppe|eta|eletkor|kor|korcsoport|varsta", AgeBand),
    one_of(
        "gender",
        _l("Gender"),
        "sex|geschlecht|sesso|genere|nem|gen|sexul",
        Gender,
        f=Gender.FEMALE,
        w=Gender.FEMALE,
        m=Gender.MALE,
        d=Gender.DIVERSE,
    ),
    one_of(
        "answer",
        _l("Answer"),
        "antwort|zusage|kommt|ruckmeldung|risposta|valasz|raspuns|coming",
        Answer,
        **dict.fromkeys(("yes", "ja", "si", "igen", "da"), Answer.COMING),
        **dict.fromkeys(("no", "nein", "nem", "nu"), Answer.NOT_COMING),
    ),
    Field("arrives_on", _l("Arrival"), "anreise|ankunft|arrives|arrivo|erkezes|sosire|sosirea", day),
    Field("leaves_on", _l("Departure"), "abreise|leaves|partenza|tavozas|elutazas|plecare|plecarea", day),
)


@dataclass(frozen=True)
class _Row:
    """What is there of a line: who it is, as what they take part, and whether they are on the list of the event."""

    person: Person | None = None
    participant: Participant | None = None
    attendance: Attendance | None = None


class ParticipantLines(Kind):
    """A line for each person, or for some heads without names."""

    fields = FIELDS
    table = Participant
    _PLAIN = ("country", "age_band", "gender")
    _ROWS = ("organisation", "via")
    _STAY = ("answer", "arrives_on", "leaves_on")

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there."""
        super().__init__(by, made)
        self.bodies = Bodies()
        self.registers = {"project": Titles(Project), "event": Titles(Event), "organisation": self.bodies}
        self.persons = Persons(self.bodies)
        self.homes: dict[int, set[int]] = {}
        self.entered: dict[tuple[str, ...], Person] = {}

    def complete(self, parsed: Parsed) -> Parsed:
        """Put the name together, say where they take part, and ask the rules."""
        found = named(parsed)
        event, project = found["event"], found["project"]
        values, reasons = dict(found.values), list(found.reasons)
        if values["name"] and values.get("heads") == 1:
            values["heads"] = None
        values["role"] = values.get("role") or ParticipantRole.DELEGATE
        values["home"] = (event.project or event) if event else project
        if not reasons:
            try:
                self._check(values, event, project)
            except Refused as refusal:
                reasons.append(refusal.sentence)
        return Parsed(values, tuple(reasons), found.question)

    def _check(self, values: Mapping[str, Any], event: Event | None, project: Project | None) -> None:
        """Raise Refused for what cannot be."""
        check_who(person=False, name=bool(values["name"]), heads=bool(values.get("heads")))
        if event is None and project is None:
            raise Refused(_("Please say in which project, or at which event they take part."))
        if event is None:
            if any(values.get(name) for name in self._STAY):
                raise Refused(_("Answer and days belong to an event. Please say at which."))
            return
        if project is not None and event.project is not project:
            raise Refused(_("This event does not belong to this project."))
        check_stay(event, values.get("arrives_on"), values.get("leaves_on"), None)

    def meet(self, each: Sequence[Parsed]) -> None:
        """Look who is there, and where they belong to."""
        self.persons.meet(each)
        ids = list(self.persons.by_id)
        for row in self.persons.by_id.values():
            self.homes.setdefault(row.id, set()).update(held.organisation_id for held in row.contacts)
        query = sa.select(Participant.person_id, Participant.organisation_id).where(Participant.person_id.in_(ids))
        for person_id, organisation_id in db.session.execute(query):
            if person_id is not None and organisation_id is not None:
                self.homes[person_id].add(organisation_id)

    def called(self, parsed: Parsed) -> str:
        """Return the name, or how many they are."""
        heads = parsed["heads"]
        return parsed["name"] or (ngettext("%(num)d person", "%(num)d people", heads) if heads else "")

    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say who it is, and whether they are there already."""
        home, sender = parsed["home"], parsed["organisation"]
        where = f"{home.__tablename__}:{home.id}|{parsed['event'].id if parsed['event'] else ''}|{parsed['role'].value}"
        if parsed["heads"]:
            return self._heads(parsed, chosen, where)
        name, email = fold(parsed["name"]), (parsed["email"] or "").lower()
        identity = f"{where}|{name}|{email or (sender.id if sender else '')}"[:400]
        rows, sure = likely(
            self.persons.by_name.get(name, []),
            self.persons.by_address.get(email, []) if email else [],
            self.homes,
            sender.id if sender else None,
        )
        who = self.persons.by_id.get(chosen) if chosen else None
        who = who or (sure if chosen is None else None)
        if who is None and rows and chosen != ANOTHER:
            return Looked(Verdict.ALIKE, parsed["name"], identity, question=self.persons.question(rows))
        there = self._there(parsed, Participant.person_id == who.id) if who else []
        return self._beside(parsed, _Row(who, there[0] if there else None), identity)

    def _heads(self, parsed: Parsed, chosen: int | None, where: str) -> Looked:
        """Say whether these heads are there: as many of the same role and sender."""
        sender, via, heads = parsed["organisation"], parsed["via"], parsed["heads"]
        identity = f"{where}|{heads}|{sender.id if sender else ''}|{via.id if via else ''}|{parsed['country'] or ''}"
        theirs = Participant.organisation_id == (sender.id if sender else None)
        rows = self._there(parsed, Participant.heads.is_not(None), theirs)
        row = next((one for one in rows if one.id == chosen), None) if chosen else None
        row = row or (next((one for one in rows if one.heads == heads), None) if chosen is None else None)
        if row is None and rows and chosen != ANOTHER:
            answers = tuple((one.id, self._told(one)) for one in rows)
            return Looked(Verdict.ALIKE, self.called(parsed), identity, question=Question(ITSELF, answers))
        return self._beside(parsed, _Row(None, row), identity)

    @staticmethod
    def _told(row: Participant) -> str:
        heads = ngettext("%(num)d person", "%(num)d people", row.heads or 0)
        sender = plain(row.organisation.name) if row.organisation else ""
        return " · ".join(one for one in (heads, str(row.role.label), sender) if one)

    def _there(self, parsed: Parsed, *besides: sa.ColumnElement[bool]) -> list[Participant]:
        """Return who takes part in the same as what a line says, without those that came in with this file."""
        return [one for one in _taking_part(parsed, *besides) if one.id not in self.made]

    def _beside(self, parsed: Parsed, row: _Row, identity: str) -> Looked:
        called = self.called(parsed)[:200]
        if row.participant is None:
            answer = {} if parsed["answer"] or not parsed["event"] else {"answer": self._answer(parsed)}
            return Looked(Verdict.NEW, called, identity, changes=self.filled(answer), row=row)
        if parsed["event"]:
            row = _Row(row.person, row.participant, _listed(parsed["event"], row.participant))
        changes = self._changes(parsed, row)
        return Looked(Verdict.CHANGED if changes else Verdict.SAME, called, identity, changes=changes, row=row)

    def _answer(self, parsed: Parsed) -> Answer:
        """Return whether somebody comes of whom the line does not say it."""
        is_over = last_day(parsed["event"]) < self.by.today
        return parsed["answer"] or (Answer.CAME if is_over else Answer.COMING)

    def _changes(self, parsed: Parsed, row: _Row) -> tuple[tuple[str, str, str], ...]:
        labels = {one.key: str(one.label) for one in self.fields}
        there: Any = row.participant
        changes = list(self.differences(parsed, there, self._PLAIN if not there.organisation else self._PLAIN[1:]))
        for name in self._ROWS:
            before, after = getattr(there, name), parsed[name]
            if after is not None and after is not before:
                changes.append((labels[name], plain(before.name) if before else "", plain(after.name)))
        if there.heads and there.heads != parsed["heads"]:
            changes.append((labels["heads"], shown(there.heads), shown(parsed["heads"])))
        if row.attendance is not None:
            changes += self.differences(parsed, row.attendance, self._STAY)
        elif parsed["event"]:
            changes.append((labels["event"], "", plain(parsed["event"].title)))
        return tuple(changes)

    def taken(self, parsed: Parsed, looked: Looked) -> Taken:
        """Put them on the lists, or change what differs. Raises Refused."""
        row: _Row = looked.row
        more: list[Any] = []
        person = row.person if parsed["heads"] else row.person or self._person(parsed, more)
        # A line before may have entered them, for another event of the same project.
        known = row.participant or (
            next(iter(_taking_part(parsed, Participant.person_id == person.id)), None) if person else None
        )
        participant = known or self._participant(parsed, person)
        before = {} if known is None else self._change(parsed, known) if known is row.participant else {}
        if parsed["event"]:
            before |= self._attend(parsed, participant, row.attendance, more)
        db.session.flush()
        return Taken(participant, known is None, before, more)

    def _person(self, parsed: Parsed, more: list[Any]) -> Person:
        sender, email = parsed["organisation"], parsed["email"]
        key = (fold(parsed["name"]), (email or "").lower(), str(sender.id if sender else ""))
        if key not in self.entered:
            spoken = parsed["language"] or (sender.language if sender else None) or self.by.language
            where = None if sender and sender.country == parsed["country"] else parsed["country"]
            self.entered[key] = people.create_person(
                name=parsed["name"], email=email, language=spoken, country=where, **self.by.who
            )
            more.append(self.entered[key])
        return self.entered[key]

    def _participant(self, parsed: Parsed, person: Person | None) -> Participant:
        values = {name: parsed[name] for name in ("role", *self._ROWS, *self._PLAIN)}
        values["country"] = None if parsed["organisation"] else parsed["country"]
        if person is None:
            made = participants.add_heads(parsed["home"], parsed["heads"], **values, **self.by.who)
        else:
            made = participants.add_person(parsed["home"], person, **values, **self.by.who)
        db.session.flush()
        return made

    def _change(self, parsed: Parsed, row: Participant) -> dict[str, Any]:
        """Change what differs; return what was there."""
        before = had(row, parsed, (*self._PLAIN[1 if row.organisation else 0 :], *(("heads",) if row.heads else ())))
        values = {name: parsed[name] for name in before}
        for name in self._ROWS:
            if parsed[name] is not None and parsed[name] is not getattr(row, name):
                before[f"{name}_id"] = getattr(row, f"{name}_id")
                values[name] = parsed[name]
        participants.change_participant(row, parsed["home"], **values, **self.by.who)
        return kept(before)

    def _attend(
        self, parsed: Parsed, participant: Participant, there: Attendance | None, more: list[Any]
    ) -> dict[str, Any]:
        """Put somebody on the list of the event, or change what stands there; return what stood there."""
        event, answer = parsed["event"], self._answer(parsed)
        days = {name: parsed[name] for name in ("arrives_on", "leaves_on")}
        if there is None:
            # The days say whether somebody is elsewhere then: the answer comes with them.
            made = attendance.invite(event, participant, **self.by.who)
            attendance.change_attendance(made, answer=answer, **days, **self.by.who)
            more.append(made)
            return {}
        before = had(there, parsed, self._STAY)
        if not before:
            return {}
        values = {name: days[name] or getattr(there, name) for name in days}
        attendance.change_attendance(there, answer=parsed["answer"] or there.answer, **values, **self.by.who)
        return {"attendance": {"id": there.id, **kept(before)}}

    def take_back(self, row: Participant, before: Mapping[str, Any]) -> None:
        """Give them what they had before, on both lists."""
        stay = dict(before.get("attendance", {}))
        super().take_back(row, {name: value for name, value in before.items() if name != "attendance"})
        if stay and (there := db.session.get(Attendance, stay.pop("id"))):
            super().take_back(there, stay)


def _at(home: Project | Event) -> sa.ColumnElement[bool]:
    column = Participant.project_id if isinstance(home, Project) else Participant.event_id
    return column == home.id


def _taking_part(parsed: Parsed, *besides: sa.ColumnElement[bool]) -> Sequence[Participant]:
    query = sa.select(Participant).where(
        _at(parsed["home"]), Participant.role == parsed["role"], Participant.archived_at.is_(None), *besides
    )
    return db.session.scalars(query.order_by(Participant.id)).all()


def _listed(event: Event, participant: Participant) -> Attendance | None:
    query = sa.select(Attendance).where(
        Attendance.event_id == event.id, Attendance.participant_id == participant.id, Attendance.archived_at.is_(None)
    )
    return db.session.scalar(query)
