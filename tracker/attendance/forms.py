"""What a browser may send about who comes."""

from collections.abc import Iterable
from typing import ClassVar

from tracker.attendance.models import Answer
from tracker.language import _l
from tracker.participants.forms import MOST_HEADS, NewParticipantForm
from tracker.participants.models import AgeBand, Gender
from tracker.web.fields import Day, Line, Number, OneOf, RowsField, Tick
from tracker.web.forms import EditForm, Form

_ALL_THE_TIME = _l("Empty: from the first day of the event to the last.")


def _anyway() -> Tick:
    return Tick(_l("They are at both, all the same"))


class GuestForm(NewParticipantForm):
    """Somebody new who comes: a person, a name, or heads by country, age and gender, each as far as one says."""

    answer = OneOf(_l("Answer"), Answer, default=Answer.COMING)
    age_band = OneOf(_l("Age"), AgeBand, required=False, nothing=_l("not said"))
    gender = OneOf(_l("Gender"), Gender, required=False, nothing=_l("not said"))
    anyway = _anyway()


class InviteForm(Form):
    """Those of the project who are put on the list of an event."""

    participants = RowsField(_l("Who"))
    answer = OneOf(_l("Answer"), Answer, default=Answer.INVITED)
    anyway = _anyway()

    def offer(self, participants: Iterable[tuple[int, str]]) -> None:
        """Set the choices, pairs of id and name."""
        self.participants.offer(participants)


class AttendanceForm(EditForm):
    """What is known of somebody who comes."""

    answer = OneOf(_l("Answer"), Answer)
    arrives_on = Day(_l("Arrival"), description=_ALL_THE_TIME)
    leaves_on = Day(_l("Departure"))
    room = Line(_l("Room"), at_most=120)
    anyway = _anyway()
    CARRIERS: ClassVar = EditForm.CARRIERS | {"anyway"}


class HeadsComeForm(AttendanceForm):
    """The same for heads without names, and how many of them come."""

    heads = Number(_l("How many of them come"), least=1, most=MOST_HEADS, description=_l("Empty: all of them."))
