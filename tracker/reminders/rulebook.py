"""What people do with rules: change them, switch them on and off, give a project its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from babel.lists import format_list
from sqlalchemy import ColumnElement, or_, select

from tracker.db import db
from tracker.history.actions import record
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, key_of
from tracker.history.telling import Told, told
from tracker.language import _, _l, ngettext, spoken
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.reminders.matters import Rule, Subject, Unit
from tracker.reminders.models import ReminderRule, ReminderSubject
from tracker.reminders.subjects import SUBJECTS
from tracker.updates.models import StatusRequest
from tracker.web.access import Somebody

#: So many recipients are asked for once more.
MANY = 50


class Act(Enum):
    """What is to become of a rule."""

    CHANGE = "change"
    SWITCH_ON = "on"
    SWITCH_OFF = "off"
    ADD = "add"
    REMOVE = "remove"
    RESUME = "resume"


class Count(Enum):
    """What the numbers of a rule count."""

    BEFORE = "before"
    AFTER = "after"
    MONTHS = "months"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Shape:
    """What can be set in the rules of a subject."""

    count: Count
    to_whom: str
    again: bool = False
    #: What cannot be set but has to be said first.
    first: str | None = None
    #: Whether a project may have its own.
    in_projects: bool = False

    @property
    def can_be_set(self) -> bool:
        """Whether it has anything but a switch."""
        return self.count is not Count.NOTHING or self.again


_RESPONSIBLE = _l(
    "the responsible person, else the first contact of the responsible organisation, else the coordinators"
)
_KNOWN: Mapping[ReminderSubject, Shape] = MappingProxyType(
    {
        ReminderSubject.MILESTONE_DUE: Shape(Count.BEFORE, _RESPONSIBLE, in_projects=True),
        ReminderSubject.MILESTONE_OVERDUE: Shape(
            Count.AFTER,
            _l("as before the date; from the second on the coordinators too"),
            again=True,
            in_projects=True,
        ),
        ReminderSubject.STATUS_REQUEST: Shape(
            Count.AFTER, _l("the person asked, in the end their deputy"), in_projects=True
        ),
        ReminderSubject.NEXT_STEP: Shape(Count.BEFORE, _l("who wrote the log entry"), in_projects=True),
        ReminderSubject.PARTNERSHIP_QUIET: Shape(
            Count.NOTHING,
            _l("the coordinator of the partnership"),
            again=True,
            first=_l("when the days agreed for the partnership have passed without contact"),
        ),
        ReminderSubject.JUBILEE: Shape(Count.MONTHS, _l("the coordinator of the partnership")),
        ReminderSubject.AGREEMENT_ENDS: Shape(Count.MONTHS, _l("the coordinator of the partnership")),
        ReminderSubject.EVENT: Shape(
            Count.BEFORE,
            _l("guests, heads of delegations, the first contact of the host organisation, and with whom guests stay"),
            in_projects=True,
        ),
        ReminderSubject.EVENT_OPEN: Shape(
            Count.BEFORE, _l("the coordinators of the project, or of the partnership"), in_projects=True
        ),
        ReminderSubject.EDITION: Shape(Count.MONTHS, _l("the coordinators of the last edition"), in_projects=True),
        ReminderSubject.TRAVEL: Shape(Count.BEFORE, _l("those who were asked and have not answered"), in_projects=True),
        ReminderSubject.OVERVIEW: Shape(
            Count.NOTHING,
            _l("everybody with something open"),
            first=_l("on the first working day of the week or on every working day, as each of them chose"),
        ),
    }
)


def _shape(subject: Subject) -> Shape:
    """Tell from the defaults of a subject what can be set, where nothing is said about it above."""
    count = Count.BEFORE if subject.default.then_every_days is None else Count.AFTER
    if not subject.default.steps:
        count = Count.NOTHING
    elif subject.unit is Unit.MONTHS:
        count = Count.MONTHS
    return Shape(count, _l("those whom it concerns"), again=subject.default.then_every_days is not None)


SHAPES: Mapping[ReminderSubject, Shape] = MappingProxyType(
    {**_KNOWN, **{word: _shape(subject) for word, subject in SUBJECTS.items() if word not in _KNOWN}}
)


# ---- in words


def when(subject: ReminderSubject, rule: "Rule | ReminderRule | Proposal") -> list[str]:
    """Return when a rule speaks, in the language that is spoken now."""
    shape, sentences = SHAPES[subject], []
    numbers = in_order(subject, rule.steps)
    if shape.first:
        sentences.append(str(shape.first))
    days = format_list([str(number) for number in numbers if number], locale=spoken())
    if days and shape.count is not Count.NOTHING:
        sentences.append(
            {
                Count.BEFORE: _("working days before the date: %(days)s", days=days),
                Count.AFTER: _("working days after it: %(days)s", days=days),
                Count.MONTHS: _("months before the date: %(days)s", days=days),
            }[shape.count]
        )
    if 0 in numbers and shape.count in {Count.BEFORE, Count.MONTHS}:
        sentences.append(_("on the day itself"))
    if 0 in numbers and shape.count is Count.AFTER:
        sentences.insert(0, _("at once"))
    if shape.again and rule.then_every_days:
        sentences.append(
            ngettext("then again after %(num)s day", "then again every %(num)s days", rule.then_every_days)
        )
    if shape.again and rule.at_most:
        sentences.append(ngettext("%(num)s letter at most", "%(num)s letters at most", rule.at_most))
    return sentences


def in_order(subject: ReminderSubject, days: Iterable[int]) -> tuple[int, ...]:
    """Return the days in the order in which they come."""
    return tuple(sorted(set(days), reverse=SHAPES[subject].count is not Count.AFTER))


# ---- who may


def may_see_rules(reader: Somebody) -> bool:
    """Whether they see the rules."""
    return reader.is_coordinator


def may_change_site_rules(reader: Somebody) -> bool:
    """Whether they change what holds for all projects."""
    return reader.is_administrator


def may_change_rules_of(reader: Somebody, coordinator_ids: Iterable[int]) -> bool:
    """Whether they change the rules of a project: an administrator, or who coordinates it."""
    return reader.is_administrator or (reader.is_coordinator and reader.id in set(coordinator_ids))


# ---- what somebody wants


@dataclass(frozen=True)
class Proposal:
    """A rule as somebody wants it to be. Nothing is changed by it."""

    act: Act
    #: None: all that a project is reminded of.
    subject: ReminderSubject | None
    project_id: int | None = None
    #: The rule as it stands; None where one is to be added.
    rule_id: int | None = None
    #: Which version of it was looked at.
    version: int | None = None
    steps: tuple[int, ...] = ()
    then_every_days: int | None = None
    at_most: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What the row would hold."""
        return {
            "steps": list(self.steps),
            "then_every_days": self.then_every_days,
            "at_most": self.at_most,
        }

    def with_values(self, steps: Iterable[int], then_every_days: int | None, at_most: int | None) -> "Proposal":
        """Return it with other numbers; what cannot be set for its subject stays as it is."""
        shape = SHAPES[self.subject] if self.subject else None
        if shape is None:
            return self
        days = self.steps if shape.count is Count.NOTHING else tuple(dict.fromkeys(steps))
        if not shape.again:
            return replace(self, steps=days)
        return replace(self, steps=days, then_every_days=then_every_days, at_most=at_most)

    @property
    def begins_today(self) -> bool:
        """Whether today is planned anew by it; what only comes back waits for the next day."""
        return self.act not in {Act.REMOVE, Act.RESUME}


