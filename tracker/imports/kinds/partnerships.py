"""Partnerships, a line each."""

from typing import Any

from tracker.db import Translated, db
from tracker.folding import fold
from tracker.imports.fields import BEGIN, END, KIND, SUMMARY, TITLE, Field, line, one_of, partial, words
from tracker.imports.kinds.kind import ANOTHER, ITSELF, By, Kind, Looked, Parsed, Question, Taken, first_of, had, kept
from tracker.imports.kinds.known import Bodies, Coordinators, Titles
from tracker.imports.models import Verdict
from tracker.language import _l, translated
from tracker.organisations.models import OrganisationKind
from tracker.organisations.queries import office
from tracker.partnerships import actions as partnerships
from tracker.partnerships.models import (
    CONTACT_INTERVAL,
    Partnership,
    PartnershipKind,
    PartnershipStatus,
    Pillar,
    Side,
)
from tracker.partnerships.rules import check_continuation, check_dates, check_sides
from tracker.refusal import Refused
from tracker.web.formats import plain

FIELDS = (
    Field("title", _l("Title"), f"{TITLE}|partnership|partnerschaft|gemellaggio|partnerseg|parteneriat", line),
    Field(
        "here",
        _l("On our side"),
        "here|we|our side|wir|unsere seite|von uns|nostra parte|noi|a mi oldalunkon|mi|partea noastra",
        words,
        at_most=2000,
        refers="organisation",
        many=True,
    ),
    Field(
        "there",
        _l("On the other side"),
        "there|partner|partners|with|partnerin|partnerkommune|partnergemeinde|mit|andere seite|partner organisation|"
        "controparte|altra parte|comune partner|con|partnerek|tulso oldal|parteneri|partener|cealalta parte|cu",
        words,
        at_most=2000,
        refers="organisation",
        many=True,
        needed=True,
    ),
    one_of("kind", _l("Kind"), KIND, PartnershipKind),
    one_of("pillar", _l("Pillar"), "saule|ebene|pilastro|pillar|pilier|pilon|level", Pillar),
    one_of("status", _l("Status"), "state|stand|stato|allapot|stare", PartnershipStatus),
    Field(
        "contact_since",
        _l("In contact since"),
        f"contact since|since|seit|kontakt seit|in contatto dal|kapcsolat kezdete|in contact din|{BEGIN}",
        partial,
    ),
    Field(
        "formal_since",
        _l("Formal since"),
        "signed|founded|besiegelt|gegrundet|unterzeichnet|partnerschaft seit|ufficiale dal|firmato|alairva|oficial din",
        partial,
    ),
    Field("ended", _l("Ended"), f"beendet|terminato|concluso|befejezve|incheiat|{END}", partial),
    Field("umbrella", _l("Under the umbrella of"), "umbrella|unter|dach|dachpartnerschaft", line, refers="partnership"),
    Field("continued_by", _l("Continued by"), "fortgefuhrt von|successor|nachfolge", line, refers="partnership"),
    Field("what_we_call_them", _l("What we call them"), "", line, at_most=200),
    Field("what_they_call_us", _l("What they call us"), "", line, at_most=200),
    Field("coordinator", _l("Coordinator"), "zustandig|betreut von|referente|felelos", line, refers="coordinator"),
    Field("summary", _l("Summary"), SUMMARY, words, at_most=5000),
)


