"""Pieces of pages."""

from datetime import date

import pytest
from flask import Flask
from markupsafe import Markup

from tracker.language import speaking
from tracker.web.words import span

FIRST, LAST = date(2027, 2, 1), date(2027, 2, 3)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (FIRST, LAST, "1 Feb 2027 – 3 Feb 2027"),
        (FIRST, FIRST, "1 Feb 2027"),
        (FIRST, None, "from 1 Feb 2027"),
        (None, LAST, "until 3 Feb 2027"),
        (None, None, ""),
    ],
)
def test_a_span_of_which_one_day_is_known_says_which(
    app: Flask, first: date | None, last: date | None, words: str
) -> None:
    with app.app_context(), speaking("en"):
        assert Markup(span(first, last)).striptags() == words
