"""Two people at once, and one who clicks twice: nothing is lost, and nothing is there twice."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.reading import Field, Form, Page
from tests.verdicts import NOTED
from tests.world import Found, World

pytestmark = [pytest.mark.xdist_group("fuzz0"), pytest.mark.timeout(0)]

#: What a field takes that nobody has filled.
VALUES = {"email": "new@example.org", "date": "2027-05-04", "number": "7", "password": "Apfelkuchen am Herkules"}
#: They do nothing that could be done twice: one shows what it would bring, the others ask who it is.
NOTHING_MADE = {"entrance.sign_in", "entrance.password", "reminders.edit", "reminders.new"}
#: Lines of text that have a meaning of their own.
READ_CLOSELY = {"steps", "closed_days", "aliases"}


def filled(form: Form) -> list[tuple[str, str]]:
    """Return what somebody sends who fills in what is needed, a few words, and nothing else."""
    sent = {}
    for one in form.fields:
        if one.is_sent:
            sent[one.name] = one.value or _value(one)
        elif one.kind == "radio" and one.value:
            sent.setdefault(one.name, one.value)
    return list(sent.items())


def _value(one: Field) -> str:
    if one.kind == "select":
        return next((option for option in one.options if option), "")
    if one.name in READ_CLOSELY or not (one.is_required or one.name == "text"):
        return ""
    return VALUES.get(one.kind, "Vorhaben") if one.is_typed else ""


def keyed(office: World) -> Iterator[Found]:
    """Return every form with a key of its own, as it stands on its page now."""
    for found in office.forms:
        if found.form.method == "POST" and "submission" in found.form.names and found.endpoint not in NOTHING_MADE:
            yield found


def test_a_double_click_makes_one(office: World) -> None:
    wrong, done = [], set()
    for found in keyed(office):
        if found.keeps_a_version:
            continue
        sent = filled(office.filled(found).form)
        first = office.send(found, sent)
        if first.status_code == 302:
            done.add(found.endpoint)
            before = office.dump()
            second = office.send(found, sent)
            # A page that is behind a link says that it has been answered.
            if second.status_code != 200 and second.headers.get("Location") != first.headers["Location"]:
                wrong.append(f"{found}: then {second.status_code} {second.headers.get('Location')}")
            if changed := {name for name, rows in office.dump().items() if rows != before[name]} - NOTED:
                wrong.append(f"{found}: made twice in {sorted(changed)}")
        office.put_back()

    assert not wrong, "\n".join(wrong)
    assert done >= {"log.new", "milestones.new", "organisations.new", "people.new", "projects.new", "updates.new"}


def test_two_who_change_the_same_both_see_it(office: World) -> None:
    wrong, met = [], set()
    for found in keyed(office):
        form = office.filled(found).form
        lines = [one for one in form.fields if one.kind in {"text", "textarea"} and one.value]
        if not found.keeps_a_version:
            continue
        for line in [one for one in lines if one.name not in READ_CLOSELY][:3]:
            if office.send(found, _with(form, line, " und mehr")).status_code == 302:
                wrong += [f"{found} ({line.name}): {one}" for one in _late(office, found, form, line)]
                met.add(found.endpoint)
                break
        office.put_back()

    assert not wrong, "\n".join(wrong)
    assert met >= {"log.edit", "milestones.edit", "organisations.edit", "people.edit", "projects.edit"}


def _with(form: Form, line: Field, words: str) -> list[tuple[str, str]]:
    return [(name, value + words if name == line.name else value) for name, value in filled(form)]


def _late(office: World, found: Found, form: Form, line: Field) -> Iterator[str]:
    """Send what somebody typed who did not know of the other, and say what is wrong with the answer."""
    before = office.dump()
    answer = office.send(found, _with(form, line, " oder anders"))
    page = Page.of(answer.text)
    seen = " ".join(page.words.split())
    texts = [" ".join(f"{line.value}{words}".split()) for words in (" und mehr", " oder anders")]
    if answer.status_code != 200 or not all(text in seen for text in texts):
        yield f"{answer.status_code}, does not show both"
    if changed := {name for name, rows in office.dump().items() if rows != before[name]} - NOTED:
        yield f"lost what was written into {sorted(changed)}"
    # Once both were seen, it can be saved; the form may ask besides which translations still hold.
    again = next((one for one in page.forms if {"version", line.name} <= one.names), None)
    if again is None or office.send(replace(found, form=again), again.sends()).status_code != 302:
        yield "cannot be saved after that"
