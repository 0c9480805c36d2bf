"""Foreign ids lead nowhere, pages lead nowhere that is refused, and what one sees tells others nothing."""

import os
from collections.abc import Iterable

import pytest

from tests.access import questions
from tests.access.questions import OPEN, TOLD_THE_OFFICE, Asking, Question
from tests.access.rows import HERE, THERE
from tests.access.stage import Stage
from tests.access.words import SOUGHT

#: `make fuzz` follows every link, `make test` one of those that are alike.
IS_LONG = os.environ.get("TRACKER_TEST_FUZZ") == "long"
pytestmark = pytest.mark.xdist_group("access")


@pytest.fixture
def asking(stage: Stage) -> Asking:
    return Asking(stage)


def wrong(asking: Asking, asked: Iterable[Question]) -> dict[str, list[str]]:
    """Return questions to what is wrong with their answers."""
    found = {str(question): asking.complaints(question) for question in asked}
    return {question: complaints for question, complaints in found.items() if complaints}


def test_lists_hold_nothing_foreign_however_they_are_narrowed(asking: Asking) -> None:
    assert wrong(asking, questions.of_lists(asking.stage)) == {}


def test_what_is_others_in_the_same_project_stays_theirs(asking: Asking) -> None:
    assert wrong(asking, questions.of_others_in_the_same_project(asking.stage)) == {}


def test_how_mail_stands_is_told_to_those_who_look_after_it(asking: Asking) -> None:
    told = [asking.answer(Question(who, "GET", "/?lang=en"))[1] for who in ("coordinator", "administrator")]

    assert all(TOLD_THE_OFFICE.encode() in page for page in told)
    assert wrong(asking, questions.of_what_the_office_is_told()) == {}


def test_browsers_that_are_shut_out_are_led_to_the_sign_in(asking: Asking) -> None:
    assert wrong(asking, questions.of_those_shut_out(asking.stage)) == {}


def test_search_finds_for_each_partner_what_is_theirs(stage: Stage) -> None:
    found = {who: stage.ask(who, "GET", "overview.search", query_string={"q": SOUGHT})[1].get_data() for who in CIRCLE}
    titles = {
        who: {word.row for word in stage.words.read_in(page) if (word.table, word.column) == ("project", "title")}
        for who, page in found.items()
    }

    assert titles == {who: {stage.things[place]["project_id"]} for who, place in CIRCLE.items()}


CIRCLE = {"partner": HERE, "elsewhere": THERE}


def test_foreign_things_are_taken_by_no_form_and_no_address(asking: Asking) -> None:
    asked = list(questions.of_foreign_things(asking))

    assert {question.method for question in asked} == {"GET", "POST"}
    assert wrong(asking, asked) == {}


def test_what_a_partner_sees_tells_nobody_else_anything(asking: Asking) -> None:
    asked = list(questions.of_what_a_partner_sees(asking))
    project = asking.stage.things[HERE]["project_id"]

    assert f"/projects/{project}" in {question.path for question in asked}
    assert wrong(asking, asked) == {}


@pytest.mark.parametrize("who", ["elsewhere", "former", "coordinator", "reader", "administrator"])
def test_nobody_is_led_to_what_they_are_refused(asking: Asking, who: str) -> None:
    ways = questions.crawl(asking, who, alike=None if IS_LONG else 1)

    refused = {" ".join(way): word for way in ways if (word := asking.leads(who, *way)) not in OPEN}

    assert ways
    assert refused == {}
