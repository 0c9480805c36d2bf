"""The example office: what the public page of Landkreis Kassel tells, and invented projects that run now."""

from datetime import date, datetime

import sqlalchemy as sa

from tracker.db import db
from tracker.example.bodies import write_bodies, write_office
from tracker.example.camp import write_camp
from tracker.example.cast import Printed, write_cast
from tracker.example.guests import write_guests
from tracker.example.lapse import write_lapse
from tracker.example.links import write_links
from tracker.example.lists import write_lists
from tracker.example.mails import write_mails
from tracker.example.papers import write_papers
from tracker.example.past import write_past
from tracker.example.pen import Pen
from tracker.example.present import write_present
from tracker.example.publication import write_publication
from tracker.language import _
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.reminders.actions import ensure_site_rules


def load(now: datetime, today: date) -> list[Printed]:
    """Enter the example and return its accounts. The caller commits. Raises Refused if there are projects already."""
    refuse_unless_empty()
    pen = Pen(now, today)
    bodies = write_bodies(pen)
    office = write_office(pen, bodies.kassel)
    cast, printed = write_cast(pen, bodies)
    links = write_links(pen, bodies, cast)
    write_lapse(pen, bodies, cast, links)
    write_guests(pen, bodies, cast, links)
    first_agreement = write_papers(pen, bodies, cast, links)
    series = write_past(pen, bodies, cast, links, first_agreement)
    camp = write_camp(pen, bodies, cast, links, series)
    write_present(pen, bodies, cast, links)
    write_publication(pen, office)
    write_lists(pen, cast)
    write_mails(pen, cast, camp)
    ensure_site_rules(now)
    pen.close()
    db.session.flush()
    return printed


def refuse_unless_empty() -> None:
    """Raise Refused if there are projects: nobody wants invented ones among their own."""
    if db.session.scalar(sa.select(Project.id).limit(1)) is not None:
        raise Refused(_("This database already has projects. The example needs an empty one."))
