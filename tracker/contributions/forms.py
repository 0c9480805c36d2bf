"""What a browser may send about contributions."""

from collections.abc import Iterable
from datetime import date

from wtforms import Field
from wtforms.validators import ValidationError

from tracker.contributions.models import Contribution, ContributionKind
from tracker.contributions.rules import wrong_amount, wrong_currency, wrong_day, wrong_thanks
from tracker.language import _l
from tracker.web.amounts import CurrencyField, DecimalNumber
from tracker.web.fields import OneOf, PartialDay, RowField, Tick
from tracker.web.forms import EditForm, Filters
from tracker.web.translated import TranslatedField


class ContributionForm(EditForm):
    """Who gave what, when, worth what, and whether they were thanked."""

    organisation = RowField(_l("Given by"), required=True)
    person = RowField(_l("Person"), description=_l("Who of the organisation gave it, where it was one person."))
    kind = OneOf(_l("Kind"), ContributionKind)
    summary = TranslatedField(_l("What it was, in a sentence"), required=True)
    amount = DecimalNumber(
        _l("How much"), description=_l("Money, hours or nights. In kind: what it is worth, if that is known.")
    )
    currency = CurrencyField(
        _l("Currency"), description=_l("Three letters, such as EUR; for money and for what things are worth.")
    )
    given_on = PartialDay(_l("Given on"))
    thanked_on = PartialDay(_l("Thanked on"), description=_l("Empty as long as nobody was thanked."))

    #: When it is filled in: nothing was given later.
    today: date

    def offer(
        self, *, organisations: Iterable[tuple[int, str]], people: Iterable[tuple[int, str]], today: date
    ) -> None:
        """Set the choices, pairs of id and name, and the last day that can be written."""
        self.organisation.offer(organisations)
        self.person.offer(people)
        self.today = today

    @staticmethod
    def shown(contribution: Contribution) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {"organisation": contribution.organisation_id, "person": contribution.person_id}

    def validate_amount(self, field: Field) -> None:
        """Refuse a kind without its amount, and more digits than it has."""
        if self.kind.data:
            _refuse(field, wrong_amount(self.kind.data, field.data, self.currency.data))

    def validate_currency(self, field: Field) -> None:
        """Refuse money without a currency."""
        if self.kind.data:
            _refuse(field, wrong_currency(self.kind.data, self.amount.data, field.data))

    def validate_given_on(self, field: Field) -> None:
        """Refuse what is still to come."""
        _refuse(field, wrong_day(field.data, self.today))

    def validate_thanked_on(self, field: Field) -> None:
        """Refuse thanks that are still to come, or came before what they were for."""
        _refuse(field, wrong_day(field.data, self.today) or wrong_thanks(self.given_on.data, field.data))


def _refuse(field: Field, sentence: str | None) -> None:
    # What could not be read has its sentence already.
    if sentence and not field.errors:
        raise ValidationError(sentence)


class ContributionFilters(Filters):
    """What the list of a project is narrowed to."""

    organisation = RowField(_l("Given by"))
    kind = OneOf(_l("Kind"), ContributionKind, required=False)
    not_thanked = Tick(_l("Only those not thanked for yet"))
    archived = Tick(_l("Show the archive"))
