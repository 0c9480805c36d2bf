"""Projects, a line each."""

from typing import Any

from tracker.db import Translated, db
from tracker.folding import fold
from tracker.imports.fields import (
    BEGIN,
    END,
    PARTNERSHIP,
    PROJECT,
    SUMMARY,
    TITLE,
    Field,
    line,
    one_of,
    partial,
    words,
)
from tracker.imports.kinds.kind import ANOTHER, ITSELF, By, Kind, Looked, Parsed, Question, Taken, first_of, had, kept
from tracker.imports.kinds.known import Bodies, Coordinators, Titles
from tracker.imports.models import Verdict
from tracker.language import _l
from tracker.partnerships.models import Partnership
from tracker.projects import actions as projects
from tracker.projects.models import Project, ProjectRole, ProjectStatus
from tracker.projects.rules import check_dates, check_end
from tracker.refusal import Refused
from tracker.web.formats import plain

#: As people head the column of those who take part in a role.
_ROLES = {
    ProjectRole.LEAD: "leitung|federfuhrend|trager|projekttrager|capofila|vezeto|coordonator de proiect|lider",
    ProjectRole.PARTNER: "partners|projektpartner|partner im projekt|partner di progetto|partnerek|parteneri|"
    "organisation|organisationen|beteiligte|enti|szervezetek|organizatii",
    ProjectRole.ASSOCIATED: "associated partners|assoziierte partner|associati|tarsult partnerek|parteneri asociati",
    ProjectRole.FUNDER: "funders|funding|forderer|fordergeber|mittelgeber|finanziatori|tamogato|tamogatok|finantatori",
    ProjectRole.INTERMEDIARY: "intermediaries|vermittler|vermittlung|intermediari|kozvetito|intermediari",
    ProjectRole.HOST: "host|gastgeber|ospitante|vendeglato|gazda",
}
FIELDS = (
    Field("title", _l("Title"), f"{TITLE}|project|{PROJECT}", line, needed=True),
    Field("edition_label", _l("Edition"), "auflage|ausgabe|edizione|kiadas|editia|editie", line, at_most=60),
    one_of("status", _l("Status"), "state|stand|stato|allapot|stare", ProjectStatus),
    Field("begins", _l("Begin"), BEGIN, partial),
    Field("ends", _l("End"), END, partial),
    Field(
        "partnerships",
        _l("Partnerships"),
        f"partnership|{PARTNERSHIP}|partnerschaften",
        words,
        at_most=2000,
        refers="partnership",
        many=True,
    ),
    *(
        Field(role.value, role.label, _ROLES[role], words, at_most=2000, refers="organisation", many=True)
        for role in ProjectRole
    ),
    Field(
        "coordinators",
        _l("Coordinators"),
        "coordinator|zustandig|koordination|betreut von|referente|felelos|koordinator|coordonator",
        words,
        at_most=1000,
        refers="coordinator",
        many=True,
    ),
    Field("summary", _l("Summary"), f"{SUMMARY}|ziel|aim", words, at_most=5000),
)


