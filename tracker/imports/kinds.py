"""What becomes of a line: what it is beside what is there, and how it is taken over and back; a class for each kind."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from babel.core import get_global
from babel.languages import get_official_languages
from sqlalchemy.orm import selectinload

from tracker.db import Model, Translated, db
from tracker.folding import fold
from tracker.imports.fields import LOG, ORGANISATIONS, PEOPLE, Field, How, WrongError
from tracker.imports.models import Import, ImportKind, Verdict
from tracker.language import LANGUAGES, Word, _
from tracker.log import actions as log
from tracker.log.models import LogEntry, LogKind
from tracker.log.rules import check
from tracker.organisations import actions as organisations
from tracker.organisations.models import Organisation, OrganisationKind, OtherName
from tracker.partnerships.models import Partnership
from tracker.people import actions as people
from tracker.people.models import Contact, MailRhythm, Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web.formats import plain

#: Somebody said of a line: it is none of those that it is like, or it stays out.
ANOTHER, STAYS_OUT = 0, -1


@dataclass(frozen=True)
class Parsed:
    """The cells of a line as values, and what is wrong with them."""

    values: Mapping[str, Any]
    reasons: tuple[str, ...]

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - each field has its own
        """Return a value, None if there is none."""
        return self.values.get(key)


@dataclass(frozen=True)
class Looked:
    """What a line is."""

    verdict: Verdict
    called: str
    identity: str = ""
    reasons: tuple[str, ...] = ()
    #: Field, before, after.
    changes: tuple[tuple[str, str, str], ...] = ()
    alike: tuple[tuple[int, str], ...] = ()
    #: The row that it is about, if that is there.
    row: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Taken:
    """What was made or changed, and what stood there before."""

    row: Model
    is_made: bool
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class By:
    """Who takes something over, when, and in which language the texts are."""

    id: int
    now: datetime
    today: date
    language: str


class Kind(ABC):
    """A kind of spreadsheet. It knows what was there when it was made."""

    fields: tuple[Field, ...]

    def __init__(self, by: By) -> None:
        """Look what is there."""
        self.by = by

    def parsed(self, cells: Sequence[str], columns: Sequence[str], how: How) -> Parsed:
        """Read the cells of a line; a field that stands in two columns is taken from the first that says something."""
        known = {one.key: one for one in self.fields}
        given: dict[str, str] = {}
        for key, cell in zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False):
            if key in known and not given.get(key):
                given[key] = cell
        values, reasons = {}, []
        for key, one in known.items():
            try:
                values[key] = one.value(given.get(key, ""), how)
            except WrongError as wrong:
                reasons.append(str(wrong))
        return Parsed(values, tuple(reasons))

    @abstractmethod
    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is; `chosen` is what somebody said of those that it may be."""

    @abstractmethod
    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken]:
        """Take right lines over."""

    @abstractmethod
    def take_back(self, row: Any, before: Mapping[str, Any]) -> None:  # noqa: ANN401 - of this kind
        """Give a row that was changed what it had before."""

    @abstractmethod
    def unmake(self, row: Any) -> None:  # noqa: ANN401 - of this kind
        """Delete a row that was made, with all that was made with it."""


def _wrong(parsed: Parsed, called: str, *more: str) -> Looked:
    return Looked(Verdict.WRONG, called, reasons=(*parsed.reasons, *more))


class Bodies:
    """The organisations that are there, by every name."""

    def __init__(self) -> None:
        """Load them with their other names; two queries."""
        query = sa.select(Organisation).options(selectinload(Organisation.aliases)).order_by(Organisation.id)
        self.all: list[Organisation] = []
        self.by_name: dict[str, list[Organisation]] = {}
        self.zones: dict[str, str] = {}
        for row in db.session.scalars(query):
            self.add(row)

    def add(self, row: Organisation) -> None:
        """Let one more be known."""
        self.all.append(row)
        self.zones.setdefault(row.country, row.zone)
        for name in {fold(one) for one in (*row.name.spellings, *(alias.text for alias in row.aliases))}:
            self.by_name.setdefault(name, []).append(row)

    def called(self, name: str) -> Organisation:
        """Return the one of this name. Raises WrongError if there is none, or several."""
        found = [one for one in self.by_name.get(fold(name), []) if one.archived_at is None]
        if not found:
            raise WrongError(
                _(
                    "There is no organisation called “%(name)s” yet. Please take over the organisations first.",
                    name=name,
                )
            )
        if len(found) > 1:
            raise WrongError(_("There are several organisations called “%(name)s”.", name=name))
        return found[0]


