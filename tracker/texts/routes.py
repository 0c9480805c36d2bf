"""Pages that say which texts need a translator, with the way to where each is mended."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug import Response

from tracker.history.rules import FIELDS
from tracker.language import LANGUAGES
from tracker.texts import queries, sheets
from tracker.texts.forms import TextFilters
from tracker.texts.queries import FoundText, TextColumn
from tracker.texts.rules import Concern, TextKind, may_mend, may_see
from tracker.web.access import Somebody, require, somebody
from tracker.web.formats import doubted
from tracker.web.lists import Listing

bp = Blueprint("texts", __name__)

#: Forms whose address does not say by itself whose texts are mended there: endpoint, and what it calls the row.
ELSEWHERE: Mapping[str, tuple[str, str | None]] = {
    "office": ("organisations.office", None),
    "office.introduction": ("publishing.index", None),
    "pillar_text": ("partnerships.describe", "pillar"),
    "programme_item": ("events.edit_item", "item_id"),
    "log_entry": ("log.edit", "entry_id"),
    "travel_question": ("travel.edit", "question_id"),
}


@bp.get("/texts/")
def index() -> str | Response:
    """A coordinator sees which translations need a look."""
    return _page(Concern.DOUBTED)


@bp.get("/texts/missing")
def missing() -> str | Response:
    """A coordinator sees which texts lack a language."""
    return _page(Concern.MISSING)


def _page(concern: Concern) -> str | Response:
    reader = somebody()
    require(may_see(reader))
    theirs = mended_by(reader)
    filters = TextFilters(request.args, kinds={one.kind for one in theirs})
    chosen = filters.chosen()
    kind, language = chosen.get("kind"), chosen.get("language")
    among = [one for one in theirs if kind is None or one.kind == kind]
    query = queries.listed(among, concern, language)
    is_missing = concern is Concern.MISSING
    listing = Listing[str](
        query,
        sorts={"kind": tuple(query.selected_columns)[1:]},
        start="kind",
        filters=filters,
        sheet=sheets.texts(among, language, is_missing=is_missing),
    )
    if file := listing.as_file():
        return file
    return render_template(
        "texts/index.html",
        listing=listing,
        texts=queries.found(listing.rows, among),
        is_missing=is_missing,
        languages=[language] if language else LANGUAGES,
        reasons=reasons,
        form_of=form_of,
        kinds={kind.value: kind for kind in TextKind},
        fields=FIELDS,
    )


def mended_by(reader: Somebody) -> list[TextColumn]:
    """Return the columns whose texts somebody mends: a new one is among them as soon as it has a form."""
    return [one for one in queries.columns() if place_of(one.kind, one.name) and may_mend(reader, one.kind)]


def place_of(kind: str, name: str) -> tuple[str, str | None] | None:
    """Return where the texts of a column are mended, endpoint and argument: the form of their row's id, or none."""
    argument = f"{kind}_id"
    return (
        ELSEWHERE.get(f"{kind}.{name}")
        or ELSEWHERE.get(kind)
        or next(
            (
                (rule.endpoint, argument)
                for rule in current_app.url_map.iter_rules()
                if rule.endpoint.endswith(".edit") and rule.arguments == {argument}
            ),
            None,
        )
    )


def form_of(text: FoundText) -> str:
    """Return the address of the form that mends a text, at its field."""
    endpoint, argument = place_of(text.kind, text.name) or ("", None)
    row = {argument: text.address} if argument else {}
    return url_for(endpoint, _anchor=f"{text.name}-text", **row)  # type: ignore[arg-type] # an id or a word


def reasons(text: FoundText, languages: Sequence[str]) -> dict[str, list[str]]:
    """Return why translations need a look, each sentence with the codes of the languages it is true of."""
    found: dict[str, list[str]] = {}
    for code, doubt in text.text.doubts.items():
        if code in languages:
            found.setdefault(doubted(doubt), []).append(code)
    return found
