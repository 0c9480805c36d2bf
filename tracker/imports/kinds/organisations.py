"""Organisations, a line each."""

from collections.abc import Mapping, Sequence
from typing import Any

from babel.core import get_global
from babel.languages import get_official_languages

from tracker.db import Translated, db
from tracker.folding import fold
from tracker.imports.fields import (
    COUNTRY,
    LANGUAGE,
    NOTES,
    ORGANISATION,
    Field,
    country,
    language,
    line,
    part,
    word_of,
    words,
    zone,
)
from tracker.imports.kinds.kind import (
    ANOTHER,
    STAYS_OUT,
    By,
    Kind,
    Looked,
    Parsed,
    Taken,
    before,
    differences,
    give_back,
    listed,
    where,
    wrong,
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
    Field("kind", _l("Kind"), "type|art|typ|tipo|tipus|tip", word_of(OrganisationKind)),
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

    def __init__(self, by: By) -> None:
        """Look what is there."""
        super().__init__(by)
        self.bodies = Bodies()

    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is: the same name in the same country is the same; the same name elsewhere is asked about."""
        name, country = parsed["name"] or "", parsed["country"]
        if parsed.reasons:
            return wrong(parsed, name)
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
            return Looked(Verdict.ALIKE, name, identity, alike=tuple((one.id, where(one)) for one in found))
        reason = self._missing(parsed)
        return wrong(parsed, name, reason) if reason else Looked(Verdict.NEW, name, identity)

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
        changes = differences(self.fields, parsed, row, ("kind", "place", "subdivision", "language", "notes"))
        if names := self._names(parsed, row):
            changes = (*changes, (_("Other names"), "", "; ".join(names)))
        verdict = Verdict.CHANGED if changes else Verdict.SAME
        return Looked(verdict, plain(row.name), identity, changes=changes, row=row)

    def _names(self, parsed: Parsed, row: Organisation) -> list[str]:
        known = {fold(one) for one in (*row.name.spellings, *(alias.text for alias in row.aliases))}
        return [one for one in (parsed["name"], *listed(parsed["aliases"])) if fold(one) not in known]

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
                aliases=[OtherName(one[:200]) for one in listed(parsed["aliases"])],
                **values,
                **by,
            )
            db.session.flush()
            self.bodies.add(made)
            return Taken(made, is_made=True)
        had = before(row, parsed, ("kind", "place", "subdivision", "language", "notes"))
        names = self._names(parsed, row)
        kept: dict[str, Any] = {
            name: getattr(row, name)
            for name in ("kind", "place", "subdivision", "language", "notes", "name", "part_of")
        }
        wanted = {name: parsed[name] for name in had}
        organisations.change_organisation(
            row,
            **(kept | wanted),
            aliases=[*(alias.as_typed for alias in row.aliases), *(OtherName(one[:200]) for one in names)],
            closed_days=[(one.from_on, one.until_on, one.label) for one in row.closed_days],
            **by,
        )
        return Taken(row, is_made=False, before={**had, **({"aliases": names} if names else {})})

    def take_back(self, row: Organisation, before: Mapping[str, Any]) -> None:
        """Give it what it had before."""
        names = set(before.get("aliases", ()))
        give_back(row, before, kinds={"kind": OrganisationKind})
        row.aliases = [one for one in row.aliases if one.text not in names]

    def unmake(self, row: Organisation) -> None:
        """Delete it."""
        db.session.delete(row)


def language_in(country: str | None) -> str | None:
    """Return which of the five languages one speaks in a country, if any."""
    spoken = get_official_languages(country, de_facto=True) if country else ()
    return next((code for code in spoken if code in LANGUAGES), None)


def zone_in(country: str) -> str | None:
    """Return the time zone of a country: its only one, or the first in Europe; None if one has to say which."""
    zones = list(get_global("territory_zones").get(country, ()))
    in_europe = [zone for zone in zones if zone.startswith("Europe/")]
    return zones[0] if len(zones) == 1 else next(iter(in_europe), None)
