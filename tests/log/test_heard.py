"""When a partnership was last heard of, on a real database."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest

from tests import builders
from tests.conftest import Cast
from tests.log.test_actions import somebody
from tracker.accounts.models import Role
from tracker.db import Model, PartialDate, db
from tracker.events.models import EventKind, EventStatus
from tracker.language import speaking
from tracker.log import heard
from tracker.log.models import LogEntry, LogKind
from tracker.log.rules import Who
from tracker.log.tally import contacts
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.people.models import Contact, Person
from tracker.web.access import Somebody

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("english")]

TODAY = date(2027, 3, 2)
Row = TypeVar("Row", bound=Model)


@pytest.fixture
def english(unit: None) -> Iterator[None]:
    """Stand inside a writing unit that speaks English."""
    with speaking("en"):
        yield


@pytest.fixture
def reader(cast: Cast) -> Somebody:
    """Return the coordinator as a reader."""
    return somebody(cast.coordinator, Role.COORDINATOR, cast.office)


def of(model: type[Row], id_: int) -> Row:
    """Return a row that is there."""
    return db.session.get_one(model, id_)


def partnership(cast: Cast, **more: Any) -> Partnership:
    """Return a partnership of the office with the partner's organisation."""
    return builders.partnership(of(Organisation, cast.office), of(Organisation, cast.here), **more)


def shown(quiet: heard.Quiet) -> list[tuple[str, PartialDate | None]]:
    """Return what stands in the list."""
    return [(str(one.title), one.on) for one in quiet.rows]


def days_ago(days: int) -> str:
    """Return a day before today."""
    return (TODAY - timedelta(days=days)).isoformat()


def test_the_last_contact_counts_entries_projects_and_updates(cast: Cast) -> None:
    never, old, called, said = (partnership(cast) for _number in range(4))
    project, other = builders.project(), builders.project()
    project.partnerships, other.partnerships = [called], [called, said]
    builders.log_entry(on="2009", partnership=old)
    builders.log_entry(on="2010-01", partnership=old)
    builders.log_entry(on="2027-02-20", partnership=old, archived_at=datetime(2027, 3, 1, tzinfo=UTC))
    builders.log_entry(on="2012", partnership=called)
    builders.log_entry(on="2027-02-16", project=project)
    partner = of(Person, cast.partner)
    builders.update(other, partner, at=datetime(2027, 2, 10, 12, tzinfo=UTC))
    taken_back = {"taken_back_at": datetime(2027, 3, 1, tzinfo=UTC), "taken_back_by_id": partner.id}
    builders.update(other, partner, at=datetime(2027, 2, 28, 12, tzinfo=UTC), **taken_back)

    assert heard.last_contact([never.id, old.id, called.id, said.id]) == {
        old.id: PartialDate("2010-01"),
        called.id: PartialDate("2027-02-16"),
        said.id: PartialDate("2027-02-10"),
    }


def test_those_without_contact_for_as_long_as_agreed_are_listed_the_longest_first(cast: Cast, reader: Somebody) -> None:
    for title, days, interval in (("A", 30, 30), ("B", 29, 30), ("C", 400, 401), ("D", 400, 400), ("E", 900, None)):
        row = partnership(cast, de=title, contact_interval_days=interval)
        builders.log_entry(on=days_ago(days), partnership=row)
    partnership(cast, de="F")
    archived = datetime(2027, 3, 1, tzinfo=UTC)
    hidden: tuple[dict[str, Any], ...] = (
        {"status": PartnershipStatus.DORMANT},
        {"status": PartnershipStatus.ENDED},
        {"archived_at": archived},
    )
    for more in hidden:
        builders.log_entry(on="2010", partnership=partnership(cast, **more))

    quiet = heard.quiet(reader, TODAY, 8)
    first = heard.quiet(reader, TODAY, 1)

    assert shown(quiet) == [("D", PartialDate(days_ago(400))), ("A", PartialDate(days_ago(30)))]
    assert (quiet.total, quiet.unheard) == (2, 1)
    assert (shown(first), first.total, first.unheard) == (shown(quiet)[:1], 2, 1)
    assert heard.quiet(somebody(cast.partner, Role.PARTNER, cast.here), TODAY, 8) == heard.Quiet([], 0, 0)


def test_a_year_or_a_month_may_have_been_as_late_as_its_last_day(cast: Cast, reader: Somebody) -> None:
    for title, on in (("A", "2026"), ("B", "2026-09"), ("C", "2026-08"), ("D", "2025")):
        builders.log_entry(on=on, partnership=partnership(cast, de=title, contact_interval_days=180))

    assert [title for title, _on in shown(heard.quiet(reader, TODAY, 8))] == ["D", "C"]


def test_an_umbrella_is_alive_through_those_below_it(cast: Cast, reader: Somebody) -> None:
    umbrella = partnership(cast, de="A")
    below = partnership(cast, de="B", umbrella_id=umbrella.id)
    for row in (umbrella, below):
        builders.log_entry(on="2019-05", partnership=row)

    assert shown(heard.quiet(reader, TODAY, 8)) == [("B", PartialDate("2019-05"))]


