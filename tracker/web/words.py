"""Words, dates and texts that people wrote, as pieces of a page.

A page shows hundreds of these, so they are functions and no macros. Templates import them from `macros/words.html`.
"""

from datetime import date, datetime
from functools import cache, lru_cache

from flask import Flask
from markupsafe import Markup, escape

from tracker.db import PartialDate, Translated
from tracker.language import KEPT as SENTENCES_KEPT
from tracker.language import (
    Word,
    Wording,
    _,
    language_name,
    looked_up,
    looked_up_for,
    looked_up_in,
    spoken,
    translated,
)
from tracker.web.formats import doubted, moment, partial_date, short_day

#: Drawn here and not taken from a font: a phone would turn the characters into coloured pictures.
SIGNS = {
    "check": "M3 8.5l3.5 3.5L13 4.5",
    "double": "M1 8.5l3 3 6-7M7.5 11l.7.6 6.3-7.1",
    "risk": "M8 2.2l6.3 11.3H1.7zM8 6.5v3M8 11.3v.2",
    "clock": "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 4.5V8l2.6 1.6",
    "help": "M5.2 6a2.8 2.8 0 1 1 4 2.6c-.8.4-1.2.8-1.2 1.7M8 13v.2",
    "play": "M5 3.5L12.5 8 5 12.5z",
    "pause": "M5.5 3.5v9M10.5 3.5v9",
    "cross": "M4 4l8 8M12 4l-8 8",
    "ring": "M13 8A5 5 0 1 1 3 8a5 5 0 0 1 10 0z",
    "spark": "M8 2v3M8 11v3M2 8h3M11 8h3",
    "arrow": "M3 8h10M9 4l4 4-4 4",
    "stop": "M4 4h8v8H4z",
    "letter": "M2 4h12v8.5H2zM2.3 4.5L8 9l5.7-4.5",
    "skip": "M4 3.5L9 8l-5 4.5M12 3.5v9",
    "line": "M3 8h10",
    "calendar": "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.5V5M10.5 2.5V5",
    "flag": "M4 14V2.5h8.5l-2.5 3 2.5 3H4",
}
#: The key of a word to the colour of its badge and its sign.
LOOKS = {
    "on_track": ("success", "check"),
    "at_risk": ("warning", "risk"),
    "delayed": ("danger", "clock"),
    "done": ("success", "double"),
    "needs_help": ("danger", "help"),
    "idea": ("neutral", "spark"),
    "planned": ("info", "ring"),
    "confirmed": ("success", "check"),
    "invited": ("info", "letter"),
    "coming": ("success", "check"),
    "not_coming": ("neutral", "cross"),
    "came": ("success", "double"),
    "took_place": ("success", "double"),
    "running": ("info", "play"),
    "completed": ("success", "double"),
    "suspended": ("warning", "pause"),
    "cancelled": ("neutral", "cross"),
    "active": ("success", "play"),
    "dormant": ("warning", "pause"),
    "continued": ("info", "arrow"),
    "ended": ("neutral", "stop"),
    "open": ("info", "ring"),
    "reached": ("success", "double"),
    "dropped": ("neutral", "cross"),
    "overdue": ("danger", "clock"),
    "queued": ("info", "clock"),
    "sending": ("info", "arrow"),
    "in_data": ("info", "arrow"),
    "sent": ("success", "letter"),
    "unknown": ("warning", "help"),
    "held": ("warning", "pause"),
    "dead": ("danger", "cross"),
    "skipped": ("neutral", "skip"),
    "missed": ("warning", "line"),
    "in_letter": ("success", "letter"),
}
_NO_LOOK = ("neutral", "ring")


# ---- sentences of ours


def sentence(message: str, **facts: object) -> Markup:
    """Return a sentence in the reader's language, with escaped facts."""
    return _with_places(spoken(), message) % facts if facts else _sentence(spoken(), message)


@lru_cache(maxsize=8192)
def _with_places(language: str, message: str) -> Markup:
    return Markup(looked_up(language, message))  # noqa: S704 - ours, not what somebody typed


@lru_cache(maxsize=8192)
def _sentence(language: str, message: str) -> Markup:
    return _with_places(language, message) % {}


def in_context(context: str, message: str, **facts: object) -> Markup:
    """Return a word that means something else elsewhere."""
    return Markup(looked_up_in(spoken(), context, message)) % facts  # noqa: S704 - ours, not what somebody typed


def counted(one: str, many: str, number: int, **facts: object) -> Markup:
    """Return the form for a number; `%(num)d` stands for it."""
    return Markup(looked_up_for(spoken(), one, many, number)) % ({"num": number} | facts)  # noqa: S704 - ours, not what somebody typed


@lru_cache(maxsize=1024, typed=True)
def _label(_language: str, word: Word) -> str:
    return first_up(word.label)


# ---- pieces


@cache
def sign(name: str) -> Markup:
    """Return a small drawing."""
    drawn = SIGNS[name]
    return Markup(  # noqa: S704 - a drawing of ours
        f'<svg class="sign" aria-hidden="true" focusable="false" viewBox="0 0 16 16" width="16" height="16">'
        f'<path d="{drawn}"/></svg>'
    )


