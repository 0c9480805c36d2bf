"""Where one can go from every page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, current_app, request, url_for

from tracker.language import LANGUAGES, _, language_name, spoken
from tracker.web.access import Somebody, now, office, signed_in
from tracker.web.formats import moment

_TOLD = "told on every page"


@dataclass(frozen=True)
class Place:
    """An entry of the main navigation, for those who may go there."""

    endpoint: str
    label: str
    allowed: Callable[[Somebody], bool]
    #: The beginning of the addresses under it.
    under: str
    #: Other beginnings: of what has no place of its own.
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """A link as templates show it."""

    label: str
    url: str
    current: bool
    code: str = ""

    @property
    def name(self) -> str:
        """The label, for languages."""
        return self.label


@dataclass(frozen=True)
class Banner:
    """What every page says on top until it is settled. Kinds: info, warning, danger."""

    kind: str
    text: str
    url: str | None = None
    action: str | None = None


def install(app: Flask, places: Iterable[Place], told: Callable[[Somebody], Iterable[Banner]]) -> None:
    """Let templates show where one can go, and what somebody is told on top of every page."""
    app.extensions[_TOLD] = told
    listed = tuple(places)

    def navigation() -> list[Link]:
        reader = signed_in()
        if reader is None or reader.factor_due:
            return []
        return [
            Link(str(place.label), url_for(place.endpoint), _is_here(place))
            for place in listed
            if place.allowed(reader)
        ]

    @app.context_processor
    def names() -> dict[str, object]:
        seen = office()
        return {"office_name": seen.name if seen else ""}

    app.jinja_env.globals.update(
        navigation=navigation, banners=banners, language_links=language_links, page_language=spoken
    )


def banners() -> list[Banner]:
    """Return what this reader is told on top of every page."""
    reader = signed_in()
    trial = []
    if current_app.config["SETTINGS"].clock_shift:
        trial.append(Banner("warning", _("Trial: the clock of this program shows %(now)s.", now=moment(now()))))
    return [*trial, *(current_app.extensions[_TOLD](reader) if reader and not reader.factor_due else ())]


def language_links() -> list[Link]:
    """Return this page in each language."""
    here = spoken()
    links = []
    for code in LANGUAGES:
        arguments = request.args.to_dict(flat=False) | {"lang": [code]}
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, values in arguments.items() for value in values)
        links.append(Link(language_name(code, within=code).capitalize(), f"{request.path}?{query}", code == here, code))
    return links


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _is_here(place: Place) -> bool:
    return request.path == place.under if place.under == "/" else request.path.startswith((place.under, *place.also))
