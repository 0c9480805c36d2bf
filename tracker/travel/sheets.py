"""Questions when one can travel, and what came of each, as files."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from tracker.language import _
from tracker.travel.models import Fit, TravelQuestion
from tracker.travel.rules import Line, is_open
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value


def weeks(question: TravelQuestion, *, sees_who: bool) -> Sheet[Line]:
    """Return what is downloaded of the weeks: whom each suits, in numbers, and for those who may see it by name."""
    numbers = [_up(fit) for fit in Fit]
    who = _("who")
    names = [f"{_up(fit)}: {who}" if sees_who else None for fit in Fit]
    headings = (_("Begin"), _("End"), _("Chosen"), *numbers, *names, _("What speaks against it"))
    title = f"{_('When can we travel')} {plain(question.title)}"
    return Sheet(title, headings, partial(_cells, sees_who=sees_who))


def questions(today: date) -> Sheet[TravelQuestion]:
    """Return what is downloaded of the questions."""
    headings = (
        *(_("What it is about"), _("Belongs to"), _("Asked by"), _("Answers until"), _("closed"), _("Asked")),
        *(_("Answered"), _("Begin"), _("End")),
    )
    return Sheet(_("When can we travel"), headings, partial(_questions, today=today))


def _questions(rows: Sequence[TravelQuestion], *, today: date) -> Iterable[Sequence[Value]]:
    for one in rows:
        answered = sum(asked.answered_at is not None for asked in one.asked)
        days = (one.chosen.first_on, one.chosen.last_on) if one.chosen else (None, None)
        about = (one.title, one.home.title, one.by.name, one.answer_until, not is_open(one, today))
        yield *about, len(one.asked), answered, *days


def _up(fit: Fit) -> str:
    words = str(fit.label)
    return words[:1].upper() + words[1:]


def _cells(rows: Sequence[Line], *, sees_who: bool) -> Iterable[Sequence[Value]]:
    for one in rows:
        period = one.period
        numbers = [one.number(fit) for fit in Fit]
        names = ["; ".join(asked.person.name for asked in one.said[fit]) if sees_who else None for fit in Fit]
        against = "; ".join(plain(entry.title) for entry in one.against)
        yield period.first_on, period.last_on, period.chosen_at is not None, *numbers, *names, against
