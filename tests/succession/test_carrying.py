"""What is open goes to a successor thing by thing; what is done stays where it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.accounts.models import Role
from tracker.contributions.models import Contribution
from tracker.db import PartialDate, db
from tracker.history.models import HistoryLine
from tracker.log.models import LogEntry, LogEntryOrganisation
from tracker.milestones.models import Milestone
from tracker.organisations.models import Office, Organisation
from tracker.participants.models import Participant
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.people.models import Contact
from tracker.projects.models import Project, ProjectRole, ProjectStatus

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@dataclass(frozen=True)
class Estate:
    """Ids of what an organisation leaves behind, besides what the cast has."""

    heir: int
    second: int
    done: int
    partnership: int
    part: int
    contact: int


@pytest.fixture
def estate(app: Flask, cast: Cast) -> Estate:
    """Let the one here end, with something of every sort open and something done."""

    def enter() -> Estate:
        kassel, here = (db.session.get_one(Organisation, one) for one in (cast.office, cast.here))
        heir, second = builders.organisation(de="Region Siebenbürgen"), builders.organisation(de="Region Moldau")
        done = builders.project(de="Lastwagen", organisations=[kassel, here], status=ProjectStatus.COMPLETED)
        builders.participant(done, organisation_id=here.id)
        builders.contribution(done, here)
        entry = builders.log_entry(project_id=done.id)
        entry.organisations.append(here)
        builders.log_entry(organisation_id=here.id)
        partnership = builders.partnership(kassel, here)
        part = builders.organisation(de="Gemeinde Rodna", part_of=here)
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
        contact.from_on = date(2015, 5, 1)
        builders.change(here, heir, happened_on=PartialDate("2020-01-01"))
        return Estate(heir.id, second.id, done.id, partnership.id, part.id, contact.id)

    return change(app, enter)  # type: ignore[no-any-return] # what was entered


def things(cast: Cast, estate: Estate, heir: int) -> list[str]:
    """Return all that is open, as the form sends it."""
    keys = [f"contact:{estate.contact}", f"partnership:{estate.partnership}", f"project:{cast.project}"]
    keys += [f"milestone:{cast.milestone}", f"organisation:{estate.part}"]
    return [f"{key}>{heir}" for key in keys]


def open_with(cast: Cast, estate: Estate) -> dict[str, object]:
    """Return with whom each open thing stands."""
    functions = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner).order_by(Contact.id))
    return {
        "functions": [(one.organisation_id, one.from_on, one.until_on, one.is_first) for one in functions],
        "partnership": [one.organisation_id for one in db.session.get_one(Partnership, estate.partnership).parties],
        "roles": [(one.organisation_id, one.role) for one in db.session.get_one(Project, cast.project).organisations],
        "milestone": db.session.get_one(Milestone, cast.milestone).responsible_organisation_id,
        "part": db.session.get_one(Organisation, estate.part).part_of_id,
    }


def past_of(organisation_id: int) -> dict[str, int]:
    """Count what was written about an organisation."""
    counted = {
        "entries": sa.select(LogEntry).where(LogEntry.organisation_id == organisation_id),
        "present": sa.select(LogEntryOrganisation).where(LogEntryOrganisation.organisation_id == organisation_id),
        "participants": sa.select(Participant).where(Participant.organisation_id == organisation_id),
        "contributions": sa.select(Contribution).where(Contribution.organisation_id == organisation_id),
    }
    return {
        name: db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        for name, query in counted.items()
    }


@pytest.mark.both
def test_all_that_is_open_goes_over_in_one_act_and_the_past_stays(
    browse: Browse, cast: Cast, look: Look, estate: Estate
) -> None:
    browser, path = browse(cast.coordinator), f"/organisations/{cast.here}/carry-over"
    page, past = browser.get(path).text, look(lambda: past_of(cast.here))
    sent = things(cast, estate, estate.heir)

    answer = browser.post(path, data={"things": sent, "submission": "key"})
    again = browser.post(path, data={"things": sent, "submission": "key"})

    assert [f'value="{one.replace(">", "&gt;")}" checked' in page for one in sent] == [True] * len(sent)
    assert answer.location == again.location == f"/organisations/{cast.here}"
    assert look(lambda: open_with(cast, estate)) == {
        "functions": [
            (cast.here, date(2015, 5, 1), date(2019, 12, 31), True),
            (estate.heir, date(2020, 1, 1), None, True),
        ],
        "partnership": [cast.office, estate.heir],
        "roles": [(cast.office, ProjectRole.LEAD), (estate.heir, ProjectRole.PARTNER)],
        "milestone": estate.heir,
        "part": estate.heir,
    }
    assert look(lambda: past_of(cast.here)) == past == dict.fromkeys(past, 1)
    told = look(lambda: db.session.scalars(sa.select(HistoryLine.verb).order_by(HistoryLine.id)).all())
    assert told == [
        "CONTACT_CHANGED",
        "CONTACT_ADDED",
        "PARTNERSHIP_CHANGED",
        "PROJECT_CHANGED",
        "MILESTONE_CHANGED",
        "ORGANISATION_CHANGED",
        "CARRIED_OVER",
    ]
    assert "Nothing is open any more." in browser.get(f"{path}?lang=en").text


def test_what_is_not_chosen_stays(browse: Browse, cast: Cast, look: Look, estate: Estate) -> None:
    before = look(lambda: open_with(cast, estate))

    browse(cast.coordinator).post(
        f"/organisations/{cast.here}/carry-over", data={"things": f"organisation:{estate.part}>{estate.heir}"}
    )

    assert look(lambda: open_with(cast, estate)) == before | {"part": estate.heir}


@pytest.mark.both
def test_who_works_for_the_successor_sees_what_the_predecessor_took_part_in(
    browse: Browse, cast: Cast, app: Flask, estate: Estate
) -> None:
    browser = browse(cast.partner)
    pages = {name: f"/projects/{id_}" for name, id_ in (("done", estate.done), ("running", cast.project))}
    before = {name: browser.get(page).status_code for name, page in pages.items()}
    newcomer = int(change(app, lambda: _works_at(estate.heir)))
    foreign = {name: browse(newcomer).get(page).status_code for name, page in pages.items()}

    browse(cast.coordinator).post(
        f"/organisations/{cast.here}/carry-over", data={"things": things(cast, estate, estate.heir)}
    )

    assert before == {"done": 200, "running": 200}
    assert foreign == {"done": 200, "running": 200}
    for person in (cast.partner, newcomer):
        assert {name: browse(person).get(page).status_code for name, page in pages.items()} == before
    assert browse(cast.stranger).get(pages["done"]).status_code == 404
    why = browse(cast.administrator).get(f"/projects/{estate.done}/access?lang=en").text
    assert "succeeds Bistrița-Năsăud, which takes part as: partner" in why


def _works_at(organisation_id: int) -> int:
    at = db.session.get_one(Organisation, organisation_id)
    return builders.person("Nelu Nou", at=at, role=Role.PARTNER).id


def test_of_a_split_each_thing_goes_to_one_of_several(
    browse: Browse, cast: Cast, look: Look, app: Flask, estate: Estate
) -> None:
    def split() -> None:
        (became,) = db.session.get_one(Organisation, cast.here).changes
        became.successors.append(db.session.get_one(Organisation, estate.second))

    change(app, split)
    browser, path = browse(cast.coordinator), f"/organisations/{cast.here}/carry-over"
    sent = ["", f"project:{cast.project}>{estate.second}", f"organisation:{estate.part}>{estate.heir}"]
    twice = [sent[1], f"project:{cast.project}>{estate.heir}"]

    page = browser.get(path).text
    refused = browser.post(f"{path}?lang=en", data={"things": twice, "submission": "one"})
    browser.post(path, data={"things": sent, "submission": "two"})

    assert ("checked" in page, page.count("<select")) == (False, 5)
    assert "Each thing can go to one successor only." in refused.text
    stands = look(lambda: open_with(cast, estate))
    assert (stands["roles"], stands["part"]) == (
        [(cast.office, ProjectRole.LEAD), (estate.second, ProjectRole.PARTNER)],
        estate.heir,
    )


@pytest.mark.parametrize(
    "sent",
    [
        [],
        ["project:{other_project}>{heir}"],
        ["project:{project}>{second}"],
        ["project:{project}>{heir}", "milestone:999999>{heir}"],
        ["nonsense"],
    ],
)
def test_foreign_things_and_successors_are_refused_and_nothing_goes_over(
    browse: Browse, cast: Cast, look: Look, estate: Estate, sent: list[str]
) -> None:
    ids = {"project": cast.project, "other_project": cast.other_project, "heir": estate.heir, "second": estate.second}
    before = look(lambda: open_with(cast, estate))

    answer = browse(cast.coordinator).post(
        f"/organisations/{cast.here}/carry-over", data={"things": [one.format(**ids) for one in sent]}
    )

    assert (answer.status_code, 'role="alert"' in answer.text) == (200, True)
    assert look(lambda: open_with(cast, estate)) == before


def test_after_that_the_change_stays(browse: Browse, cast: Cast, look: Look, estate: Estate) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/organisations/{cast.here}/carry-over", data={"things": f"organisation:{estate.part}>{estate.heir}"})
    became = look(lambda: db.session.get_one(Organisation, cast.here).changes[0].id)

    browser.post(f"/organisations/{cast.here}/became/{became}/take-back?lang=en")

    assert "has been carried over already" in browser.get(f"/organisations/{cast.here}?lang=en").text
    assert look(lambda: db.session.get_one(Organisation, cast.here).ended_on) is not None


def test_a_partnership_between_both_is_not_offered(browse: Browse, cast: Cast, app: Flask, estate: Estate) -> None:
    def link() -> int:
        here, heir = (db.session.get_one(Organisation, one) for one in (cast.here, estate.heir))
        return builders.partnership(here, heir).id

    between = change(app, link)
    page = browse(cast.coordinator).get(f"/organisations/{cast.here}/carry-over").text

    assert (f"partnership:{estate.partnership}&gt;" in page, f"partnership:{between}&gt;" in page) == (True, False)


@pytest.mark.both
def test_the_office_itself_goes_over_with_its_name(
    app: Flask, browse: Browse, cast: Cast, look: Look, estate: Estate
) -> None:
    def be_here() -> None:
        office = db.session.get_one(Office, 1)
        office.organisation_id, office.name = cast.here, "Bistrița-Năsăud"

    change(app, be_here)
    browser, sent = browse(cast.coordinator), f"office:1>{estate.heir}"
    page = browser.get(f"/organisations/{cast.here}/carry-over").text
    browser.post(f"/organisations/{cast.here}/carry-over", data={"things": sent})

    assert f'value="{sent.replace(">", "&gt;")}" checked' in page
    assert look(_office) == (estate.heir, "Region Siebenbürgen")


def _office() -> tuple[int | None, str]:
    office = db.session.get_one(Office, 1)
    return office.organisation_id, office.name


def test_whom_one_writes_to_at_the_successor_stays(
    browse: Browse, cast: Cast, look: Look, app: Flask, estate: Estate
) -> None:
    change(app, lambda: builders.person(at=db.session.get_one(Organisation, estate.heir)).id)

    browse(cast.coordinator).post(
        f"/organisations/{cast.here}/carry-over", data={"things": f"contact:{estate.contact}>{estate.heir}"}
    )

    functions = look(lambda: open_with(cast, estate)["functions"])
    assert [is_first for *_rest, is_first in functions] == [True, False]


# ---- a partnership that another one continues


@pytest.mark.both
def test_what_is_open_under_a_partnership_goes_on_under_the_other(
    browse: Browse, cast: Cast, look: Look, app: Flask
) -> None:
    def enter() -> tuple[int, int, int, int]:
        kassel, here = (db.session.get_one(Organisation, one) for one in (cast.office, cast.here))
        heir = builders.partnership(kassel, builders.organisation())
        old = builders.partnership(kassel, here, status=PartnershipStatus.CONTINUED, continued_by_id=heir.id)
        old.ended = PartialDate("2016")
        below = builders.partnership(builders.organisation(), builders.organisation(), umbrella_id=old.id)
        project = db.session.get_one(Project, cast.project)
        project.partnerships.append(old)
        entry = builders.log_entry(partnership_id=old.id, next_step="Brief beantworten", by_id=cast.coordinator)
        return old.id, heir.id, below.id, entry.id

    old, heir, below, entry = change(app, enter)
    browser, path = browse(cast.coordinator), f"/partnerships/{old}/carry-over"
    asked = browser.get(f"/partnerships/{old}?lang=en").text
    sent = [f"{key}>{heir}" for key in (f"partnership:{below}", f"project:{cast.project}", f"log_entry:{entry}")]

    page = browser.get(path).text
    answer = browser.post(path, data={"things": sent, "submission": "key"})

    def stands() -> tuple[object, ...]:
        steps = db.session.scalars(sa.select(LogEntry).where(LogEntry.next_step.is_not(None)).order_by(LogEntry.id))
        return (
            db.session.get_one(Partnership, below).umbrella_id,
            [one.id for one in db.session.get_one(Project, cast.project).partnerships],
            [(one.partnership_id, one.next_step_done_at is None, one.by_id) for one in steps],
        )

    assert ("since 2016" in asked, path in asked) == (True, True)
    assert [one.replace(">", "&gt;") in page for one in sent] == [True, True, True]
    assert answer.location == f"/partnerships/{old}"
    assert look(stands) == (heir, [heir], [(old, False, cast.coordinator), (heir, True, cast.coordinator)])
    assert path not in browser.get(f"/partnerships/{old}?lang=en").text


def test_nothing_of_one_that_nobody_continues_goes_over(browse: Browse, cast: Cast, app: Flask) -> None:
    def enter() -> int:
        kassel, here = (db.session.get_one(Organisation, one) for one in (cast.office, cast.here))
        return builders.partnership(kassel, here).id

    one = change(app, enter)
    answer = browse(cast.coordinator).post(
        f"/partnerships/{one}/carry-over?lang=en", data={"things": f"project:{cast.project}>1"}
    )

    assert (answer.status_code, "Nobody succeeds it." in answer.text) == (200, True)
