"""What a browser may send through a link in a letter, without a session."""

from tracker.language import _l
from tracker.milestones.models import Assessment
from tracker.updates.rules import Said
from tracker.web.fields import Address, Day, LanguageField, Line, OneOf, Paragraphs
from tracker.web.linked import LinkForm


class AnswerForm(LinkForm):
    """How a project stands, in a word and perhaps a few more."""

    assessment = OneOf(_l("How does it stand?"), Assessment)
    text = Paragraphs(_l("In your own words"), description=_l("In your own language, if you like."))
    language = LanguageField(_l("Written in"))

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(assessment=self.assessment.data, text=self.text.data, language=self.language.data)


class MilestoneAnswerForm(AnswerForm):
    """How a milestone stands; it may get a new date."""

    new_due_on = Day(_l("New date"), description=_l("Only if it has to be moved."))

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(self.assessment.data, self.new_due_on.data, self.text.data, self.language.data)


class PassOnForm(LinkForm):
    """Whom to ask instead."""

    name = Line(_l("Name"), required=True)
    email = Address(_l("E-mail address"), required=True)
    language = LanguageField(_l("Language"), description=_l("In which they would like to be written to."))
