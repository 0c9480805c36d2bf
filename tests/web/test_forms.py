"""What a browser may send: dates as people type them, clean texts, translated ones."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from tracker.accounts.models import Role
from tracker.db import PartialDate, Text, Translated
from tracker.language import LANGUAGES, _l, babel, speaking
from tracker.web.days import partial_of, typed
from tracker.web.fields import Address, Day, LanguageField, Line, Number, OneOf, Paragraphs, PartialDay, RowField
from tracker.web.forms import Conflict, EditForm, Form
from tracker.web.places import CountryField, ZoneField
from tracker.web.translated import TranslatedField

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


class Sample(EditForm):
    """One field of each sort."""

    line = Line(_l("Line"))
    text = Paragraphs(_l("Text"))
    day = Day(_l("Day"))
    known = PartialDay(_l("Known"))
    email = Address(_l("Address"))
    number = Number(_l("Number"), least=1, most=5)
    title = TranslatedField(_l("Title"), required=True)


class Small(EditForm):
    """Two fields."""

    line = Line(_l("Line"))
    text = Line(_l("Text"))


@pytest.fixture
def page(app: Flask) -> Any:  # noqa: ANN401 - a function of fields
    """Send the sample form and return it, validated."""
    app.config["WTF_CSRF_ENABLED"] = False

    def send(**fields: str) -> Sample:
        data = {"title-language": "de", "title-text": "Reise"} | fields
        with app.test_request_context("/?lang=en", method="POST", data=data):
            form = Sample()
            form.validate()
            return form

    return send


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("2007", "2007"),
        ("2007.", "2007"),
        ("4/2007", "2007-04"),
        ("04.2007", "2007-04"),
        ("2007-04", "2007-04"),
        ("2007. 4.", "2007-04"),
        ("16.4.2007", "2007-04-16"),
        ("16/04/2007", "2007-04-16"),
        ("16-4-2007", "2007-04-16"),
        ("2007. 04. 16.", "2007-04-16"),
        (" 2007-04-16 ", "2007-04-16"),
    ],
)
def test_dates_are_read_as_people_type_them(typed: str, known: str) -> None:
    assert str(partial_of(typed)) == known


@pytest.mark.parametrize(
    "typed", ["", "31.2.2007", "13/2007", "16.4.07", "spring 2007", "0999", "20070416", "٢٠٠٧-99", "٢٠٠٧"]
)
def test_what_is_no_date_is_none(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the form's
        partial_of(typed)


@given(st.text())
def test_any_text_is_a_date_or_not(typed: str) -> None:
    try:
        known = partial_of(typed)
    except ValueError:
        return

    assert 1000 <= known.year <= 2999


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31)))
def test_every_day_can_be_typed_in_each_order(day: date) -> None:
    typed = [day.isoformat(), f"{day.day}.{day.month}.{day.year:04}", f"{day.year:04}. {day.month}. {day.day}."]

    assert [partial_of(one).earliest for one in typed] == [day] * 3


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31)), st.sampled_from(LANGUAGES))
def test_what_is_shown_is_read_back(day: date, language: str) -> None:
    app = Flask("sample", root_path=".")
    babel.init_app(app)
    known = [PartialDate(text) for text in (str(day.year).zfill(4), day.isoformat()[:7], day.isoformat())]
    with app.app_context(), speaking(language):
        assert [partial_of(typed(one)) for one in known] == known


def test_what_is_right_comes_through(page: Any) -> None:  # noqa: ANN401 - the fixture
    form = page(line="  Anruf  ", text="a\r\nb", day="16.4.2027", known="4/2007", email="Ana@Example.org", number="3")

    assert form.errors == {}
    assert (form.line.data, form.text.data, form.day.data) == ("Anruf", "a\nb", date(2027, 4, 16))
    assert (str(form.known.data), form.email.data, form.number.data) == ("2007-04", "Ana@Example.org", 3)
    assert form.title.read(NOW) == Translated("de", {"de": Text("Reise", NOW)})


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", "\r\n", "\u200b", "\u202e \ufeff"])
@pytest.mark.parametrize("kind", [Line, Paragraphs, Day, PartialDay, Address])
def test_blanks_are_nothing_where_something_is_needed(app: Flask, kind: Any, blank: str) -> None:  # noqa: ANN401 - a field
    needed = type("Needing", (Form,), {"one": kind(_l("Line"), required=True)})
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/?lang=en", method="POST", data={"one": blank}):
        form = needed()

        assert not form.validate()
        assert form.errors == {"one": ["This field is required."]}


#: Fields that offer a choice, with what somebody may choose there.
CHOICES: list[tuple[Any, str]] = [
    (lambda **more: OneOf(_l("One"), Role, **more), "reader"),
    (lambda **more: RowField(_l("One"), **more), "1"),
    (lambda **more: LanguageField(_l("One"), **more), "ro"),
    (lambda **more: CountryField(_l("One"), **more), "RO"),
    (lambda **more: ZoneField(_l("One"), **more), "Europe/Bucharest"),
]


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("field", "known"), CHOICES, ids=["word", "row", "language", "country", "zone"])
def test_a_blank_is_not_chosen_from_any_list(app: Flask, field: Any, known: str, required: bool) -> None:  # noqa: ANN401, FBT001 - a field; a case
    choosing = type("Choosing", (Form,), {"one": field(required=required)})
    app.config["WTF_CSRF_ENABLED"] = False
    errors = {}
    for sent in (known, "", " ", "\t", "\u00a0", "\r\n"):
        with app.test_request_context("/?lang=en", method="POST", data={"one": sent}):
            form = choosing()
            if isinstance(form.one, RowField):
                form.one.offer([(1, "Reise")])
            form.validate()
            errors[sent] = form.errors.get("one", [])

    assert errors.pop(known) == []
    assert errors.pop("") == (["This field is required."] if required else [])
    assert set(map(tuple, errors.values())) == {("Please choose something from the list.",)}


@dataclass
class Row:
    """What a form changes."""

    version: int = 2
    line: str = "theirs"
    text: str = "same"


@pytest.mark.parametrize(("line", "left"), [("yours", None), ("theirs", None), ("yours", "text")])
def test_a_page_that_is_older_than_the_row_shows_what_both_typed(app: Flask, line: str, left: str | None) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sent = {"version": "1", "line": line, "text": "same"}
    with app.test_request_context("/?lang=en", method="POST", data=sent):
        form = Small(obj=Row())
        if left == "text":
            # A page leaves out what cannot be set just now.
            del form.text

        assert form.outdated(Row()) is (line == "yours")
        assert form.conflict == ([Conflict("Line", "theirs", "yours")] if line == "yours" else None)
        assert form.version.data == ("2" if line == "yours" else "1")


def test_a_form_that_does_not_say_what_it_is_about_changes_nothing_unseen(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/?lang=en", method="POST", data={"line": "yours", "text": "same"}):
        form = Small(obj=Row())

        assert form.outdated(Row())
        assert form.conflict == [Conflict("Line", "theirs", "yours")]


def test_a_part_of_a_text_is_told_with_the_text(app: Flask) -> None:
    class Titled(EditForm):
        """A title."""

        title = TranslatedField(_l("Title"), required=True)

    row = SimpleNamespace(version=2, title=Translated.of("ro", NOW, ro="Călătorie", de="Reise"))
    app.config["WTF_CSRF_ENABLED"] = False
    sent = {"version": "1", "title-language": "ro", "title-text": "Călătoria", "title-de": "Die Reise"}
    with app.test_request_context("/?lang=en", method="POST", data=sent):
        form = Titled(obj=row)

        assert form.outdated(row)

    assert form.conflict == [
        Conflict("Title", "Călătorie", "Călătoria"),
        Conflict("Title: Deutsch", "Reise", "Die Reise"),
    ]


def test_nothing_is_none(page: Any) -> None:  # noqa: ANN401 - the fixture
    form = page(line="   ", text="", day="", known="", email="", number="")

    assert form.errors == {}
    assert [form[name].data for name in ("line", "text", "day", "known", "email", "number")] == [None] * 6


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("line", "x" * 201, "This is too long: 201 characters, at most 200 are possible."),
        ("line", "a\x00b", "This contains characters that cannot be saved. Please type it again."),
        ("line", "a\nb", "This contains characters that cannot be saved. Please type it again."),
        ("text", "a\x07b", "This contains characters that cannot be saved. Please type it again."),
        ("day", "2027", "This is not a date. Please write day, month and year, such as 16.4.2027."),
        ("day", "31.2.2027", "This is not a date. Please write day, month and year, such as 16.4.2027."),
        ("known", "soon", "This is not a date. Please write 2007, 4/2007 or 16.4.2007."),
        ("email", "ana", "This is not a mail address. It looks like name@example.org."),
        ("email", "ana@exämple.org", "This is not a mail address. It looks like name@example.org."),
        ("email", "a@b.org, c@d.org", "This is not a mail address. It looks like name@example.org."),
        ("number", "6", "Please write a number from 1 to 5."),
        ("number", "1e400", "Not a valid integer value."),
    ],
)
def test_what_is_wrong_gets_a_sentence(page: Any, field: str, typed: str, sentence: str) -> None:  # noqa: ANN401 - the fixture
    assert page(**{field: typed}).errors == {field: [sentence]}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u200b Ana \u00ad\ufeff", "Ana"),
        ("\u202eAna\u202c and \u2066Bo\u2069", "Ana and Bo"),
        ("Ana\u200dBo", "Ana\u200dBo"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("\u200b", None),
    ],
)
def test_a_text_is_kept_without_what_nobody_sees_around_it(page: Any, typed: str, kept: str | None) -> None:  # noqa: ANN401 - the fixture
    assert page(line=typed).line.data == kept


@pytest.mark.parametrize("key", ["a\x00b", "x" * 81])
def test_a_key_that_no_form_has_is_refused(app: Flask, key: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/", method="POST", data={"submission": key}), pytest.raises(BadRequest):
        Small().sent()


def test_a_text_keeps_its_original_and_its_translations(page: Any) -> None:  # noqa: ANN401 - the fixture
    fields = {"title-language": "ro", "title-text": "Călătorie", "title-de": "Reise", "title-ro": "ignored"}

    assert page(**fields).title.read(NOW) == Translated.of("ro", NOW, ro="Călătorie", de="Reise")


def test_a_translation_of_nothing_is_refused(page: Any) -> None:  # noqa: ANN401 - the fixture
    form = page(**{"title-text": "", "title-en": "Journey"})

    assert "There is a translation but no original." in form.title.text.errors


def test_a_form_shows_what_is_there(app: Flask) -> None:
    class Row:
        """Something that was saved."""

        title = Translated.of("ro", NOW, ro="Călătorie", de="Reise")
        version = 7

    with app.test_request_context("/?lang=en"):
        form = Sample(obj=Row())

    assert (form.title.language.data, form.title.text.data) == ("ro", "Călătorie")
    assert {other.short_name: other.data for other in form.title.others if other.data} == {"de": "Reise"}
    assert str(form.version.data) == "7"


@given(st.dictionaries(st.sampled_from(["line", "text", "day", "known", "email", "number", "title-text"]), st.text()))
def test_no_text_breaks_a_form(fields: dict[str, str]) -> None:
    app = Flask("sample", root_path=".")
    app.config.update(WTF_CSRF_ENABLED=False, SECRET_KEY="x" * 32)
    babel.init_app(app)
    with app.test_request_context("/", method="POST", data={"title-language": "de", **fields}):
        form = Sample()
        form.validate()
