"""The pages that look across: start, one project, partnership, organisation or person, search, health."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, jsonify, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug import Response

from tracker import clock
from tracker.accounts import queries as accounts
from tracker.accounts.rules import may_archive as may_archive_person
from tracker.accounts.rules import may_edit_accounts, may_invite
from tracker.agreements import queries as agreements
from tracker.agreements.rules import may_edit as may_edit_agreements
from tracker.answers.rules import may_take_back
from tracker.attendance import queries as attendance
from tracker.attendance.rules import may_edit as may_edit_guests
from tracker.backups.queries import standing as backups
from tracker.contributions import telling
from tracker.contributions.queries import Given
from tracker.contributions.rules import may_edit as may_edit_contributions
from tracker.contributions.rules import sees_all as sees_all_contributions
from tracker.db import PartialDate, db
from tracker.events import queries as events
from tracker.events import telling as event_words
from tracker.events.rules import is_unsettled, may_send, nights_of
from tracker.events.rules import may_edit as may_edit_events
from tracker.exchange.rules import turn
from tracker.guestlists.counting import answered, by_delegation
from tracker.guests.queries import asked as asked_guests
from tracker.guests.rules import may_see_needs
from tracker.history.rules import key_of
from tracker.inbox import queries as inbox
from tracker.inbox.rules import address_of, is_late, may_see_inbox
from tracker.lineage import queries as lineage
from tracker.lineage.rules import may_enter as may_enter_lineage
from tracker.log import heard, tally
from tracker.log.forms import ShortEntryForm
from tracker.log.rules import is_without_contact
from tracker.log.rules import may_list as may_list_log
from tracker.log.rules import may_see_people as may_see_who_was_there
from tracker.log.rules import may_write as may_log
from tracker.mail.queries import silent_jobs, standing
from tracker.milestones import queries as milestones
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.rules import may_edit as may_edit_organisations
from tracker.oversight.rules import may_oversee
from tracker.overview import finding, queries, today
from tracker.overview.forms import Question
from tracker.overview.papers import around
from tracker.overview.rhythm import first_day, rhythm
from tracker.overview.rules import (
    LINES,
    may_see_history_of,
    may_write_to,
    shown_at_once,
)
from tracker.overview.timeline import lettered, numbered, stands_on, timeline
from tracker.participants import queries as participants
from tracker.participants.rules import may_add
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Side
from tracker.partnerships.rules import is_looked_after
from tracker.partnerships.rules import may_edit as may_edit_partnerships
from tracker.partnerships.rules import may_list as may_list_partnerships
from tracker.people import queries as people
from tracker.people.rules import is_current, may_see_contact_data
from tracker.people.rules import may_edit as may_edit_people
from tracker.projects.models import Project
from tracker.projects.rules import ENDED
from tracker.projects.rules import may_edit as may_edit_projects
from tracker.reminders.returning import is_expected
from tracker.reminders.rules import may_see_reminders
from tracker.travel import queries as travel
from tracker.updates import queries as updates
from tracker.updates.rules import may_ask, may_report, may_translate, may_withdraw
from tracker.web.access import Somebody, found, office, public, somebody
from tracker.web.formats import reader_zone
from tracker.web.kept import kept
from tracker.workdays.rules import local_day

bp = Blueprint("overview", __name__)
#: As many guests as the page of an event shows; the others have a page of their own.
FIRST_GUESTS = 10


# ---- the start page


@bp.get("/")
@kept
def start() -> str:
    """Everybody sees what there is to do today."""
    reader = somebody()
    return _asked_today(reader) if reader.is_partner else _open_today(reader)


def _open_today(reader: Somebody) -> str:
    now, day = clock.now(), clock.today(reader.zone)
    coming, steps = today.coming(reader, day), today.steps(reader, day)
    news, waiting = today.news(reader, found(office()), now=now, today=day)
    debts = today.debts(waiting, day, now)
    odd, editions = today.to_look_at(reader, day) if may_edit_people(reader) else ((), ())
    return render_template(
        "overview/start.html",
        today=day,
        mails=reader.inbox_waiting if may_see_inbox(reader) else 0,
        late=today.late(reader, day),
        debts=debts[:LINES],
        number_of_debts=len(debts),
        owed=today.owed(reader, day, now),
        coming=coming,
        agenda=today.agenda(coming.rows, [step for step in steps if step.by_id != reader.id]),
        mine=[step for step in steps if step.by_id == reader.id],
        news=news,
        quiet=heard.quiet(reader, day, LINES),
        unconfirmed=[one for one in odd if one.unconfirmed_since],
        refused=[one for one in odd if one.address_refused_at],
        editions=editions,
        is_expected=is_expected,
        may_act=may_log(reader),
        sees_contact_data=may_see_contact_data(reader),
        me=reader.id,
    )


def _asked_today(reader: Somebody) -> str:
    now, day = clock.now(), clock.today(reader.zone)
    theirs = milestones.theirs(reader)
    said = updates.last_said(milestone.id for milestone in theirs)
    waiting = today.waiting(reader, found(office()), now=now, today=day)
    questions = [one.request for one in waiting if one.is_asked(reader.id)]
    asked = {one.id for one in theirs if today.is_asked(one, said.get(one.id), day, now)}
    asked -= {one.milestone_id for one in questions}
    rows = sorted(queries.projects_in(reader), key=lambda project: project.status in ENDED)
    return render_template(
        "overview/start_partner.html",
        today=day,
        asked=[milestone for milestone in theirs if milestone.id in asked],
        questions=questions,
        journeys=travel.waiting_for(reader, local_day(now, found(office()).zone)),
        me=reader.id,
        dates=[one for one in theirs if one.id not in asked and one.id not in {on.milestone_id for on in questions}],
        assessments=list(Assessment),
        projects=rows,
        heads=participants.heads_by_project([project.id for project in rows]),
    )


# ---- one thing and all that belongs to it


@bp.get("/projects/<int:project_id>")
@kept
def project(project_id: int) -> str:
    """Everybody who may know of a project sees all that belongs to it."""
    reader, day, now = somebody(), clock.today(somebody().zone), clock.now()
    row = found(queries.project(reader, project_id))
    said, waiting = queries.said_of(row, reader, found(office()), now=now, today=day)
    asked = {one.request.milestone_id for one in waiting if one.is_asked(reader.id)}
    promised = queries.milestones_of(row, reader)
    open_ones = [one for one in promised if one.state is MilestoneState.OPEN]
    at_once = shown_at_once(open_ones, day)
    lines = participants.of_project(row, reader)
    around = queries.around(row, reader)

    def may_report_on(milestone: Milestone) -> bool:
        return may_report(reader, row, milestone, asked=milestone.id in asked)

    return render_template(
        "overview/project.html",
        project=row,
        mail_address=_mail_address(row, reader),
        today=day,
        around=around,
        milestones=promised,
        near=open_ones[:at_once],
        later=open_ones[at_once:],
        closed_ones=sorted((one for one in promised if one not in open_ones), key=stands_on, reverse=True),
        next=open_ones[0] if open_ones else None,
        numbers=numbered(promised),
        timeline=timeline(promised, day, around.events),
        letters=lettered(around.events),
        assessments=list(Assessment),
        updates=said,
        waiting=waiting,
        me=reader.id,
        may_ask=may_ask(reader, row),
        may_withdraw=may_withdraw(reader),
        may_translate=lambda update: may_translate(reader, update),
        may_take_back=lambda update: may_take_back(reader, update, now),
        logged=queries.logged(row, reader),
        when=event_words.when_in_short,
        may_edit_events=may_edit_events(reader),
        participants=lines,
        totals=queries.totals(lines),
        together=telling.together,
        may_edit_contributions=may_edit_contributions(reader),
        sees_all_contributions=sees_all_contributions(reader),
        told=queries.history(row, reader),
        may_enter_lineage=may_enter_lineage(reader),
        form=_short_form(reader, archived=row.archived_at is not None),
        may_edit=may_edit_projects(reader),
        may_comment=may_report(reader, row, None),
        may_report=may_report_on,
        may_add=may_add(reader) and row.archived_at is None,
        may_write_to=may_write_to(reader),
        sees_partnerships=may_list_partnerships(reader),
        sees_people=may_see_who_was_there(reader),
        sees_log_list=may_list_log(reader),
        asks_partner=reader.is_partner,
        may_see_reminders=may_see_reminders(reader),
        may_oversee=may_oversee(reader),
    )


def _mail_address(row: Project, reader: Somebody) -> str | None:
    """Return where mails to a project go, if any come in, for those who look at them."""
    ours = current_app.config["SETTINGS"].inbox_address
    return address_of(row.mail_key, ours) if ours and may_see_inbox(reader) and row.archived_at is None else None


def _short_form(reader: Somebody, *, archived: bool = False) -> ShortEntryForm | None:
    """Return the form that opens in place, for those who may log something; dated today."""
    if archived or not may_log(reader):
        return None
    return ShortEntryForm(formdata=None, happened_on=PartialDate.of(clock.today(reader.zone)))


@bp.get("/partnerships/<int:partnership_id>")
@kept
def partnership(partnership_id: int) -> str:
    """Everybody in the office sees a partnership with its projects and what happened in them."""
    reader, day = somebody(), clock.today(somebody().zone)
    joined = found(queries.partnership(reader, partnership_id, day))
    row = joined.partnership
    last = heard.of_partnership(row, day)
    near = around(row, reader, day)
    return render_template(
        "overview/partnership.html",
        partnership=row,
        today=day,
        below=joined.below,
        continued=joined.continued,
        people=joined.people,
        last=last,
        is_quiet=is_looked_after(row)
        and not joined.below
        and is_without_contact(last.on, row.contact_interval_days, day),
        rhythm=rhythm(tally.contacts(row, first_day(day)), day),
        projects=queries.projects_in(reader, row),
        events=near.events,
        visits=near.visits,
        turn=turn(near.visits),
        sides=Side,
        when=event_words.when_in_short,
        may_edit_events=may_edit_events(reader),
        logged=queries.logged(row, reader),
        told=queries.history(row, reader),
        papers=near.papers,
        documents=near.documents,
        line=near.line,
        may_enter_lineage=may_enter_lineage(reader),
        form=_short_form(reader, archived=row.archived_at is not None),
        may_edit=may_edit_partnerships(reader),
        sees_people=may_see_who_was_there(reader),
    )


@bp.get("/events/<int:event_id>")
@kept
def event(event_id: int) -> str:
    """Everybody who may know of an event sees its programme and who sends how many."""
    reader = somebody()
    row = found(events.whole(reader, event_id))
    sent = by_delegation(row, events.delegations_of(row))
    line, hung = queries.hung(row, reader)
    return render_template(
        "overview/event.html",
        event=row,
        is_unsettled=is_unsettled(row, clock.today(row.zone)),
        when=event_words.when,
        hours=event_words.hours,
        sent=sent,
        line=line,
        may_enter_lineage=may_enter_lineage(reader),
        nights_of=nights_of,
        guests=attendance.first(reader, row, FIRST_GUESTS),
        answered=answered(sent),
        may_edit_guests=may_edit_guests(reader),
        asked=asked_guests(row) if may_edit_guests(reader) else None,
        documents=hung,
        may_see_needs=may_see_needs(reader, row),
        may_send=lambda organisation_id=None: may_send(reader, organisation_id),
        told=queries.history(row, reader),
        may_edit=may_edit_events(reader),
        sees_people=may_see_who_was_there(reader),
        sees_partnerships=may_list_partnerships(reader),
    )


@bp.get("/agreements/<int:agreement_id>")
@kept
def agreement(agreement_id: int) -> str:
    """Everybody in the office sees what was signed, by whom, and what came out of it."""
    reader = somebody()
    row = found(agreements.one(reader, agreement_id))
    line, hung = queries.hung(row, reader)
    return render_template(
        "overview/agreement.html",
        agreement=row,
        documents=hung,
        sees_people=may_see_who_was_there(reader),
        line=line,
        told=queries.history(row, reader),
        may_enter_lineage=may_enter_lineage(reader),
        may_edit=may_edit_agreements(reader),
    )


@bp.get("/organisations/<int:organisation_id>")
@kept
def organisation(organisation_id: int) -> str:
    """Everybody who may know of an organisation sees who is there and what it takes part in."""
    reader, day = somebody(), clock.today(somebody().zone)
    row, whole, parts = queries.organisation(reader, organisation_id)
    one = found(row)
    there, given = queries.projects_with(one, reader)
    return render_template(
        "overview/organisation.html",
        organisation=one,
        whole=whole,
        parts=parts,
        today=day,
        contacts=people.contacts_at(one.id, day, reader),
        partnerships=partnerships.of_organisation(one, reader),
        projects=there,
        given=given,
        together=telling.together,
        given_in_all=Given.of(part for to_one in given for part in to_one.given.sums),
        logged=queries.logged(one, reader),
        told=queries.history(one, reader) if may_see_history_of(reader) else None,
        line=lineage.line(reader, key_of(one)),
        may_enter_lineage=may_enter_lineage(reader),
        reader_sees_all=reader.sees_all,
        form=_short_form(reader, archived=one.archived_at is not None),
        may_edit=may_edit_organisations(reader),
        sees_contact_data=may_see_contact_data(reader),
        sees_people=may_see_who_was_there(reader),
        sees_log_list=may_list_log(reader),
    )


@bp.get("/people/<int:person_id>")
@kept
def person(person_id: int) -> str:
    """Everybody who may know of a person sees what they do; how to reach them, only the office."""
    reader, day = somebody(), clock.today(somebody().zone)
    row = found(people.one(reader, person_id))
    functions = people.contacts_of(row, reader)
    current = [contact for contact in functions if is_current(contact, day)]
    places = [row.zone, *(contact.organisation.zone for contact in current)]
    zone = next((place for place in places if place), reader_zone())
    sees_contact_data = may_see_contact_data(reader)
    account = accounts.account_of(row.id) if sees_contact_data else None
    return render_template(
        "overview/person.html",
        person=row,
        zone=zone,
        local=clock.now().astimezone(ZoneInfo(zone)),
        current=current,
        former=[contact for contact in functions if contact not in current],
        access=account,
        projects=queries.projects_of(row, reader),
        events=attendance.attended_by(row.id, reader),
        when_attended=event_words.when_in_short,
        told=queries.history(row, reader) if may_see_history_of(reader) else None,
        sees_contact_data=sees_contact_data,
        may_edit=may_edit_people(reader),
        may_archive=may_archive_person(reader, account),
        may_invite=may_invite(reader, account),
        may_edit_accounts=may_edit_accounts(reader),
    )


# ---- search


@bp.get("/search")
def search() -> str:
    """Everybody finds what they may know of, however it is spelt."""
    form = Question(request.args)
    words = form.chosen().get("q") or ""
    too_short = bool(words) and finding.is_too_short(words)
    return render_template(
        "overview/search.html",
        form=form,
        words=words,
        too_short=too_short,
        groups=finding.search(words, somebody()) if words and not too_short else [],
        sees_log_list=may_list_log(somebody()),
    )


# ---- health


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """Anything that watches the site learns what the banner says; no names, no figures of the office."""
    try:
        now = clock.now()
        seen, stands, silent, kept = office(), standing(now), silent_jobs(now), backups(now)
        mailbox = _mailbox(now)
    except SQLAlchemyError:
        db.session.rollback()
        return jsonify(database="unreachable", worker=None, last_tick=None, oldest_waiting=None), 503
    # What waits because the office wants it to is not late.
    is_late = stands.late > 0 and not (seen and seen.sending_paused)
    answer = jsonify(
        database="ok",
        worker="silent" if stands.is_silent else "ok",
        silent_jobs=silent,
        mail="undeliverable" if stands.troubled else "late" if is_late else "ok",
        last_tick=_iso(stands.last_tick_at),
        oldest_waiting=_iso(stands.waiting_since),
        backup="failed" if kept.trouble else "too old" if kept.is_too_old else "ok" if kept.last_at else "none yet",
        last_backup=_iso(kept.last_at),
        inbox=mailbox,
    )
    is_ill = stands.is_silent or stands.troubled or is_late or kept.trouble or kept.is_too_old
    is_ill = is_ill or mailbox == "unreadable"
    return answer, 503 if is_ill else 200


def _mailbox(now: datetime) -> str:
    if not current_app.config["SETTINGS"].reads_mail:
        return "off"
    return "unreadable" if is_late(inbox.failing_since(), now) else "ok"


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
