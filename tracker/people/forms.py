"""What a browser may send about persons, functions and accounts."""

from typing import Any

from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import EmailInput

from tracker.language import _, _l
from tracker.people.models import Contact, MailRhythm, Role
from tracker.people.passwords import MOST
from tracker.web.forms import (
    Address,
    Day,
    EditForm,
    Filters,
    Form,
    LanguageField,
    Line,
    OneOf,
    Paragraphs,
    RowField,
    Sound,
    Tick,
)
from tracker.web.places import CountryField, SubdivisionField, ZoneField

ADDRESS_LENGTH = 254
PATH_LENGTH = 2000


# ---- persons


class SettingsForm(EditForm):
    """What everybody chooses for themselves: where they are, in which language one writes to them, and how often."""

    language = LanguageField(_l("Language"))
    zone = ZoneField(_l("Time zone"), required=False, description=_l("If it is not the organisation’s."))
    country = CountryField(_l("Country"), required=False, description=_l("If it is not the organisation’s."))
    mail_rhythm = OneOf(_l("How often reminders may come"), MailRhythm)


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


# ---- accounts


def _current_password(label: str) -> PasswordField:
    return PasswordField(
        label, [InputRequired(), Sound(MOST, one_line=True)], render_kw={"autocomplete": "current-password"}
    )


class NewPasswordField(PasswordField):
    """A password that somebody chooses; `passwords.check_password` says whether it will do."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"autocomplete": "new-password"})
        more.setdefault(
            "description",
            _l("At least 15 characters. Several words in a row are easy to remember; nothing else is asked for."),
        )
        super().__init__(label, [InputRequired(), Sound(MOST, one_line=True)], **more)

    def refuse(self, sentence: str) -> None:
        """Show a sentence beside the field."""
        self.errors = [*self.errors, sentence]


class SignInForm(Form):
    """Who one is, and what proves it."""

    # What is no address finds nobody, as any other wrong one.
    email = StringField(
        _l("E-mail address"),
        [InputRequired(), Sound(ADDRESS_LENGTH, one_line=True)],
        widget=EmailInput(),
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = _current_password(_l("Password"))
    keep = Tick(
        _l("Keep me signed in on this device"),
        description=_l("For partners, for 30 days. Please only on a device that nobody else uses."),
    )
    next = HiddenField(validators=[Sound(PATH_LENGTH, one_line=True)])


class ForgottenForm(Form):
    """The address of somebody who cannot sign in."""

    email = Address(_l("E-mail address"), required=True)


class NewPasswordForm(Form):
    """A password, chosen through a mailed link."""

    password = NewPasswordField(_l("New password"))


class ChangePasswordForm(NewPasswordForm):
    """A password in the place of another one."""

    old = _current_password(_l("Present password"))


class InviteForm(Form):
    """Where the invitation goes, and as what somebody is invited."""

    email = Address(
        _l("E-mail address"), required=True, description=_l("One signs in with it. It belongs to nobody else.")
    )
    role = OneOf(_l("Role"), Role)

    def offer(self, roles: tuple[Role, ...]) -> None:
        """Let only these roles be chosen."""
        self.role.choices = [(role.value, role.label) for role in roles]


class AccountForm(EditForm):
    """The role of an account, and the address one signs in with."""

    email = Address(
        _l("E-mail address"), required=True, description=_l("One signs in with it. It belongs to nobody else.")
    )
    role = OneOf(_l("Role"), Role)