class ProjectLines(Kind):
    """A line for each project."""

    fields = FIELDS
    table = Project
    _PLAIN = ("edition_label", "status", "begins", "ends")

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there."""
        super().__init__(by, made)
        self.titles = Titles(Project)
        self.registers = {
            "organisation": Bodies(),
            "partnership": Titles(Partnership),
            "coordinator": Coordinators(),
        }

    def complete(self, parsed: Parsed) -> Parsed:
        """Ask the rules of projects."""
        if parsed.reasons:
            return parsed
        try:
            check_dates(parsed["begins"], parsed["ends"])
            check_end(parsed["ends"], parsed["partnerships"] or ())
        except Refused as refusal:
            return Parsed(parsed.values, (refusal.sentence,), parsed.question)
        return parsed

    def called(self, parsed: Parsed) -> str:
        """Return the title."""
        return parsed["title"] or ""

    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say what a line is: the same title and no other year or edition is the same project."""
        title = parsed["title"]
        year = parsed["begins"].year if parsed["begins"] else ""
        identity = f"{fold(title)}|{fold(parsed['edition_label'] or '')}|{year}"[:400]
        titled = [one for one in self.titles.called(title) if one.id not in self.made]
        same = [one for one in titled if self._is_of_its_time(parsed, one)]
        row = first_of(titled, chosen) if chosen else None
        row = row or (same[0] if len(same) == 1 and chosen is None else None)
        if row is not None:
            changes = self._changes(parsed, row)
            verdict = Verdict.CHANGED if changes else Verdict.SAME
            return Looked(verdict, plain(row.title)[:200], identity, changes=changes, row=row)
        if titled and chosen != ANOTHER:
            answers = tuple((one.id, self.titles.told(one)) for one in titled)
            return Looked(Verdict.ALIKE, title[:200], identity, question=Question(ITSELF, answers))
        return Looked(Verdict.NEW, title[:200], identity, changes=self.filled(self._lacking(parsed)))

    @staticmethod
    def _is_of_its_time(parsed: Parsed, row: Project) -> bool:
        """Whether nothing says that a project is another edition."""
        label, begins = parsed["edition_label"], parsed["begins"]
        if label and row.edition_label and fold(label) != fold(row.edition_label):
            return False
        return begins is None or row.begins is None or begins.year == row.begins.year

    def _lacking(self, parsed: Parsed) -> dict[str, Any]:
        """Return what something new gets though its line does not say it: it stands where its dates put it."""
        if parsed["status"]:
            return {}
        today, begins, ends = self.by.today, parsed["begins"], parsed["ends"]
        if ends and ends.latest < today:
            return {"status": ProjectStatus.COMPLETED}
        is_on = begins is not None and begins.latest <= today and ends is not None
        return {"status": ProjectStatus.RUNNING if is_on else ProjectStatus.PLANNED}

    def _changes(self, parsed: Parsed, row: Project) -> tuple[tuple[str, str, str], ...]:
        labels = {one.key: str(one.label) for one in self.fields}
        changes = list(self.differences(parsed, row, self._PLAIN))
        for name, new in self._joining(parsed, row).items():
            changes.append((labels[name], "", ", ".join(plain(getattr(one, "title", None) or one.name) for one in new)))
        return tuple(changes)

    def _joining(self, parsed: Parsed, row: Project | None) -> dict[str, list[Any]]:
        """Return who and what comes to a project, by the column."""
        there = {(one.organisation_id, one.role) for one in row.organisations} if row else set()
        found: dict[str, list[Any]] = {
            role.value: [one for one in parsed[role.value] or () if (one.id, role) not in there] for role in ProjectRole
        }
        for name in ("partnerships", "coordinators"):
            known = getattr(row, name) if row else ()
            found[name] = [one for one in parsed[name] or () if one not in known]
        return {name: new for name, new in found.items() if new}

    def taken(self, parsed: Parsed, looked: Looked) -> Taken:
        """Enter it, or change what differs. Raises Refused."""
        row: Project | None = looked.row
        joining = self._joining(parsed, row)
        roles = [(one.id, role) for role in ProjectRole for one in joining.get(role.value, ())]
        if row is None:
            values = {name: parsed[name] for name in self._PLAIN} | self._lacking(parsed)
            made = projects.create_project(
                roles=roles,
                coordinators=parsed["coordinators"] or None,
                title=self._text(parsed["title"]),
                summary=self._text(parsed["summary"]),
                partnerships=parsed["partnerships"] or [],
                **values,
                **self.by.who,
            )
            db.session.flush()
            return Taken(made, is_made=True)
        before = kept(had(row, parsed, self._PLAIN))
        before |= {
            name: [one.id for one in getattr(row, name)] for name in ("partnerships", "coordinators") if name in joining
        }
        old = set(row.organisations)
        projects.change_project(
            row,
            title=row.title,
            summary=row.summary,
            roles=[*((one.organisation_id, one.role) for one in row.organisations), *roles],
            partnerships=[*row.partnerships, *joining.get("partnerships", ())],
            coordinators=[*row.coordinators, *joining.get("coordinators", ())],
            **{name: parsed[name] or getattr(row, name) for name in self._PLAIN},
            **self.by.who,
        )
        db.session.flush()
        return Taken(row, is_made=False, before=before, more=[one for one in row.organisations if one not in old])

    def take_back(self, row: Project, before: Any) -> None:  # noqa: ANN401 - as above
        """Give it what it had before."""
        for name in ("partnerships", "coordinators"):
            if name in before:
                setattr(row, name, [one for one in getattr(row, name) if one.id in before[name]])
        super().take_back(row, {name: value for name, value in before.items() if name in self._PLAIN})

    def _text(self, words: str | None) -> Translated | None:
        return Translated.of(self.by.language, self.by.now, **{self.by.language: words}) if words else None
