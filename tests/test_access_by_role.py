"""Every route, asked by each of the cast and by nobody, about the same things: theirs, or foreign to them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug import Response
from werkzeug.routing import Rule

from tests import builders
from tests.conftest import Cast, sign_in
from tracker import clock
from tracker.accounts.models import SignIn
from tracker.db import db, writing
from tracker.mail.models import MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Organisation
from tracker.people.models import Contact, Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules
from tracker.reminders.models import ReminderRule, ReminderSubject

METHODS = ("GET", "POST")
ASKING = ("nobody", "administrator", "coordinator", "reader", "partner", "stranger")
#: Endpoint and method to the answers that each of them gets, in the order above: a status, or "in" for being led to the
#: sign-in page. The partner's organisation takes part in what is asked for, the stranger's does not. An empty form that
#: is sent by somebody who may send it comes back with 200.
ANSWERS: dict[tuple[str, str], str] = {
    ("log.archive", "POST"): "in 302 302 403 403 404",
    ("log.edit", "GET"): "in 200 200 403 403 404",
    ("log.edit", "POST"): "in 200 200 403 403 404",
    ("log.index", "GET"): "in 200 200 200 403 403",
    ("log.new", "GET"): "in 200 200 403 403 403",
    ("log.new", "POST"): "in 200 200 403 403 403",
    ("log.step_done", "POST"): "in 302 302 403 403 404",
    ("milestones.archive", "POST"): "in 302 302 403 403 404",
    ("milestones.cancel", "POST"): "in 302 302 403 403 404",
    ("milestones.done", "POST"): "in 302 302 403 403 404",
    ("milestones.edit", "GET"): "in 200 200 403 403 404",
    ("milestones.edit", "POST"): "in 200 200 403 403 404",
    ("milestones.index", "GET"): "in 200 200 200 200 200",
    ("milestones.move", "GET"): "in 200 200 403 403 404",
    ("milestones.move", "POST"): "in 200 200 403 403 404",
    ("milestones.new", "GET"): "in 200 200 403 403 404",
    ("milestones.new", "POST"): "in 200 200 403 403 404",
    ("milestones.reopen", "POST"): "in 302 302 403 403 404",
    ("organisations.archive", "POST"): "in 302 302 403 403 404",
    ("organisations.edit", "GET"): "in 200 200 403 403 404",
    ("organisations.edit", "POST"): "in 200 200 403 403 404",
    ("organisations.index", "GET"): "in 200 200 200 200 200",
    ("organisations.new", "GET"): "in 200 200 403 403 403",
    ("organisations.new", "POST"): "in 200 200 403 403 403",
    ("organisations.office", "GET"): "in 200 403 403 403 403",
    ("organisations.office", "POST"): "in 200 403 403 403 403",
    ("organisations.statement", "GET"): "200 200 200 200 200 200",
    ("overview.healthz", "GET"): "200 200 200 200 200 200",
    ("overview.organisation", "GET"): "in 200 200 200 200 404",
    ("overview.partnership", "GET"): "in 200 200 200 404 404",
    ("overview.person", "GET"): "in 200 200 200 200 404",
    ("overview.project", "GET"): "in 200 200 200 200 404",
    ("overview.search", "GET"): "in 200 200 200 200 200",
    ("overview.start", "GET"): "in 200 200 200 200 200",
    ("participants.archive", "POST"): "in 302 302 403 403 404",
    ("participants.edit", "GET"): "in 200 200 403 403 404",
    ("participants.edit", "POST"): "in 200 200 403 403 404",
    ("participants.new", "GET"): "in 200 200 403 200 404",
    ("participants.new", "POST"): "in 200 200 403 200 404",
    ("partnerships.archive", "POST"): "in 302 302 403 404 404",
    ("partnerships.edit", "GET"): "in 200 200 403 404 404",
    ("partnerships.edit", "POST"): "in 200 200 403 404 404",
    ("partnerships.index", "GET"): "in 200 200 200 403 403",
    ("partnerships.new", "GET"): "in 200 200 403 403 403",
    ("partnerships.new", "POST"): "in 200 200 403 403 403",
    ("accounts.account", "GET"): "in 200 403 403 403 404",
    ("accounts.account", "POST"): "in 200 403 403 403 404",
    ("accounts.archive", "POST"): "in 302 302 403 403 404",
    ("people.edit", "GET"): "in 200 200 403 403 404",
    ("people.edit", "POST"): "in 200 200 403 403 404",
    ("people.edit_function", "GET"): "in 200 200 403 403 404",
    ("people.edit_function", "POST"): "in 200 200 403 403 404",
    ("people.end_function", "POST"): "in 302 302 403 403 404",
    ("accounts.end_other_sign_ins", "POST"): "in 302 302 302 302 302",
    ("accounts.end_sign_in", "POST"): "in 302 302 302 302 302",
    ("entrance.forgotten", "GET"): "200 200 200 200 200 200",
    ("entrance.forgotten", "POST"): "200 200 200 200 200 200",
    ("people.index", "GET"): "in 200 200 200 200 200",
    ("accounts.invite", "GET"): "in 200 200 403 403 404",
    ("accounts.invite", "POST"): "in 200 200 403 403 404",
    ("accounts.lock", "POST"): "in 302 403 403 403 404",
    ("people.new", "GET"): "in 200 200 403 403 403",
    ("people.new", "POST"): "in 200 200 403 403 403",
    ("people.new_function", "GET"): "in 200 200 403 403 404",
    ("people.new_function", "POST"): "in 200 200 403 403 404",
    ("entrance.new_password", "GET"): "404 404 404 404 404 404",
    ("entrance.new_password", "POST"): "404 404 404 404 404 404",
    ("entrance.password", "GET"): "in 200 200 200 200 200",
    ("entrance.password", "POST"): "in 200 200 200 200 200",
    ("accounts.settings", "GET"): "in 200 200 200 200 200",
    ("accounts.settings", "POST"): "in 200 200 200 200 200",
    ("entrance.sign_in", "GET"): "200 302 302 302 302 302",
    ("entrance.sign_in", "POST"): "200 200 200 200 200 200",
    ("entrance.sign_out", "POST"): "in in in in in in",
    ("entrance.welcome", "GET"): "404 404 404 404 404 404",
    ("entrance.welcome", "POST"): "404 404 404 404 404 404",
    ("projects.archive", "POST"): "in 302 302 403 403 404",
    ("projects.edit", "GET"): "in 200 200 403 403 404",
    ("projects.edit", "POST"): "in 200 200 403 403 404",
    ("projects.index", "GET"): "in 200 200 200 200 200",
    ("projects.new", "GET"): "in 200 200 403 403 403",
    ("projects.new", "POST"): "in 200 200 403 403 403",
    ("postbox.address", "GET"): "in 200 200 403 403 403",
    ("postbox.address", "POST"): "in 200 200 403 403 403",
    ("postbox.index", "GET"): "in 200 200 403 403 403",
    ("postbox.settle", "POST"): "in 302 302 403 403 403",
    ("preferences.address", "GET"): "in 200 200 200 200 200",
    ("preferences.address", "POST"): "in 200 200 200 200 200",
    ("preferences.letters", "GET"): "in 200 200 200 200 200",
    ("preferences.letters", "POST"): "in 302 302 302 302 302",
    ("preferences.new_address", "GET"): "404 404 404 404 404 404",
    ("preferences.new_address", "POST"): "404 404 404 404 404 404",
    ("preferences.unsubscribe", "GET"): "404 404 404 404 404 404",
    ("preferences.unsubscribe", "POST"): "404 404 404 404 404 404",
    ("reminders.add", "GET"): "in 200 200 403 403 404",
    ("reminders.add", "POST"): "in 200 200 403 403 404",
    ("reminders.edit", "GET"): "in 200 403 403 403 403",
    ("reminders.edit", "POST"): "in 200 403 403 403 403",
    ("reminders.index", "GET"): "in 200 200 200 403 403",
    ("reminders.new", "GET"): "in 200 200 403 403 404",
    ("reminders.new", "POST"): "in 200 200 403 403 404",
    ("reminders.of_project", "GET"): "in 200 200 403 403 404",
    ("reminders.past", "GET"): "in 200 200 200 403 403",
    ("reminders.pause", "POST"): "in 302 302 403 403 404",
    ("reminders.promise", "GET"): "200 200 200 200 200 200",
    ("reminders.resume", "POST"): "in 200 200 403 403 404",
    ("reminders.rules", "GET"): "in 200 200 403 403 403",
    ("reminders.settle", "GET"): "in 200 403 403 403 403",
    ("reminders.settle", "POST"): "in 200 403 403 403 403",
    ("static", "GET"): "200 200 200 200 200 200",
    ("updates.ask", "GET"): "in 200 200 403 403 404",
    ("updates.ask", "POST"): "in 200 200 403 403 404",
    ("updates.new", "GET"): "in 200 200 403 200 404",
    ("updates.new", "POST"): "in 200 200 403 200 404",
    ("updates.withdraw", "POST"): "in 302 302 403 403 404",
}


@pytest.fixture
def about(app: Flask, cast: Cast) -> dict[str, Any]:
    """Give what addresses are made of: things in the project of the partner."""
    now = clock.now()
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        here = db.session.get_one(Organisation, cast.here)
        kassel = db.session.get_one(Organisation, cast.office)
        guest = builders.person("Gina Gast", at=here)
        builders.participant(project, person=guest, organisation_id=here.id)
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == guest.id)).one()
        message = enqueue(
            key="letter|1|2027-03-02",
            kind=MessageKind.LETTER,
            person_id=cast.partner,
            address="radu@example.org",
            language="ro",
            zone="Europe/Bucharest",
            subject="Termen",
            text="Bună ziua",
            html="<p>Bună ziua</p>",
            now=now,
        )
        things: dict[str, Any] = {
            "project_id": cast.project,
            "milestone_id": cast.milestone,
            "organisation_id": cast.here,
            "partnership_id": builders.partnership(kassel, here).id,
            "entry_id": builders.log_entry(project_id=project.id, next_step="Anrufen").id,
            "participant_id": builders.participant(project, organisation_id=here.id).id,
            "person_id": guest.id,
            "contact_id": contact.id,
            "message_id": message.id,
            "request_id": builders.request(project, db.session.get_one(Person, cast.partner)).id,
            "secret": "unknown",
            "token": "unknown",
            "rule_id": due_rule(now),
            "subject": ReminderSubject.MILESTONE_DUE.value,
            "what": "off",
            "which": "imprint",
            "act": "drop",
            "filename": "css/tracker.css",
        }
        db.session.commit()
    sign_in(app, cast.partner)
    with app.app_context():
        things["sign_in_id"] = db.session.scalars(sa.select(SignIn.id)).one()
    return things


def due_rule(now: datetime) -> int:
    """Make the default rules and return the number of the first that one thinks of."""
    ensure_site_rules(now)
    due = sa.select(ReminderRule.id).where(ReminderRule.subject == ReminderSubject.MILESTONE_DUE)
    return db.session.scalars(due).one()


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Return each route with each method that it has."""
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            if method in (rule.methods or ()):
                yield rule, method


def test_every_route_stands_in_the_table(app: Flask) -> None:
    assert sorted((rule.endpoint, method) for rule, method in rules(app)) == sorted(ANSWERS)


@pytest.mark.parametrize("asked", ANSWERS, ids=" ".join)
def test_everybody_gets_what_is_theirs(
    app: Flask, cast: Cast, browse: Callable[..., FlaskClient], about: dict[str, Any], asked: tuple[str, str]
) -> None:
    endpoint, method = asked
    rule = next(rule for rule, _method in rules(app) if rule.endpoint == endpoint)
    if endpoint == "accounts.account":
        about["person_id"] = cast.partner
    with app.test_request_context():
        path = app.url_for(endpoint, **{name: about[name] for name in rule.arguments})

    got = {}
    for who in ASKING:
        with browse(getattr(cast, who, None)).open(path, method=method) as answer:
            got[who] = told(answer)

    assert got == dict(zip(ASKING, ANSWERS[asked].split(), strict=True))


def told(answer: Response) -> str:
    """Return what an answer says in a word."""
    if answer.status_code == 302 and answer.location.split("?")[0] == "/sign-in":
        return "in"
    return str(answer.status_code)
