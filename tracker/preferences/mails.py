"""The letters about a new address: to the new one, with a link, and to the old one."""

from datetime import datetime

from flask import render_template

from tracker.language import _, speaking
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.preferences.models import AddressChange
from tracker.web.access import OfficeSeen


def ask_new_address(change: AddressChange, *, url: str, office: OfficeSeen, zone: str, now: datetime) -> Message:
    """Ask at the new address whether it is right."""
    with speaking(change.person.language):
        words = _words(change.person, office) | {"subject": _("Your new address at %(office)s", office=office.name)}
        return enqueue(
            key=f"address|{change.id}",
            kind=MessageKind.ADDRESS,
            person_id=change.person_id,
            address=change.address,
            language=change.person.language,
            zone=zone,
            subject=str(words["subject"]),
            text=render_template("preferences/mail_address.txt", url=url, **words) + "\n",
            html=render_template("preferences/mail_address.html", url=url, **words),
            now=now,
            useful_until=change.expires_at,
            subject_key=f"person:{change.person_id}",
            secret=True,
        )


def tell_old_address(change: AddressChange, old: str, *, office: OfficeSeen, zone: str, now: datetime) -> Message:
    """Tell the old address that letters go elsewhere from now on, whoever did it."""
    with speaking(change.person.language):
        subject = _("Your letters from %(office)s go to another address", office=office.name)
        words = _words(change.person, office) | {"subject": subject, "new_address": change.address}
        return enqueue(
            key=f"address|{change.id}|old|{old}"[:120],
            kind=MessageKind.ADDRESS,
            person_id=change.person_id,
            address=old,
            language=change.person.language,
            zone=zone,
            subject=subject,
            text=render_template("preferences/mail_address_changed.txt", **words) + "\n",
            html=render_template("preferences/mail_address_changed.html", **words),
            now=now,
            subject_key=f"person:{change.person_id}",
        )


def _words(person: Person, office: OfficeSeen) -> dict[str, object]:
    return {"name": person.form_of_address or person.name, "office": office.name, "language": person.language}
