"""What a browser may send about how things stand, and to ask for it."""

from collections.abc import Iterable
from typing import Any

from tracker.language import _l
from tracker.milestones.models import Assessment
from tracker.updates.rules import Said
from tracker.web.fields import Day, LanguageField, OneOf, Paragraphs, RowField, RowsField
from tracker.web.forms import Form


class UpdateForm(Form):
    """How a project stands, in a word and perhaps a few more."""

    assessment = OneOf(_l("How does it stand?"), Assessment, required=False, nothing=_l("no answer, just a comment"))
    text = Paragraphs(_l("In your own words"), description=_l("In your own language, if you like."))
    language = LanguageField(_l("Written in"))

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the answers first, and none of them last."""
        super().__init__(*args, **more)
        field: Any = self.assessment
        field.choices = [*field.choices[1:], field.choices[0]]

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(assessment=self.assessment.data, text=self.text.data, language=self.language.data)


class MilestoneUpdateForm(UpdateForm):
    """How a milestone stands; it may get a new date."""

    new_due_on = Day(_l("New date"), description=_l("Only if it has to be moved."))

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(self.assessment.data, self.new_due_on.data, self.text.data, self.language.data)


class TranslationForm(Form):
    """What somebody wrote, in another language."""

    translation = Paragraphs(_l("Translation"), required=True)
    language = LanguageField(_l("Language"))


class AskForm(Form):
    """Whom a coordinator asks, about what, by when."""

    milestone = RowField(_l("How does it stand with"), nothing=_l("The whole project"))
    people = RowsField(_l("Whom do you ask?"))
    answer_by = Day(_l("Answer by"), required=True)
    question = Paragraphs(
        _l("What do you want to know?"),
        at_most=1000,
        description=_l("Only if there is more to ask than how it stands. They read it as you wrote it."),
    )
    language = LanguageField(_l("Written in"))

    def offer(self, *, milestones: Iterable[tuple[int, str]], people: Iterable[tuple[int, str]]) -> None:
        """Set the choices."""
        self.milestone.offer(milestones)
        self.people.offer(people)

    @property
    def question_asked(self) -> dict[str, Any]:
        """What is asked, by when."""
        return {"answer_by": self.answer_by.data, "question": self.question.data, "language": self.language.data}
