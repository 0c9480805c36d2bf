"""The pages of rules: what a change would bring is shown before it is made."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tracker import clock
from tracker.db import db
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, plan_reminders, upcoming
from tracker.reminders.models import Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.workdays.rules import sending_time

Browse = Callable[..., FlaskClient]
DUE, OVERDUE = ReminderSubject.MILESTONE_DUE, ReminderSubject.MILESTONE_OVERDUE


@pytest.fixture
def site(app: Flask) -> dict[ReminderSubject, int]:
    """Have the default rules on for long; give their numbers."""
    change(app, lambda: ensure_site_rules(clock.now() - timedelta(days=500)))
    with app.app_context():
        return {rule.subject: rule.id for rule in db.session.scalars(sa.select(ReminderRule))}


@pytest.fixture
def soon(app: Flask, cast: Cast) -> None:
    """Have another milestone due in 30 days: both its earlier words are to come, whatever holidays lie between."""

    def more() -> None:
        project, person = db.session.get_one(Project, cast.project), db.session.get_one(Person, cast.partner)
        due_on = clock.today("Europe/Berlin") + timedelta(days=30)
        builders.milestone(project, de="Eröffnung", person=person, due_on=due_on)

    change(app, more)


def rule(app: Flask, rule_id: int) -> ReminderRule:
    """Return a rule as it stands now."""
    with app.app_context():
        return db.session.get_one(ReminderRule, rule_id)


def agree(client: FlaskClient, path: str, **more: str) -> Any:  # noqa: ANN401 - the client's own response
    """Look at what an address shows, and agree to it."""
    page = client.get(path).get_data(as_text=True)
    return client.post(path, data=hidden(page) | more)


def hidden(page: str) -> dict[str, str]:
    """Return what the form of a page carries."""
    found = dict(re.findall(r'name="(seen|submission)"[^>]*value="([^"]*)"', page))
    return {name: unescape(value) for name, value in found.items()}


# ---- who


@pytest.mark.parametrize(
    ("who", "answers"),
    [
        ("administrator", [200, 200, 200]),
        ("coordinator", [200, 403, 403]),
        ("reader", [403, 403, 403]),
        ("partner", [403, 403, 403]),
    ],
)
def test_the_rules_of_the_site_are_the_administrators(
    cast: Cast, browse: Browse, site: dict[ReminderSubject, int], who: str, answers: list[int]
) -> None:
    client = browse(getattr(cast, who))

    paths = ("/reminders/rules", f"/reminders/rules/{site[DUE]}/off", f"/reminders/rules/{site[DUE]}/edit")
    assert [client.get(path).status_code for path in paths] == answers


def test_a_coordinator_changes_the_rules_of_their_own_projects_only(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    foreign = change(app, lambda: builders.project(de="Fremd", coordinators=[builders.person("Fritz")]).id)
    client = browse(cast.coordinator)

    got = [
        client.get(f"/projects/{project}/reminders{path}").status_code
        for project in (cast.project, foreign)
        for path in ("", "/milestone_due/new")
    ]

    assert got == [200, 200, 200, 403]


# ---- shown before it is done


def test_nothing_changes_before_the_page_was_agreed_to(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    client = browse(cast.administrator)
    edited = client.post(
        f"/reminders/rules/{site[DUE]}/edit", data={"steps": "2, 20", "version": "1", "submission": "a"}
    )
    client.get(edited.location)
    client.post(edited.location, data={"submission": "b"})
    client.post(edited.location, data={"submission": "c", "seen": "guessed"})

    assert rule(app, site[DUE]).steps == [14, 3, 0]
    assert edited.location.endswith(f"/reminders/rules/{site[DUE]}/change?version=1&steps=20,2")


def test_the_page_shows_who_would_get_what_and_what_differs(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], soon: None
) -> None:
    path = f"/reminders/rules/{site[DUE]}/change?steps=10&lang=en"
    page = browse(cast.administrator).get(path).get_data(as_text=True)

    assert "Radu Partener" in page
    assert "Eröffnung" in page
    assert "Romanian" in page
    assert "What comes now and would come no longer" in page


def test_what_was_agreed_to_is_what_comes(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], soon: None
) -> None:
    answer = agree(browse(cast.administrator), f"/reminders/rules/{site[DUE]}/change?steps=10,1")
    changed = rule(app, site[DUE])

    assert answer.status_code == 302
    assert changed.steps == [10, 1]
    assert changed.active_since is not None
    assert abs(changed.active_since - clock.now()) < timedelta(minutes=1)
    with app.app_context():
        steps = {one.step for one in upcoming(clock.now()) if one.subject is DUE and one.is_wanted}
        assert steps == {"10", "1"}
        assert [line[0] for line in told()] == ["RULE_CHANGED"]


def test_a_changed_rule_does_not_ask_anew_who_answered(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    def answer() -> str:
        project, person = db.session.get_one(Project, cast.project), db.session.get_one(Person, cast.partner)
        due_on = clock.today("Europe/Berlin") - timedelta(days=15)
        late = builders.milestone(project, person=person, due_on=due_on)
        builders.update(project, person, milestone_id=late.id, at=clock.now() - timedelta(days=2))
        return f"milestone:{late.id}"

    late = change(app, answer)

    agree(browse(cast.administrator), f"/reminders/rules/{site[OVERDUE]}/change?at_most=9")

    with app.app_context():
        wanted = [one for one in upcoming(clock.now()) if one.subject_key == late and one.is_wanted]
        assert [one for one in wanted if one.subject is OVERDUE] == []


def test_switching_off_and_on_again_mails_nothing_that_lay_before(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    client = browse(cast.administrator)

    agree(client, f"/reminders/rules/{site[DUE]}/off")
    off = rule(app, site[DUE]).active_since
    agree(client, f"/reminders/rules/{site[DUE]}/on")
    on = rule(app, site[DUE]).active_since

    assert off is None
    assert on is not None
    assert abs(on - clock.now()) < timedelta(minutes=1)
    with app.app_context():
        assert [line[0] for line in told()] == ["RULE_SWITCHED_OFF", "RULE_SWITCHED_ON"]


def test_a_double_click_does_it_once(app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]) -> None:
    client, path = browse(cast.administrator), f"/reminders/rules/{site[DUE]}/off"
    sent = hidden(client.get(path).get_data(as_text=True))

    first, second = client.post(path, data=sent), client.post(path, data=sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location == "/reminders/rules"
    with app.app_context():
        assert len(told()) == 1


def test_somebody_elses_change_is_shown_and_not_overwritten(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    client, path = browse(cast.administrator), f"/reminders/rules/{site[DUE]}/change?steps=10"
    sent = hidden(client.get(path).get_data(as_text=True))
    agree(client, f"/reminders/rules/{site[DUE]}/change?steps=7")

    answer = client.post(f"{path}&lang=en", data=sent)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "Somebody else changed this meanwhile" in page
    assert rule(app, site[DUE]).steps == [7]
    assert client.post(path, data=hidden(page)).status_code == 302
    assert rule(app, site[DUE]).steps == [10]


def test_more_than_fifty_recipients_ask_again(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    def crowd() -> None:
        project, here = db.session.get_one(Project, cast.project), db.session.get_one(Organisation, cast.here)
        for _one in range(51):
            builders.milestone(project, person=builders.person(at=here), organisation=here)

    change(app, crowd)
    client, path = browse(cast.administrator), f"/reminders/rules/{site[DUE]}/change?steps=5"

    refused = agree(client, path)
    agreed = agree(client, path, surely="y")

    assert refused.status_code == 200
    assert agreed.status_code == 302


def test_fifty_recipients_do_not(app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]) -> None:
    assert agree(browse(cast.administrator), f"/reminders/rules/{site[DUE]}/off").status_code == 302


@pytest.mark.parametrize("days", ["", "soon", "-3", "3.5", "1,2,3,4,5,6,7", "500"])
def test_days_that_are_none_get_a_sentence(
    cast: Cast, browse: Browse, site: dict[ReminderSubject, int], days: str
) -> None:
    client = browse(cast.administrator)
    sent = {"steps": days, "version": "1", "submission": "a"}

    assert client.post(f"/reminders/rules/{site[DUE]}/edit", data=sent).status_code == 200
    assert client.get(f"/reminders/rules/{site[DUE]}/change", query_string={"steps": days}).status_code == 400


def lines(page: str) -> list[str]:
    """Return the lines of the history on a page, without their moments."""
    found = re.findall(r'<div class="log__what">(.*?)</div>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", one)).split()) for one in found]


def test_the_page_of_rules_tells_who_changed_what_from_what_to_what(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    client = browse(cast.administrator)
    agree(client, f"/reminders/rules/{site[DUE]}/change?steps=10,1")
    agree(client, f"/reminders/rules/{site[OVERDUE]}/off")
    agree(browse(cast.coordinator), f"/projects/{cast.project}/reminders/milestone_due/add?steps=6")

    assert lines(client.get("/reminders/rules?lang=en").get_data(as_text=True)) == [
        "Anna Admin switched off the rule “milestone overdue”",
        "Anna Admin changed the rule “milestone due”: days or months from 14, 3, 0 to 10, 1",
    ]


def test_the_page_of_a_project_tells_of_its_rules_and_pauses(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    client, path = browse(cast.coordinator), f"/projects/{cast.project}/reminders"
    agree(browse(cast.administrator), f"/reminders/rules/{site[DUE]}/off")
    agree(client, f"{path}/milestone_due/add?steps=6")
    client.post(f"{path}/pause")

    assert lines(client.get(f"{path}?lang=en").get_data(as_text=True)) == [
        "Karla Koordination paused the reminders of the project",
        "Karla Koordination gave the project its own rule “milestone due”",
    ]


# ---- a project's own


def test_a_projects_own_rule_stands_in_for_the_sites(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], soon: None
) -> None:
    client = browse(cast.coordinator)
    path = f"/projects/{cast.project}/reminders/milestone_due"
    asked = client.post(f"{path}/new", data={"steps": "6", "version": "1", "submission": "a"})

    agree(client, asked.location)

    with app.app_context():
        steps = {one.step for one in upcoming(clock.now()) if one.subject is DUE and one.is_wanted}
        assert steps == {"6"}
        own = db.session.scalars(sa.select(ReminderRule).where(ReminderRule.project_id == cast.project)).one()
        assert [line[:3] for line in told()] == [("RULE_ADDED", f"reminder_rule:{own.id}", f"project:{cast.project}")]
    agree(client, f"/reminders/rules/{own.id}/remove")
    with app.app_context():
        steps = {one.step for one in upcoming(clock.now()) if one.subject is DUE and one.is_wanted}
        assert steps == {"14", "3", "0"}


def test_a_project_gets_one_rule_about_one_thing(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int]
) -> None:
    client, path = browse(cast.coordinator), f"/projects/{cast.project}/reminders/milestone_due/add?steps=6"
    agree(client, path)

    again = agree(client, path)

    assert again.status_code == 200
    with app.app_context():
        own = sa.select(sa.func.count()).where(ReminderRule.project_id == cast.project)
        assert db.session.scalar(own) == 1


def test_a_project_is_paused_and_resumed_after_a_look(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], soon: None
) -> None:
    client, path = browse(cast.coordinator), f"/projects/{cast.project}/reminders"

    client.post(f"{path}/pause")
    with app.app_context():
        assert [one for one in upcoming(clock.now()) if one.project_id == cast.project] == []
    page = client.post(f"{path}/resume?lang=en").get_data(as_text=True)
    with app.app_context():
        assert db.session.get_one(Project, cast.project).reminders_paused
    client.post(f"{path}/resume", data=hidden(page))

    assert "Eröffnung" in page
    with app.app_context():
        assert not db.session.get_one(Project, cast.project).reminders_paused
        assert [line[0] for line in told()] == ["REMINDERS_PAUSED", "REMINDERS_RESUMED"]


def test_every_rule_has_its_words(cast: Cast, browse: Browse, site: dict[ReminderSubject, int]) -> None:
    client = browse(cast.administrator)
    page = client.get("/reminders/rules?lang=en").get_data(as_text=True)

    assert [one for one in site if str(one.label).capitalize() not in page] == []
    assert {client.get(f"/reminders/rules/{rule_id}/off").status_code for rule_id in site.values()} == {200}
    assert {client.get(f"/reminders/rules/{rule_id}/edit").status_code for rule_id in site.values()} == {200}


# ---- what every such page promises

ACTS = ("change", "on", "add", "resume")


def way(app: Flask, cast: Cast, site: dict[ReminderSubject, int], act: str) -> str:
    """Bring things to where an act makes sense, and return the address of its page."""
    if act == "on":
        change(app, lambda: setattr(db.session.get_one(ReminderRule, site[DUE]), "active_since", None))
    if act == "resume":
        change(app, lambda: setattr(db.session.get_one(Project, cast.project), "reminders_paused", True))
    return {
        "change": f"/reminders/rules/{site[DUE]}/change?steps=9,2",
        "on": f"/reminders/rules/{site[DUE]}/on",
        "add": f"/projects/{cast.project}/reminders/milestone_due/add?steps=9,2",
        "resume": f"/projects/{cast.project}/reminders/resume",
    }[act]


def looked_at(client: FlaskClient, path: str) -> str:
    """Return the page that shows what an act would bring, in English."""
    joined = f"{path}{'&' if '?' in path else '?'}lang=en"
    return (client.post(joined) if path.endswith("/resume") else client.get(joined)).get_data(as_text=True)


def section(page: str, name: str) -> str:
    """Return what one reads in a section of a page."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("act", ACTS)
