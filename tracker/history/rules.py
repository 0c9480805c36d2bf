"""The vocabulary of the history: each verb with the sentence that tells it."""

import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from tracker.db import PartialDate, Translated
from tracker.language import Word, _l, source_of


class Verb(Enum):
    """What was done. The placeholders of its sentence are the facts it needs, no more and no less."""

    OFFICE_CHANGED = _l("changed the office: %(changes)s")
    SENDING_PAUSED = _l("paused the sending of mail")
    SENDING_RESUMED = _l("let mail be sent again")
    OFFICE_RESTORED = _l("restored everything from a backup, with the sending of mail paused")
    OFFICE_EXPORTED = _l("took the whole office away as files")
    OFFICE_FILLED = _l("filled the office from files, with the sending of mail paused")
    ORGANISATION_CREATED = _l("entered the organisation")
    ORGANISATION_CHANGED = _l("changed the organisation: %(changes)s")
    ORGANISATION_ARCHIVED = _l("archived the organisation")
    ORGANISATION_RESTORED = _l("brought the organisation back from the archive")
    ORGANISATION_BECAME = _l("noted what became of the organisation: %(kind)s (%(happened_on)s)")
    ORGANISATION_BECAME_TAKEN_BACK = _l("took back what had become of the organisation: %(kind)s (%(happened_on)s)")
    ORGANISATION_SUCCEEDED = _l("noted that the organisation succeeds another (%(happened_on)s)")
    ORGANISATION_SUCCEEDED_TAKEN_BACK = _l("took back that the organisation succeeds another (%(happened_on)s)")
    CARRIED_OVER = _l("let a successor take over what was open (%(number)s)")
    PERSON_CREATED = _l("entered the person")
    PERSON_CHANGED = _l("changed the person: %(changes)s")
    PERSON_ARCHIVED = _l("archived the person")
    PERSON_RESTORED = _l("brought the person back from the archive")
    HANDED_OVER = _l("handed over what was open with the person (%(number)s)")
    PERSON_CONFIRMED = _l("confirmed the person")
    ADDRESS_REFUSED = _l("noted that mail servers refuse the address")
    LETTERS_CHOSEN = _l("chose which letters come")
    LETTERS_STOPPED = _l("stopped letters by a link in one of them")
    PERSON_LOCKED = _l("locked the person out")
    PERSON_UNLOCKED = _l("let the person in again")
    CONTACT_ADDED = _l("entered a function")
    CONTACT_CHANGED = _l("changed a function: %(changes)s")
    CONTACT_ARCHIVED = _l("took back a function")
    ACCOUNT_INVITED = _l("invited the person as %(role)s")
    ACCOUNT_ROLE_CHANGED = _l("changed the role from %(old)s to %(new)s")
    ACCOUNT_ADDRESS_CHANGED = _l("changed the address one signs in with")
    INVITATION_ACCEPTED = _l("accepted the invitation")
    PASSWORD_SET = _l("set a password")
    SIGNED_OUT = _l("signed the person out everywhere")
    ALARM_SOUNDED = _l("said that somebody else had signed in, and ended all sign-ins")
    FACTOR_ADDED = _l("set up a second factor: %(what)s")
    FACTOR_REMOVED = _l("removed a second factor: %(what)s")
    FACTORS_REMOVED = _l("removed the person’s second factor, which was lost")
    RECOVERY_CODES_MADE = _l("made new recovery codes")
    RECOVERY_CODE_USED = _l("used a recovery code")
    PARTNERSHIP_CREATED = _l("entered the partnership")
    PARTNERSHIP_CHANGED = _l("changed the partnership: %(changes)s")
    PARTNERSHIP_ARCHIVED = _l("archived the partnership")
    PARTNERSHIP_RESTORED = _l("brought the partnership back from the archive")
    AGREEMENT_ENTERED = _l("entered the agreement “%(title)s”")
    AGREEMENT_CHANGED = _l("changed the agreement “%(title)s”: %(changes)s")
    AGREEMENT_ARCHIVED = _l("archived the agreement “%(title)s”")
    AGREEMENT_RESTORED = _l("brought the agreement “%(title)s” back from the archive")
    PILLAR_DESCRIBED = _l("changed what the office says of the pillar “%(pillar)s”")
    PROJECT_CREATED = _l("entered the project")
    PROJECT_CHANGED = _l("changed the project: %(changes)s")
    PROJECT_ARCHIVED = _l("archived the project")
    PROJECT_RESTORED = _l("brought the project back from the archive")
    SERIES_CHANGED = _l("changed the series: %(changes)s")
    MILESTONE_CREATED = _l("added the milestone “%(title)s” for %(due_on)s")
    MILESTONE_CHANGED = _l("changed the milestone “%(title)s”: %(changes)s")
    MILESTONE_MOVED = _l("moved the milestone “%(title)s” from %(from_on)s to %(to_on)s")
    MILESTONE_DONE = _l("marked the milestone “%(title)s” as done")
    MILESTONE_CANCELLED = _l("cancelled the milestone “%(title)s”")
    MILESTONE_REOPENED = _l("opened the milestone “%(title)s” again")
    MILESTONE_ARCHIVED = _l("archived the milestone “%(title)s”")
    MILESTONE_RESTORED = _l("brought the milestone “%(title)s” back from the archive")
    PARTICIPANT_ADDED = _l("added a participant as %(role)s")
    HEADS_ADDED = _l("added %(heads)s participants as %(role)s")
    PARTICIPANT_CHANGED = _l("changed a participant: %(changes)s")
    PARTICIPANT_ARCHIVED = _l("archived a participant")
    PARTICIPANT_RESTORED = _l("brought a participant back from the archive")
    EVENT_CREATED = _l("entered the event “%(title)s”")
    EVENT_COPIED = _l("copied the event “%(title)s”")
    EVENT_CHANGED = _l("changed the event “%(title)s”: %(changes)s")
    EVENT_ARCHIVED = _l("archived the event “%(title)s”")
    EVENT_RESTORED = _l("brought the event “%(title)s” back from the archive")
    PROGRAMME_CHANGED = _l("changed the programme of “%(title)s”")
    DELEGATION_ADDED = _l("entered who is sent to “%(title)s”")
    DELEGATION_CHANGED = _l("changed who is sent to “%(title)s”: %(changes)s")
    DELEGATION_ARCHIVED = _l("took back who is sent to “%(title)s”")
    ATTENDANCE_ADDED = _l("put somebody on the list of guests")
    ATTENDANCE_CHANGED = _l("changed what is known of a guest: %(changes)s")
    ATTENDANCE_ARCHIVED = _l("took somebody off the list of guests")
    GUEST_WRITTEN_TO = _l("sent a guest their link")
    NEEDS_GIVEN = _l("said what they need as a guest")
    NEEDS_TAKEN_BACK = _l("took back what they had said they need as a guest")
    NEEDS_ERASED = _l("erased what guests had said they need")
    CONSENTS_CHANGED = _l("changed what they agree to as a guest")
    TRAVEL_ASKED = _l("asked when one can travel: “%(title)s”")
    TRAVEL_ASKED_AGAIN = _l("asked once more when one can travel: “%(title)s”")
    TRAVEL_CHANGED = _l("changed the question when one can travel, “%(title)s”: %(changes)s")
    TRAVEL_ANSWERED = _l("said when they can travel: “%(title)s”")
    TRAVEL_ANSWER_TAKEN_BACK = _l("took back when they can travel: “%(title)s”")
    TRAVEL_ANSWER_ENTERED = _l("entered when %(person)s can travel: “%(title)s”")
    TRAVEL_ANSWER_REMOVED = _l("took back what was entered of when %(person)s can travel: “%(title)s”")
    TRAVEL_CHOSEN = _l("chose the days for “%(title)s”: %(first_on)s to %(last_on)s")
    TRAVEL_CLOSED = _l("closed the question when one can travel: “%(title)s”")
    TRAVEL_REOPENED = _l("opened the question when one can travel again: “%(title)s”")
    HOST_ENTERED = _l("entered who takes guests in")
    HOST_CHANGED = _l("changed who takes guests in: %(changes)s")
    HOST_ARCHIVED = _l("took off the list who takes guests in")
    CONTRIBUTION_ENTERED = _l("entered a contribution: %(kind)s")
    CONTRIBUTION_CHANGED = _l("changed a contribution: %(changes)s")
    CONTRIBUTION_THANKED = _l("noted the thanks for a contribution: %(kind)s")
    CONTRIBUTION_ARCHIVED = _l("archived a contribution")
    CONTRIBUTION_RESTORED = _l("brought a contribution back from the archive")
    UPDATE_SUBMITTED = _l("said how the project stands: %(assessment)s")
    UPDATE_SUBMITTED_ON_MILESTONE = _l("said how the milestone “%(title)s” stands: %(assessment)s")
    COMMENTED = _l("commented on the project")
    COMMENTED_ON_MILESTONE = _l("commented on the milestone “%(title)s”")
    UPDATE_TAKEN_BACK = _l("took back what was said about the project")
    UPDATE_TAKEN_BACK_ON_MILESTONE = _l("took back what was said about the milestone “%(title)s”")
    UPDATE_TRANSLATED = _l("translated what was said about the project")
    UPDATE_TRANSLATED_ON_MILESTONE = _l("translated what was said about the milestone “%(title)s”")
    REQUEST_MADE = _l("asked how the project stands, to be answered by %(answer_by)s")
    REQUEST_MADE_ON_MILESTONE = _l("asked how the milestone “%(title)s” stands, to be answered by %(answer_by)s")
    REQUEST_RENEWED = _l("asked again how the project stands, to be answered by %(answer_by)s")
    REQUEST_RENEWED_ON_MILESTONE = _l(
        "asked again how the milestone “%(title)s” stands, to be answered by %(answer_by)s"
    )
    REQUEST_WITHDRAWN = _l("took back the question how the project stands")
    REQUEST_WITHDRAWN_ON_MILESTONE = _l("took back the question how the milestone “%(title)s” stands")
    REQUEST_SETTLED = _l("noted that the question how the project stands is answered")
    REQUEST_SETTLED_ON_MILESTONE = _l("noted that the question how the milestone “%(title)s” stands is answered")
    REQUEST_PASSED_ON = _l("let somebody else be asked how the project stands")
    REQUEST_PASSED_ON_ON_MILESTONE = _l("let somebody else be asked how the milestone “%(title)s” stands")
    IMPORTED = _l("took over %(number)s lines of the file “%(file)s”: %(kind)s")
    IMPORT_TAKEN_BACK = _l("took back %(number)s lines of the file “%(file)s”: %(kind)s")
    LOG_ENTRY_CREATED = _l("logged a %(kind)s")
    LOG_ENTRY_CHANGED = _l("changed a log entry: %(changes)s")
    LOG_ENTRY_ARCHIVED = _l("archived a log entry")
    LOG_ENTRY_RESTORED = _l("brought a log entry back from the archive")
    DOCUMENTS_ATTACHED = _l("attached documents (%(number)s)")
    DOCUMENT_CHANGED = _l("changed a document: %(changes)s")
    DOCUMENT_REMOVED = _l("removed a document")
    DOCUMENT_RESTORED = _l("brought a document back")
    NEXT_STEP_DONE = _l("ticked off a next step")
    ORIGIN_NOTED = _l("noted what it came out of")
    ORIGIN_TAKEN_BACK = _l("took back what it had come out of")
    OUTCOME_NOTED = _l("noted what it led to")
    OUTCOME_TAKEN_BACK = _l("took back what it had led to")
    RULE_ADDED = _l("gave the project its own rule “%(what)s”")
    RULE_CHANGED = _l("changed the rule “%(what)s”: %(changes)s")
    RULE_SWITCHED_ON = _l("switched on the rule “%(what)s”")
    RULE_SWITCHED_OFF = _l("switched off the rule “%(what)s”")
    RULE_REMOVED = _l("took back the project’s own rule “%(what)s”")
    REMINDERS_PAUSED = _l("paused the reminders of the project")
    REMINDERS_RESUMED = _l("resumed the reminders of the project")
    MESSAGE_RETRIED = _l("sent a message once more")
    MESSAGE_READDRESSED = _l("corrected the address of a message")
    MESSAGE_COPIED = _l("had a copy of a message sent to themselves")
    MESSAGE_DROPPED = _l("gave up a message")
    MAIL_DISCARDED = _l("discarded a mail that had come in")
    MAIL_BROUGHT_BACK = _l("brought back a mail that had come in")

    @property
    def sentence(self) -> str:
        """The sentence in the language that is spoken now, with its placeholders."""
        return str(self.value)

    @property
    def facts(self) -> frozenset[str]:
        """The placeholders of the sentence; every translation has the same ones."""
        return frozenset(re.findall(r"%\((\w+)\)s", source_of(self.value)))


