"""The events that somebody went to, on their page."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.db import PartialDate, db, writing
from tracker.organisations.models import Organisation
from tracker.people.models import Contact
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole

Browse = Callable[..., FlaskClient]


@pytest.mark.both
def test_a_person_shows_where_they_went_the_last_first_and_partners_read_their_own_alone(
    app: Flask, cast: Cast, browse: Browse
) -> None:
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        here, elsewhere = (db.session.get_one(Organisation, one) for one in (cast.here, cast.elsewhere))
        project.organisations.append(ProjectOrganisation(organisation=elsewhere, role=ProjectRole.PARTNER))
        guest = builders.person("Ana Exemplu", at=here)
        db.session.add(Contact(person_id=guest.id, organisation_id=elsewhere.id, created_at=clock.now()))
        for title, day, sender in (("Lager", "2026-07-01", here), ("Messe", "2026-09-01", elsewhere)):
            event = builders.event(project=project, de=title, begins_on=PartialDate(day), ends_on=None)
            part = builders.participant(project, person=guest, organisation_id=sender.id)
            builders.attendance(event, part)
        removed = builders.event(project=project, de="Abgesagt", begins_on=PartialDate("2026-10-01"), ends_on=None)
        taken_off = builders.participant(project, person=guest, organisation_id=elsewhere.id)
        builders.attendance(removed, taken_off, archived_at=clock.now())
        guest_id = guest.id
        db.session.commit()

    office, sent = (browse(who).get(f"/people/{guest_id}?lang=de").text for who in (cast.reader, cast.partner))

    assert 0 < office.index(">Messe</a>") < office.index(">Lager</a>")
    assert [">Lager</a>" in sent, ">Messe</a>" in sent] == [True, False]
    assert "Abgesagt" not in office