def test_it_shows_who_would_get_what_when_in_which_language_and_who_not_and_why(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], act: str
) -> None:
    def lost() -> None:
        project, due_on = db.session.get_one(Project, cast.project), clock.today("Europe/Berlin") + timedelta(days=25)
        lost = builders.person("Lena Verloren", address_refused_at=clock.now())
        builders.milestone(project, de="Plakat", person=lost, due_on=due_on)

    change(app, lost)
    page = looked_at(browse(cast.administrator), way(app, cast, site, act))

    coming, left_out = section(page, "coming"), section(page, "left-out")
    assert re.search(r"Radu Partener \d+ \w+ \d{4} .*Eröffnung", coming)
    assert re.search(r"\d\d:\d\d Eastern European Time · Romanian", coming)
    assert re.search(r"Lena Verloren .*Plakat .*The mail server of this address refuses it", left_out)


@pytest.mark.parametrize("act", ACTS)
def test_for_more_than_fifty_it_asks_again(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], act: str
) -> None:
    def crowd() -> None:
        project, here = db.session.get_one(Project, cast.project), db.session.get_one(Organisation, cast.here)
        for _one in range(51):
            builders.milestone(project, person=builders.person(at=here), organisation=here)

    change(app, crowd)
    client, path = browse(cast.administrator), way(app, cast, site, act)
    page = looked_at(client, path)

    refused = client.post(path, data=hidden(page))
    agreed = client.post(path, data=hidden(refused.get_data(as_text=True)) | {"surely": "y"})

    assert 'name="surely"' in page
    assert (refused.status_code, agreed.status_code) == (200, 302)


