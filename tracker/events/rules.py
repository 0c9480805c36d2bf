"""Who may what with events, and which days, hours and numbers go together."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.db import PartialDate
from tracker.events.models import Delegation, Event, EventStatus
from tracker.history.rules import key_of
from tracker.language import _
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: An event lasts weeks, not years: a longer one is a slip of the pen.
LONGEST = timedelta(days=366)
MOST_HEADS = 10_000
#: No more can be said of who comes.
SETTLED = frozenset({EventStatus.HELD, EventStatus.CANCELLED})


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change events and their programme."""
    return reader.is_coordinator


def may_send(reader: Somebody, organisation_id: int | None = None) -> bool:
    """Whether they enter a delegation: coordinators any, partners those that their own organisations send."""
    if reader.is_coordinator:
        return True
    return reader.is_partner and (organisation_id is None or organisation_id in reader.organisation_ids)


def first_day(event: Event) -> date:
    """Return the first day, or the first that it may have been."""
    return event.begins_on.earliest


def last_day(event: Event) -> date:
    """Return the last day, or the last that it may have been."""
    return (event.ends_on or event.begins_on).latest


def is_dated(event: Event) -> bool:
    """Whether its days are wholly known."""
    return event.begins_on.day is not None and (event.ends_on is None or event.ends_on.day is not None)


def file_of(event: Event) -> str | None:
    """Return by what a letter names the calendar file that it carries; None while its days are not wholly known."""
    return key_of(event) if is_dated(event) else None


def days_of(event: Event) -> list[date]:
    """Return each day of it; none where they are not wholly known."""
    if not is_dated(event):
        return []
    first, last = first_day(event), last_day(event)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def is_over(event: Event, today: date) -> bool:
    """Whether its last day has passed."""
    return last_day(event) < today


def is_unsettled(event: Event, today: date) -> bool:
    """Whether its days are over, and nobody has said yet that it took place. `today`: where it is."""
    return is_over(event, today) and event.status not in SETTLED and event.archived_at is None


def exists(day: date, hour: time, zone: str) -> bool:
    """Whether clocks at the place show this hour on this day; where they are put forward, they leave some out."""
    local = datetime.combine(day, hour, ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)


def check_hours(day: PartialDate | None, hour: time | None, zone: str, field: str) -> None:
    """Raise Refused for an hour of a day that nobody knows, or that the place does not have."""
    if hour is None:
        return
    if day is None or day.day is None:
        raise Refused(_("A time needs a whole date: day, month and year."), field)
    if not exists(day.earliest, hour, zone):
        raise Refused(_("This time does not exist there: clocks are put forward on that day."), field)


def check_when(
    begins_on: PartialDate, begins_at: time | None, ends_on: PartialDate | None, ends_at: time | None, zone: str
) -> None:
    """Raise Refused if it would end before it begins, last for years, or at an hour that there is not."""
    if ends_on is not None:
        known = min(len(begins_on.text), len(ends_on.text))
        if ends_on.text[:known] < begins_on.text[:known]:
            raise Refused(_("It would end before it begins."), "ends_on")
        if ends_on.earliest - begins_on.latest > LONGEST:
            sentence = _("This is more than a year after the begin. Events that come back are entered one by one.")
            raise Refused(sentence, "ends_on")
    check_hours(begins_on, begins_at, zone, "begins_at")
    check_hours(ends_on or begins_on, ends_at, zone, "ends_at")
    if begins_at and ends_at and (ends_on is None or ends_on == begins_on) and ends_at <= begins_at:
        raise Refused(_("It would end before it begins."), "ends_at")


def check_item(event: Event, on: date, begins_at: time | None, ends_at: time | None) -> None:
    """Raise Refused if a point of the programme lies outside the event, or ends before it begins."""
    if not first_day(event) <= on <= last_day(event):
        raise Refused(_("This day lies outside the event."), "on")
    check_hours(PartialDate.of(on), begins_at, event.zone, "begins_at")
    check_hours(PartialDate.of(on), ends_at, event.zone, "ends_at")
    if ends_at and not begins_at:
        raise Refused(_("Please write when it begins as well."), "begins_at")
    if begins_at and ends_at and ends_at <= begins_at:
        raise Refused(_("It would end before it begins."), "ends_at")


def check_stay(event: Event, arrives_on: date | None, leaves_on: date | None, nights: int | None) -> None:
    """Raise Refused if they would leave before they arrive, come nowhere near the event, or stay longer than that."""
    if arrives_on and leaves_on and leaves_on < arrives_on:
        raise Refused(_("They would leave before they arrive."), "leaves_on")
    near = timedelta(days=31)
    if arrives_on and not first_day(event) - near <= arrives_on <= last_day(event):
        raise Refused(_("This is not near the event."), "arrives_on")
    if leaves_on and not first_day(event) <= leaves_on <= last_day(event) + near:
        raise Refused(_("This is not near the event."), "leaves_on")
    first, last = arrives_on or first_day(event), leaves_on or last_day(event)
    if nights is not None and nights > (last - first).days:
        raise Refused(
            _("Between these days there are at most %(nights)s nights.", nights=(last - first).days), "nights"
        )


def free_places(event: Event, others: int, planned: int | None) -> None:
    """Raise Refused if more would come than there are places for. `others`: heads that are announced already."""
    if event.places is not None and planned is not None and others + planned > event.places:
        raise Refused(too_few_places(event, max(0, event.places - others)), "planned")


def too_few_places(event: Event, left: int) -> str:
    """Return the sentence that not so many can come."""
    return _("There are not so many places: %(left)s of %(places)s are free.", places=event.places, left=left)


def heads_of(delegation: Delegation) -> int | None:
    """Return how many came, else how many are announced; None where nobody said."""
    return delegation.actual if delegation.actual is not None else delegation.planned


def nights_of(delegation: Delegation) -> int | None:
    """Return the nights of all of them together."""
    heads = heads_of(delegation)
    return None if heads is None or delegation.nights is None else heads * delegation.nights