class OrganisationLines(Kind):
    """A line for each organisation."""

    fields = ORGANISATIONS

    def __init__(self, by: By) -> None:
        """Look what is there."""
        super().__init__(by)
        self.bodies = Bodies()

    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is: the same name in the same country is the same; the same name elsewhere is asked about."""
        name, country = parsed["name"] or "", parsed["country"]
        if parsed.reasons:
            return _wrong(parsed, name)
        found = self.bodies.by_name.get(fold(name), [])
        here = [one for one in found if country in {None, one.country}]
        named = [one for one in here if fold(name) in map(fold, one.name.spellings)]
        identity = f"{fold(name)}|{country or ''}"
        if chosen == STAYS_OUT:
            return Looked(Verdict.LEFT_OUT, name, identity)
        row = next((one for one in self.bodies.all if one.id == chosen), None) if chosen else None
        row = row or (named[0] if len(named) == 1 and chosen is None else None)
        if row is not None:
            return self._beside(parsed, row, identity)
        if found and chosen != ANOTHER:
            return Looked(Verdict.ALIKE, name, identity, alike=tuple((one.id, _where(one)) for one in found))
        reason = self._missing(parsed)
        return _wrong(parsed, name, reason) if reason else Looked(Verdict.NEW, name, identity)

    def _missing(self, parsed: Parsed) -> str | None:
        if parsed["country"] is None:
            return _("“%(field)s” is missing.", field=_("Country"))
        if self._zone(parsed) is None:
            return _("“%(field)s” is missing.", field=_("Time zone"))
        if parsed["subdivision"] and not parsed["subdivision"].startswith(f"{parsed['country']}-"):
            return _("This is no part of the country that you chose.")
        return None

    def _zone(self, parsed: Parsed) -> str | None:
        country = parsed["country"]
        return parsed["zone"] or self.bodies.zones.get(country) or zone_in(country)

    def _beside(self, parsed: Parsed, row: Organisation, identity: str) -> Looked:
        changes = _differences(self.fields, parsed, row, ("kind", "place", "subdivision", "language", "notes"))
        if names := self._names(parsed, row):
            changes = (*changes, (_("Other names"), "", "; ".join(names)))
        verdict = Verdict.CHANGED if changes else Verdict.SAME
        return Looked(verdict, plain(row.name), identity, changes=changes, row=row)

    def _names(self, parsed: Parsed, row: Organisation) -> list[str]:
        known = {fold(one) for one in (*row.name.spellings, *(alias.text for alias in row.aliases))}
        return [one for one in (parsed["name"], *_listed(parsed["aliases"])) if fold(one) not in known]

    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken]:
        """Enter them, or change what differs."""
        return [self._taken(parsed, looked) for parsed, looked in lines]

    def _taken(self, parsed: Parsed, looked: Looked) -> Taken:
        by: dict[str, Any] = {"by_id": self.by.id, "now": self.by.now}
        if (row := looked.row) is None:
            country = parsed["country"]
            spoken = parsed["language"] or language_in(country) or self.by.language
            values = {key: parsed[key] for key in ("place", "country", "subdivision", "notes")}
            made = organisations.create_organisation(
                name=Translated.of(spoken, self.by.now, **{spoken: parsed["name"]}),
                kind=parsed["kind"] or OrganisationKind.ASSOCIATION,
                language=spoken,
                zone=self._zone(parsed),
                aliases=[OtherName(one[:200]) for one in _listed(parsed["aliases"])],
                **values,
                **by,
            )
            db.session.flush()
            self.bodies.add(made)
            return Taken(made, is_made=True)
        before = _before(row, parsed, ("kind", "place", "subdivision", "language", "notes"))
        names = self._names(parsed, row)
        kept: dict[str, Any] = {
            name: getattr(row, name)
            for name in ("kind", "place", "subdivision", "language", "notes", "name", "part_of")
        }
        wanted = {name: parsed[name] for name in before}
        organisations.change_organisation(
            row,
            **(kept | wanted),
            aliases=[*(alias.as_typed for alias in row.aliases), *(OtherName(one[:200]) for one in names)],
            closed_days=[(one.from_on, one.until_on, one.label) for one in row.closed_days],
            **by,
        )
        return Taken(row, is_made=False, before={**before, **({"aliases": names} if names else {})})

    def take_back(self, row: Organisation, before: Mapping[str, Any]) -> None:
        """Give it what it had before."""
        names = set(before.get("aliases", ()))
        _give_back(row, before, kinds={"kind": OrganisationKind})
        row.aliases = [one for one in row.aliases if one.text not in names]

    def unmake(self, row: Organisation) -> None:
        """Delete it."""
        db.session.delete(row)


class PeopleLines(Kind):
    """A line for each person, with a function at an organisation."""

    fields = PEOPLE
    _PLAIN = ("name", "form_of_address", "email", "phone", "postal_address", "language", "country", "notes")

    def __init__(self, by: By) -> None:
        """Look who is there."""
        super().__init__(by)
        self.bodies = Bodies()
        self.by_address: dict[str, Person] = {}
        self.by_name: dict[str, list[Person]] = {}
        self.by_id: dict[int, Person] = {}
        for row in db.session.scalars(sa.select(Person).options(selectinload(Person.contacts)).order_by(Person.id)):
            self._add(row)

    def _add(self, row: Person) -> None:
        self.by_id[row.id] = row
        self.by_name.setdefault(fold(row.name), []).append(row)
        if row.email:
            self.by_address.setdefault(row.email.lower(), row)

    def parsed(self, cells: Sequence[str], columns: Sequence[str], how: How) -> Parsed:
        """Read a line; first name and family name make one."""
        found = super().parsed(cells, columns, how)
        name = found["name"] if found["name"] and not (found["given"] and not found["family"]) else None
        parts = (found["given"], found["name"] if found["given"] and not found["family"] else None, found["family"])
        name = name or " ".join(one for one in parts if one)
        reasons = found.reasons if name else (*found.reasons, _("“%(field)s” is missing.", field=_("Name")))
        values: dict[str, Any] = {**found.values, "name": name or None, "body": None}
        if found["organisation"]:
            try:
                values["body"] = self.bodies.called(found["organisation"])
            except WrongError as wrong:
                reasons = (*reasons, str(wrong))
        elif found["function"]:
            reasons = (*reasons, _("Please choose the organisation too."))
        return Parsed(values, reasons)

    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say who it is: the same address is the same person, and so is the same name at the same organisation."""
        name, body, email = parsed["name"] or "", parsed["body"], (parsed["email"] or "").lower()
        if parsed.reasons:
            return _wrong(parsed, name)
        identity = email or f"{fold(name)}|{body.id if body else ''}"
        if chosen == STAYS_OUT:
            return Looked(Verdict.LEFT_OUT, name, identity)
        if chosen and (row := self.by_id.get(chosen)):
            return self._beside(parsed, row, identity)
        namesakes = self.by_name.get(fold(name), [])
        there = [one for one in namesakes if body and any(held.organisation_id == body.id for held in one.contacts)]
        same = self.by_address.get(email) if email else None
        if same is None and len(there) == 1 and not (email and there[0].email):
            same = there[0]
        if same is not None and (fold(same.name) == fold(name) or chosen == same.id):
            return self._beside(parsed, same, identity)
        alike = [*([same] if same else []), *(one for one in namesakes if one is not same)]
        if alike and chosen != ANOTHER:
            return Looked(Verdict.ALIKE, name, identity, alike=tuple((one.id, self._who(one)) for one in alike))
        return Looked(Verdict.NEW, name, identity)

    def _who(self, row: Person) -> str:
        bodies = {one.id: one for one in self.bodies.all}
        at = [plain(bodies[held.organisation_id].name) for held in row.contacts if held.organisation_id in bodies]
        return " · ".join(one for one in (row.name, *at[:2], row.email) if one)

    def _beside(self, parsed: Parsed, row: Person, identity: str) -> Looked:
        changes = _differences(self.fields, parsed, row, self._PLAIN)
        if held := self._new_function(parsed, row):
            changes = (*changes, (_("Function"), "", held))
        return Looked(Verdict.CHANGED if changes else Verdict.SAME, row.name, identity, changes=changes, row=row)

    @staticmethod
    def _new_function(parsed: Parsed, row: Person) -> str | None:
        """Return the function that the person has not yet, as a page names it."""
        body, function = parsed["body"], parsed["function"]
        held = [one for one in row.contacts if body and one.organisation_id == body.id and one.archived_at is None]
        if body is None or any(function is None or fold(one.function or "") == fold(function) for one in held):
            return None
        return ", ".join(one for one in (function, plain(body.name)) if one)

    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken]:
        """Enter people, or change what differs."""
        by: dict[str, Any] = {"by_id": self.by.id, "now": self.by.now}
        new = people.create_people([self._values(parsed) for parsed, looked in lines if looked.row is None], **by)
        for row in new:
            self._add(row)
        made = iter(new)
        rows: list[Person] = [next(made) if looked.row is None else looked.row for _parsed, looked in lines]
        befores: list[dict[str, Any]] = []
        for row, (parsed, looked) in zip(rows, lines, strict=True):
            befores.append(_before(row, parsed, self._PLAIN) if looked.row is not None else {})
            if befores[-1]:
                people.change_person(row, **{name: parsed[name] for name in befores[-1]}, **by)
        gaining = [
            place
            for place, (parsed, looked) in enumerate(lines)
            if parsed["body"] and (looked.row is None or self._new_function(parsed, looked.row))
        ]
        wanted = [(rows[place], lines[place][0]["body"].id, lines[place][0]["function"]) for place in gaining]
        for place, contact in zip(gaining, people.add_functions(wanted, **by), strict=True):
            befores[place]["contact_id"] = contact.id
        looks = [looked for _parsed, looked in lines]
        return [Taken(row, one.row is None, before) for row, one, before in zip(rows, looks, befores, strict=True)]

    def _values(self, parsed: Parsed) -> dict[str, Any]:
        """Return what a new person is made of."""
        body = parsed["body"]
        spoken = parsed["language"] or (body.language if body else None) or language_in(parsed["country"])
        values = {name: parsed[name] for name in self._PLAIN} | {"language": spoken or self.by.language}
        return {**values, "mail_rhythm": MailRhythm.WEEKLY}

    def take_back(self, row: Person, before: Mapping[str, Any]) -> None:
        """Give the person what they had before."""
        _give_back(row, before)
        if held := db.session.get(Contact, before.get("contact_id", 0)):
            db.session.delete(held)

    def unmake(self, row: Person) -> None:
        """Delete the person with their functions."""
        for held in row.contacts:
            db.session.delete(held)
        db.session.flush()
        db.session.delete(row)


