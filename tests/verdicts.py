"""Whether an answer to a form is a good one, whatever was typed into it."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.reading import Form, Page
from tests.world import Found, World

#: What a sender takes for granted, and what is counted whether or not it succeeds.
NOTED = {"change_count", "submission", "tally"}
#: Pages behind mailed links say on themselves that it is done: there is nowhere to be sent to.
SAY_SO_THEMSELVES = {"answers.new_link", "preferences.new_address", "preferences.unsubscribe"}
#: They show a secret address once, and nowhere can it be read again.
SHOW_ONCE = {"calendar.of_project", "calendar.own"}
#: They show what would come of it, and are sent once more from there.
SHOW_FIRST = {"guestlists.paste", "programmes.paste", "reminders.add", "reminders.resume", "reminders.settle"}
#: Fields that no form shows again.
NEVER_SHOWN = {"password", "file", "hidden", "checkbox", "radio", "select", "submit"}
#: Signs that turn the direction of a text: none is kept, and none shown.
TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def shown(text: str) -> str:
    """Return a text as it may come back: half characters written as bytes are, ends cut off."""
    arrived = text.encode("utf-8", "surrogatepass").decode("utf-8", "werkzeug.url_quote")
    return unicodedata.normalize("NFC", arrived).replace("\r\n", "\n").translate(TURNS).strip()


def same(form: Form, page: Page) -> Form | None:
    """Return the form of the page that has the same fields."""
    return next((one for one in page.forms if one.method == form.method and one.names == form.names), None)


def unforgiven(office: World, found: Found, sent: list[tuple[str, str]], answer: TestResponse) -> Iterable[str]:
    """Return what is wrong with an answer to a form."""
    status = answer.status_code
    if status >= 500:
        yield f"status {status}"
        return
    # A button besides the main one asks for the page again, and one that stands alone sends nothing: nothing is read.
    is_read = "submission" in found.form.names and not {name for name, _value in sent} & {
        one.name for one in found.form.fields if one.kind == "submit"
    }
    known = {name for name, _value in sent} <= found.form.names
    if status == 302:
        target = urlsplit(answer.location)
        if target.netloc or not target.path.startswith("/"):
            yield f"leads to {answer.location!r}"
        after = office.ask(found.role, answer.location)
        if after.status_code >= 500 or Page.of(after.text).faults:
            yield f"then {answer.location} says {after.status_code}"
    elif found.endpoint not in SAY_SO_THEMSELVES | SHOW_ONCE and (odd := office.differences() - NOTED):
        yield f"status {status}, and yet it wrote into {sorted(odd)}"
    if is_read and not known and status == 200 and found.endpoint not in SAY_SO_THEMSELVES:
        yield "took a field that it does not have"
    if status == 200 and answer.mimetype == "text/html":
        page = Page.of(answer.text)
        yield from page.faults
        if (form := same(found.form, page)) is not None:
            yield from _about_the_form(form, sent, page)
            if page.alerts == 0 and is_read and found.endpoint not in SAY_SO_THEMSELVES | SHOW_FIRST | SHOW_ONCE:
                yield "came back without a word"


def _about_the_form(form: Form, sent: list[tuple[str, str]], page: Page) -> Iterable[str]:
    """Return what is wrong with a form that came back."""
    told = {name for one in form.fields for name in one.described_by}
    yield from (f"{name} points at nothing" for name in told - page.ids)
    groups = {one for one in page.errors if one.partition("-error")[0] in page.ids}
    yield from (f"{one} stands beside no field" for one in page.errors if one not in told and one not in groups)
    names = [name for name, _value in sent]
    for one in form.fields:
        if one.kind not in NEVER_SHOWN and names.count(one.name) == 1:
            typed = shown(dict(sent)[one.name])
            if shown(one.value) != typed:
                yield f"{one.name}: typed {typed[:80]!r}, shown {one.value[:80]!r}"
