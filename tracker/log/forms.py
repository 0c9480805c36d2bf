"""What a browser may send about what happened."""

from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from tracker.language import _, _l
from tracker.log.models import LogEntry, LogKind
from tracker.web.fields import Day, LanguageField, Line, OneOf, Paragraphs, PartialDay, RowField, RowsField, Tick
from tracker.web.forms import EditForm, Filters, Form
from tracker.web.translated import TranslatedField


class ShortEntryForm(Form):
    """When, what sort, and one line: all that a call needs. Its language is that of the page, unless said otherwise."""

    happened_on = PartialDay(_l("Date"), required=True)
    kind = OneOf(_l("Kind"), LogKind, default=LogKind.CALL)
    summary = Line(_l("What happened, in one line"), required=True)
    language = LanguageField(_l("Written in"))

    def __init__(self, *args: Any, **more: Any) -> None:
        """Let the language be left out: three fields are enough on the page of a project."""
        super().__init__(*args, **more)
        self.language.validators = ()


class _More(Form):
    """What may be said besides."""

    project = RowField(_l("Project"))
    partnership = RowField(_l("Partnership"))
    organisation = RowField(_l("Organisation"))
    details = Paragraphs(_l("Details"))
    next_step = Line(_l("Next step"), at_most=400)
    next_step_on = Day(_l("Next step on"))
    at = RowField(_l("Where: at which organisation"))
    people = RowsField(
        _l("Who was there"),
        description=_l(
            "If the project has several partnerships, this is contact with those of which people or organisations are "
            "named; if none is, with all."
        ),
    )
    organisations = RowsField(_l("Organisations"))

    def offer(self, *, people: Any, organisations: Any, projects: Any, partnerships: Any) -> None:  # noqa: ANN401 - pairs of id and name
        """Set the choices, pairs of id and name."""
        self.people.offer(people)
        self.at.offer(organisations)
        self.organisations.offer(organisations)
        self.project.offer(projects)
        self.partnership.offer(partnerships)
        self.organisation.offer(organisations)

    def validate_next_step_on(self, field: Field) -> None:
        """Refuse a date for nothing."""
        if field.data and not self.next_step.data:
            raise ValidationError(_("Please write what is to be done on this day."))


class NewEntryForm(ShortEntryForm, _More):
    """An entry: the short form, and more where it is wanted."""


class CallForm(NewEntryForm):
    """An entry that may say as well that a question was answered."""

    answered = Tick(_l("They have answered: do not ask any more"))


class EntryForm(EditForm, _More):
    """An entry that is changed; its line may be translated."""

    happened_on = PartialDay(_l("Date"), required=True)
    kind = OneOf(_l("Kind"), LogKind)
    summary = TranslatedField(_l("What happened, in one line"), required=True)
    language = LanguageField(_l("Details and next step are written in"))
    published = Tick(
        _l("On the public page"),
        description=_l("Its date and its line are public where its project or partnership is. Name no person in it."),
    )

    @staticmethod
    def shown(entry: LogEntry) -> dict[str, object]:
        """Return what the row has under another name or shape."""
        return {
            "project": entry.project_id,
            "partnership": entry.partnership_id,
            "organisation": entry.organisation_id,
            "at": entry.at_id,
            "people": [person.id for person in entry.people],
            "organisations": [organisation.id for organisation in entry.organisations],
        }


class LogFilters(Filters):
    """What the log is narrowed to."""

    q = Line(_l("Text"))
    kind = OneOf(_l("Kind"), LogKind, required=False)
    project = RowField(_l("Project"))
    partnership = RowField(_l("Partnership"))
    organisation = RowField(_l("Organisation"))
    from_on = Day(_l("From"))
    until_on = Day(_l("Until"))
    open_steps = Tick(_l("Only open next steps"))
    archived = Tick(_l("Show the archive"))
