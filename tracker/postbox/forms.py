"""What a browser may ask of the outbox."""

from tracker.language import _l
from tracker.mail.models import MessageState
from tracker.web.fields import Address, OneOf, RowField, Tick
from tracker.web.forms import Filters, Form


class OutboxFilters(Filters):
    """What the outbox is narrowed to."""

    state = OneOf(_l("State"), MessageState, required=False)
    person = RowField(_l("To"))
    troubled = Tick(_l("Only what needs somebody to have a look"))
    late = Tick(_l("Only what waits for too long"))


class CorrectionForm(Form):
    """The address that a message should have had."""

    email = Address(_l("Right e-mail address"), required=True)
    for_good = Tick(_l("Also change it in the person’s record"))
