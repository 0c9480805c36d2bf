"""What is there already, by the names that lines call it."""

from collections.abc import Iterable
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from tracker.accounts.queries import coordinators_choices
from tracker.db import db
from tracker.events.models import Event
from tracker.folding import fold
from tracker.language import _
from tracker.organisations.models import Organisation, OrganisationKind
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.web.formats import partial_date, plain


class Register:
    """Rows by every name that lines may call them."""

    def __init__(self) -> None:
        """Load them."""
        self.by_name: dict[str, list[Any]] = {}
        for row, names in self.rows():
            self.know(row, names)

    def rows(self) -> Iterable[tuple[Any, Iterable[str]]]:
        """Return each with its names."""
        raise NotImplementedError

    def know(self, row: object, names: Iterable[str]) -> None:
        """Let one more be known."""
        for name in {fold(one) for one in names} - {""}:
            self.by_name.setdefault(name, []).append(row)

    def called(self, name: str) -> list[Any]:
        """Return those of a name."""
        return self.by_name.get(fold(name), [])

    def missing(self, name: str) -> str:
        """Return that there is none of a name."""
        return _("There is no “%(title)s”.", title=name[:80])

    def told(self, row: Any) -> str:  # noqa: ANN401 - of this register
        """Return what tells a row from others of its name."""
        raise NotImplementedError


class Bodies(Register):
    """The organisations that are there, by every name."""

    def __init__(self) -> None:
        """Load them."""
        self.all: dict[int, Organisation] = {}
        self.zones: dict[str, str] = {}
        super().__init__()

    def rows(self) -> Iterable[tuple[Organisation, Iterable[str]]]:
        """Return each with its names; two queries."""
        query = sa.select(Organisation).options(selectinload(Organisation.aliases)).order_by(Organisation.id)
        return [
            (row, (*row.name.spellings, *(alias.text for alias in row.aliases))) for row in db.session.scalars(query)
        ]

    def know(self, row: Any, names: Iterable[str]) -> None:  # noqa: ANN401 - an organisation
        """Let one more be known."""
        self.all[row.id] = row
        self.zones.setdefault(row.country, row.zone)
        super().know(row, names)

    def called(self, name: str) -> list[Organisation]:
        """Return those of a name that are not in the archive; else a place is its municipality."""
        towns = (one for one in self.all.values() if one.kind is OrganisationKind.MUNICIPALITY and one.place)
        found = super().called(name) or [one for one in towns if fold(one.place or "") == fold(name)]
        return [one for one in found if one.archived_at is None]

    def missing(self, name: str) -> str:
        """Return that there is none of a name, and what to do."""
        return _(
            "There is no organisation called “%(name)s” yet. Please take over the organisations first.", name=name[:80]
        )

    def told(self, row: Organisation) -> str:
        """Return name, place and country."""
        return " · ".join(one for one in (plain(row.name), row.place, row.country) if one)


class Titles(Register):
    """Projects, partnerships or events, by their titles in every language."""

    _DATES: ClassVar = {Project: ("begins", "ends"), Partnership: ("contact_since", "ended"), Event: ("begins_on",)}

    def __init__(self, model: type[Project] | type[Partnership] | type[Event]) -> None:
        """Load them."""
        self.model = model
        super().__init__()

    def rows(self) -> Iterable[tuple[Any, Iterable[str]]]:
        """Return each with its titles."""
        model: Any = self.model
        query = sa.select(model).where(model.archived_at.is_(None)).order_by(model.id)
        return [(row, row.title.spellings) for row in db.session.scalars(query)]

    def told(self, row: Any) -> str:  # noqa: ANN401 - of this register
        """Return its title, and when it was."""
        days = [getattr(row, name) for name in self._DATES[self.model]]
        return " · ".join((plain(row.title), *(partial_date(one) for one in days if one)))


class Coordinators(Register):
    """Those who can look after something, by name and address."""

    def rows(self) -> Iterable[tuple[Person, Iterable[str]]]:
        """Return each with their name and address."""
        ids = [id_ for id_, _name in coordinators_choices()]
        query = sa.select(Person).where(Person.id.in_(ids)).order_by(Person.id)
        return [(row, (row.name, row.email or "")) for row in db.session.scalars(query)]

    def missing(self, name: str) -> str:
        """Return that there is none of a name."""
        return _("No coordinator is called “%(name)s”.", name=name[:80])

    def told(self, row: Person) -> str:
        """Return name and address."""
        return " · ".join(one for one in (row.name, row.email) if one)
