"""What a guest may send through their link, and whom a coordinator writes to."""

from collections.abc import Iterable
from typing import Any

from tracker.attendance.models import Answer
from tracker.guests.actions import NEEDS, Said
from tracker.guests.models import Consent
from tracker.guests.queries import Guest
from tracker.language import Word, _l, _lp
from tracker.participants.models import AgeBand
from tracker.web.fields import Day, Line, OneOf, Paragraphs, RowsField, Tick
from tracker.web.forms import EditForm, Form
from tracker.web.linked import LinkForm

_NEED = 1_000


class Reply(Word):
    """Whether a guest comes, in their own words."""

    COMING = "coming", _lp("reply", "I come")
    NOT_COMING = "not_coming", _lp("reply", "I do not come")


class ReplyForm(LinkForm, EditForm):
    """Whether somebody comes, and when."""

    reply = OneOf(_l("Do you come?"), Reply)
    arrives_on = Day(_l("Arrival"), description=_l("Empty: on the first day."))
    leaves_on = Day(_l("Departure"), description=_l("Empty: on the last day."))
    languages = Line(_l("Languages you speak"), at_most=200)
    age_band = OneOf(_l("Age"), AgeBand, required=False, nothing=_l("not said"))
    guardian = Line(_l("Name of the guardian"), description=_l("A parent, or who stands in for them."))
    guardian_agrees = Tick(_l("I am the guardian and agree to the journey and the stay"))

    @staticmethod
    def shown(guest: Guest) -> dict[str, Any]:
        """Return what stands now, as the form shows it."""
        row, agreed = guest.attendance, guest.consents.get(Consent.TAKING_PART)
        replies = {Answer.COMING: Reply.COMING, Answer.CAME: Reply.COMING, Answer.NOT_COMING: Reply.NOT_COMING}
        return {
            "reply": replies.get(row.answer),
            "arrives_on": row.arrives_on,
            "leaves_on": row.leaves_on,
            "age_band": row.participant.age_band,
            "guardian": agreed.guardian if agreed else None,
            "guardian_agrees": agreed is not None,
            **{name: getattr(guest.needs, name) if guest.needs else None for name in NEEDS},
        }

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(
            comes=self.reply.data is Reply.COMING,
            arrives_on=self.arrives_on.data,
            leaves_on=self.leaves_on.data,
            age_band=self.age_band.data,
            guardian=self.guardian.data,
            guardian_agrees=self.guardian_agrees.data,
            needs={name: self[name].data for name in NEEDS if name in self},
        )


class ReplyWithNeedsForm(ReplyForm):
    """The same where the event asks what its guests need."""

    diet = Paragraphs(_l("What you eat, and what not"), at_most=_NEED, render_kw={"rows": 2})
    accessibility = Paragraphs(_l("What you need to get about or to follow"), at_most=_NEED, render_kw={"rows": 2})
    emergency = Line(_l("Whom to call in an emergency"), at_most=200, description=_l("Name and telephone."))


class ConsentForm(LinkForm, EditForm):
    """What may be published, each by itself. Its fields are called like the words."""

    name_on_web = Tick(_l("On web pages"))
    name_in_press = Tick(_l("In the press"))
    name_in_reports = Tick(_l("In reports and printed matter"))
    pictures_on_web = Tick(_l("On web pages"))
    pictures_in_press = Tick(_l("In the press"))
    pictures_in_reports = Tick(_l("In reports and printed matter"))

    @staticmethod
    def shown(guest: Guest) -> dict[str, Any]:
        """Return what stands now, as the form shows it."""
        return {one.value: one in guest.consents for one in Consent if one is not Consent.TAKING_PART}

    @property
    def wanted(self) -> set[Consent]:
        """What was ticked."""
        return {one for one in Consent if one.value in self and self[one.value].data}


class WriteForm(Form):
    """Which guests are sent their link."""

    guests = RowsField(_l("Who gets a letter"))
    everybody = Tick(_l("All who have not answered, on every page"))

    def offer(self, guests: Iterable[tuple[int, str]]) -> None:
        """Set the choices, pairs of id and name."""
        self.guests.offer(guests)
