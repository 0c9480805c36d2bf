"""Texts in several languages: which translations need a look, and how a form says so and takes the answer."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tracker.db import Doubt, Text, Translated, TranslatedType
from tracker.history.rules import looked_through
from tracker.language import LANGUAGES, _l
from tracker.web.forms import EditForm
from tracker.web.translated import TranslatedField
from tracker.web.words import lines, said

WRITTEN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
CHANGED = datetime(2027, 5, 3, 9, 0, tzinfo=UTC)
NOW = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)
KEPT = TranslatedType()


def changed(**more: Text) -> Translated:
    """Return a text whose original was changed after its translations were written."""
    texts = {"de": Text("Neue Reise", CHANGED), "en": Text("Trip", WRITTEN), "it": Text("Viaggio", WRITTEN)}
    return Translated("de", texts | more)


# ---- the value


def test_a_translation_older_than_its_original_needs_a_look() -> None:
    text = changed(hu=Text("Új utazás", CHANGED), ro=Text("Călătorie", WRITTEN, confirmed_at=NOW))

    why = Doubt(CHANGED, by_machine=False)
    assert text.doubts == {"en": why, "it": why}


def test_what_a_machine_wrote_needs_a_look_until_somebody_took_it() -> None:
    text = Translated("de", {"de": Text("Reise", WRITTEN), "en": Text("Travel", NOW, by_machine=True)})
    looked = text.revised(Translated("de", {"de": Text("Reise", NOW), "en": Text("Travel", NOW, confirmed_at=NOW)}))

    assert text.doubts == {"en": Doubt(NOW, by_machine=True)}
    assert looked.doubts == {}
    assert looked.texts["en"] == Text("Travel", NOW, confirmed_at=NOW)


def test_a_mended_original_puts_its_translations_in_doubt_and_confirming_takes_it_away() -> None:
    before = Translated.of("de", WRITTEN, de="Reise", en="Trip", it="Viaggio")

    after = before.revised(Translated.of("de", CHANGED, de="Neue Reise", en="Trip", it="Nuovo viaggio"))
    at_rest = after.revised(
        Translated("de", {**after.texts, "en": Text("Trip", NOW, confirmed_at=NOW)}),
    )

    assert after.doubts == {"en": Doubt(CHANGED, by_machine=False)}
    assert at_rest.doubts == {}
    assert at_rest.texts["en"] == Text("Trip", WRITTEN, confirmed_at=NOW)


def test_a_name_that_is_the_same_in_both_languages_is_right(app: Flask) -> None:
    row = Row(Translated.of("de", WRITTEN, de="Euarca+ 2027", en="Euarca+ 2027", it="Euarca 2027"))

    assert set(saved(app, row, text="Euarca+ 2028", en="Euarca+ 2028").doubts) == {"it"}
    assert changed(en=Text("Neue Reise", WRITTEN)).doubts.keys() == {"it"}


def test_another_language_for_the_same_words_is_no_change_of_them() -> None:
    before = Translated.of("de", WRITTEN, de="Euarca Camp", it="Campo Euarca")

    after = before.revised(Translated.of("en", NOW, en="Euarca Camp", it="Campo Euarca"))

    assert after == Translated.of("en", WRITTEN, en="Euarca Camp", it="Campo Euarca")


def test_a_sound_translation_becomes_the_original_and_nothing_comes_into_doubt() -> None:
    before = Translated(
        "de",
        {
            "de": Text("Reise", CHANGED),
            "en": Text("Trip", WRITTEN, confirmed_at=CHANGED),
            "it": Text("Viaggio", WRITTEN),
            "hu": Text("Utazás", NOW),
        },
    )

    after = before.revised(Translated.of("en", NOW, en="Trip", de="Reise", it="Viaggio", hu="Utazás"))

    assert (after.original, str(after)) == ("en", "Trip")
    assert after.doubts == {"it": Doubt(CHANGED, by_machine=False)} == before.doubts


@pytest.mark.parametrize("promoted", [Text("Trip", WRITTEN), Text("Trip", NOW, by_machine=True)])
def test_a_doubtful_translation_that_becomes_the_original_puts_the_others_in_doubt(promoted: Text) -> None:
    after = changed(en=promoted).revised(Translated.of("en", NOW, en="Trip", de="Neue Reise", it="Viaggio"))

    assert after.texts["en"] == Text("Trip", NOW)
    assert set(after.doubts) == {"de", "it"}


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given
WORDS = st.text(min_size=1, max_size=6)
TEXTS = st.builds(Text, WORDS, MOMENTS, st.none() | MOMENTS, st.booleans())


@st.composite
def translated(draw: st.DrawFn) -> Translated:
    """Draw any value that may be kept: an original has no marks."""
    texts = draw(st.dictionaries(st.sampled_from(LANGUAGES), TEXTS, min_size=1))
    original = draw(st.sampled_from(sorted(texts)))
    return Translated(original, {**texts, original: Text(texts[original].text, texts[original].at)})


def typed(text: Translated, moment: datetime, **wordings: str) -> Translated:
    """Return a text as somebody sends it who leaves all but a few wordings as they are."""
    return Translated.of(text.original, moment, **({code: str(one) for code, one in text.texts.items()} | wordings))


@given(translated())
def test_every_text_comes_back_from_the_database_as_it_went(text: Translated) -> None:
    kept = KEPT.process_bind_param(text, None)  # type: ignore[arg-type] # no dialect differs

    assert KEPT.process_result_value(kept, None) == text  # type: ignore[arg-type] # no dialect differs


def test_a_text_of_an_earlier_release_and_one_of_a_later_are_read() -> None:
    at = WRITTEN.isoformat()
    kept = {"original": "de", "texts": {"de": {"text": "Reise", "at": at}, "en": {"text": "Trip", "at": at, "by": 7}}}

    read = KEPT.process_result_value(kept, None)  # type: ignore[arg-type] # no dialect differs

    assert read == Translated.of("de", WRITTEN, de="Reise", en="Trip")


@given(translated(), MOMENTS)
def test_who_changes_nothing_changes_nothing(text: Translated, moment: datetime) -> None:
    assert text.revised(typed(text, moment)) == text


@given(translated(), WORDS)
def test_a_changed_original_puts_every_other_wording_in_doubt(text: Translated, words: str) -> None:
    latest = max(max(one.at, one.confirmed_at or one.at) for one in text.texts.values()) + timedelta(seconds=1)
    after = text.revised(typed(text, latest, **{text.original: str(text) + words}))

    same = {code for code, one in text.texts.items() if str(one) == str(after) and not one.by_machine}
    assert set(after.doubts) == set(text.texts) - {text.original} - same


@given(translated(), MOMENTS, WORDS)
def test_whoever_confirms_all_while_changing_leaves_no_doubt(text: Translated, moment: datetime, words: str) -> None:
    latest = max(moment, text.texts[text.original].at)
    sent = typed(text, latest, **{text.original: words})
    confirmed = {code: Text(str(one), one.at, latest) for code, one in sent.texts.items()}

    after = text.revised(Translated(text.original, confirmed))

    assert after.doubts == {}
    assert looked_through(text, after) == (
        None if words != str(text) else [code for code in text.texts if after.texts[code] != text.texts[code]]
    )


@given(translated(), translated(), MOMENTS)
def test_saving_twice_is_saving_once(text: Translated, other: Translated, moment: datetime) -> None:
    sent = typed(other, moment)
    once = text.revised(sent)

    assert once.revised(sent) == once
    assert {code: str(one) for code, one in once.texts.items()} == {code: str(one) for code, one in sent.texts.items()}
    assert once.texts[once.original] == Text(str(once), once.texts[once.original].at)


# ---- the form


class Sample(EditForm):
    """A text in several languages."""

    title = TranslatedField(_l("Title"), required=True)


class Row:
    """What a form changes."""

    def __init__(self, title: Translated, version: int = 1) -> None:
        """Take what is kept."""
        self.title, self.version = title, version


def shown(app: Flask, row: Row) -> tuple[Sample, dict[str, str]]:
    """Return the form for a row, and what a browser sends of it that changes nothing."""
    with app.test_request_context("/?lang=en"):
        form = Sample(obj=row)
        texts = {field.name: field.data or "" for field in [form.title.text, *form.title.others]}
    return form, texts | {"title-language": form.title.language.data, "version": str(row.version)}


def sent(app: Flask, row: Row, fields: Mapping[str, str]) -> Sample:
    """Return the form as a browser sent it, with nothing said against it."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/?lang=en", method="POST", data=MultiDict(fields)):
        form = Sample(obj=row)
        form.validate()
        return form


