"""The list of people as a file."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from sqlalchemy.orm import load_only

from tracker.language import _, language_name
from tracker.people import queries
from tracker.people.models import Person
from tracker.people.rules import may_see_contact_data
from tracker.web.access import Somebody
from tracker.web.formats import country_name, plain
from tracker.web.sheets import Sheet, Value

#: What a line tells.
_TOLD = load_only(
    *(Person.name, Person.form_of_address, Person.country, Person.language),
    *(Person.email, Person.phone, Person.postal_address),
)


def people(reader: Somebody, today: date) -> Sheet[Person]:
    """Return what this reader downloads of people: a line each, with the functions of today."""
    theirs = may_see_contact_data(reader)
    headings = (
        *(_("Name"), _("Form of address"), _("Function"), _("Organisation"), _("Country"), _("Language")),
        *((_("E-mail address"), _("Phone"), _("Postal address")) if theirs else (None, None, None)),
    )
    return Sheet(_("People"), headings, partial(_cells, reader=reader, today=today), (_TOLD,))


def _cells(rows: Sequence[Person], *, reader: Somebody, today: date) -> Iterable[Sequence[Value]]:
    functions = queries.held_by((person.id for person in rows), reader, today)
    for one in rows:
        held = functions.get(one.id, [])
        country = one.country or (held[0].country if held else "")
        does = "; ".join(function.function for function in held if function.function)
        at = "; ".join(dict.fromkeys(plain(function.at) for function in held))
        who = (one.name, one.form_of_address, does, at, country_name(country), language_name(one.language))
        yield *who, one.email, one.phone, one.postal_address