def proposed(act: Act, row: ReminderRule) -> Proposal:
    """Return what becomes of a rule whose days stay."""
    return Proposal(
        act,
        row.subject,
        row.project_id,
        row.id,
        row.version,
        tuple(row.steps),
        row.then_every_days,
        row.at_most,
    )


def to_add(row: ReminderRule, project_id: int) -> Proposal:
    """Return a rule of a project's own that begins with what holds now."""
    return replace(proposed(Act.ADD, row), project_id=project_id, rule_id=None, version=None)


def as_it_would_be(rules: Iterable[Rule], proposal: Proposal, now: datetime) -> list[Rule]:
    """Return the rules that would stand. What is on or changed begins now: it never mails what lay before."""
    values: dict[str, Any] = {
        "steps": proposal.steps,
        "then_every_days": proposal.then_every_days,
        "at_most": proposal.at_most,
    }
    standing = list(rules)
    if proposal.act is Act.ADD and proposal.subject:
        # No rule in the table has this number.
        return [
            *standing,
            Rule(id=0, subject=proposal.subject, project_id=proposal.project_id, active_since=now, **values),
        ]
    found: list[Rule] = []
    for rule in standing:
        if rule.id != proposal.rule_id:
            found.append(rule)
        elif proposal.act is Act.CHANGE:
            found.append(replace(rule, active_since=now if rule.active_since else None, **values))
        elif proposal.act is not Act.REMOVE:
            found.append(replace(rule, active_since=now if proposal.act is Act.SWITCH_ON else None))
    return found