def saved(app: Flask, row: Row, **fields: str) -> Translated:
    """Return what a row holds after somebody opened its form and sent it with these changes."""
    form = sent(app, row, shown(app, row)[1] | {f"title-{name}": words for name, words in fields.items()})
    assert form.errors == {}
    read = form.title.read(NOW)
    assert read is not None
    return row.title.revised(read)


def test_the_form_says_which_translations_need_a_look(app: Flask) -> None:
    form, _fields = shown(app, Row(changed(it=Text("Viaggio", CHANGED, by_machine=True))))

    assert {field.short_name: field.description for field in form.title.doubted} == {
        "en": "The original changed on 3 May 2027.",
        "it": "Translated by a machine, not looked through yet.",
    }
    assert form.title.all_right is not None


def test_every_wording_is_typed_in_its_language(app: Flask) -> None:
    form, _fields = shown(app, Row(Translated.of("ro", WRITTEN, ro="Călătorie", de="Reise")))

    assert 'lang="ro"' in form.title.text()
    assert {other.short_name: f'lang="{other.short_name}"' in other() for other in form.title.others} == dict.fromkeys(
        ("de", "en", "it", "hu"), True
    )


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (Translated.of("de", WRITTEN, de="Reise"), False),
        (Translated.of("de", WRITTEN, de="Reise", en="Trip"), True),
        (Translated("de", {"de": Text("Reise", CHANGED), "en": Text("Trip", WRITTEN)}), False),
        (changed(), True),
    ],
    ids=["none", "one", "one in doubt", "two"],
)
def test_all_are_confirmed_at_once_where_that_says_more_than_one_tick(
    app: Flask,
    text: Translated,
    offered: bool,  # noqa: FBT001 - a case
) -> None:
    assert (shown(app, Row(text))[0].title.all_right is not None) is offered


