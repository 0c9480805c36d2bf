"""Nobody is made to send anything: every route that changes something refuses what did not come from its own form."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.access.stage import Stage
from tracker.web.access import SAFE_METHODS

#: Mail programs stop letters by a POST of their own (RFC 8058): the address is the token.
WITHOUT = {"preferences.unsubscribe"}
#: Forms that are sent without any cookie: what they are tied to is the link.
BY_LINK = ("answers.", "guests.", "travel.by_link")
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def strict(stage: Stage) -> Iterator[Stage]:
    """Give the stage with forms that want their token."""
    stage.app.config["WTF_CSRF_ENABLED"] = True
    yield stage
    stage.app.config["WTF_CSRF_ENABLED"] = False


def unsafe(stage: Stage) -> list[tuple[str, str]]:
    """Return every endpoint with each of its methods that may change something."""
    rules = stage.app.url_map.iter_rules()
    return sorted({(rule.endpoint, method) for rule in rules for method in (rule.methods or set()) - SAFE_METHODS})


def token_in(page: TestResponse) -> str:
    """Return the token of a form."""
    return page.text.split('name="csrf_token"')[1].split('value="')[1].partition('"')[0]


def browsers(stage: Stage, endpoint: str) -> list[tuple[str, FlaskClient, str]]:
    """Return who may send something, with the token of a form of theirs; those who hold a link where it needs one."""
    found = []
    anybody = getattr(stage.app.view_functions[endpoint], "is_public", False)
    for who in ("link",) if endpoint in stage.links else ("administrator", "nobody") if anybody else ("administrator",):
        browser = stage.browser(who)
        own = browser.get(stage.address(who, endpoint, "here")) if endpoint in stage.links else None
        has_form = own is not None and 'name="csrf_token"' in own.text
        page = (
            own
            if own is not None and has_form
            else browser.get("/sign-in" if who in {"nobody", "link"} else "/settings/")
        )
        found.append((who, browser, token_in(page)))
    return found


def test_every_route_that_changes_something_is_known(strict: Stage) -> None:
    asked = unsafe(strict)

    assert {method for _endpoint, method in asked} == {"POST"}
    assert {"entrance.sign_in", "entrance.sign_out", "projects.edit", *WITHOUT} <= {endpoint for endpoint, _m in asked}


def test_no_route_takes_a_form_that_is_not_its_own(strict: Stage) -> None:
    foreign = token_in(strict.browser("coordinator").get("/settings/"))
    for endpoint, method in unsafe(strict):
        for who, browser, right in browsers(strict, endpoint):
            address, before = strict.address(who, endpoint, "here"), strict.state()
            cases: dict[str, tuple[dict[str, str], dict[str, str]]] = {
                "no token": ({}, OWN),
                "somebody else’s token": ({"csrf_token": foreign}, OWN),
                "no token at all": ({"csrf_token": ""}, {}),
                "another site": ({"csrf_token": right}, {"Origin": "https://evil.example"}),
                "another port": ({"csrf_token": right}, {"Origin": "http://localhost:8001"}),
                "a page elsewhere": ({"csrf_token": right}, {"Sec-Fetch-Site": "cross-site"}),
                "a neighbour": ({"csrf_token": right}, OWN | {"Sec-Fetch-Site": "same-site"}),
            }
            for case, (data, headers) in cases.items():
                if "token" in case and (endpoint in WITHOUT or endpoint.startswith(BY_LINK)):
                    continue
                answer = browser.open(address, method=method, data=data, headers=headers)
                assert answer.status_code in {400, 403}, (endpoint, who, case, answer.status_code)
                assert "Set-Cookie" not in answer.headers or "tracker=" not in answer.headers["Set-Cookie"]
            assert strict.state() == before, (endpoint, who)


def test_a_form_of_a_link_needs_the_token_of_that_link(strict: Stage) -> None:
    asked = [endpoint for endpoint, _method in unsafe(strict) if endpoint.startswith(BY_LINK)]
    assert asked
    for endpoint in asked:
        address, before = strict.address("link", endpoint, "here"), strict.state()
        for token in ("", "made-up", token_in(strict.browser("coordinator").get("/settings/"))):
            answer = strict.browser("link").post(address, data={"csrf_token": token, "assessment": "done"}, headers=OWN)
            assert answer.status_code in {200, 302, 400}, (endpoint, answer.status_code)
        assert strict.state() == before, endpoint


def test_the_right_form_is_taken(strict: Stage) -> None:
    """What the other tests refuse is refused for that reason alone."""
    refused = []
    for endpoint, method in unsafe(strict):
        for who, browser, right in browsers(strict, endpoint):
            address, before = strict.address(who, endpoint, "here"), strict.state()
            answer = browser.open(address, method=method, data={"csrf_token": right}, headers=OWN)
            if "This form has expired" in answer.text:
                refused.append((endpoint, who))
            if strict.state() != before:
                strict.put_back()

    assert refused == []


def test_signing_in_and_out_are_forms_as_well(strict: Stage) -> None:
    victim = strict.browser("partner")
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert victim.post("/sign-out", headers=evil).status_code in {400, 403}
    assert victim.post("/sign-out").status_code == 400
    assert victim.get("/settings/").status_code == 200
    sent = {"email": "attacker@example.org", "password": "the attacker’s own password"}
    assert strict.browser("nobody").post("/sign-in", data=sent, headers=evil).status_code in {400, 403}
    assert strict.browser("nobody").post("/sign-in", data=sent).status_code == 400