# ---- doing it


def one(rule_id: int) -> ReminderRule | None:
    """Return a rule that stands."""
    return db.session.scalar(select(ReminderRule).where(ReminderRule.id == rule_id, ReminderRule.archived_at.is_(None)))


def of_site() -> Sequence[ReminderRule]:
    """Return the rules that hold for all projects."""
    asked = select(ReminderRule).where(ReminderRule.project_id.is_(None), ReminderRule.archived_at.is_(None))
    places = {subject: place for place, subject in enumerate(SHAPES)}
    return sorted(db.session.scalars(asked), key=lambda rule: places[rule.subject])


def of_projects() -> dict[int, list[ReminderRule]]:
    """Return project id to its own rules, of those that are not in the archive."""
    asked = (
        select(ReminderRule)
        .join(Project, Project.id == ReminderRule.project_id)
        .where(ReminderRule.archived_at.is_(None), Project.archived_at.is_(None))
    )
    found: dict[int, list[ReminderRule]] = {}
    for rule in db.session.scalars(asked.order_by(ReminderRule.id)):
        found.setdefault(rule.project_id or 0, []).append(rule)
    return found


def projects(ids: Iterable[int]) -> Sequence[Project]:
    """Return projects by their titles."""
    return db.session.scalars(select(Project).where(Project.id.in_(list(ids))).order_by(Project.folded)).all()


def of_project(project_id: int) -> dict[ReminderSubject, ReminderRule]:
    """Return the rules that hold for a project: its own, else the site's."""
    asked = select(ReminderRule).where(
        ReminderRule.archived_at.is_(None),
        (ReminderRule.project_id == project_id) | ReminderRule.project_id.is_(None),
    )
    found: dict[ReminderSubject, ReminderRule] = {}
    for rule in db.session.scalars(asked.order_by(ReminderRule.id)):
        if rule.project_id is not None or rule.subject not in found:
            found[rule.subject] = rule
    return found


def off_rules() -> list[ReminderSubject]:
    """Return what nobody is reminded of for now, unless a project has its own rule."""
    return [rule.subject for rule in of_site() if rule.active_since is None]


def paused_projects() -> Sequence[Project]:
    """Return the projects that nobody is reminded of for now."""
    asked = select(Project).where(Project.reminders_paused.is_(True), Project.archived_at.is_(None))
    return db.session.scalars(asked.order_by(Project.folded, Project.id)).all()


def with_their_own(proposal: Proposal) -> Sequence[Project]:
    """Return the projects that a rule of the site does not speak of, as they have their own."""
    own = of_projects()
    return projects(one for one, rules in own.items() if any(rule.subject is proposal.subject for rule in rules))


#: Lines of the history about rules and about pauses.
_OF_RULES = (Verb.RULE_ADDED, Verb.RULE_CHANGED, Verb.RULE_SWITCHED_ON, Verb.RULE_SWITCHED_OFF, Verb.RULE_REMOVED)
_OF_PAUSES = (Verb.REMINDERS_PAUSED, Verb.REMINDERS_RESUMED)


