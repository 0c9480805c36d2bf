"""What people type who want something else to happen, in every field of every form."""

from itertools import cycle

import pytest

from tests.fuzz.conftest import IS_LONG
from tests.inject.corpora import HEADER, HOSTS, REDIRECT, TEXTS
from tests.verdicts import unforgiven
from tests.world import World

pytestmark = [pytest.mark.xdist_group("inject"), pytest.mark.timeout(0)]

#: Each text comes into some forms; the long form puts each into all.
A_FORM = len(TEXTS) if IS_LONG else 8


def is_ours(location: str) -> bool:
    """Whether a browser that is sent there stays here."""
    return location.startswith("/") and not location.startswith(("//", "/\\")) and location.isprintable()


def test_every_form_takes_it_as_text_or_not_at_all(office: World) -> None:
    texts, wrong = cycle(TEXTS), []
    for found in (one for one in office.forms if one.form.method == "POST"):
        typed = {one.name for one in found.form.fields if one.is_typed}
        for _number in range(A_FORM if typed else 0):
            text = next(texts)
            sent = [(name, text if name in typed else value) for name, value in found.form.sends()]
            answer = office.send(found, sent)
            wrong += [f"{found} with {text!r}: {one}" for one in unforgiven(office, found, sent, answer)]
            office.put_back()

    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("role", ["partner", "nobody"])
def test_nobody_is_led_elsewhere(office: World, role: str) -> None:
    asks = [(route, path) for (route, who), paths in office.opened.items() for path in paths[:1] if who == role]
    for number, target in enumerate(REDIRECT):
        for path in {"/sign-in", asks[number % len(asks)][1].partition("?")[0]}:
            answer = office.ask(role, path, query_string={"next": target, "back": target, "url": target})
            assert answer.status_code in {200, 302, 404}, (path, target)
            assert is_ours(answer.headers.get("Location", "/")), (path, target)


def test_signing_in_leads_to_a_page_of_ours(office: World) -> None:
    address, password = next(iter(office.passwords.items()))
    form = next(one for one in office.forms if one.endpoint == "entrance.sign_in" and "password" in one.form.names)
    for target in REDIRECT:
        sent = {"email": address, "password": password, "next": target}
        answer = office.send(form, [(name, sent.get(name, value)) for name, value in form.form.sends()])
        assert answer.status_code in {200, 302, 400, 429}
        assert is_ours(answer.headers.get("Location", "/")), target
        office.put_back()


def test_a_letter_names_no_host_that_a_browser_said(office: World) -> None:
    form = next(one for one in office.forms if one.endpoint == "entrance.forgotten")
    sent = [(name, next(iter(office.passwords)) if name == "email" else value) for name, value in form.form.sends()]
    for host in HOSTS:
        for name in ("Host", "X-Forwarded-Host", "X-Host", "Forwarded"):
            office.send(form, sent, headers={name: host})
            assert not [text for text in office.texts() if "evil.example" in text or "[::2]" in text]
            office.put_back()


def test_the_corpora_are_as_long_as_promised() -> None:
    assert len(set(TEXTS)) >= 60 + 40 + 30 + 40
    assert len(set(REDIRECT)) >= 60
    assert len(set(HEADER)) >= 40
