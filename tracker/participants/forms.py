"""What a browser may send about participants."""

from collections.abc import Iterable

from wtforms import SubmitField

from tracker.language import _, _l
from tracker.participants.models import AgeBand, Gender, Participant, ParticipantRole
from tracker.web.fields import LanguageField, Line, Number, OneOf, RowField
from tracker.web.forms import EditForm, Form
from tracker.web.places import CountryField

MOST_HEADS = 10_000


class NewParticipantForm(Form):
    """Somebody who takes part: a person, a new name, or a number of heads."""

    role = OneOf(_l("Role"), ParticipantRole)
    person = RowField(_l("Person"), description=_l("Somebody who is known already."))
    name = Line(_l("Or the name of somebody new"), render_kw={"autocomplete": "off"})
    language = LanguageField(_l("Language of somebody new"), required=False, default="")
    heads = Number(
        _l("Or a number of heads"), least=1, most=MOST_HEADS, description=_l("Without names, such as 12 young people.")
    )
    organisation = RowField(_l("Sent by"))
    via = RowField(_l("Via"), description=_l("Such as a member municipality that found them."))
    country = CountryField(_l("Country"), required=False, description=_l("Only where no organisation sends them."))
    another = SubmitField(_l("Save and add another"))

    def offer(
        self,
        *,
        people: Iterable[tuple[int, str]],
        organisations: Iterable[tuple[int, str]],
        via: Iterable[tuple[int, str]],
    ) -> None:
        """Set the choices, pairs of id and name."""
        self.language.choices = [("", _("The one of who sends them")), *(self.language.choices or ())]
        self.person.offer(people)
        self.organisation.offer(organisations)
        self.via.offer(via)


class ParticipantForm(EditForm):
    """What can be changed of somebody who takes part; who they are stays."""

    role = OneOf(_l("Role"), ParticipantRole)
    organisation = RowField(_l("Sent by"))
    via = RowField(_l("Via"), description=_l("Such as a member municipality that found them."))
    country = CountryField(_l("Country"), required=False, description=_l("Only where no organisation sends them."))
    age_band = OneOf(_l("Age"), AgeBand, required=False, nothing=_l("not said"))
    gender = OneOf(_l("Gender"), Gender, required=False, nothing=_l("not said"))

    @staticmethod
    def shown(participant: Participant) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {"organisation": participant.organisation_id, "via": participant.via_id}


class HeadsForm(ParticipantForm):
    """The same for heads without names, and how many they are."""

    heads = Number(_l("Heads"), least=1, most=MOST_HEADS, required=True)