@pytest.mark.parametrize("case", [*((act, True) for act in ACTS), *((act, False) for act in ACTS if act != "resume")])
def test_nothing_is_planned_for_a_moment_before(
    app: Flask, cast: Cast, browse: Browse, site: dict[ReminderSubject, int], case: tuple[str, bool]
) -> None:
    act, was_planned = case
    # A Tuesday afternoon: the letters of that morning are out.
    clock.shift_by(datetime(2027, 3, 2, 14, tzinfo=UTC) - clock.now())

    def near() -> None:
        project, person = db.session.get_one(Project, cast.project), db.session.get_one(Person, cast.partner)
        for days in range(30):
            due_on = clock.today("Europe/Berlin") + timedelta(days=days)
            builders.milestone(project, person=person, due_on=due_on)

    change(app, near)
    client, path = browse(cast.administrator), way(app, cast, site, act)
    if was_planned:
        change(app, lambda: plan_reminders(clock.now(), public_url="https://partners.example.org"))
    with app.app_context():
        known = set(db.session.scalars(sa.select(Reminder.id)))
    acted_at = clock.now()

    client.post(path, data=hidden(looked_at(client, path)))
    for days in range(8):
        later = clock.now() + timedelta(days=days)
        change(app, lambda: plan_reminders(later, public_url="https://partners.example.org"))  # noqa: B023 - at once

    with app.app_context():
        made = db.session.scalars(sa.select(Reminder).where(Reminder.id.not_in(known))).all()
        wanted = [one for one in made if one.state is not ReminderState.SKIPPED and one.person_id == cast.partner]
        moments = [sending_time(one.local_date, "Europe/Bucharest", str(one.person_id)) for one in wanted]
        assert ReminderState.MISSED not in {one.state for one in wanted}
        assert wanted
        assert min(moments) >= acted_at
