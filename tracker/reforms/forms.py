"""What a browser may send about what became of an organisation."""

from tracker.language import _l
from tracker.web.fields import Line, PartialDay, RowField, RowsField, Tick
from tracker.web.forms import EditForm
from tracker.web.translated import TranslatedField


class ChangeForm(EditForm):
    """When an organisation was changed, with a few words; what it is to be besides has a form of its own."""

    happened_on = PartialDay(_l("Since when"), required=True)
    note = Line(_l("Note"), description=_l("Such as the law or the decision behind it."))


class RenamedForm(ChangeForm):
    """What it is called now."""

    name = TranslatedField(_l("New name"), required=True)
    is_another = Tick(_l("No, this is another one"))


class MergedForm(ChangeForm):
    """What it went into."""

    successors = RowField(_l("Merged into"), required=True)


class SplitForm(ChangeForm):
    """What came out of it."""

    successors = RowsField(_l("Split into"))
