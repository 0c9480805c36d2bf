"""What a browser may send about events."""

from collections.abc import Iterable
from typing import ClassVar

from wtforms import SubmitField

from tracker.events.models import Delegation, Event, EventKind, EventStatus
from tracker.events.rules import MOST_HEADS
from tracker.language import _l
from tracker.web.fields import Day, Hour, Line, Number, OneOf, PartialDay, RowField, Tick
from tracker.web.forms import EditForm, Filters
from tracker.web.places import ZoneField
from tracker.web.translated import TranslatedField

Pairs = Iterable[tuple[int, str]]


class EventForm(EditForm):
    """An event: what, when and where."""

    title = TranslatedField(_l("Title"), required=True)
    kind = OneOf(_l("Kind"), EventKind)
    status = OneOf(_l("Status"), EventStatus, default=EventStatus.PLANNED)
    begins_on = PartialDay(_l("First day"), required=True)
    begins_at = Hour(_l("Begin, as clocks there show it"))
    ends_on = PartialDay(_l("Last day"), description=_l("Empty: the same day."))
    ends_at = Hour(_l("End, as clocks there show it"))
    place = Line(_l("Place"), at_most=120)
    address = Line(_l("Address"), at_most=400, description=_l("House and street, or how one finds it."))
    zone = ZoneField(_l("Time zone of the place"), default="Europe/Berlin")
    host = RowField(_l("Host organisation"), description=_l("Who receives those who come."))
    project = RowField(_l("Project"))
    partnership = RowField(_l("Partnership"), description=_l("Only where it belongs to no project."))
    on_the_spot = RowField(_l("Contact on the spot"), description=_l("Whom guests can turn to."))
    places = Number(_l("Places"), least=1, most=MOST_HEADS, description=_l("Empty: as many as come."))
    summary = TranslatedField(_l("What it is about"), long=True)
    reminders_paused = Tick(_l("Pause reminders of this event"))
    asks_needs = Tick(
        _l("Ask guests what they need"),
        description=_l("Diet, access, and whom to call in an emergency. It is erased 30 days after the event."),
    )
    published = Tick(
        _l("On the public page"),
        description=_l("Its title, days and place are public where its project or partnership is. Name no person."),
    )
    tell = Tick(_l("Tell them what changed"), default=True)
    CARRIERS: ClassVar = EditForm.CARRIERS | {"tell"}

    def offer(self, *, hosts: Pairs, projects: Pairs, partnerships: Pairs, people: Pairs) -> None:
        """Set the choices, pairs of id and name."""
        self.host.offer(hosts)
        self.project.offer(projects)
        self.partnership.offer(partnerships)
        self.on_the_spot.offer(people)

    @staticmethod
    def shown(event: Event) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {
            "host": event.host_id,
            "project": event.project_id,
            "partnership": event.partnership_id,
            "on_the_spot": event.on_the_spot_id,
        }


class ItemForm(EditForm):
    """A point of the programme."""

    on = Day(_l("Day"), required=True)
    begins_at = Hour(_l("From"))
    ends_at = Hour(_l("Until"))
    title = TranslatedField(_l("What happens"), required=True)
    place = Line(_l("Where"))
    who = Line(_l("With whom"), description=_l("Who speaks, leads or receives."))
    another = SubmitField(_l("Save and add another"))


class DelegationForm(EditForm):
    """Who sends how many, and when they come."""

    organisation = RowField(_l("Sent by"), required=True)
    via = RowField(_l("Via"), description=_l("Such as a member municipality that found them."))
    planned = Number(_l("Heads, planned"), least=0, most=MOST_HEADS)
    actual = Number(_l("Heads, as they came"), least=0, most=MOST_HEADS)
    signed = Number(_l("Heads, as they signed the list"), least=0, most=MOST_HEADS)
    nights = Number(_l("Nights of each"), least=0, most=366)
    arrives_on = Day(_l("Arrival"), description=_l("Empty: the first day of the event."))
    leaves_on = Day(_l("Departure"), description=_l("Empty: the last day of the event."))
    head = RowField(_l("Head of the delegation"))

    def offer(self, *, organisations: Pairs, via: Pairs, people: Pairs) -> None:
        """Set the choices, pairs of id and name."""
        self.organisation.offer(organisations)
        self.via.offer(via)
        self.head.offer(people)

    @staticmethod
    def shown(delegation: Delegation) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {
            "organisation": delegation.organisation_id,
            "via": delegation.via_id,
            "head": delegation.head_id,
        }


class EventFilters(Filters):
    """What the list of events is narrowed to."""

    q = Line(_l("Title or place"))
    kind = OneOf(_l("Kind"), EventKind, required=False)
    status = OneOf(_l("Status"), EventStatus, required=False)
    project = RowField(_l("Project"))
    archived = Tick(_l("Show the archive"))
