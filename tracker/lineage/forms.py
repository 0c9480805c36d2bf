"""What a browser may send about what led to what."""

from wtforms import SelectField

from tracker.language import _l
from tracker.lineage.queries import Choices
from tracker.web.fields import CHOOSE, Line, PartialDay, picked
from tracker.web.forms import Form


class LedToForm(Form):
    """The other end, when, and a few words: one line."""

    thing = SelectField("", picked(required=True), choices=[], **CHOOSE)
    happened_on = PartialDay(_l("When"))
    note = Line(_l("Note"))

    def ask(self, question: str, choices: Choices) -> None:
        """Set the question and what may be chosen."""
        self.thing.label.text = question
        self.thing.choices = {"": [("", "–")]} | {heading: pairs for heading, pairs in choices.items() if pairs}
