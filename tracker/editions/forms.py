"""What a browser may send about editions and series."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from wtforms import SelectMultipleField

from tracker.db import PartialDate, Translated
from tracker.editions.queries import Proposal
from tracker.editions.rules import Part, Plan
from tracker.events.models import Event
from tracker.language import _l
from tracker.web.fields import CHOOSE, Day, Line, Number, PartialDay, Tick, offered
from tracker.web.forms import EditForm, Filters, Form
from tracker.web.translated import TranslatedField

#: What comes back after more years is no series.
MOST_YEARS = 100


class PartsField(SelectMultipleField):
    """Several parts of an edition."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        choices = offered((part.value, str(part.label)) for part in Part)
        super().__init__(label, coerce=Part, choices=choices, **(CHOOSE | more))


class PlanForm(Filters):
    """What the next edition is to be; it stands in the address, so that one can go back to it."""

    label = Line(_l("Edition"), required=True, at_most=60, description=_l("Which time it is, such as 2032."))
    begins = PartialDay(_l("Begin"), required=True)
    ends = PartialDay(_l("End"), description=_l("If you leave it empty, it lasts as long as the last time."))
    series = Line(
        _l("Name of the series"),
        required=True,
        description=_l("What all editions are called together, without a year."),
    )
    parts = PartsField(_l("What is taken over"), default=list(Part))

    def refuse(self, sentence: str, field: str | None) -> None:
        """Show a sentence beside the field that it is about."""
        beside = self[field or "label"]
        beside.errors = [*beside.errors, sentence]

    def plan(self, ends: PartialDate | None) -> Plan:
        """Return what was written; `ends` where no end was."""
        series = self._fields.get("series")
        # Both are required.
        return Plan(
            label=cast("str", self.label.data),
            begins=cast("PartialDate", self.begins.data),
            ends=self.ends.data or ends,
            parts=frozenset(self.parts.data or ()),
            series=series.data if series else None,
        )


class LookForm(Form):
    """The next edition, to be looked through. `look_form()` adds a tick and a date for each thing taken over."""

    title = TranslatedField(_l("Title"), required=True)
    KEYS: ClassVar[tuple[str, ...]] = ()

    def chosen(self) -> dict[str, PartialDate | None]:
        """Return the key of each thing that is ticked, and its date."""
        return {key: _partial(self[f"on_{key}"].data) for key in self.KEYS if self[f"take_{key}"].data}


def _partial(day: Any) -> PartialDate | None:  # noqa: ANN401 - a date, as far as it is known or wholly
    return day if day is None or isinstance(day, PartialDate) else PartialDate.of(day)


def look_form(proposals: Iterable[Proposal], title: Translated) -> LookForm:
    """Return the form with a tick and a date for each proposal."""
    fields: dict[str, Any] = {"KEYS": tuple(one.key for one in proposals)}
    data: dict[str, Any] = {"title": title}
    for one in proposals:
        on = one.settled.on
        is_event = isinstance(one.row, Event)
        fields[f"take_{one.key}"] = Tick(str(one.row.title))
        fields[f"on_{one.key}"] = PartialDay(str(one.row.title)) if is_event else Day(str(one.row.title))
        data |= {f"take_{one.key}": True, f"on_{one.key}": on if is_event else on.earliest}
    kind = cast("type[LookForm]", type("LookFormWithDates", (LookForm,), fields))
    return kind(data=data)


class SeriesForm(EditForm):
    """What all editions are called together, and how often there is one."""

    title = TranslatedField(_l("Title"), required=True)
    every_years = Number(
        _l("Comes back after how many years"),
        least=1,
        most=MOST_YEARS,
        description=_l("Its coordinators are reminded in time to start the next edition."),
    )
