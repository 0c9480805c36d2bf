"""What a browser may send about many guests at once."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field, HiddenField, SelectField, SubmitField, TextAreaField
from wtforms.validators import ValidationError

from tracker.attendance.models import Answer
from tracker.guestlists.reading import MOST_LINES
from tracker.guestlists.rules import Wanted
from tracker.guestlists.sheets import MOST_EMPTY, NO_SECOND, Asked
from tracker.language import LANGUAGES, _, _l, language_name, translated
from tracker.organisations.models import Organisation
from tracker.participants.models import ParticipantRole
from tracker.web.fields import CHOOSE, Line, Needed, Number, OneOf, RowField, Tick
from tracker.web.forms import Filters, Form
from tracker.web.places import CountryField

MOST_LETTERS = 600_000


def _with_plain_ends(text: str | None) -> str | None:
    """Return a text whose lines end alike, whatever they were copied from."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text else text


class SheetField(TextAreaField):
    """Lines as they were pasted, to the last tab: an empty first cell is one. Each is looked at by itself later."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        super().__init__(label, [Needed(), self._short_enough], filters=[_with_plain_ends], **more)

    @staticmethod
    def _short_enough(_form: object, field: Field) -> None:
        if len(field.data or "") > MOST_LETTERS or (field.data or "").count("\n") > MOST_LINES + 1:
            raise ValidationError(_("This is too much at once. At most %(most)s lines are possible.", most=MOST_LINES))


class ChosenField(Field):
    """For which line which person was chosen: "12:345", with 0 for somebody new."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the pairs; what is none was not made by our page."""
        pairs = (str(value).partition(":")[::2] for value in valuelist)
        self.data: dict[int, int] = {int(line): int(who) for line, who in pairs if _is_small(line) and _is_small(who)}

    def _value(self) -> str:
        return ""


class SureField(Field):
    """Which doubtful lines are right all the same, by their keys."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the keys; what fits no line says nothing."""
        self.data: set[str] = {str(value) for value in valuelist}

    def _value(self) -> str:
        return ""


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 - digits that databases keep


class PasteForm(Form):
    """Lines from a spreadsheet, and what holds for those that do not say it."""

    text = SheetField(
        _l("Lines from the spreadsheet"),
        description=_l(
            "One person a line. Columns: name, role, organisation, country, language, arrival, departure, e-mail – in "
            "this order, or in any under headings. Only the name is needed."
        ),
        render_kw={"rows": 10, "wrap": "off", "spellcheck": "false", "autocomplete": "off"},
    )
    role = OneOf(_l("Role, where a line says none"), ParticipantRole, default=ParticipantRole.DELEGATE)
    organisation = RowField(_l("Sent by, where a line names nobody"))
    answer = OneOf(_l("Answer"), Answer, default=Answer.COMING)
    who = ChosenField()
    sure = SureField()
    looked_at = HiddenField()
    save = SubmitField(_l("Save"))

    def offer(self, senders: Iterable[tuple[int, str]]) -> None:
        """Set the choices, pairs of id and name."""
        self.organisation.offer(senders)

    def wanted(self) -> Wanted:
        """Return what holds for lines that do not say it."""
        return Wanted(self.role.data, self.organisation.data, self.answer.data)

    def mark(self) -> str:
        """Return what differs as soon as anything else would be saved than what was looked at."""
        parts = (self.text.data or "", self.role.data, self.organisation.data, self.answer.data)
        return hashlib.sha256("\x1f".join(str(part) for part in parts).encode(errors="replace")).hexdigest()


class GuestFilters(Filters):
    """What the list of guests is narrowed to."""

    q = Line(_l("Name"))
    answer = OneOf(_l("Answer"), Answer, required=False)
    organisation = RowField(_l("Sent by"))
    country = CountryField(_l("Country"), required=False)

    def offer(self, senders: Iterable[Organisation]) -> None:
        """Let one choose from those who send somebody."""
        self.organisation.offer({one.id: str(translated(one.name)) for one in senders}.items())


class SheetForm(Filters):
    """How a list to be signed is printed."""

    organisation = RowField(_l("Sent by"), nothing=_l("all, each on sheets of their own"))
    second = SelectField(_l("Second language"), default="", **CHOOSE)
    days = Tick(_l("A column for each day"))
    empty = Number(_l("Empty lines"), least=0, most=MOST_EMPTY)

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the languages."""
        super().__init__(*args, **more)
        names = ((code, language_name(code, within=code).capitalize()) for code in LANGUAGES)
        self.second.choices = [("", _("that of who sends them")), *names, (NO_SECOND, _("none"))]

    def offer(self, senders: Iterable[tuple[int, str]]) -> None:
        """Let one choose from those who send somebody."""
        self.organisation.offer(senders)

    def asked(self) -> Asked:
        """Return what was chosen and is right."""
        chosen = self.chosen()
        return Asked(
            second=chosen.get("second", ""), by_day=bool(chosen.get("days")), empty=int(chosen.get("empty", 0))
        )
