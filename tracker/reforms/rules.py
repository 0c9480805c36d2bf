"""Who may say what became of an organisation, and what can have become of it."""

from collections.abc import Sequence
from datetime import date

from tracker.db import PartialDate, Translated
from tracker.language import _, translated
from tracker.organisations.models import ChangeKind, Organisation, OrganisationChange
from tracker.refusal import Refused
from tracker.web.access import Somebody
from tracker.web.formats import partial_date

#: Into how many an organisation is split at least.
SEVERAL = 2


def may_say(reader: Somebody) -> bool:
    """Whether they say what became of organisations."""
    return reader.is_coordinator


def check_change(
    organisation: Organisation,
    kind: ChangeKind,
    happened_on: PartialDate,
    successors: Sequence[Organisation],
    *,
    name: Translated | None,
    last_project: tuple[str, PartialDate] | None,
    today: date,
) -> None:
    """Raise Refused unless this can have become of it; `last_project` are title and end of its last project to end."""
    if happened_on.earliest > today:
        raise Refused(_("This day lies ahead. Please enter the change when it has happened."), "happened_on")
    if organisation.ended_on is not None:
        raise Refused(_("It exists no more. What became of it can be taken back on its page."))
    if kind is ChangeKind.RENAMED and name is not None and _same_words(name, organisation.name):
        raise Refused(_("This is its name already."), "name")
    _check_successors(organisation, kind, successors)
    _check_order(organisation, happened_on, successors)
    if kind is ChangeKind.DISSOLVED and last_project and happened_on.latest < last_project[1].earliest:
        raise Refused(_("The project “%(title)s” ends only later.", title=last_project[0]), "happened_on")


def _same_words(one: Translated, other: Translated) -> bool:
    return one.original == other.original and list(one.spellings) == list(other.spellings)


def _check_successors(organisation: Organisation, kind: ChangeKind, successors: Sequence[Organisation]) -> None:
    if organisation in successors:
        raise Refused(_("An organisation cannot succeed itself."), "successors")
    if kind is ChangeKind.MERGED and len(successors) != 1:
        raise Refused(_("Please choose the organisation that it was merged into."), "successors")
    if kind is ChangeKind.SPLIT and len(successors) < SEVERAL:
        raise Refused(_("Please choose at least two organisations that it was split into."), "successors")
    for successor in successors:
        if organisation in _all_after(successor):
            sentence = _("“%(name)s” went into this organisation itself.", name=str(translated(successor.name)))
            raise Refused(sentence, "successors")


def _all_after(organisation: Organisation) -> set[Organisation]:
    """Return all that came after an organisation."""
    met: set[Organisation] = set()
    ahead = [organisation]
    while ahead:
        for change in ahead.pop().changes:
            ahead += [one for one in change.successors if one not in met]
            met.update(change.successors)
    return met


def _check_order(organisation: Organisation, happened_on: PartialDate, successors: Sequence[Organisation]) -> None:
    for change in (*organisation.changes, *organisation.origins):
        if happened_on.latest < change.happened_on.earliest:
            sentence = _("What is entered of it already came later: %(date)s.", date=partial_date(change.happened_on))
            raise Refused(sentence, "happened_on")
    for successor in successors:
        if successor.ended_on is not None and successor.ended_on.latest < happened_on.earliest:
            sentence = _("“%(name)s” did not exist any more on that day.", name=str(translated(successor.name)))
            raise Refused(sentence, "successors")


def check_taking_back(change: OrganisationChange, *, carried_over: bool) -> None:
    """Raise Refused if something was carried over since, or if it is not the last that became of the organisation."""
    if carried_over:
        raise Refused(
            _("What was open has been carried over already. It would have to go back one by one, so this stays.")
        )
    if change is not change.organisation.changes[-1]:
        raise Refused(_("Something became of this organisation later. Please take that back first."))
