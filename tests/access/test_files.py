"""Every list leaves as a file: each page with one is asked for it, or it says here why not."""

import pytest

from tests.access.rows import HERE
from tests.access.stage import Stage
from tests.access.table import LINES

pytestmark = pytest.mark.xdist_group("access")
#: Pages with a table that is no list to be taken away, and why.
WITHOUT = {
    "accounts.settings": "The few browsers in which one is signed in oneself.",
    "calendar.courses": "It draws the list of projects, which is downloaded beside it with all it tells.",
    "editions.show": "It adds up what the lists of each edition hold.",
    "guestlists.numbers": "Nights and heads of an event have files of their own on this page.",
    "imports.index": "The latest files; what came of each is downloaded on its page.",
    "imports.match": "It shows a few cells of each column of a file.",
    "overview.event": "Parts of lists, each of which is downloaded on its own page.",
    "overview.project": "Parts of lists, each of which is downloaded on its own page.",
    "partnerships.on_map": "It lists the partnerships of the map, which are downloaded as a list.",
    "projects.edit": "Fields of a form.",
    "projects.new": "Fields of a form.",
    "reminders.add": "It compares what a rule would change before it is saved.",
    "reminders.of_project": "The rules of one project, to be changed there.",
    "reminders.rules": "The few rules of all, to be changed there.",
    "reminders.settle": "It compares what a rule would change before it is saved.",
}


def with_a_table(stage: Stage) -> list[str]:
    """Return the pages on which an administrator sees a list."""
    pages = {endpoint for endpoint, method, of_office in LINES if method == "GET" and not of_office}
    found = (endpoint for endpoint in sorted(pages) if endpoint != "static")
    return [one for one in found if b'<table class="list' in stage.page("administrator", one, HERE)[1]]


def test_every_list_leaves_as_a_file(stage: Stage) -> None:
    lists = with_a_table(stage)
    answers = {}
    for one in lists:
        address = stage.address("administrator", one, HERE)
        with stage.browser("administrator").get(f"{address}{'&' if '?' in address else '?'}as=csv") as answer:
            answers[one] = answer.mimetype

    assert {one for one, kind in answers.items() if kind != "text/csv"} == set(WITHOUT)
    assert len(lists) > len(WITHOUT)


def test_lists_that_are_no_table_on_their_page_leave_too(stage: Stage) -> None:
    """Some are drawn as lines, or have nothing in them here."""
    for one in ("calendar.index", "documents.index", "hosting.index", "publishing.index", "reminders.past"):
        with stage.browser("administrator").get(f"{stage.address('administrator', one, HERE)}?as=csv") as answer:
            assert answer.mimetype == "text/csv", one