def test_who_was_there_from_the_other_side_is_asked_next_and_in_which_language(cast: Cast) -> None:
    row = partnership(cast)
    partner = of(Person, cast.partner)
    entry = builders.log_entry(on="2026-01-10", partnership=row, kind=LogKind.CALL, by_id=cast.coordinator)
    entry.people = [of(Person, cast.coordinator), partner]

    last = heard.of_partnership(row, TODAY)

    assert (last.on, last.kind, last.by) == (PartialDate("2026-01-10"), LogKind.CALL, "Karla Koordination")
    assert last.person == Who(partner.id, partner.name, partner.language)
    assert last.proposal.sentence == f"call {partner.name} again"


def test_an_event_that_took_place_is_contact_with_who_led_the_guests(cast: Cast) -> None:
    row, partner = partnership(cast), of(Person, cast.partner)
    project = builders.project()
    project.partnerships = [row]
    values: dict[str, Any] = {"status": EventStatus.HELD, "host_id": cast.office}
    last_day = {"begins_on": PartialDate("2026-01-08"), "ends_on": PartialDate("2026-01-10")}
    visit = builders.event(project=project, **values, **last_day)
    builders.delegation(visit, of(Organisation, cast.here), head_id=partner.id)
    later = {"begins_on": PartialDate("2026-02-10"), "ends_on": None}
    builders.event(partnership=row, status=EventStatus.CONFIRMED, **later)
    builders.event(partnership=row, **values, **later, archived_at=datetime(2027, 3, 1, tzinfo=UTC))
    builders.log_entry(on="2026-01-09", partnership=row, by_id=cast.coordinator)
    builders.update(project, of(Person, cast.stranger), at=datetime(2026, 1, 10, 12, tzinfo=UTC))

    last = heard.of_partnership(row, TODAY)

    assert heard.last_contact([row.id]) == {row.id: PartialDate("2026-01-10")}
    assert (last.on, last.kind, last.by) == (PartialDate("2026-01-10"), EventKind.VISIT, None)
    assert last.proposal.sentence == f"arrange a visit with {partner.name} again"


def test_of_one_day_the_log_tells_more_than_the_event(cast: Cast) -> None:
    row = partnership(cast)
    day = {"begins_on": PartialDate("2026-01-10"), "ends_on": None}
    builders.event(partnership=row, kind=EventKind.WORKSHOP, status=EventStatus.HELD, **day)
    builders.log_entry(on="2026-01-10", partnership=row, by_id=cast.coordinator)

    assert heard.of_partnership(row, TODAY).kind is LogKind.CALL


def test_a_gift_is_contact_and_no_way_to_somebody(cast: Cast) -> None:
    row, partner = partnership(cast), of(Person, cast.partner)
    builders.log_entry(on="2026-01-10", partnership=row, kind=LogKind.GIFT_RECEIVED).people = [partner]

    last = heard.of_partnership(row, TODAY)

    assert (last.on, last.kind) == (PartialDate("2026-01-10"), LogKind.GIFT_RECEIVED)
    assert last.proposal.sentence == f"get in touch with {partner.name}"


def test_what_the_last_entry_promises_comes_first(cast: Cast) -> None:
    row = partnership(cast)
    builders.log_entry(on="2026-01-10", partnership=row, next_step="Einladung schicken", language="de")

    proposal = heard.of_partnership(row, TODAY).proposal

    assert (proposal.sentence, proposal.language) == ("Einladung schicken", "de")


def test_who_has_left_is_not_asked_again(cast: Cast) -> None:
    row = partnership(cast)
    there = of(Organisation, cast.here)
    gone = builders.person("Gone Away", at=there)
    entry = builders.log_entry(on="2026-01-10", partnership=row)
    entry.people = [gone]
    contact = db.session.query(Contact).filter_by(person_id=gone.id).one()
    contact.until_on = date(2026, 6, 30)
    db.session.flush()

    last = heard.of_partnership(row, TODAY)

    assert last.person is not None
    assert (last.person.name, last.proposal.sentence) == ("Gone Away", "get in touch with Radu Partener")


def test_an_update_is_contact_with_those_of_the_projects_partners_who_said_it(cast: Cast) -> None:
    office, elsewhere = of(Organisation, cast.office), of(Organisation, cast.elsewhere)
    row, other = partnership(cast), builders.partnership(office, elsewhere)
    project = builders.project()
    project.partnerships = [row, other]
    stranger = of(Person, cast.stranger)
    builders.log_entry(on="2026-01-10", partnership=row, kind=LogKind.CALL)
    builders.update(project, stranger, at=datetime(2027, 2, 10, 12, tzinfo=UTC))
    builders.update(project, of(Person, cast.coordinator), at=datetime(2027, 2, 20, 12, tzinfo=UTC))

    last, others = heard.of_partnership(row, TODAY), heard.of_partnership(other, TODAY)

    assert heard.last_contact([row.id, other.id]) == {row.id: last.on, other.id: others.on}
    assert (last.on, last.kind, last.by) == (PartialDate("2026-01-10"), LogKind.CALL, None)
    assert (others.on, others.kind, others.by) == (PartialDate("2027-02-10"), None, stranger.name)
    assert [(str(one.within), one.updates) for one in contacts(row, date(2026, 1, 1))] == [("2026-01", 0)]
    assert [(str(one.within), one.updates) for one in contacts(other, date(2026, 1, 1))] == [("2027-02", 1)]


