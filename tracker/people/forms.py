"""What a browser may send about persons and functions."""

from wtforms import Field
from wtforms.validators import ValidationError

from tracker.language import _, _l
from tracker.people.models import Contact, MailRhythm
from tracker.web.fields import Address, Day, LanguageField, Line, OneOf, Paragraphs, RowField, Tick
from tracker.web.forms import EditForm, Filters
from tracker.web.places import CountryField, SubdivisionField, ZoneField

#: What everybody chooses for themselves.
WHEREABOUTS = ("language", "zone", "country", "mail_rhythm")


class SettingsForm(EditForm):
    """What everybody chooses for themselves: where they are, in which language one writes to them, and how often."""

    language = LanguageField(_l("Language"))
    zone = ZoneField(_l("Time zone"), required=False, description=_l("If it is not the organisation’s."))
    country = CountryField(_l("Country"), required=False, description=_l("If it is not the organisation’s."))
    mail_rhythm = OneOf(_l("How often the overview of everything open comes"), MailRhythm)


class PersonForm(SettingsForm):
    """A person: also how they are called and reached."""

    name = Line(_l("Name"), required=True)
    form_of_address = Line(
        _l("Form of address"), at_most=120, description=_l("As it stands in a greeting, such as: Ms Weber")
    )
    email = Address(_l("E-mail address"))
    phone = Line(_l("Phone"), at_most=60)
    postal_address = Paragraphs(_l("Postal address"), at_most=500, render_kw={"rows": 3})
    notes = Paragraphs(_l("Notes"))
    subdivision = SubdivisionField(_l("Part of the country"))

    def validate_subdivision(self, field: Field) -> None:
        """Let a part belong to its country."""
        if field.data and not field.data.startswith(f"{self.country.data}-"):
            raise ValidationError(_("This is no part of the country that you chose."))


class NewPersonForm(PersonForm):
    """A person who is entered, perhaps with a function."""

    organisation = RowField(_l("Organisation"))
    function = Line(_l("Function"), description=_l("In the words of the organisation’s language."))

    def validate_function(self, field: Field) -> None:
        """Say where it is held."""
        if field.data and not self.organisation.data:
            raise ValidationError(_("Please choose the organisation too."))


class PeopleFilters(Filters):
    """What the list of people is narrowed to."""

    q = Line(_l("Name"))
    organisation = RowField(_l("Organisation"))
    country = CountryField(_l("Country"), required=False)
    archived = Tick(_l("Show the archive"))


class FunctionForm(EditForm):
    """A function at an organisation."""

    organisation = RowField(_l("Organisation"), required=True)
    function = Line(_l("Function"), description=_l("In the words of the organisation’s language."))
    is_first = Tick(
        _l("First contact"),
        description=_l("Whom one writes to where nobody else is named. An organisation has one at a time."),
    )
    deputy = RowField(_l("Deputy"))
    from_on = Day(_l("From"))
    until_on = Day(_l("Until"), description=_l("The last day."))

    @staticmethod
    def shown(contact: Contact) -> dict[str, object]:
        """Return what the row has under another name."""
        return {"organisation": contact.organisation_id, "deputy": contact.deputy_id}
