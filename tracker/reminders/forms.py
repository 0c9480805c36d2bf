"""What the ledger is narrowed to, and what can be set in a rule."""

from collections.abc import Sequence
from typing import Any, ClassVar

from itsdangerous import BadData
from wtforms import Field, HiddenField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import TextInput

from tracker.language import _, _l
from tracker.reminders.models import ReminderSubject
from tracker.reminders.rulebook import SHAPES, Count, Proposal, in_order
from tracker.signing import timed_signer
from tracker.web.fields import Day, Number, RowField, Tick
from tracker.web.forms import EditForm, Filters, Form

#: How long what was shown may be agreed to, in seconds.
LOOKED_AT = 3600
_PURPOSE = "preview of reminders"
#: No rule has more numbers than this, nor a greater one.
MOST_NUMBERS, GREATEST = 6, 366


class ReminderFilters(Filters):
    """One person, one project, or both."""

    person = RowField(_l("Person"))
    project = RowField(_l("Project"))


class PastFilters(ReminderFilters):
    """The same, and one day."""

    day = Day(_l("Day"))


class Numbers(Field):
    """Several whole numbers in one line: "14, 3, 0"."""

    widget = TextInput()

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"inputmode": "text", "autocomplete": "off"})
        super().__init__(label, [InputRequired(), self._within], **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(str(number) for number in self.data or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the numbers."""
        self.data: list[int] | None = None
        words = str(valuelist[0]).replace(";", ",").replace(",", " ").split() if valuelist else []
        if not all(word.isascii() and word.isdigit() and len(word) <= len(str(GREATEST)) for word in words):
            raise ValueError(_("Please write whole numbers with commas between them, such as 14, 3, 0."))
        self.data = [int(word) for word in words]

    def _within(self, _form: object, _field: Field) -> None:
        if not self.data:
            raise ValidationError(_("Please write whole numbers with commas between them, such as 14, 3, 0."))
        if len(self.data) > MOST_NUMBERS or max(self.data) > GREATEST:
            raise ValidationError(
                _("At most %(many)s numbers, none greater than %(most)s.", many=MOST_NUMBERS, most=GREATEST)
            )


class RuleForm(EditForm):
    """How many days before or after, how often again."""

    steps = Numbers(_l("Days"))
    then_every_days = Number(
        _l("Then again every … days"), least=1, most=GREATEST, description=_l("Empty: it is not said again.")
    )
    at_most = Number(_l("Letters at most"), least=1, most=60, description=_l("Empty: as long as it is open."))

    _LABELS: ClassVar = {
        Count.BEFORE: (
            _l("Working days before the date"),
            _l("Numbers with commas between them, such as 14, 3, 0. They count the working days of who is reminded."),
        ),
        Count.AFTER: (
            _l("Working days after it"),
            _l("Numbers with commas between them, such as 3, 8. They count the working days of who is reminded."),
        ),
        Count.MONTHS: (_l("Months before the date"), _l("Numbers with commas between them, such as 12, 3.")),
    }

    def fit(self, subject: ReminderSubject) -> None:
        """Leave out what cannot be set for a subject, and call the days what they are."""
        shape = SHAPES[subject]
        if shape.count is Count.NOTHING:
            del self.steps
        else:
            self.steps.label.text, self.steps.description = self._LABELS[shape.count]
        if not shape.again:
            del self.then_every_days
            del self.at_most

    def asked(self, subject: ReminderSubject) -> dict[str, Any]:
        """Return what was set, as an address holds it; what is empty is empty there."""
        values = {name: self[name].data for name in ("steps", "then_every_days", "at_most") if name in self}
        if values.get("steps"):
            values["steps"] = ",".join(map(str, in_order(subject, values["steps"])))
        return {name: "" if value is None else value for name, value in values.items()}


class RuleAsked(Filters):
    """What was set, in the address of the page that shows what it would bring."""

    steps = RuleForm.steps
    then_every_days = RuleForm.then_every_days
    at_most = RuleForm.at_most


class PreviewForm(Form):
    """The agreement to what was shown."""

    seen = HiddenField()
    surely = Tick(_l("Yes, so many people shall get it"))


def shown(proposal: Proposal, reader_id: int, keys: Sequence[str]) -> str:
    """Return a note that somebody was shown what a proposal would bring."""
    return timed_signer(keys, _PURPOSE).dumps(_named(proposal, reader_id))


def version_shown(note: str | None, proposal: Proposal, reader_id: int, keys: Sequence[str]) -> int | None:
    """Return which version somebody was shown, if the note is about this proposal and not old; 0 for a new rule."""
    try:
        named = timed_signer(keys, _PURPOSE).loads(note or "", max_age=LOOKED_AT)
    except BadData:
        return None
    return int(named[0]) if named[1:] == _named(proposal, reader_id)[1:] else None


def _named(proposal: Proposal, reader_id: int) -> list[Any]:
    return [
        proposal.version or 0,
        reader_id,
        proposal.act.value,
        proposal.subject,
        proposal.project_id,
        proposal.rule_id,
        list(proposal.steps),
        proposal.then_every_days,
        proposal.at_most,
    ]
