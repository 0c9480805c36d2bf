"""Organisations, a line each."""

from collections.abc import Mapping
from typing import Any

from babel.core import get_global
from babel.languages import get_official_languages

from tracker.db import Translated, db
from tracker.folding import fold
from tracker.imports.fields import (
    COUNTRY,
    KIND,
    LANGUAGE,
    NOTES,
    ORGANISATION,
    Field,
    country,
    language,
    line,
    one_of,
    part,
    words,
    zone,
)
from tracker.imports.kinds.kind import (
    ANOTHER,
    ITSELF,
    By,
    Kind,
    Looked,
    Parsed,
    Question,
    Taken,
    give_back,
    had,
    listed,
    missing,
)
from tracker.imports.kinds.known import Bodies
from tracker.imports.models import Verdict
from tracker.language import LANGUAGES, _, _l
from tracker.organisations import actions as organisations
from tracker.organisations.models import Organisation, OrganisationKind, OtherName
from tracker.web.formats import plain

FIELDS = (
    Field(
        "name", _l("Name"), f"{ORGANISATION}|nome|nev|nume|denominazione|denumire|bezeichnung", line, 200, needed=True
    ),
    one_of("kind", _l("Kind"), KIND, OrganisationKind),
    Field(
        "place",
        _l("Place"),
        "city|town|ort|stadt|sitz|luogo|citta|comune|sede|hely|varos|szekhely|localitate|oras",
        line,
        at_most=120,
    ),
    Field("country", _l("Country"), COUNTRY, country),
    Field(
        "subdivision",
        _l("Part of the country"),
        "state|province|bundesland|provinz|provincia|regione|megye|judet",
        part,
    ),
    Field("language", _l("Language"), LANGUAGE, language),
    Field("zone", _l("Time zone"), "zeitzone|fuso orario|idozona|fus orar", zone),
    Field("aliases", _l("Other names"), "aliases|auch|andere namen|altri nomi|mas nevek|alte nume", line, at_most=1000),
    Field("notes", _l("Notes"), NOTES, words, at_most=5000),
)


class OrganisationLines(Kind):
    """A line for each organisation."""

    fields = FIELDS
    table = Organisation
    _PLAIN = ("kind", "place", "subdivision", "language", "notes")

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there."""
        super().__init__(by, made)
        self.bodies = Bodies()

    def called(self, parsed: Parsed) -> str:
        """Return the name."""
        return parsed["name"] or ""

    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is: the same name in the same country is the same; the same name elsewhere is asked about."""
        name, country = parsed["name"], parsed["country"]
        found = [one for one in self.bodies.by_name.get(fold(name), []) if one.id not in self.made]
        here = [one for one in found if country in {None, one.country}]
        named = [one for one in here if fold(name) in map(fold, one.name.spellings)]
        identity = f"{fold(name)}|{country or ''}"
        row = self.bodies.all.get(chosen) if chosen else None
        row = row or (named[0] if len(named) == 1 and chosen is None else None)
        if row is not None:
            return self._beside(parsed, row, identity)
        if found and chosen != ANOTHER:
            alike = tuple((one.id, self.bodies.told(one)) for one in found)
            return Looked(Verdict.ALIKE, name, identity, question=Question(ITSELF, alike))
        if reason := self._lacks(parsed):
            return self.wrong(parsed, reason)
        return Looked(Verdict.NEW, name, identity)

    def _lacks(self, parsed: Parsed) -> str | None:
        if parsed["country"] is None:
            return missing(_("Country"))
        if self._zone(parsed) is None:
            return missing(_("Time zone"))
        if parsed["subdivision"] and not parsed["subdivision"].startswith(f"{parsed['country']}-"):
            return _("This is no part of the country that you chose.")
        return None

    def _zone(self, parsed: Parsed) -> str | None:
        country = parsed["country"]
        return parsed["zone"] or self.bodies.zones.get(country) or zone_in(country)

    def _beside(self, parsed: Parsed, row: Organisation, identity: str) -> Looked:
        changes = self.differences(parsed, row, self._PLAIN)
        if names := self._names(parsed, row):
            changes = (*changes, (_("Other names"), "", "; ".join(names)))
        verdict = Verdict.CHANGED if changes else Verdict.SAME
        return Looked(verdict, plain(row.name), identity, changes=changes, row=row)

    @staticmethod
    def _names(parsed: Parsed, row: Organisation) -> list[str]:
        known = {fold(one) for one in (*row.name.spellings, *(alias.text for alias in row.aliases))}
        return [one for one in (parsed["name"], *listed(parsed["aliases"])) if fold(one) not in known]

    def taken(self, parsed: Parsed, looked: Looked) -> Taken:
        """Enter it, or change what differs."""
        if (row := looked.row) is None:
            return Taken(self._made(parsed), is_made=True)
        before, names = had(row, parsed, self._PLAIN), self._names(parsed, row)
        values: dict[str, Any] = {name: getattr(row, name) for name in (*self._PLAIN, "name", "part_of")}
        organisations.change_organisation(
            row,
            **(values | {name: parsed[name] for name in before}),
            aliases=[*(alias.as_typed for alias in row.aliases), *(OtherName(one[:200]) for one in names)],
            closed_days=[(one.from_on, one.until_on, one.label) for one in row.closed_days],
            **self.by.who,
        )
        return Taken(row, is_made=False, before={**before, **({"aliases": names} if names else {})})

    def _made(self, parsed: Parsed) -> Organisation:
        country = parsed["country"]
        spoken = parsed["language"] or language_in(country) or self.by.language
        values = {key: parsed[key] for key in ("place", "country", "subdivision", "notes")}
        made = organisations.create_organisation(
            name=Translated.of(spoken, self.by.now, **{spoken: parsed["name"]}),
            kind=parsed["kind"] or OrganisationKind.ASSOCIATION,
            language=spoken,
            zone=self._zone(parsed),
            aliases=[OtherName(one[:200]) for one in listed(parsed["aliases"])],
            **values,
            **self.by.who,
        )
        db.session.flush()
        return made

    def take_back(self, row: Organisation, before: Mapping[str, Any]) -> None:
        """Give it what it had before."""
        names = set(before.get("aliases", ()))
        give_back(row, {name: value for name, value in before.items() if name != "aliases"})
        row.aliases = [one for one in row.aliases if one.text not in names]


def language_in(country: str | None) -> str | None:
    """Return which of the five languages one speaks in a country, if any."""
    spoken = get_official_languages(country, de_facto=True) if country else ()
    return next((code for code in spoken if code in LANGUAGES), None)


def zone_in(country: str) -> str | None:
    """Return the time zone of a country: its only one, or the first in Europe; None if one has to say which."""
    zones = list(get_global("territory_zones").get(country, ()))
    in_europe = [zone for zone in zones if zone.startswith("Europe/")]
    return zones[0] if len(zones) == 1 else next(iter(in_europe), None)
