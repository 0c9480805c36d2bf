"""Dates and sentences that several subjects share, in the language spoken now."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name

from tracker.db import PartialDate
from tracker.language import _, ngettext, spoken, translated
from tracker.reminders.matters import Matter, Recipient, Sender
from tracker.workdays.rules import instant_of, local_day, workdays_left

DAY = timedelta(days=1)


def locale() -> Locale:
    """Return how dates are written in the language spoken now."""
    # English readers are partners in Europe too: the day comes before the month.
    return Locale("en", "GB") if spoken() == "en" else Locale.parse(spoken())


def long_day(day: date) -> str:
    """Return "2 March 2027"."""
    return format_date(day, "long", locale=locale())


def full_day(day: date) -> str:
    """Return "Tuesday, 2 March 2027" in the language that is spoken now."""
    return format_date(day, "full", locale=locale())


def as_known(day: PartialDate, year: int) -> str:
    """Return the same day of another year as far as it is known: "2027", "April 2027" or "16 April 2027"."""
    if day.month is None:
        return str(year)
    if day.day is None:
        return format_skeleton("yMMMM", date(year, day.month, 1), locale=locale())
    return long_day(same_day(day, year))


def same_day(day: PartialDate, year: int) -> date:
    """Return the day in another year; the first it may be, and 28 February where a year has no 29th."""
    first = day.earliest
    return first.replace(year=year) if (first.month, first.day) != (2, 29) else date(year, 3, 1) - DAY


def title_of(matter: Matter) -> str:
    """Return what it is called."""
    return str(translated(matter.title) or "")


def due(matter: Matter, recipient: Recipient, today: date) -> str:
    """Say when it is due, and how many working days are left."""
    day = full_day(matter.due_on)
    if matter.due_on == today:
        return _("It is due today, %(date)s.", date=day)
    left = workdays_left(today, matter.due_on, recipient.calendar)
    if left < 1:
        return _("It is due on %(date)s.", date=day)
    return ngettext(
        "It is due on %(date)s, in %(num)s working day.",
        "It is due on %(date)s, in %(num)s working days.",
        left,
        date=day,
    )


def was_due(matter: Matter, recipient: Recipient, today: date) -> str:
    """Say when it was due, and how many working days ago."""
    day = full_day(matter.due_on)
    gone = workdays_left(matter.due_on + DAY, today + DAY, recipient.calendar)
    if gone < 1:
        return _("It was due on %(date)s.", date=day)
    return ngettext(
        "It was due on %(date)s, %(num)s working day ago.",
        "It was due on %(date)s, %(num)s working days ago.",
        gone,
        date=day,
    )


def moved(matter: Matter) -> list[str]:
    """Say when it was due at first, if that was another day."""
    if not matter.moves or matter.first_due_on is None:
        return []
    day = long_day(matter.first_due_on)
    if matter.moves == 1:
        return [_("The date was %(date)s at first; it has been moved once.", date=day)]
    return [
        ngettext(
            "The date was %(date)s at first; it has been moved %(num)s time.",
            "The date was %(date)s at first; it has been moved %(num)s times.",
            matter.moves,
            date=day,
        )
    ]


def other_clock(day: date, recipient: Recipient, office: Sender) -> list[str]:
    """Say when such a day ends at the office and on the recipient's clock, where these differ."""
    end = instant_of(day + DAY, time(0), office.zone)
    here, there = end.astimezone(ZoneInfo(office.zone)), end.astimezone(ZoneInfo(recipient.zone))
    if here.utcoffset() == there.utcoffset():
        return []
    facts = {
        "office": office.name,
        "office_time": "24:00",
        "office_zone": _zone_name(here),
        "time": format_time(there, "HH:mm", locale=locale()),
        "zone": _zone_name(there),
    }
    if local_day(end, recipient.zone) == day:
        return [
            _(
                "At %(office)s a day ends at %(office_time)s (%(office_zone)s): %(time)s where you are (%(zone)s).",
                **facts,
            )
        ]
    return [
        _(
            "At %(office)s a day ends at %(office_time)s (%(office_zone)s): "
            "%(time)s of the next day where you are (%(zone)s).",
            **facts,
        )
    ]


def _zone_name(moment: datetime) -> str:
    return get_timezone_name(moment, locale=locale())