#: Fields as a sentence about a change names them.
FIELDS: Mapping[str, str] = {
    "title": _l("title"),
    "name": _l("name"),
    "summary": _l("summary"),
    "status": _l("status"),
    "state": _l("state"),
    "kind": _l("kind"),
    "pillar": _l("pillar"),
    "role": _l("role"),
    "begins": _l("begin"),
    "ends": _l("end"),
    "ended": _l("ended"),
    "due_on": _l("date"),
    "answer_until": _l("answers until"),
    "done_on": _l("done on"),
    "happened_on": _l("date"),
    "at": _l("where"),
    "contact_since": _l("in contact since"),
    "formal_since": _l("formal since"),
    "signed_on": _l("signed on"),
    "valid_until": _l("valid until"),
    "languages": _l("languages"),
    "what_we_call_them": _l("what we call them"),
    "what_they_call_us": _l("what they call us"),
    "from_on": _l("from"),
    "until_on": _l("until"),
    "country": _l("country"),
    "subdivision": _l("subdivision"),
    "position": _l("coordinates"),
    "place": _l("place"),
    "address": _l("address"),
    "answer": _l("answer"),
    "room": _l("room"),
    "asks_needs": _l("whether guests are asked what they need"),
    "guests": _l("guests"),
    "conditions": _l("what guests should know"),
    "any_diet": _l("whether the host cooks what guests need"),
    "age_band": _l("age"),
    "gender": _l("gender"),
    "host": _l("host organisation"),
    "on_the_spot": _l("contact on the spot"),
    "places": _l("places"),
    "begins_on": _l("begin"),
    "begins_at": _l("hour of the begin"),
    "ends_on": _l("end"),
    "ends_at": _l("hour of the end"),
    "planned": _l("planned heads"),
    "actual": _l("actual heads"),
    "signed": _l("signed heads"),
    "nights": _l("nights"),
    "arrives_on": _l("arrival"),
    "leaves_on": _l("departure"),
    "head": _l("head of the delegation"),
    "project": _l("project"),
    "partnership": _l("partnership"),
    "language": _l("language"),
    "zone": _l("time zone"),
    "aliases": _l("other names"),
    "closed_days": _l("closed days"),
    "school_holidays": _l("school holidays"),
    "part_of": _l("part of"),
    "notes": _l("notes"),
    "email": _l("e-mail address"),
    "phone": _l("phone"),
    "postal_address": _l("postal address"),
    "form_of_address": _l("form of address"),
    "mail_rhythm": _l("how often mail"),
    "function": _l("function"),
    "is_first": _l("first contact"),
    "deputy": _l("deputy"),
    "parties": _l("parties"),
    "umbrella": _l("umbrella"),
    "contact_interval_days": _l("days without contact"),
    "continued_by": _l("continued by"),
    "coordinator": _l("coordinator"),
    "coordinators": _l("coordinators"),
    "partnerships": _l("partnerships"),
    "organisations": _l("organisations"),
    "people": _l("people"),
    "series": _l("series"),
    "edition_label": _l("edition"),
    "every_years": _l("years until it comes back"),
    "steps": _l("days or months"),
    "then_every_days": _l("days until the next one"),
    "at_most": _l("letters at most"),
    "responsible_organisation": _l("responsible organisation"),
    "responsible_person": _l("responsible person"),
    "heads": _l("heads"),
    "via": _l("via"),
    "amount": _l("amount"),
    "currency": _l("currency"),
    "given_on": _l("given on"),
    "thanked_on": _l("thanked on"),
    "details": _l("details"),
    "description": _l("description"),
    "coordinators_only": _l("only for coordinators"),
    "next_step": _l("next step"),
    "next_step_on": _l("next step on"),
    "publicity": _l("on the public page"),
    "published": _l("on the public page"),
    "public_text": _l("text for the public page"),
    "public_page": _l("public page"),
    "introduction": _l("introduction"),
    "imprint": _l("imprint"),
    "accessibility": _l("accessibility statement"),
    "organisation": _l("organisation"),
    "person": _l("person"),
}


def looked_through(old: Translated, new: Translated) -> list[str] | None:
    """Return the languages whose translations were confirmed, if nothing else was changed; else None."""
    if old.original != new.original or _wordings(old) != _wordings(new):
        return None
    return [code for code, text in new.texts.items() if text != old.texts[code]]


def _wordings(text: Translated) -> dict[str, str]:
    return {code: str(one) for code, one in text.texts.items()}


def key_of(row: Any) -> str:  # noqa: ANN401 - any row
    """Return the key of a row: "milestone:12"."""
    return f"{row.__tablename__}:{row.id}"


def kept(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return a fact as the history keeps it: dates and words as keys, texts as they were written."""
    if isinstance(value, Word):
        return {"word": f"{type(value).__name__}.{value.value}"}
    if isinstance(value, PartialDate):
        return {"partial": value.text}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Translated):
        return str(value)
    return value