def mark(label: object, kind: str = "neutral", drawn: str = "ring") -> Markup:
    """Return a badge in one's own words; the kinds are success, warning, danger, info and neutral."""
    return Markup(  # noqa: S704 - the label is escaped
        f'<span class="kern-badge kern-badge--small kern-badge--{kind}">{sign(drawn)}'
        f'<span class="kern-label kern-label--small">{escape(label)}</span></span>'
    )


def badge(word: Word | None) -> Markup | str:
    """Return a member of an enum as a badge; none is nothing."""
    return _badge(spoken(), word) if word else ""


@lru_cache(maxsize=1024, typed=True)
def _badge(language: str, word: Word) -> Markup:
    return mark(_label(language, word), *LOOKS.get(word.value, _NO_LOOK))


def first_up(label: object) -> str:
    """Begin with a capital: labels are written as inside a sentence, and here one stands alone."""
    shown = str(label)
    return shown[:1].upper() + shown[1:]


def word(member: Word | None) -> str:
    """Return a member of an enum alone, in a cell or above a title."""
    return _label(spoken(), member) if member else ""


def language_of(code: str) -> Markup:
    """Return the name of a language behind a text in it."""
    return Markup(f'<span class="language">({escape(language_name(code))})</span>')  # noqa: S704 - it is escaped


def _wording(text: object, language: str) -> Wording | None:
    if isinstance(text, Translated):
        return translated(text, language)
    return text if isinstance(text, Wording) else None


def _foreign(text: str, language: str) -> str:
    return f'<span lang="{language}">{escape(text)}</span> {language_of(language)}'


def said(text: object, original: bool = False) -> Markup | str:  # noqa: FBT001, FBT002 - templates pass it by name
    """Return a text in the reader's language, marked where it is in another; the original behind it if asked for."""
    here = spoken()
    wording = _wording(text, here)
    if wording is None:
        return escape(text) if text else ""
    shown = str(escape(wording.text)) if wording.language == here else _foreign(wording.text, wording.language)
    if original and wording.original != wording.text:
        behind = _foreign(wording.original, wording.original_language)
        shown += f' <span class="original">{behind} {_why_doubted(text, wording)}</span>'
    return Markup(shown)  # noqa: S704 - its parts are escaped


def _why_doubted(text: object, wording: Wording) -> Markup | str:
    doubt = text.doubt(wording.language) if isinstance(text, Translated) else None
    return Markup('<span class="doubt">{}</span>').format(doubted(doubt)) if doubt else ""


def lines(text: object) -> Markup | str:
    """Return several paragraphs of plain text, marked where they are in another language.

    Below a translation that needs a look stands why, with the original folded away.
    """
    here = spoken()
    wording = _wording(text, here)
    if wording is None:
        return paragraphs(str(text), here) if text else ""
    shown = paragraphs(wording.text, wording.language)
    if why := _why_doubted(text, wording):
        behind = paragraphs(wording.original, wording.original_language)
        shown += Markup('<details class="behind"><summary>{} <span>{}</span></summary>{}</details>').format(
            why, _("Show the original"), behind
        )
    return shown


def paragraphs(text: str, language: str) -> Markup:
    """Return plain text as paragraphs, marked where its language is not the reader's."""
    foreign = language != spoken()
    shown = "".join(f"<p>{escape(one.strip())}</p>" for one in text.replace("\r\n", "\n").split("\n\n") if one.strip())
    begin, end = (f' lang="{language}"', f'<p class="muted">{language_of(language)}</p>') if foreign else ("", "")
    return Markup(f'<div class="prose"{begin}>{shown}</div>{end}')  # noqa: S704 - its parts are escaped


def when(instant: datetime | None) -> Markup | str:
    """Return an instant as the reader's clock shows it."""
    return _time(instant, moment(instant)) if instant else ""


def day(on: date | None) -> Markup | str:
    """Return a date."""
    return _time(on, short_day(on)) if on else ""


def span(first: date | None, last: date | None) -> Markup | str:
    """Return the days from one to another, of which perhaps only one is known."""
    if first and last:
        return day(first) if first == last else Markup("{} – {}").format(day(first), day(last))
    if first:
        return Markup(_("from %(day)s", day=day(first)))  # noqa: S704 - ours, not what somebody typed
    return Markup(_("until %(day)s", day=day(last))) if last else ""  # noqa: S704 - as above


def _time(value: date, shown: str) -> Markup:
    return Markup(f'<time datetime="{value.isoformat()}">{escape(shown)}</time>')  # noqa: S704 - it is escaped


def partial(known: PartialDate | None) -> Markup | str:
    """Return a date known partly; no datetime attribute, which could not say that."""
    return Markup(f'<span class="date">{escape(partial_date(known))}</span>') if known else ""  # noqa: S704 - it is escaped


#: What is kept of sentences, for whoever has to hear each look-up.
KEPT = (*SENTENCES_KEPT, _with_places, _sentence, _label, _badge)


def install(app: Flask) -> None:
    """Let templates speak, and hand the pieces to `macros/words.html`."""
    app.jinja_env.globals.update(_=sentence, gettext=sentence, ngettext=counted, pgettext=in_context)
    app.jinja_env.globals["pieces"] = {
        "signs": SIGNS,
        "looks": LOOKS,
        "sign": sign,
        "mark": mark,
        "badge": badge,
        "first_up": first_up,
        "word": word,
        "language_of": language_of,
        "said": said,
        "lines": lines,
        "paragraphs": paragraphs,
        "when": when,
        "day": day,
        "span": span,
        "partial": partial,
    }
