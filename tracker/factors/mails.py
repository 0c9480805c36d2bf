"""The letter that tells somebody what happened to their second factor, whoever did it."""

from datetime import datetime

from flask import render_template

from tracker.accounts.models import Account
from tracker.factors.rules import FactorKind
from tracker.history.models import HistoryLine
from tracker.language import _, ngettext, speaking
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.queries import zone_of
from tracker.web.access import OfficeSeen


def tell_of_new(account: Account, line: HistoryLine, kind: FactorKind, *, office: OfficeSeen, now: datetime) -> Message:
    """Tell that there is a second factor more."""
    with speaking(account.person.language):
        sentences = {
            FactorKind.APP: _("An authenticator app was set up: from now on signing in needs a code from it."),
            FactorKind.PASSKEY: _("A passkey was added: from now on one can sign in with it."),
        }
        return _send(account, line, sentences[kind], office=office, now=now)


def tell_of_removed(
    account: Account, line: HistoryLine, kind: FactorKind, *, office: OfficeSeen, now: datetime
) -> Message:
    """Tell that there is a second factor less."""
    with speaking(account.person.language):
        sentences = {
            FactorKind.APP: _("The authenticator app was removed."),
            FactorKind.PASSKEY: _("A passkey was removed."),
        }
        return _send(account, line, sentences[kind], office=office, now=now)


def tell_of_all_removed(account: Account, line: HistoryLine, *, office: OfficeSeen, now: datetime) -> Message:
    """Tell that the office took all of them away."""
    with speaking(account.person.language):
        sentence = _("The office has removed your second factor. You can set up a new one when you next sign in.")
        return _send(account, line, sentence, office=office, now=now)


def tell_of_new_codes(account: Account, line: HistoryLine, *, office: OfficeSeen, now: datetime) -> Message:
    """Tell that there is a new set of recovery codes."""
    with speaking(account.person.language):
        sentence = _("New recovery codes were made. Earlier ones no longer work.")
        return _send(account, line, sentence, office=office, now=now)


def tell_of_used_code(account: Account, line: HistoryLine, *, left: int, office: OfficeSeen, now: datetime) -> Message:
    """Tell that a recovery code was used, and how many are left."""
    with speaking(account.person.language):
        sentence = ngettext(
            "A recovery code was used in the place of your second factor. %(num)s is left.",
            "A recovery code was used in the place of your second factor. %(num)s are left.",
            left,
        )
        return _send(account, line, sentence, office=office, now=now)


def _send(account: Account, line: HistoryLine, sentence: str, *, office: OfficeSeen, now: datetime) -> Message:
    person = account.person
    subject = _("The second factor of your account at %(office)s", office=office.name)
    words = {
        "name": person.form_of_address or person.name,
        "office": office.name,
        "language": person.language,
        "subject": subject,
        "sentence": sentence,
    }
    return enqueue(
        key=f"factor|{line.id}",
        kind=MessageKind.ACCOUNT,
        person_id=person.id,
        address=account.email,
        language=person.language,
        zone=zone_of(person, now.date()) or office.zone,
        subject=subject,
        text=render_template("factors/mail.txt", **words) + "\n",
        html=render_template("factors/mail.html", **words),
        now=now,
        subject_key=f"account:{account.id}",
    )
