"""What a browser may send about questions when one can travel."""

from collections.abc import Iterable
from typing import Any, cast

from tracker.language import _l
from tracker.travel.models import Fit, TravelAsked, TravelPeriod, TravelQuestion
from tracker.travel.rules import LONGEST_DAYS, Span
from tracker.web.fields import Day, Number, OneOf, Paragraphs, RowField, RowsField
from tracker.web.formats import weekday
from tracker.web.forms import EditForm, Filters, Form
from tracker.web.linked import LinkForm
from tracker.web.translated import TranslatedField

_REMARK = 1_000
_PERIOD = "period_"


class RangeForm(Filters):
    """Between which days one could travel, and for how long; it stands in the address, so that one can go back."""

    project = RowField(_l("Project"))
    partnership = RowField(_l("Partnership"), description=_l("Only where it belongs to no project."))
    from_on = Day(
        _l("From"),
        required=True,
        description=_l("The first week begins on this day, the others one week after the other."),
    )
    until_on = Day(_l("Until"), required=True)
    days = Number(_l("Days of the journey"), least=1, most=LONGEST_DAYS, required=True, default=7)

    def refuse(self, sentence: str, field: str | None) -> None:
        """Show a sentence beside the field that it is about."""
        beside = self[field or "from_on"]
        beside.errors = [*beside.errors, sentence]


class AskForm(Form):
    """What is asked of whom, until when."""

    title = TranslatedField(_l("What it is about"), required=True)
    answer_until = Day(_l("Answers until"), required=True)
    weeks = RowsField(_l("Weeks to choose from"))
    people = RowsField(_l("Who is asked"))


class QuestionForm(EditForm):
    """What is asked until when."""

    title = TranslatedField(_l("What it is about"), required=True)
    answer_until = Day(_l("Answers until"), required=True)

    @staticmethod
    def shown(question: TravelQuestion) -> dict[str, Any]:
        """Return what the row has in another shape: nothing."""
        return {"answer_until": question.answer_until}


class _Said:
    """How each period suits somebody, and what else they say."""

    remark = Paragraphs(_l("What else we should know"), at_most=_REMARK, render_kw={"rows": 2})

    def fits(self) -> dict[int, Fit]:
        """Return period id to what was said of it."""
        fields = cast("EditForm", self)
        named = ((field.name, field.data) for field in fields if field.name.startswith(_PERIOD))
        return {int(name.removeprefix(_PERIOD)): said for name, said in named if said is not None}


def answer_form(asked: TravelAsked | None, periods: Iterable[TravelPeriod], *, by_link: bool, **more: Any) -> Any:  # noqa: ANN401 - a form with a field for each period
    """Return the form with a choice for each period."""
    fields = {name_of(one): OneOf(days_of(one), Fit, required=False, nothing=_l("not said")) for one in periods}
    bases = (_Said, LinkForm, EditForm) if by_link else (_Said, EditForm)
    return type("SuitsForm", bases, fields)(obj=asked, data=shown(asked), **more)


def days_of(one: Span | TravelPeriod) -> str:
    """Return "Mon, 10 May 2027 – Sun, 16 May 2027"."""
    return f"{weekday(one.first_on)} – {weekday(one.last_on)}" if one.last_on != one.first_on else weekday(one.first_on)


def name_of(period: TravelPeriod) -> str:
    """Return what the field of a period is called."""
    return f"{_PERIOD}{period.id}"


def shown(asked: TravelAsked | None) -> dict[str, Any]:
    """Return what stands now, as the form shows it."""
    if asked is None:
        return {}
    return {"remark": asked.remark} | {f"{_PERIOD}{id_}": fit for id_, fit in asked.fits.items()}
