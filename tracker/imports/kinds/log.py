"""What happened, a line each."""

import sqlalchemy as sa

from tracker.db import Translated, db
from tracker.folding import fold
from tracker.imports.fields import (
    DATE,
    KIND,
    NOTES,
    ORGANISATION,
    PARTNERSHIP,
    PROJECT,
    Field,
    day,
    line,
    one_of,
    partial,
    words,
)
from tracker.imports.kinds.kind import By, Kind, Looked, Parsed, Taken
from tracker.imports.kinds.known import Bodies, Titles
from tracker.imports.models import Verdict
from tracker.language import _l
from tracker.log import actions as log
from tracker.log.models import LogEntry, LogKind
from tracker.log.rules import check
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project
from tracker.refusal import Refused

FIELDS = (
    Field("happened_on", _l("Date"), DATE, partial, needed=True),
    one_of("kind", _l("Kind"), KIND, LogKind),
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
    Field("project", _l("Project"), PROJECT, line, refers="project"),
    Field("partnership", _l("Partnership"), PARTNERSHIP, line, refers="partnership"),
    Field("organisation", _l("Organisation"), f"with|mit|con|cu|{ORGANISATION}", line, refers="organisation"),
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
    table = LogEntry
    _ABOUT = ("project", "partnership", "organisation")

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there."""
        super().__init__(by, made)
        self.registers = {"project": Titles(Project), "partnership": Titles(Partnership), "organisation": Bodies()}

    def complete(self, parsed: Parsed) -> Parsed:
        """Ask the rule of the log."""
        if parsed.reasons:
            return parsed
        about = tuple(parsed[name] for name in self._ABOUT)
        try:
            check(happened_on=parsed["happened_on"], about=about, today=self.by.today)
        except Refused as refusal:
            return Parsed(parsed.values, (refusal.sentence,))
        return parsed

    def called(self, parsed: Parsed) -> str:
        """Return what happened."""
        return parsed["summary"] or ""

    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:  # noqa: ARG002 - nothing is asked of these
        """Say whether it is there already: the same words on the same day about the same."""
        summary = parsed["summary"]
        about = {name: parsed[name] for name in self._ABOUT}
        ids = [str(row.id) if row else "" for row in about.values()]
        identity = f"{parsed['happened_on']}|{'|'.join(ids)}|{fold(summary)}"[:400]
        query = sa.select(LogEntry).where(
            LogEntry.happened_on == parsed["happened_on"],
            LogEntry.archived_at.is_(None),
            *(getattr(LogEntry, f"{name}_id") == (row.id if row else None) for name, row in about.items()),
        )
        words = fold(summary)
        there = any(
            words in map(fold, one.summary.spellings) for one in db.session.scalars(query) if one.id not in self.made
        )
        return Looked(Verdict.SAME if there else Verdict.NEW, summary[:200], identity)

    def taken(self, parsed: Parsed, looked: Looked) -> Taken:  # noqa: ARG002 - they are all new
        """Write it into the log."""
        names = ("happened_on", *self._ABOUT, "details", "next_step", "next_step_on")
        entry = log.log_entry(
            kind=parsed["kind"] or LogKind.NOTE,
            summary=Translated.of(self.by.language, self.by.now, **{self.by.language: parsed["summary"]}),
            language=self.by.language,
            today=self.by.today,
            **{name: parsed[name] for name in names},
            **self.by.who,
        )
        db.session.flush()
        return Taken(entry, is_made=True)
