"""What the coming days bring, put together as people get it: one letter for each person and day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from tracker.folding import fold
from tracker.language import Word, _lp, translated
from tracker.reminders.actions import Upcoming
from tracker.workdays.rules import local_day


class By(Word):
    """By what the coming letters are put together."""

    DAY = "day", _lp("reminders by", "by day")
    PERSON = "person", _lp("reminders by", "by person")
    PROJECT = "project", _lp("reminders by", "by project")


@dataclass(frozen=True)
class Letter:
    """What one person gets on one day, and what they do not get."""

    words: tuple[Upcoming, ...]

    @property
    def first(self) -> Upcoming:
        """One of its words: person, day, language and time are the same in all."""
        return self.words[0]

    @property
    def said(self) -> list[Upcoming]:
        """What stands in it."""
        return [one for one in self.words if one.is_wanted]

    @property
    def left_out(self) -> list[Upcoming]:
        """What does not, each with its reason."""
        return [one for one in self.words if not one.is_wanted]


def letters(found: Iterable[Upcoming]) -> list[Letter]:
    """Put together what one person gets on one day, in the order of days and names."""
    ordered = sorted(
        found, key=lambda one: (one.local_date, fold(one.person), one.person_id, one.due_on, one.subject_key)
    )
    by_letter = groupby(ordered, key=lambda one: (one.local_date, one.person_id))
    return [Letter(tuple(words)) for _key, words in by_letter]


@dataclass(frozen=True)
class Line:
    """A letter, or the part of it that is about one project, under its heading."""

    #: What the heading is made of: a day, a person or a project.
    under: tuple[object, ...]
    letter: Letter


def lines(found: Sequence[Upcoming], by: By) -> list[Line]:
    """Return the lines of a page, those under one heading behind each other."""
    if by is By.PROJECT:
        projects = sorted({_project(one) for one in found}, key=lambda key: (fold(key[1]), key[0]))
        return [
            Line(project, letter)
            for project in projects
            for letter in letters(one for one in found if _project(one) == project)
        ]
    under: Callable[[Letter], tuple[object, ...]] = {
        By.DAY: lambda letter: (letter.first.local_date,),
        By.PERSON: lambda letter: (letter.first.person_id, letter.first.person),
    }[by]
    made = [Line(under(letter), letter) for letter in letters(found)]
    if by is By.PERSON:
        made.sort(key=lambda line: (fold(line.letter.first.person), line.letter.first.person_id))
    return made


def _project(one: Upcoming) -> tuple[int, str]:
    """Return number and title of a project; what belongs to none has the number 0."""
    return (one.project_id or 0, str(translated(one.project_title) or "") if one.project_id else "")


def headings(page: Sequence[Line]) -> list[tuple[tuple[object, ...], list[Letter]]]:
    """Return the lines of a page under their headings."""
    return [(under, [line.letter for line in group]) for under, group in groupby(page, key=lambda line: line.under)]


# ---- what a change of rules would bring


@dataclass(frozen=True)
class Comparison:
    """What would come under other rules, set beside what comes now."""

    #: What would come and does not come now.
    new: tuple[Upcoming, ...]
    #: What comes either way.
    same: tuple[Upcoming, ...]
    #: What comes now and would come no longer.
    gone: tuple[Upcoming, ...]
    #: What would be looked at and not come, each with its reason.
    left_out: tuple[Upcoming, ...]

    @property
    def coming(self) -> list[Letter]:
        """Every letter that would come."""
        return letters([*self.new, *self.same])

    @property
    def recipients(self) -> int:
        """How many people would get something."""
        return len({one.person_id for one in (*self.new, *self.same)})


def compare(
    present: Iterable[Upcoming],
    would: Iterable[Upcoming],
    *,
    now: datetime,
    begins_today: bool,
    concerns: Callable[[Upcoming], bool],
) -> Comparison:
    """Compare what comes with what would. What only comes back is not planned for today any more; what left, left."""
    coming = {
        _key(one): one
        for one in would
        if concerns(one) and (begins_today or not _only_comes_back(one, now)) and not _has_left(one, now)
    }
    wanted = {key for key, one in coming.items() if one.is_wanted}
    before = {_key(one): one for one in present if concerns(one) and one.is_wanted and not _has_left(one, now)}
    return Comparison(
        new=tuple(one for key, one in coming.items() if key in wanted and key not in before),
        same=tuple(one for key, one in coming.items() if key in wanted and key in before),
        gone=tuple(one for key, one in before.items() if key not in wanted),
        left_out=tuple(one for key, one in coming.items() if key not in wanted),
    )


def _key(one: Upcoming) -> tuple[int, str, str, date]:
    return one.person_id, one.subject.value, one.subject_key, one.local_date


def _has_left(one: Upcoming, now: datetime) -> bool:
    return one.is_wanted and one.send_at < now


def _only_comes_back(one: Upcoming, now: datetime) -> bool:
    """Whether today was planned without it; what is new today still comes."""
    today = local_day(now, one.zone)
    return one.local_date <= today and local_day(one.since, one.zone) < today
