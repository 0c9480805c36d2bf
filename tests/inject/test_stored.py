"""Whatever stands in the database stands in pages and letters as text, and does nothing."""

import re
from email import message_from_bytes, policy
from urllib.parse import quote

import pytest

from tests.inject.conftest import columns
from tests.inject.corpora import HTML, SQL, TEMPLATE
from tests.reading import Page
from tests.world import ROLES, World

pytestmark = [pytest.mark.xdist_group("inject"), pytest.mark.timeout(600)]

#: Each of these stands once in a letter, or not at all.
HEADERS = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted"),
    *("list-unsubscribe", "list-unsubscribe-post", "list-id", "x-auto-response-suppress", "precedence"),
    *("content-language", "content-transfer-encoding", "feedback-id"),
}


def flat(text: str) -> str:
    """Return a text without what pages may change in it: blanks and line breaks."""
    return re.sub(r"[\s\x00-\x1f\x85]+", "", text)


def test_texts_are_put_everywhere() -> None:
    found = {f"{model.__tablename__}.{name}" for model, name, _several in columns()}

    assert found >= {"person.name", "project.title", "log_entry.details", "organisation.name", "office.imprint"}


def test_every_page_shows_it_as_text(office: World, spoilt: set[str]) -> None:
    wrong, words = [], ""
    for (route, role), paths in sorted(office.opened.items()):
        for path in paths:
            answer = office.ask(role, path)
            page = Page.of(answer.text)
            words += flat(page.words) + "".join(flat(one.value) for form in page.forms for one in form.fields)
            if answer.status_code not in {200, 302} or page.faults:
                wrong.append((route, role, path, answer.status_code, page.faults[:3]))

    unseen = [text for text in {*HTML, *SQL, *TEMPLATE} & spoilt if flat(text) not in words]
    assert wrong == []
    assert len(unseen) < len(spoilt) // 4


def test_a_search_for_it_is_a_search(office: World, spoilt: set[str]) -> None:
    for text in SQL + HTML + TEMPLATE:
        answer = office.ask("partner", f"/search?q={quote(text)}")
        page = Page.of(answer.text)
        assert (answer.status_code, page.faults) == (200, []), text
        seen = flat(page.words) + "".join(flat(one.value) for form in page.forms for one in form.fields)
        # What is no line of text is not looked for.
        assert flat(text) in seen or not text.isprintable()


def test_a_letter_keeps_its_headers_and_says_it_as_text(letters: list[bytes]) -> None:
    assert len(letters) > len(ROLES)
    for sent in letters:
        head = sent.partition(b"\r\n\r\n")[0].decode("ascii")
        names = [line.partition(":")[0].lower() for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
        letter = message_from_bytes(sent, policy=policy.default)
        assert len(names) == len(set(names))
        assert set(names) <= HEADERS
        assert str(letter["To"]).count("@") == 1
        assert [part.get_content_type() for part in letter.walk()] == [
            *("multipart/alternative", "text/plain", "text/html"),
        ]
        html = letter.get_body(("html",))
        assert html is not None
        # A mail program knows no style sheets: letters bring their own.
        faults = [
            one for one in Page.of(str(html.get_content())).faults if " style=" not in one and "<style>" not in one
        ]
        assert [one for one in faults if "http://127.0.0.1:8000/" not in one] == []
