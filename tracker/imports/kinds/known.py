"""What is there already, by the names that lines call it."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.folding import fold
from tracker.imports.fields import WrongError
from tracker.language import _
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project


class Bodies:
    """The organisations that are there, by every name."""

    def __init__(self) -> None:
        """Load them with their other names; two queries."""
        query = sa.select(Organisation).options(selectinload(Organisation.aliases)).order_by(Organisation.id)
        self.all: list[Organisation] = []
        self.by_name: dict[str, list[Organisation]] = {}
        self.zones: dict[str, str] = {}
        for row in db.session.scalars(query):
            self.add(row)

    def add(self, row: Organisation) -> None:
        """Let one more be known."""
        self.all.append(row)
        self.zones.setdefault(row.country, row.zone)
        for name in {fold(one) for one in (*row.name.spellings, *(alias.text for alias in row.aliases))}:
            self.by_name.setdefault(name, []).append(row)

    def called(self, name: str) -> Organisation:
        """Return the one of this name. Raises WrongError if there is none, or several."""
        found = [one for one in self.by_name.get(fold(name), []) if one.archived_at is None]
        if not found:
            raise WrongError(
                _(
                    "There is no organisation called “%(name)s” yet. Please take over the organisations first.",
                    name=name,
                )
            )
        if len(found) > 1:
            raise WrongError(_("There are several organisations called “%(name)s”.", name=name))
        return found[0]


def by_title(model: type[Project] | type[Partnership]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    rows: Iterable[Any] = db.session.scalars(sa.select(model).where(model.archived_at.is_(None)))
    for row in rows:
        for title in {fold(one) for one in row.title.spellings}:
            found.setdefault(title, []).append(row)
    return found