def changes(project: Project | None = None, limit: int = 20) -> list[Told]:
    """Return who changed the rules of the site, or those of a project and its pauses, the newest first; one query."""
    verbs: tuple[Verb, ...] = _OF_RULES
    here: ColumnElement[bool] = HistoryLine.within.is_(None)
    if project is not None:
        verbs = (*_OF_RULES, *_OF_PAUSES)
        here = or_(HistoryLine.within == key_of(project), HistoryLine.subject == key_of(project))
    query = (
        select(HistoryLine, Person.name)
        .outerjoin(Person, Person.id == HistoryLine.by_id)
        .where(HistoryLine.verb.in_([verb.name for verb in verbs]), here)
        .order_by(HistoryLine.id.desc())
        .limit(limit)
    )
    return [told(line, name) for line, name in db.session.execute(query)]


def carry_out(proposal: Proposal, *, by_id: int, now: datetime) -> None:
    """Do what was looked at. Raises Refused if a project would have two rules about one thing."""
    if proposal.act is Act.RESUME:
        resume(db.session.get_one(Project, proposal.project_id), by_id=by_id, now=now)
    elif proposal.act is Act.ADD:
        _add(proposal, by_id=by_id, now=now)
    else:
        _settle(proposal, by_id=by_id, now=now)


def said_of(act: Act) -> str:
    """Return what was done, in the language that is spoken now."""
    return {
        Act.CHANGE: _("The rule is changed."),
        Act.SWITCH_ON: _("The rule is on."),
        Act.SWITCH_OFF: _("The rule is off."),
        Act.ADD: _("The project has its own rule now."),
        Act.REMOVE: _("The rule of the site holds for the project again."),
        Act.RESUME: _("The project is reminded of again."),
    }[act]


def _settle(proposal: Proposal, *, by_id: int, now: datetime) -> None:
    rule = db.session.get_one(ReminderRule, proposal.rule_id)
    project = db.session.get(Project, rule.project_id) if rule.project_id else None
    told: dict[str, Any] = {"by_id": by_id, "now": now, "within": project}
    if proposal.act is Act.CHANGE:
        changes = {
            name: [_shown(getattr(rule, name)), _shown(new)]
            for name, new in proposal.values.items()
            if getattr(rule, name) != new
        }
        for name, new in proposal.values.items():
            setattr(rule, name, new)
        if changes and rule.active_since:
            rule.active_since = now
        if changes:
            record(Verb.RULE_CHANGED, rule, what=rule.subject, changes=changes, **told)
    elif proposal.act is Act.REMOVE:
        rule.archived_at = now
        record(Verb.RULE_REMOVED, rule, what=rule.subject, **told)
    elif (proposal.act is Act.SWITCH_ON) != (rule.active_since is not None):
        rule.active_since = now if proposal.act is Act.SWITCH_ON else None
        verb = Verb.RULE_SWITCHED_ON if rule.active_since else Verb.RULE_SWITCHED_OFF
        record(verb, rule, what=rule.subject, **told)


def _add(proposal: Proposal, *, by_id: int, now: datetime) -> None:
    # Two who add at the same moment wait for each other here.
    project = db.session.get_one(Project, proposal.project_id, with_for_update=True)
    own = of_project(project.id).get(proposal.subject) if proposal.subject else None
    if own is not None and own.project_id is not None:
        raise Refused(_("Somebody else gave the project its own rule meanwhile."))
    rule = ReminderRule(
        subject=proposal.subject, project_id=project.id, active_since=now, created_at=now, **proposal.values
    )
    db.session.add(rule)
    record(Verb.RULE_ADDED, rule, by_id=by_id, now=now, within=project, what=rule.subject)


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def pause(project: Project, *, by_id: int, now: datetime) -> None:
    """Remind nobody of a project until it is resumed."""
    if not project.reminders_paused:
        project.reminders_paused = True
        record(Verb.REMINDERS_PAUSED, project, by_id=by_id, now=now)


def resume(project: Project, *, by_id: int | None, now: datetime) -> None:
    """Remind of a project again, from tomorrow on; what fell into the pause is not made up for.

    But what was asked is asked anew from now on: nobody has another way to hear of it.
    """
    if project.reminders_paused:
        project.reminders_paused = False
        open_ones = (StatusRequest.project_id == project.id, StatusRequest.ended_at.is_(None))
        for request in db.session.scalars(select(StatusRequest).where(*open_ones)):
            request.asked_at = now
        record(Verb.REMINDERS_RESUMED, project, by_id=by_id, now=now)
