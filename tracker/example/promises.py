"""Invented milestones of a running project, and what is said about them."""

from dataclasses import dataclass
from datetime import date, datetime

from tracker.db import Translated
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.milestones.models import Assessment, Milestone, MilestoneKind, MilestoneMove, MilestoneState
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.updates.models import EndedBecause, StatusRequest, StatusUpdate


@dataclass(frozen=True)
class Owner:
    """Who has promised something."""

    person: Person
    organisation: Organisation


@dataclass
class Promises:
    """Writes the milestones of one project."""

    pen: Pen
    project: Project
    by: Person
    entered_at: datetime

    def promise(
        self,
        title: Translated,
        owner: Owner,
        *,
        due: int,
        kind: MilestoneKind = MilestoneKind.MILESTONE,
        done: int | None = None,
        assessment: Assessment | None = None,
    ) -> Milestone:
        """Enter a milestone due so many days from today, perhaps done on another day."""
        due_on = self.pen.day(due)
        milestone = self.pen.keep(
            Milestone(
                project=self.project,
                title=title,
                kind=kind,
                state=MilestoneState.OPEN if done is None else MilestoneState.DONE,
                first_due_on=due_on,
                due_on=due_on,
                due_since=self.entered_at,
                done_on=None if done is None else self.pen.day(done),
                assessment=assessment if done is None else Assessment.DONE,
                responsible_person=owner.person,
                responsible_organisation=owner.organisation,
                responsible_since=self.entered_at,
                created_at=self.entered_at,
            )
        )
        self._tell(Verb.MILESTONE_CREATED, milestone, by=self.by, at=self.entered_at, due_on=due_on)
        if done is not None:
            self._tell(Verb.MILESTONE_DONE, milestone, by=self.by, at=self.pen.moment(done, hour=13))
        return milestone

    def move(self, milestone: Milestone, to_on: date, *, by: Person, at: datetime) -> None:
        """Move it, and keep the date it had."""
        from_on = milestone.due_on
        milestone.moves.append(MilestoneMove(from_on=from_on, to_on=to_on, at=at, by_id=by.id))
        milestone.due_on, milestone.due_since = to_on, at
        self._tell(Verb.MILESTONE_MOVED, milestone, by=by, at=at, from_on=from_on, to_on=to_on)

    def say(
        self,
        by: Person,
        text: str,
        *,
        days: int,
        about: Milestone | None = None,
        assessment: Assessment | None = None,
        new_due: int | None = None,
    ) -> StatusUpdate:
        """Let somebody say, in their language, how things stand, so many days from today."""
        at = self.pen.moment(days, hour=8, minute=20)
        to_on = None if new_due is None else self.pen.day(new_due)
        update = StatusUpdate(
            project=self.project,
            milestone=about,
            assessment=assessment,
            new_due_on=to_on,
            text=text,
            language=by.language,
            at=at,
            by=by,
        )
        self.pen.keep(update)
        self._tell_update(update)
        if about is not None and assessment is not None:
            about.assessment = assessment
        if about is not None and to_on is not None:
            self.move(about, to_on, by=by, at=at)
        return update

    def ask(
        self,
        whom: Person,
        *,
        days: int,
        by_day: int,
        about: Milestone | None = None,
        question: str | None = None,
        answer: StatusUpdate | None = None,
    ) -> StatusRequest:
        """Let somebody be asked how it stands, so many days from today, until another day; perhaps they answered."""
        asked_at = self.pen.moment(days, hour=9, minute=40)
        request = self.pen.keep(
            StatusRequest(
                project=self.project,
                milestone=about,
                person=whom,
                asked_by=self.by,
                asked_at=asked_at,
                answer_by=self.pen.day(by_day),
                question=question,
                language=self.by.language,
                ended_at=answer.at if answer else None,
                ended_because=EndedBecause.ANSWERED if answer else None,
            )
        )
        facts: dict[str, object] = {"answer_by": request.answer_by}
        verb = Verb.REQUEST_MADE
        if about is not None:
            verb, facts["title"] = Verb.REQUEST_MADE_ON_MILESTONE, about.title
        self.pen.tell(verb, request, by=self.by, at=asked_at, within=self.project, **facts)
        return request

    def _tell_update(self, update: StatusUpdate) -> None:
        pen, about, said = self.pen, update.milestone, update.assessment
        if about is not None and said is not None:
            verb, facts = Verb.UPDATE_SUBMITTED_ON_MILESTONE, {"title": about.title, "assessment": said}
        elif about is not None:
            verb, facts = Verb.COMMENTED_ON_MILESTONE, {"title": about.title}
        elif said is not None:
            verb, facts = Verb.UPDATE_SUBMITTED, {"assessment": said}
        else:
            verb, facts = Verb.COMMENTED, {}
        pen.tell(verb, update, by=update.by, at=update.at, within=self.project, **facts)

    def _tell(self, verb: Verb, milestone: Milestone, *, by: Person, at: datetime, **facts: object) -> None:
        self.pen.tell(verb, milestone, by=by, at=at, within=self.project, title=milestone.title, **facts)
