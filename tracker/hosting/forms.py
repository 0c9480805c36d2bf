"""What a browser may send about hosts."""

from collections.abc import Iterable

from tracker.hosting.models import HostOffer
from tracker.language import _l
from tracker.web.fields import Day, LanguageField, Number, Paragraphs, RowField, RowsField, Tick
from tracker.web.forms import EditForm, Form

Pairs = Iterable[tuple[int, str]]
MOST_PLACES = 1_000


class OfferForm(EditForm):
    """Who takes guests in, for how many, and who stays there."""

    person = RowField(_l("Person who takes guests in"))
    organisation = RowField(_l("Or the organisation, such as a guest house"))
    places = Number(_l("Places"), least=1, most=MOST_PLACES, required=True)
    from_on = Day(_l("From"), description=_l("Empty: all the time."))
    until_on = Day(_l("Until"))
    any_diet = Tick(_l("Cooks what guests need"), description=_l("Such as without meat, or without nuts."))
    address = Paragraphs(_l("Address"), at_most=400, description=_l("Empty: the one that is entered with the host."))
    conditions = Paragraphs(
        _l("What guests should know"), at_most=1000, description=_l("Such as: two cats, third floor.")
    )
    language = LanguageField(_l("Written in"))
    guests = RowsField(_l("Who stays there"))

    def offer(self, *, people: Pairs, organisations: Pairs, guests: Pairs) -> None:
        """Set the choices, pairs of id and name."""
        self.person.offer(people)
        self.organisation.offer(organisations)
        self.guests.offer(guests)

    @staticmethod
    def shown(offer: HostOffer) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {
            "person": offer.person_id,
            "organisation": offer.organisation_id,
            "guests": [guest.id for guest in offer.guests],
        }


class TellForm(Form):
    """Nothing but the word that letters may leave."""