class LogLines(Kind):
    """A line for each thing that happened."""

    fields = LOG

    def __init__(self, by: By) -> None:
        """Look what is there."""
        super().__init__(by)
        self.bodies = Bodies()
        self.projects = _by_title(Project)
        self.partnerships = _by_title(Partnership)

    def parsed(self, cells: Sequence[str], columns: Sequence[str], how: How) -> Parsed:
        """Read a line, and find what it is about."""
        found = super().parsed(cells, columns, how)
        values, reasons = dict(found.values), list(found.reasons)
        for name, there in (("project", self.projects), ("partnership", self.partnerships)):
            title = values.get(name)
            rows = there.get(fold(title), []) if title else []
            if title and len(rows) != 1:
                words = _("There is no “%(title)s”.") if not rows else _("There are several called “%(title)s”.")
                reasons.append(words % {"title": title[:80]})
            values[name] = rows[0] if len(rows) == 1 else None
        if values.get("organisation"):
            try:
                values["organisation"] = self.bodies.called(values["organisation"])
            except WrongError as wrong:
                reasons.append(str(wrong))
        if not reasons:
            about = tuple(values.get(name) for name in ("project", "partnership", "organisation"))
            try:
                check(happened_on=values["happened_on"], about=about, today=self.by.today)
            except Refused as refusal:
                reasons.append(refusal.sentence)
        return Parsed(values, tuple(reasons))

    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say whether it is there already: the same words on the same day about the same."""
        summary = parsed["summary"] or ""
        if parsed.reasons:
            return _wrong(parsed, summary[:200])
        about = {name: parsed[name] for name in ("project", "partnership", "organisation")}
        ids = [str(row.id) if row else "" for row in about.values()]
        identity = f"{parsed['happened_on']}|{'|'.join(ids)}|{fold(summary)}"[:400]
        if chosen == STAYS_OUT:
            return Looked(Verdict.LEFT_OUT, summary[:200], identity)
        query = sa.select(LogEntry).where(
            LogEntry.happened_on == parsed["happened_on"],
            LogEntry.archived_at.is_(None),
            *(getattr(LogEntry, f"{name}_id") == (row.id if row else None) for name, row in about.items()),
        )
        words = fold(summary)
        there = any(words in map(fold, one.summary.spellings) for one in db.session.scalars(query))
        return Looked(Verdict.SAME if there else Verdict.NEW, summary[:200], identity)

    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken]:
        """Write them into the log."""
        return [self._taken(parsed) for parsed, _looked in lines]

    def _taken(self, parsed: Parsed) -> Taken:
        values = {name: parsed[name] for name in ("happened_on", "project", "partnership", "organisation")}
        more = {name: parsed[name] for name in ("details", "next_step", "next_step_on")}
        entry = log.log_entry(
            kind=parsed["kind"] or LogKind.NOTE,
            summary=Translated.of(self.by.language, self.by.now, **{self.by.language: parsed["summary"]}),
            language=self.by.language,
            by_id=self.by.id,
            now=self.by.now,
            today=self.by.today,
            **values,
            **more,
        )
        db.session.flush()
        return Taken(entry, is_made=True)

    def take_back(self, row: LogEntry, before: Mapping[str, Any]) -> None:
        """Nothing is ever changed."""

    def unmake(self, row: LogEntry) -> None:
        """Delete it."""
        db.session.delete(row)


KINDS: Mapping[ImportKind, type[Kind]] = MappingProxyType(
    {
        ImportKind.ORGANISATIONS: OrganisationLines,
        ImportKind.PEOPLE: PeopleLines,
        ImportKind.LOG: LogLines,
    }
)
TABLES: Mapping[ImportKind, type[Model]] = MappingProxyType(
    {ImportKind.ORGANISATIONS: Organisation, ImportKind.PEOPLE: Person, ImportKind.LOG: LogEntry}
)


def kind_of(row: Import, now: datetime, today: date) -> Kind:
    """Return the kind of an import, with what is there now."""
    return KINDS[row.kind](By(row.by_id, now, today, row.how["language"]))


# ---- what they share


def _by_title(model: type[Project] | type[Partnership]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    rows: Iterable[Any] = db.session.scalars(sa.select(model).where(model.archived_at.is_(None)))
    for row in rows:
        for title in {fold(one) for one in row.title.spellings}:
            found.setdefault(title, []).append(row)
    return found


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _where(row: Organisation) -> str:
    return " · ".join(one for one in (plain(row.name), row.place, row.country) if one)


def _differences(
    fields: Iterable[Field],
    parsed: Parsed,
    row: Model,
    names: Sequence[str],
) -> tuple[tuple[str, str, str], ...]:
    """Return what a line says otherwise than a row; an empty cell says nothing."""
    labels = {one.key: _(one.label) for one in fields}
    changed = _before(row, parsed, names)
    return tuple((labels[name], _shown(getattr(row, name)), _shown(parsed[name])) for name in changed)


def _before(row: Model, parsed: Parsed, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row has where a line says something else."""
    return {name: getattr(row, name) for name in names if parsed[name] not in {None, getattr(row, name)}}


def _shown(value: object) -> str:
    return str(value.label) if isinstance(value, Word) else str(value or "")


def _give_back(row: Model, before: Mapping[str, Any], kinds: Mapping[str, type[Word]] = MappingProxyType({})) -> None:
    for name, value in before.items():
        if name not in {"aliases", "contact_id"}:
            setattr(row, name, kinds[name](value) if name in kinds and value is not None else value)


def language_in(country: str | None) -> str | None:
    """Return which of the five languages one speaks in a country, if any."""
    spoken = get_official_languages(country, de_facto=True) if country else ()
    return next((code for code in spoken if code in LANGUAGES), None)


def zone_in(country: str) -> str | None:
    """Return the time zone of a country: its only one, or the first in Europe; None if one has to say which."""
    zones = list(get_global("territory_zones").get(country, ()))
    in_europe = [zone for zone in zones if zone.startswith("Europe/")]
    return zones[0] if len(zones) == 1 else next(iter(in_europe), None)
