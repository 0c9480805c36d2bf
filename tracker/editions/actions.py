"""What people do with editions: start the next one, say what the series is called and how often it comes back."""

from collections.abc import Iterable
from datetime import datetime

from tracker.db import PartialDate, Translated, db
from tracker.editions.queries import Proposal, editions_of, rules_of
from tracker.editions.rules import Part, Plan, check_plan, relabelled_in, shifted, what_goes_on, who_goes_on
from tracker.events.actions import WHERE, create_event
from tracker.events.models import Event, ProgrammeItem
from tracker.events.rules import check_item
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _, spoken
from tracker.lineage.actions import note_that_led_to
from tracker.lineage.rules import Thing, ThingKind
from tracker.milestones.actions import add_milestone
from tracker.milestones.models import Milestone
from tracker.people.models import Person
from tracker.projects.actions import begin_series, create_project
from tracker.projects.models import Project, ProjectRole, ProjectStatus, Series
from tracker.reforms.actions import wait_for_others
from tracker.refusal import Refused
from tracker.reminders.models import ReminderRule
from tracker.reminders.rulebook import pause


def start_edition(
    project: Project,
    plan: Plan,
    *,
    title: Translated,
    chosen: Iterable[tuple[Proposal, PartialDate | None]],
    by_id: int,
    now: datetime,
) -> Project:
    """Enter the next edition with what was chosen, each thing on its date. Nobody is reminded of it yet.

    Raises Refused; what is about one thing names its field.
    """
    wait_for_others(project)
    check_plan(plan, project, editions_of(project.series_id))
    edition = create_project(
        roles=_roles(project) if Part.ORGANISATIONS in plan.parts else (),
        coordinators=_coordinators(project) if Part.COORDINATORS in plan.parts else None,
        title=title,
        status=ProjectStatus.PLANNED,
        begins=plan.begins,
        ends=plan.ends,
        series=project.series or _begin(project, plan, by_id=by_id, now=now),
        edition_label=plan.label,
        partnerships=_partnerships(project, plan) if Part.PARTNERSHIPS in plan.parts else [],
        by_id=by_id,
        now=now,
    )
    pause(edition, by_id=by_id, now=now)
    for proposal, on in chosen:
        try:
            _take_over(proposal, on, edition, plan, by_id=by_id, now=now)
        except Refused as refusal:
            raise Refused(refusal.sentence, f"on_{proposal.key}") from refusal
    if Part.RULES in plan.parts:
        _take_over_rules(project, edition, by_id=by_id, now=now)
    db.session.flush()
    note_that_led_to(_thing(project), _thing(edition), happened_on=None, note=None, by_id=by_id, now=now)
    return edition


def change_series(series: Series, title: Translated, every_years: int | None, *, by_id: int, now: datetime) -> bool:
    """Say what a series is called and how often it comes back; return whether anything is another now."""
    changes = change(series, {"title": series.title.revised(title), "every_years": every_years})
    if changes:
        record(Verb.SERIES_CHANGED, series, by_id=by_id, now=now, changes=changes)
    return bool(changes)


def _begin(project: Project, plan: Plan, *, by_id: int, now: datetime) -> Series:
    """Let a project that comes back for the first time be the first edition of a series."""
    series = begin_series(plan.series or str(project.title), spoken(), now)
    changes = change(project, {"series": series})
    record(Verb.PROJECT_CHANGED, project, by_id=by_id, now=now, changes=changes)
    return series


def _roles(project: Project) -> list[tuple[int, ProjectRole]]:
    going_on = ((who_goes_on(one.organisation), one.role) for one in project.organisations)
    return list(dict.fromkeys((body.id, role) for body, role in going_on if body))


def _coordinators(project: Project) -> list[Person] | None:
    return [one for one in project.coordinators if _is_there(one)] or None


def _partnerships(project: Project, plan: Plan) -> list[object]:
    going_on = (what_goes_on(one, plan.ends or plan.begins) for one in project.partnerships)
    return list(dict.fromkeys(one for one in going_on if one))


def _is_there(person: Person | None) -> bool:
    return person is not None and person.archived_at is None and person.locked_at is None


def _thing(project: Project) -> Thing:
    return Thing(ThingKind.PROJECT, project.id, project.title, project.begins)


# ---- what it takes over


def _take_over(
    proposal: Proposal, on: PartialDate | None, edition: Project, plan: Plan, *, by_id: int, now: datetime
) -> None:
    if on is None:
        raise Refused(_("Please write a date, or do not take it over."))
    if isinstance(proposal.row, Event):
        _hold_again(proposal.row, proposal, on, edition, plan, by_id=by_id, now=now)
    else:
        _promise_again(proposal.row, proposal, on, edition, by_id=by_id, now=now)


def _promise_again(
    last: Milestone, proposal: Proposal, on: PartialDate, edition: Project, *, by_id: int, now: datetime
) -> None:
    # Who answers for it does so for an organisation that takes part.
    asked = last.responsible_person if _is_there(last.responsible_person) else None
    add_milestone(
        edition,
        due_on=on.earliest,
        title=relabelled_in(last.title, last.project, str(edition.edition_label)),
        kind=last.kind,
        responsible_organisation=proposal.who,
        responsible_person=asked if proposal.who is proposal.was else None,
        by_id=by_id,
        now=now,
    )


def _hold_again(
    last: Event, proposal: Proposal, on: PartialDate, edition: Project, plan: Plan, *, by_id: int, now: datetime
) -> None:
    until = plan.ends or plan.begins
    kept = {name: getattr(last, name) for name in WHERE} | {"host": proposal.who}
    event = create_event(
        project=edition,
        partnership=what_goes_on(last.partnership, until) if last.partnership else None,
        kind=last.kind,
        title=relabelled_in(last.title, last.project, str(edition.edition_label)),
        summary=last.summary,
        begins_on=on,
        begins_at=last.begins_at,
        ends_on=shifted(last.ends_on, last.begins_on, on) if last.ends_on else None,
        ends_at=last.ends_at,
        zone=last.zone,
        reminders_paused=True,
        by_id=by_id,
        now=now,
        **kept | {"on_the_spot": last.on_the_spot if _is_there(last.on_the_spot) else None},
    )
    for item in last.programme:
        day = shifted(PartialDate.of(item.on), last.begins_on, on).earliest
        check_item(event, day, item.begins_at, item.ends_at)
        event.programme.append(
            ProgrammeItem(
                on=day,
                begins_at=item.begins_at,
                ends_at=item.ends_at,
                title=relabelled_in(item.title, last.project, str(edition.edition_label)),
                place=item.place,
                who=item.who,
            )
        )


def _take_over_rules(project: Project, edition: Project, *, by_id: int, now: datetime) -> None:
    for last in rules_of(project):
        rule = ReminderRule(
            subject=last.subject,
            project_id=edition.id,
            steps=list(last.steps),
            then_every_days=last.then_every_days,
            at_most=last.at_most,
            active_since=now if last.active_since else None,
            created_at=now,
        )
        db.session.add(rule)
        record(Verb.RULE_ADDED, rule, by_id=by_id, now=now, within=edition, what=last.subject)