@pytest.mark.parametrize(
    ("ticked", "doubtful"),
    [({}, {"en", "it"}), ({"right_en": "y"}, {"it"}), ({"all_right": "y"}, set()), ({"en": "New trip"}, {"it"})],
)
def test_a_translation_is_confirmed_by_a_tick_or_by_new_words(app: Flask, ticked: Any, doubtful: Any) -> None:  # noqa: ANN401 - a case
    assert set(saved(app, Row(changed()), **ticked).doubts) == doubtful


def test_a_slip_is_mended_without_a_doubt(app: Flask) -> None:
    row = Row(Translated.of("de", WRITTEN, de="Riese", en="Trip", it="Viaggio"))

    assert set(saved(app, row, text="Reise").doubts) == {"en", "it"}
    assert saved(app, row, text="Reise", all_right="y").doubts == {}


def test_what_a_machine_wrote_is_marked_where_it_is_new_and_nowhere_else(app: Flask) -> None:
    row = Row(Translated.of("de", WRITTEN, de="Reise", en="Trip"))

    text = saved(app, row, ro="Călătorie", by_machine="y")

    assert dict(text.texts) == {**row.title.texts, "ro": Text("Călătorie", NOW, by_machine=True)}


def test_words_that_replace_what_a_machine_wrote_are_somebodys(app: Flask) -> None:
    row = Row(Translated("de", {"de": Text("Reise", WRITTEN), "en": Text("Travel", WRITTEN, by_machine=True)}))

    assert saved(app, row, en="Trip").doubts == {}


def test_a_translation_takes_the_originals_place_and_nothing_is_lost(app: Flask) -> None:
    row = Row(Translated.of("de", WRITTEN, de="Reise", en="Trip", it="Viaggio"))

    assert saved(app, row, language="en") == Translated.of("en", WRITTEN, en="Trip", de="Reise", it="Viaggio")


def test_a_wrong_language_is_put_right_without_a_doubt(app: Flask) -> None:
    row = Row(Translated.of("de", WRITTEN, de="Journey", it="Viaggio"))

    assert saved(app, row, language="en") == Translated.of("en", WRITTEN, en="Journey", it="Viaggio")


def test_a_page_that_comes_back_with_an_error_shows_what_changed_places(app: Flask) -> None:
    row = Row(Translated.of("de", WRITTEN, de="Reise", en="Trip"))
    fields = shown(app, row)[1] | {"title-language": "en", "title-it": "x" * 201}

    form = sent(app, row, fields)
    again = {field.name: field.data or "" for field in [form.title.text, *form.title.others]}
    after = sent(app, row, again | {"title-language": "en", "title-it": "Viaggio", "version": "1"}).title.read(NOW)

    assert list(form.title.form.errors) == ["it"]
    assert (form.title.text.data, form.title.form.de.data) == ("Trip", "Reise")
    assert after == Translated.of("en", NOW, en="Trip", de="Reise", it="Viaggio")


def test_ticks_alone_are_no_conflict_but_an_original_that_somebody_changed_meanwhile_is_one(app: Flask) -> None:
    row = Row(changed())
    fields = shown(app, row)[1] | {"title-right_en": "y"}
    later = Row(row.title, version=2)
    other = Row(typed(row.title, NOW, de="Ganz neue Reise"), version=2)

    with app.test_request_context("/?lang=en"):
        assert not sent(app, later, fields).outdated(later)
        form = sent(app, other, fields)
        assert form.outdated(other)

    assert form.conflict is not None
    assert [(one.theirs, one.yours) for one in form.conflict] == [("Ganz neue Reise", "Neue Reise")]


# ---- what readers see


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", ""),
        ("en", "The original changed on 3 May 2027."),
        ("hu", "Gépi fordítás, még senki sem nézte át."),
        ("ro", ""),
    ],
)
def test_titles_and_texts_say_why_a_translation_needs_a_look(app: Flask, language: str, told: str) -> None:
    text = changed(hu=Text("Út", CHANGED, by_machine=True))

    with app.test_request_context(f"/?lang={language}"):
        title, prose, in_a_list = said(text, original=True), lines(text), said(text)

    assert [('class="doubt"' in one) for one in (title, prose, in_a_list)] == [bool(told), bool(told), False]
    assert (told in title, told in prose) == (True, True)
    assert prose.count("<p>Neue Reise</p>") == (0 if language == "it" else 1)