class PartnershipLines(Kind):
    """A line for each partnership."""

    fields = FIELDS
    table = Partnership
    _PLAIN = (
        "kind",
        "pillar",
        "status",
        "contact_since",
        "formal_since",
        "ended",
        "what_we_call_them",
        "what_they_call_us",
    )
    _ROWS = ("umbrella", "continued_by", "coordinator")

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there."""
        super().__init__(by, made)
        self.titles = Titles(Partnership)
        self.registers = {"organisation": Bodies(), "partnership": self.titles, "coordinator": Coordinators()}
        self.all = {row.id: row for rows in self.titles.by_name.values() for row in rows}
        self.office = office()

    def complete(self, parsed: Parsed) -> Parsed:
        """Fill in what a line need not say: our side is the office, the title names both sides."""
        ours = parsed["here"] or ([self.office.organisation] if self.office and self.office.organisation else [])
        theirs = parsed["there"] or []
        names = ((plain(translated(one.name, self.by.language)) for one in side) for side in (ours, theirs))
        title = parsed["title"] or " – ".join(", ".join(side) for side in names)[:400]
        said = {name for name in ("here", "title") if parsed[name]}
        values = {**parsed.values, "here": ours, "there": theirs, "title": title, "said": said}
        return Parsed(values, parsed.reasons, parsed.question)

    def called(self, parsed: Parsed) -> str:
        """Return the title."""
        return parsed["title"] if parsed["there"] or "title" in parsed["said"] else ""

    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is: what has its title is the same, or what is between the same where it has none."""
        title, parties = parsed["title"], {one.id for one in (*parsed["here"], *parsed["there"])}
        identity = f"{fold(title)}|{','.join(map(str, sorted(parties)))}"[:400]
        there = [one for one in self.all.values() if one.id not in self.made]
        titled = [one for one in self.titles.called(title) if one in there]
        between = [one for one in there if {party.organisation_id for party in one.parties} == parties]
        alike = list(dict.fromkeys([*titled, *between]))
        sure = titled if "title" in parsed["said"] else alike
        row = first_of(alike, chosen) if chosen else None
        row = row or (sure[0] if len(sure) == 1 and chosen is None else None)
        if row is None and alike and chosen != ANOTHER:
            answers = tuple((one.id, self.titles.told(one)) for one in alike)
            return Looked(Verdict.ALIKE, title[:200], identity, question=Question(ITSELF, answers))
        try:
            self._check(parsed, row)
        except Refused as refusal:
            return self.wrong(parsed, refusal.sentence)
        if row is None:
            return Looked(Verdict.NEW, title[:200], identity, changes=self.filled(self._lacking(parsed)))
        changes = self._changes(parsed, row)
        verdict = Verdict.CHANGED if changes else Verdict.SAME
        return Looked(verdict, plain(row.title)[:200], identity, changes=changes, row=row)

    def _lacking(self, parsed: Parsed) -> dict[str, Any]:
        """Return what something new gets though its line does not say it."""
        of_towns = any(one.kind is OrganisationKind.MUNICIPALITY for one in parsed["here"])
        usual: dict[str, Any] = {
            "title": None if "title" in parsed["said"] else parsed["title"],
            "here": None if "here" in parsed["said"] else ", ".join(plain(one.name) for one in parsed["here"]),
            "kind": PartnershipKind.PARTNERSHIP,
            "pillar": Pillar.MUNICIPALITY if of_towns else Pillar.THEME,
            "status": PartnershipStatus.ENDED if parsed["ended"] else PartnershipStatus.ACTIVE,
        }
        return {
            name: value for name, value in usual.items() if value and (name in {"title", "here"} or not parsed[name])
        }

    def _check(self, parsed: Parsed, row: Partnership | None) -> None:
        """Raise Refused for what no partnership can be."""
        here, there = self._sides(parsed, row)
        check_sides(here, there)
        dates = ("contact_since", "formal_since", "ended")
        check_dates(*(parsed[name] or (getattr(row, name) if row else None) for name in dates))
        lacking = self._lacking(parsed)
        status = parsed["status"] or (row.status if row else lacking["status"])
        check_continuation(status, parsed["continued_by"] or (row.continued_by if row else None))

    def _sides(self, parsed: Parsed, row: Partnership | None) -> tuple[list[int], list[int]]:
        """Return who stands on which side by then: those that a line names come to those who are there."""
        named = {
            Side.HERE: parsed["here"] if row is None or "here" in parsed["said"] else [],
            Side.THERE: parsed["there"],
        }
        there = row.parties if row else []
        here, others = (
            list(
                dict.fromkeys(
                    [*(one.organisation_id for one in there if one.side is side), *(one.id for one in named[side])]
                )
            )
            for side in Side
        )
        return here, others

    def _changes(self, parsed: Parsed, row: Partnership) -> tuple[tuple[str, str, str], ...]:
        labels = {one.key: str(one.label) for one in self.fields}
        changes = list(self.differences(parsed, row, self._PLAIN))
        for name in self._ROWS:
            before, after = getattr(row, name), parsed[name]
            if after is not None and after is not before:
                changes.append((labels[name], _named(before), _named(after)))
        known = {party.organisation_id for party in row.parties}
        for name in ("here", "there"):
            new = [one for one in parsed[name] if one.id not in known and (name == "there" or "here" in parsed["said"])]
            if new:
                changes.append((labels[name], "", ", ".join(plain(one.name) for one in new)))
        return tuple(changes)

    def taken(self, parsed: Parsed, looked: Looked) -> Taken:
        """Enter it, or change what differs. Raises Refused."""
        row: Partnership | None = looked.row
        here, there = self._sides(parsed, row)
        summary = self._text(parsed["summary"])
        if row is None:
            names = (*self._PLAIN, *self._ROWS)
            values = {name: parsed[name] for name in names} | self._lacking(parsed)
            values |= {"title": self._text(parsed["title"]), "summary": summary}
            values.pop("here", None)
            made = partnerships.create_partnership(
                here=here, there=there, contact_interval_days=CONTACT_INTERVAL, **values, **self.by.who
            )
            db.session.flush()
            return Taken(made, is_made=True)
        before = had(row, parsed, self._PLAIN)
        rows = {name: parsed[name] or getattr(row, name) for name in self._ROWS}
        changed = [name for name in self._ROWS if rows[name] is not getattr(row, name)]
        before |= {f"{name}_id": getattr(row, f"{name}_id") for name in changed}
        old = set(row.parties)
        values = {name: parsed[name] or getattr(row, name) for name in self._PLAIN}
        partnerships.change_partnership(
            row, title=row.title, summary=row.summary, here=here, there=there, **values, **rows, **self.by.who
        )
        db.session.flush()
        return Taken(row, is_made=False, before=kept(before), more=[one for one in row.parties if one not in old])

    def _text(self, words: str | None) -> Translated | None:
        return Translated.of(self.by.language, self.by.now, **{self.by.language: words}) if words else None


def _named(row: Any) -> str:  # noqa: ANN401 - a partnership or a person
    return "" if row is None else plain(getattr(row, "title", None) or row.name)
