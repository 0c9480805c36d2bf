"""The public page, and how the office looks after it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug import Response

from tracker import clock
from tracker.db import db
from tracker.language import _, language_name, speaking
from tracker.mail import changes
from tracker.organisations import queries as organisations
from tracker.organisations.models import Office
from tracker.partnerships.models import Side
from tracker.publishing import actions, queries, sheets
from tracker.publishing.forms import PublicPageForm
from tracker.publishing.page import Page as Published
from tracker.publishing.page import anchor
from tracker.publishing.rules import Standing, languages_of, may_look, may_switch
from tracker.texts.routes import place_of
from tracker.web.access import found, public, require, somebody
from tracker.web.headers import for_anybody
from tracker.web.kept import Kept, kept_as
from tracker.web.lists import Page

bp = Blueprint("publishing", __name__)
#: Seconds for which a browser, or what stands between, need not ask again: so long after it was switched off, too.
KEPT = 300
#: Nothing on the page depends on the day.
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Copy:
    """The page in a language."""

    page: str
    until: datetime = _FOR_EVER

    @property
    def size(self) -> int:
        return len(self.page)


@bp.get("/public/")
@public
def start() -> Response:
    """Anybody is led to the public page in their language."""
    office = found(_office_with_page())
    languages = languages_of(office.introduction, office.language)
    asked = request.args.get("lang")
    language = asked if asked in languages else request.accept_languages.best_match(languages) or office.language
    answer = redirect(url_for("publishing.page", language=language))
    answer.cache_control.public = True
    answer.cache_control.max_age = KEPT
    answer.vary.add("Accept-Language")
    return answer


@bp.get("/public/<language>")
@public
def page(language: str) -> Response:
    """Anybody reads what is published; it is the same for everybody and made once after each change."""
    office = found(_office_with_page())
    found(language if language in languages_of(office.introduction, office.language) else None)
    now, number = clock.now(), changes.number()
    pages: Kept[_Copy] = kept_as("public pages")
    copy = pages.get(language, number, now)
    if copy is None:
        copy = _Copy(_page(office, language, preview=False))
        pages.keep(language, number, now, copy)
    return for_anybody(copy.page, seconds=KEPT)


@bp.get("/settings/public-page/<language>")
def preview(language: str) -> str:
    """A coordinator sees the page as it is, also while it is switched off."""
    require(may_look(somebody()))
    office = found(organisations.office())
    found(language if language in languages_of(office.introduction, office.language) else None)
    return _page(office, language, preview=True)


@bp.route("/settings/public-page", methods=["GET", "POST"])
def index() -> str | Response:
    """A coordinator sees what is published and what is missing; an administrator switches the page on and off."""
    reader, now = somebody(), clock.now()
    require(may_look(reader))
    office = found(organisations.office())
    form = PublicPageForm(obj=office) if may_switch(reader) else None
    if request.method == "POST":
        require(form is not None)
    if form and form.sent() and not form.outdated(office):
        values: dict[str, Any] = {
            "public_page": form.public_page.data,
            "introduction": form.introduction.read(now),
        }
        actions.change_page(office, by_id=reader.id, now=now, **values)
        db.session.commit()
        flash(_("The public page is saved."), "success")
        return redirect(url_for("publishing.index"))
    languages = languages_of(office.introduction, office.language)
    listing = Page(queries.standings(languages), kept=("lang",), sheet=sheets.published())
    if file := listing.as_file():
        return file
    return render_template(
        "publishing/index.html",
        form=form,
        office=office,
        languages=languages,
        listing=listing,
        form_of=_form_of,
    )


def _form_of(one: Standing) -> str | None:
    """Return where its words are mended."""
    endpoint, argument = place_of(one.table, "title") or (None, None)
    return url_for(endpoint, **{argument: one.id}) if endpoint and argument else None  # type: ignore[arg-type] # an id or a word


def _office_with_page() -> Office | None:
    office = organisations.office()
    return office if office and office.public_page else None


def _page(office: Office, language: str, *, preview: bool) -> str:
    """Return the page in a language. Rendered without what Flask knows of the request: it is nobody's own."""
    contents = queries.contents(office)
    with speaking(language):
        template = current_app.jinja_env.get_template("publishing/page.html")
        return template.render(
            page=Published(contents, language),
            office=office,
            language=language,
            languages=languages_of(office.introduction, office.language),
            preview=preview,
            anchor=anchor,
            sides=Side,
            language_name_in=lambda code: language_name(code, within=code).capitalize(),
        )
