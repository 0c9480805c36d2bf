"""What a browser may send about projects."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from flask import request
from wtforms import Field, Form, FormField, SubmitField
from wtforms.validators import ValidationError

from tracker.folding import fold
from tracker.language import _, _l
from tracker.partnerships import queries as partnerships
from tracker.projects import queries
from tracker.projects.models import Project, ProjectRole, ProjectStatus
from tracker.projects.rules import ends_before_it_begins
from tracker.web.access import Somebody
from tracker.web.fields import Line, OneOf, PartialDay, RowField, RowsField, Tick
from tracker.web.formats import country_name
from tracker.web.forms import EditForm, Filters
from tracker.web.places import CountryField
from tracker.web.translated import TranslatedField

#: How many empty rows for organisations a form starts with, and how many there can be.
EMPTY_ROWS = 3
MOST_ROWS = 40
_ROW = re.compile(r"row_(\d{1,3})-organisation")


class RoleForm(Form):
    """An organisation and the role it has."""

    Meta = EditForm.Meta
    organisation = RowField(_l("Organisation"))
    role = OneOf(_l("Role"), ProjectRole, default=ProjectRole.PARTNER)


class ProjectForm(EditForm):
    """A project: what it is for, when, with whom. `project_form()` adds the rows for organisations."""

    title = TranslatedField(_l("Title"), required=True)
    summary = TranslatedField(_l("Summary"), long=True, description=_l("What it is for, in a few sentences."))
    status = OneOf(_l("Status"), ProjectStatus, default=ProjectStatus.PLANNED)
    begins = PartialDay(_l("Begin"))
    ends = PartialDay(_l("End"))
    partnerships = RowsField(_l("Partnerships"), description=_l("Under no, one or several of them."))
    coordinators = RowsField(_l("Coordinators"))
    series = RowField(_l("Series"), description=_l("Where the project comes back, such as every five years."))
    new_series = Line(_l("Or the name of a new series"))
    edition_label = Line(_l("Edition"), at_most=60, description=_l("Which time it is, such as 2007/2008."))
    published = Tick(
        _l("On the public page"),
        description=_l(
            "Everybody may read its title, dates, organisations and what came out of it. No person is named."
        ),
    )
    public_text = TranslatedField(
        _l("Text for the public page"), long=True, description=_l("For everybody; the summary stays inside.")
    )
    more = SubmitField(_l("More rows"))

    #: How many rows for organisations it has.
    ROWS: ClassVar[int] = 0

    @property
    def rows(self) -> list[Any]:
        """The rows for organisations."""
        return [self[f"row_{number}"].form for number in range(self.ROWS)]

    @property
    def roles(self) -> list[tuple[int, ProjectRole]]:
        """Which organisations were chosen, as what; each pair once."""
        pairs = [(row.organisation.data, row.role.data) for row in self.rows if row.organisation.data]
        return list(dict.fromkeys(pairs))

    def offer(
        self,
        *,
        organisations: Sequence[tuple[int, str]],
        partnerships: Iterable[tuple[int, str]],
        coordinators: Iterable[tuple[int, str]],
        series: Iterable[tuple[int, str]],
    ) -> None:
        """Set the choices, pairs of id and name."""
        for row in self.rows:
            row.organisation.offer(organisations)
        self.partnerships.offer(partnerships)
        self.coordinators.offer(coordinators)
        self.series.offer(series)

    def validate_ends(self, field: Field) -> None:
        """Say so if it would end before it begins."""
        if ends_before_it_begins(self.begins.data, field.data):
            raise ValidationError(_("The project would end before it begins."))

    def validate_new_series(self, field: Field) -> None:
        """Let a series be chosen or named, not both."""
        if field.data and self.series.data:
            raise ValidationError(_("Please choose a series or name a new one, not both."))

    @staticmethod
    def shown(project: Project) -> dict[str, object]:
        """Return what the row has under another name or shape."""
        rows = {
            f"row_{number}": {"organisation": one.organisation_id, "role": one.role}
            for number, one in enumerate(project.organisations)
        }
        return {
            "partnerships": [partnership.id for partnership in project.partnerships],
            "coordinators": [person.id for person in project.coordinators],
            "series": project.series_id,
            **rows,
        }


def project_form(project: Project | None = None) -> type[ProjectForm]:
    """Return the form with as many rows as were sent, or as the project needs; with `more`, some empty ones besides."""
    sent = [int(found[1]) + 1 for name in request.form if (found := _ROW.fullmatch(name))]
    kept = len(project.organisations) if project else 0
    wanted = max(sent, default=0) if request.method == "POST" else kept + EMPTY_ROWS
    if "more" in request.form:
        wanted += EMPTY_ROWS
    number = min(wanted, max(MOST_ROWS, kept))
    rows = {
        f"row_{place}": FormField(RoleForm, _("Organisation %(number)s", number=place + 1)) for place in range(number)
    }
    return cast("type[ProjectForm]", type("ProjectFormWithRows", (ProjectForm,), {**rows, "ROWS": number}))


class ProjectFilters(Filters):
    """What the list of projects is narrowed to."""

    q = Line(_l("Title"))
    status = OneOf(_l("Status"), ProjectStatus, required=False)
    partnership = RowField(_l("Partnership"))
    organisation = RowField(_l("Organisation"))
    country = CountryField(_l("Country"), required=False)
    series = RowField(_l("Series"))
    archived = Tick(_l("Show the archive"))

    def offer(self, reader: Somebody) -> None:
        """Let lists be narrowed to what somebody may know of."""
        if reader.sees_all:
            self.partnership.offer(partnerships.choices(reader))
        else:
            del self.partnership
        met = queries.met_in_projects(reader)
        self.organisation.offer((id_, name) for id_, name, _country in met)
        codes = {country for _id, _name, country in met}
        named = sorted(((code, country_name(code)) for code in codes), key=lambda pair: fold(pair[1]))
        self.country.choices = [("", "–"), *named]
        self.series.offer(queries.series_choices(reader))