def _by_people(entry: LogEntry, cast: Cast) -> None:
    entry.people = [of(Person, cast.coordinator), of(Person, cast.stranger)]


def _by_organisations(entry: LogEntry, cast: Cast) -> None:
    entry.organisations = [builders.organisation(de="Museum", part_of_id=cast.elsewhere)]


def _by_place(entry: LogEntry, cast: Cast) -> None:
    entry.at_id = cast.elsewhere


@pytest.mark.parametrize("named", [_by_people, _by_organisations, _by_place])
def test_an_entry_is_contact_with_those_of_the_projects_partners_whom_it_names(
    cast: Cast, reader: Somebody, named: Callable[[LogEntry, Cast], None]
) -> None:
    office, elsewhere = of(Organisation, cast.office), of(Organisation, cast.elsewhere)
    row, other = partnership(cast, contact_interval_days=30), builders.partnership(office, elsewhere)
    project = builders.project()
    project.partnerships = [row, other]
    builders.log_entry(on="2026-01-10", project=project, kind=LogKind.LETTER)
    entry = builders.log_entry(on="2027-02-20", project=project, kind=LogKind.CALL, next_step="Fragen", language="de")
    named(entry, cast)
    db.session.flush()

    last, others = heard.of_partnership(row, TODAY), heard.of_partnership(other, TODAY)

    # Of the earlier one nobody knows with whom it was: it stays contact with both.
    assert (last.on, last.kind) == (PartialDate("2026-01-10"), LogKind.LETTER)
    assert (others.on, others.kind, others.proposal.sentence) == (PartialDate("2027-02-20"), LogKind.CALL, "Fragen")
    assert last.proposal.sentence != "Fragen"
    assert heard.last_contact([row.id, other.id]) == {row.id: last.on, other.id: others.on}
    assert [one.partnership_id for one in heard.quiet(reader, TODAY, 8).rows] == [row.id]
    assert [str(one.within) for one in contacts(row, date(2026, 1, 1))] == ["2026-01"]
    assert [str(one.within) for one in contacts(other, date(2026, 1, 1))] == ["2026-01", "2027-02"]


def test_an_entry_that_names_both_or_the_partnership_itself_is_contact_with_them(cast: Cast) -> None:
    office, elsewhere = of(Organisation, cast.office), of(Organisation, cast.elsewhere)
    row, other = partnership(cast), builders.partnership(office, elsewhere)
    project = builders.project()
    project.partnerships = [row, other]
    both = builders.log_entry(on="2027-02-20", project=project)
    both.people = [of(Person, cast.partner), of(Person, cast.stranger)]
    builders.log_entry(on="2027-02-25", project=project, partnership=row)

    assert heard.last_contact([row.id, other.id]) == {
        row.id: PartialDate("2027-02-25"),
        other.id: PartialDate("2027-02-20"),
    }


def test_what_a_part_of_the_other_side_says_is_contact_with_it(cast: Cast) -> None:
    row, museum = partnership(cast), builders.organisation(de="Museum", part_of_id=cast.here)
    curator = builders.person("Maria Muzeu", at=museum)
    project = builders.project()
    project.partnerships = [row]
    builders.update(project, curator, at=datetime(2027, 2, 10, 12, tzinfo=UTC))

    last = heard.of_partnership(row, TODAY)

    assert (last.on, last.person) == (PartialDate("2027-02-10"), Who(curator.id, curator.name, curator.language))
    assert last.proposal.sentence == "get in touch with Maria Muzeu"


def test_those_last_heard_of_on_one_day_keep_their_own_contacts_apart(cast: Cast, reader: Somebody) -> None:
    day = PartialDate("2026-01-10")
    expected = [("A", LogKind.CALL), ("B", LogKind.LETTER), ("C", EventKind.MEETING), ("D", EventKind.WORKSHOP)]
    for title, kind in expected:
        project = builders.project()
        project.partnerships = [partnership(cast, de=title, contact_interval_days=30)]
        if isinstance(kind, LogKind):
            builders.log_entry(on=day.text, project=project, kind=kind)
        else:
            builders.event(project=project, kind=kind, status=EventStatus.HELD, begins_on=day, ends_on=None)

    assert [(str(one.title), one.kind) for one in heard.quiet(reader, TODAY, 8).rows] == expected


def test_where_nobody_is_known_one_enters_somebody(cast: Cast) -> None:
    there = builders.organisation(de="Neue Gemeinde")
    row = builders.partnership(of(Organisation, cast.office), there)

    last = heard.of_partnership(row, TODAY)

    assert (last.on, last.person, last.there_id) == (None, None, there.id)
    assert last.proposal.sentence == "enter a contact person on the other side"
