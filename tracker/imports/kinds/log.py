"""What happened, a line each."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tracker.db import Translated, db
from tracker.folding import fold
from tracker.imports.fields import DATE, NOTES, ORGANISATION, Field, How, WrongError, day, line, partial, word_of, words
from tracker.imports.kinds.kind import STAYS_OUT, By, Kind, Looked, Parsed, Taken, wrong
from tracker.imports.kinds.known import Bodies, by_title
from tracker.imports.models import Verdict
from tracker.language import _, _l
from tracker.log import actions as log
from tracker.log.models import LogEntry, LogKind
from tracker.log.rules import check
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project
from tracker.refusal import Refused

FIELDS = (
    Field("happened_on", _l("Date"), DATE, partial, needed=True),
    Field("kind", _l("Kind"), "type|art|typ|tipo|tipus|tip", word_of(LogKind)),
    Field(
        "summary",
        _l("What happened"),
        "subject|text|betreff|vermerk|was|inhalt|oggetto|descrizione|targy|leiras|subiect|descriere",
        line,
        needed=True,
    ),
    Field(
        "details", _l("Details"), f"more|einzelheiten|naheres|dettagli|reszletek|detalii|{NOTES}", words, at_most=5000
    ),
    Field("project", _l("Project"), "projekt|progetto|proiect", line, at_most=400),
    Field(
        "partnership",
        _l("Partnership"),
        "partnerschaft|partenariato|gemellaggio|partnerseg|parteneriat",
        line,
        at_most=400,
    ),
    Field("organisation", _l("Organisation"), f"with|mit|con|cu|{ORGANISATION}", line, at_most=200),
    Field(
        "next_step",
        _l("Next step"),
        "to do|nachster schritt|todo|prossimo passo|passo successivo|kovetkezo lepes|pasul urmator",
        line,
        at_most=400,
    ),
    Field("next_step_on", _l("Next step on"), "until|bis|faellig|frist|entro|hatarido|termen", day),
)


class LogLines(Kind):
    """A line for each thing that happened."""

    fields = FIELDS

    def __init__(self, by: By) -> None:
        """Look what is there."""
        super().__init__(by)
        self.bodies = Bodies()
        self.projects = by_title(Project)
        self.partnerships = by_title(Partnership)

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
            return wrong(parsed, summary[:200])
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
