"""The example office: recognisable, honest about what is invented, and always with something to do."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.updates.test_actions import somebody
from tracker.accounts.models import Account, Role
from tracker.accounts.passwords import check_password, is_right
from tracker.agreements.models import Agreement
from tracker.briefing.queries import Part, happened
from tracker.db import PartialDate, db
from tracker.example import kassel
from tracker.example.cast import Printed
from tracker.folding import fold
from tracker.history.rules import key_of
from tracker.language import speaking
from tracker.lineage import queries as lineage
from tracker.log.heard import quiet
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Office, Organisation
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership, Pillar
from tracker.partnerships.tree import tree_of
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.reminders.actions import upcoming
from tracker.reminders.models import ReminderSubject
from tracker.reminders.requests import steps_in
from tracker.updates import queries
from tracker.updates.models import EndedBecause, StatusRequest, StatusUpdate
from tracker.updates.rules import Step

TODAY = date(2027, 3, 2)


@pytest.fixture
def printed(unit: None, now: datetime) -> list[Printed]:
    """Load the example."""
    return kassel.load(now, TODAY)


def titled(title: str) -> Project:
    """Return the project with this title."""
    return next(project for project in db.session.scalars(sa.select(Project)) if str(project.title) == title)


def test_there_is_an_account_for_each_role_and_a_partners_for_each_language(printed: list[Printed]) -> None:
    assert sorted((one.role, one.language) for one in printed) == [
        ("administrator", "de"),
        ("coordinator", "de"),
        ("partner", "de"),
        ("partner", "en"),
        ("partner", "hu"),
        ("partner", "it"),
        ("partner", "ro"),
        ("reader", "de"),
    ]


def test_printed_passwords_open_the_accounts_and_keep_the_rules(printed: list[Printed]) -> None:
    accounts = {account.email: account for account in db.session.scalars(sa.select(Account))}

    for one in printed:
        check_password(one.password, names=[one.address, "Landkreis Kassel"])
        assert is_right(one.password, accounts[one.address].password_hash)


def test_a_database_with_projects_is_refused(printed: list[Printed], now: datetime) -> None:
    with pytest.raises(Refused):
        kassel.load(now, TODAY)


def test_all_addresses_are_at_example_org(printed: list[Printed]) -> None:
    addresses = db.session.scalars(sa.select(Person.email))

    assert {str(address).partition("@")[2] for address in addresses} == {"example.org"}


@pytest.mark.parametrize(
    "spelling", ["Szepel-Insel", "csepel", "Csepel-sziget", "bistrita", "Bistritz-Nassod", "forli"]
)
def test_every_spelling_finds_the_organisation(printed: list[Printed], spelling: str) -> None:
    found = db.session.scalars(sa.select(Organisation).where(Organisation.folded.contains(fold(spelling)))).all()

    assert found


def test_the_three_pillars_stand_under_their_umbrellas(printed: list[Printed]) -> None:
    links = db.session.scalars(sa.select(Partnership)).all()
    by_title = {str(link.title): link for link in links}

    forli = by_title["Landkreis Kassel – Provinz Forlì-Cesena"]
    assert [len([one for one in links if one.pillar is pillar]) for pillar in Pillar] == [5, 13, 2]
    assert forli.umbrella is by_title["Hessen – Emilia-Romagna"]
    assert forli.continued_by is by_title["Landkreis Kassel – Partnerschaftsbüro der Region Emilia-Romagna"]
    assert by_title["Landkreis Kassel – Dane County"].umbrella is by_title["Hessen – Wisconsin"]
    assert by_title["Kaufungen – Bertinoro"].contact_since == PartialDate("1995-10-16")
    assert by_title["Calden – Ráckeve"].formal_since == PartialDate("1992")


def test_real_history_keeps_its_dates(printed: list[Printed]) -> None:
    series = titled("Euarca 1998").series_id
    editions = db.session.scalars(sa.select(Project).where(Project.series_id == series).order_by(Project.begins)).all()

    assert [(one.edition_label, str(one.begins), str(one.ends)) for one in editions[:5]] == [
        ("1998", "1998", "1998"),
        ("2007/2008", "2007", "2008"),
        ("2012", "2012", "2012"),
        ("2017", "2017-08-12", "2017-08-27"),
        ("2022", "2022", "2022"),
    ]


def test_what_runs_is_invented_and_says_so(printed: list[Printed]) -> None:
    invented = db.session.scalars(sa.select(Project).where(Project.id.in_(sa.select(Milestone.project_id)))).all()

    assert {str(one.summary)[: len("Erfundenes Beispiel.")] for one in invented} == {"Erfundenes Beispiel."}


def test_something_is_late_due_on_each_of_the_next_days_and_done(printed: list[Printed]) -> None:
    camp = titled("Euarca+ 2027")
    milestones = db.session.scalars(sa.select(Milestone).where(Milestone.project_id == camp.id)).all()
    open_on = {one.due_on for one in milestones if one.state is MilestoneState.OPEN}

    assert min(open_on) < TODAY
    assert {TODAY + timedelta(days=days) for days in range(8)} <= open_on
    assert any(one.state is MilestoneState.DONE for one in milestones)
    assert max(len(one.moves) for one in milestones) == 2


def test_a_moved_milestone_keeps_its_first_date(printed: list[Printed]) -> None:
    moved = [one for one in db.session.scalars(sa.select(Milestone)) if one.moves]

    assert [one.first_due_on for one in moved] == [one.moves[0].from_on for one in moved]
    assert [one.due_on for one in moved] == [one.moves[-1].to_on for one in moved]


def test_partners_speak_their_languages(printed: list[Printed]) -> None:
    assert set(db.session.scalars(sa.select(StatusUpdate.language))) == {"de", "en", "it", "hu", "ro"}


def test_the_office_states_what_the_law_wants(printed: list[Printed]) -> None:
    office = db.session.get_one(Office, 1)

    assert (office.name, office.zone, office.subdivision) == ("Landkreis Kassel", "Europe/Berlin", "DE-HE")
    assert office.imprint is not None
    assert office.accessibility is not None
    assert set(office.imprint.texts) == set(office.accessibility.texts) == {"de", "en"}


def test_somebody_is_asked_somebody_has_answered_and_somebody_is_to_be_called(
    printed: list[Printed], now: datetime
) -> None:
    seat, requests = db.session.get_one(Office, 1), db.session.scalars(sa.select(StatusRequest)).all()
    coordinator = db.session.scalars(sa.select(Person).where(Person.name == "Karla Muster")).one()
    reader = somebody(coordinator.id, Role.COORDINATOR, seat.organisation_id or 0)

    asked = queries.together(None, queries.waiting(reader), steps_in)
    _said, waiting = queries.said_and_asked(asked, {}, seat, now=now, today=TODAY)

    assert {(one.request.person.name, one.stage.step) for one in waiting} == {
        ("Maria Esempio", Step.ASKED),
        ("Sam Sample", Step.CALL),
    }
    assert {one.request.answer_by < TODAY for one in waiting} == {True}
    assert [one.person.name for one in requests if one.ended_because is EndedBecause.ANSWERED] == ["Minta Márta"]


def test_what_is_asked_comes_again_in_the_coming_days(printed: list[Printed], now: datetime) -> None:
    coming = [one for one in upcoming(now) if one.subject is ReminderSubject.STATUS_REQUEST and one.is_wanted]

    assert {one.person for one in coming} == {"Maria Esempio"}


def test_a_twinning_on_csepel_island_is_long_without_contact(printed: list[Printed]) -> None:
    coordinator = db.session.scalars(sa.select(Account).where(Account.role == Role.COORDINATOR)).one().person_id

    with speaking("en"):
        listed = quiet(somebody(coordinator, Role.COORDINATOR), TODAY, 8)

    told = [(str(one.title), one.person and one.person.language, one.proposal.sentence) for one in listed.rows]
    assert told == [("Calden – Ráckeve", "hu", "call Példa Ilona again")]


def test_the_first_agreement_led_to_the_agency_and_nobody_knows_when(printed: list[Printed]) -> None:
    agreement = db.session.scalars(sa.select(Agreement).where(Agreement.signed_on.is_(None))).one()
    with speaking("de"):
        line = lineage.line(somebody(1, Role.READER), key_of(agreement))

    assert [(row.thing.kind.value, str(row.thing.title), row.since) for row in line.rows] == [
        ("partnership", "Landkreis Kassel – Waldviertel-Management", None),
        ("agreement", "Kooperationsvereinbarung", None),
        ("project", "EU-Projekt Biomasse", None),
        ("organisation", "Energie 2000 e.V.", None),
    ]


def test_each_pillar_is_described_in_german_english_and_italian(printed: list[Printed]) -> None:
    texts = {pillar: set(text.texts) for pillar, text in partnerships.introductions().items()}

    assert texts == {pillar: {"de", "en", "it"} for pillar in Pillar}


def test_twelve_twinnings_stand_under_two_umbrellas(printed: list[Printed]) -> None:
    tree = tree_of(partnerships.stubs(somebody(1, Role.READER)))

    under = [numbers[Pillar.MUNICIPALITY] for numbers in tree.numbers.values()]
    assert sorted(filter(None, under)) == [6, 6]


def test_visits_lie_where_they_were_and_invented_gifts_say_so(printed: list[Printed]) -> None:
    told = {}
    for title in ("Landkreis Kassel – Dane County", "Landkreis Kassel – Waldviertel-Management"):
        row = next(one for one in db.session.scalars(sa.select(Partnership)) if one.title.texts["de"].text == title)
        told[title] = {
            part: [one.summary.texts["de"].text for one in some.rows]
            for part, some in happened(row, somebody(1, Role.READER)).items()
        }

    dane, waldviertel = told.values()
    assert dane[Part.TO_US] == ["Delegation aus Dane County in Kassel"]
    assert dane[Part.TO_THEM] == ["Delegation des Landkreises in Madison"]
    assert {len(waldviertel[part]) for part in (Part.TO_US, Part.TO_THEM, Part.GIVEN, Part.RECEIVED)} == {1}
    gifts = [one for parts in (dane, waldviertel) for part in (Part.GIVEN, Part.RECEIVED) for one in parts[part]]
    assert len(gifts) == 5
    assert all(one.endswith("(erfunden)") for one in gifts)
