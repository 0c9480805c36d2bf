"""Who can see a project, what was done, and who signed in, as files."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from tracker.accounts.models import SignIn
from tracker.history.models import HistoryLine
from tracker.history.telling import told
from tracker.language import _
from tracker.oversight import queries
from tracker.oversight.rules import standing_of
from tracker.projects.models import Project
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value


def access(project: Project) -> Sheet[queries.Seeing]:
    """Return what is downloaded of who can see a project: a line for each way in."""
    headings = (
        *(_("Person"), _("Role"), _("Organisation"), _("Takes part as"), _("Successor of"), _("Function"), _("since")),
        *(_("Account since"), _("Last signed in")),
    )
    return Sheet(f"{_('Who can see this project')} {plain(project.title)}", headings, _access)


def _access(rows: Sequence[queries.Seeing]) -> Iterable[Sequence[Value]]:
    for one in rows:
        known = (one.since, one.last_sign_in_at)
        # Who sees every project does so through none of them.
        if not one.through:
            yield one.name, one.role, None, None, None, None, None, *known
        for way in one.through.values():
            roles = ", ".join(str(role.label) for role in way.roles)
            before = way.predecessor.name if way.predecessor else None
            where = (way.organisation.name, roles, before, way.function, way.from_on)
            yield one.name, one.role, *where, *known


def acts() -> Sheet[HistoryLine]:
    """Return what is downloaded of what people did."""
    return Sheet(_("What was done"), (_("When"), _("Person"), _("What"), _("About what")), _acts)


def _acts(rows: Sequence[HistoryLine]) -> Iterable[Sequence[Value]]:
    names, named = queries.people(line.by_id for line in rows), queries.named(rows)
    for line in rows:
        one = told(line, names.get(line.by_id or 0))
        about = next((named[key] for key in (line.subject, line.within) if key in named), None)
        yield one.at, one.by, one.sentence, about


def sign_ins(now: datetime) -> Sheet[SignIn]:
    """Return what is downloaded of who signed in when."""
    headings = (_("Signed in"), _("Person"), _("Browser"), _("Last used"), _("State"), _("since"))
    return Sheet(_("Sign-ins"), headings, partial(_sign_ins, now=now))


def _sign_ins(rows: Sequence[SignIn], *, now: datetime) -> Iterable[Sequence[Value]]:
    for one in rows:
        yield one.created_at, one.account.person.name, one.device, one.used_at, *standing_of(one, now)
