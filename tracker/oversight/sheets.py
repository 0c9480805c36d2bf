"""What was done, and who signed in, as files."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from tracker.accounts.models import SignIn
from tracker.history.models import HistoryLine
from tracker.history.telling import told
from tracker.language import _
from tracker.oversight import queries
from tracker.oversight.rules import standing_of
from tracker.web.sheets import Sheet, Value


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
