"""Dates, times and texts as the reader is used to them."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from tracker.db import PartialDate, Translated
from tracker.language import speaking
from tracker.web.formats import country_name, long_day, moment, partial_date, plain, short_day

MOMENT = datetime(2027, 3, 2, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ("2007", "April 2007", "16. April 2007", "16.04.2007")),
        ("en", ("2007", "April 2007", "16 April 2007", "16 Apr 2007")),
        ("it", ("2007", "aprile 2007", "16 aprile 2007", "16 apr 2007")),
        ("hu", ("2007", "2007. április", "2007. április 16.", "2007. ápr. 16.")),
        ("ro", ("2007", "aprilie 2007", "16 aprilie 2007", "16 apr. 2007")),
    ],
)
def test_dates_read_as_in_each_language(app: Flask, language: str, words: tuple[str, ...]) -> None:
    known = [PartialDate(text) for text in ("2007", "2007-04", "2007-04-16")]

    with app.app_context(), speaking(language):
        assert (*(partial_date(one) for one in known), short_day(date(2007, 4, 16))) == words


def test_nothing_is_nothing(app: Flask) -> None:
    with app.app_context(), speaking("de"):
        assert (partial_date(None), short_day(None), long_day(None), moment(None), plain(None), country_name(None)) == (
            ("",) * 6
        )


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", "2 Mar 2027, 09:05"),
        ("Europe/Rome", "2 Mar 2027, 09:05"),
        ("Europe/Bucharest", "2 Mar 2027, 10:05 (Eastern European Time)"),
        ("America/Chicago", "2 Mar 2027, 02:05 (Central Time)"),
    ],
)
def test_the_zone_is_named_where_clocks_differ(app: Flask, zone: str, words: str) -> None:
    with app.app_context(), speaking("en"):
        assert moment(MOMENT, zone) == words


def test_a_text_comes_in_the_readers_language_else_as_it_was_written(app: Flask) -> None:
    text = Translated.of("de", MOMENT, de="Reise", hu="Utazás")

    with app.app_context():
        for language, words in (("hu", "Utazás"), ("de", "Reise"), ("ro", "Reise")):
            with speaking(language):
                assert plain(text) == words
