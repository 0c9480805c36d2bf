"""What a browser may send about agreements."""

from collections.abc import Iterable, Sequence
from datetime import date

from wtforms import Field, SelectMultipleField
from wtforms.validators import ValidationError

from tracker.agreements.models import Agreement
from tracker.agreements.rules import wrong_end, wrong_parties, wrong_signing
from tracker.language import _l
from tracker.web.fields import CHOOSE, Line, PartialDay, RowsField, Tick, offered
from tracker.web.forms import EditForm
from tracker.web.translated import TranslatedField


class AgreementForm(EditForm):
    """A signed paper: what, when, where, until when, by whom, in which languages."""

    title = TranslatedField(_l("Title"), required=True)
    signed_on = PartialDay(
        _l("Signed on"), description=_l("As far as it is known: 2007, 4/2007 or 16.4.2007. Empty: not known.")
    )
    place = Line(_l("Place"))
    valid_until = PartialDay(
        _l("Valid until"), description=_l("As far as it is known: 2007, 4/2007 or 16.4.2007. Empty: without an end.")
    )
    parties = RowsField(
        _l("Signed by"), description=_l("As a rule the parties of the partnership; others may have signed, too.")
    )
    languages = SelectMultipleField(_l("Signed in"), choices=[], **CHOOSE)
    summary = TranslatedField(_l("What it is about"), long=True)
    published = Tick(
        _l("On the public page"),
        default=True,
        description=_l("Its title, dates and languages are public where its partnership is."),
    )

    #: When it is filled in: nothing was signed later.
    today: date

    @staticmethod
    def shown(agreement: Agreement) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {"parties": [party.organisation_id for party in agreement.parties]}

    def offer(
        self, *, organisations: Sequence[tuple[int, str]], languages: Iterable[tuple[str, str]], today: date
    ) -> None:
        """Set the choices, pairs of id and name or code and name, those chosen first, and the last day to be signed."""
        chosen = set(self.parties.data or ())
        self.parties.offer(sorted(organisations, key=lambda pair: pair[0] not in chosen))
        self.languages.choices = offered(languages)
        self.today = today

    def validate_signed_on(self, field: Field) -> None:
        """Refuse what is still to come."""
        _refuse(field, wrong_signing(field.data, self.today))

    def validate_valid_until(self, field: Field) -> None:
        """Refuse an end before the signing, and one that nobody lives to see."""
        _refuse(field, wrong_end(self.signed_on.data, field.data, self.today))

    def validate_parties(self, field: Field) -> None:
        """Refuse an agreement of one."""
        _refuse(field, wrong_parties(field.data or ()))


def _refuse(field: Field, sentence: str | None) -> None:
    # What could not be read has its sentence already.
    if sentence and not field.errors:
        raise ValidationError(sentence)
