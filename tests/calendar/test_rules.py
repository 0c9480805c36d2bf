"""Months, weeks, and what stands on a day."""

from datetime import date

from tracker.calendar.rules import Entry, EntryKind, Month, weeks_of


def entry(first: date, last: date | None = None) -> Entry:
    """Return an event."""
    return Entry(EntryKind.EVENT, first, last or first, "Fest")


def test_weeks_begin_on_monday() -> None:
    weeks = weeks_of(Month(2027, 4), [])

    assert [(week[0].on, week[-1].on) for week in (weeks[0], weeks[-1])] == [
        (date(2027, 3, 29), date(2027, 4, 4)),
        (date(2027, 4, 26), date(2027, 5, 2)),
    ]
    assert [day.is_inside for day in weeks[0]] == [False, False, False, True, True, True, True]


def test_what_lasts_stands_on_each_day_of_the_month() -> None:
    weeks = weeks_of(Month(2027, 4), [entry(date(2027, 3, 30), date(2027, 4, 2))])

    assert [day.on for week in weeks for day in week if day.entries] == [date(2027, 4, 1), date(2027, 4, 2)]


def test_a_full_day_says_how_much_more_there_is() -> None:
    def of(number: int) -> tuple[int, int]:
        day = weeks_of(Month(2027, 4), [entry(date(2027, 4, 1))] * number)[0][3]
        return len(day.shown), day.more

    assert [of(number) for number in (0, 4, 5, 6, 9)] == [(0, 0), (4, 0), (5, 0), (4, 2), (4, 5)]


def test_months_follow_one_another_over_the_year() -> None:
    december = Month(2026, 12)

    assert (december.after, december.before, december.last) == (Month(2027, 1), Month(2026, 11), date(2026, 12, 31))
    assert Month.read(str(december)) == december
