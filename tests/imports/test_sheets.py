"""Empty spreadsheets: what they are headed with and offer is what is understood when they come back."""

import io

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from tracker.imports.fields import How, WrongError, matched, partial
from tracker.imports.kinds.catalogue import KINDS
from tracker.imports.models import ImportKind
from tracker.imports.sheets import template
from tracker.language import LANGUAGES, speaking


@pytest.mark.parametrize("kind", ImportKind)
def test_an_empty_spreadsheet_is_understood_when_it_comes_back_filled(app: Flask, kind: ImportKind) -> None:
    fields = {one.key: one for one in KINDS[kind].fields if not one.is_spare}
    for code in LANGUAGES:
        with app.test_request_context(), speaking(code):
            book = CalamineWorkbook.from_filelike(io.BytesIO(template(kind)))
        headings = book.get_sheet_by_index(0).to_python()[0]
        offered = book.get_sheet_by_index(1).to_python(skip_empty_area=False)
        # A partner sends it to an office that reads another language.
        with app.test_request_context(), speaking("en"):
            assert [matched(str(one), KINDS[kind].fields, {}) for one in headings] == list(fields)
            for row in offered:
                for one, word in zip(fields.values(), row, strict=False):
                    assert not word or one.value(str(word), How(day_first=True, language=code)) is not None
            assert {
                key for place, key in enumerate(fields) if offered and place < len(offered[0]) and offered[0][place]
            } == {one.key for one in fields.values() if one.of or one.key in {"country", "language"}}


@pytest.mark.parametrize(
    ("text", "day_first", "known"),
    [
        ("16.04.2026", True, "2026-04-16"),
        ("04/16/2026", False, "2026-04-16"),
        ("2026-04-16", True, "2026-04-16"),
        ("2026. 04. 16.", True, "2026-04-16"),
        ("16.4.26", True, "2026-04-16"),
        ("05/2007", True, "2007-05"),
        ("2007", False, "2007"),
    ],
)
def test_dates_are_read_in_three_orders_and_as_far_as_they_are_known(text: str, day_first: bool, known: str) -> None:  # noqa: FBT001 - a case
    assert str(partial(text, How(day_first=day_first, language="de"))) == known


def test_a_date_of_the_other_order_is_wrong_and_not_another_day(app: Flask) -> None:
    with app.test_request_context(), speaking("en"), pytest.raises(WrongError, match="is no date that we understand"):
        partial("04/16/2026", How(day_first=True, language="en"))
