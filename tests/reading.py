"""Pages as a browser reads them: links, forms with what they would send, and what must not be there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

#: What a browser asks for when it meets it, and where it stands.
_LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("object", "data"), ("embed", "src")}


@dataclass(frozen=True)
class Field:
    """One thing that a form sends."""

    name: str
    #: The type of an input, or "select" or "textarea".
    kind: str
    id: str = ""
    value: str = ""
    #: What may be chosen.
    options: tuple[str, ...] = ()
    is_sent: bool = True
    is_required: bool = False
    described_by: tuple[str, ...] = ()

    @property
    def is_typed(self) -> bool:
        """Whether people write into it what they like."""
        return self.kind in {"text", "textarea", "email", "password", "search", "tel", "url", "number", "date", "time"}


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """The names of all that it sends."""
        return frozenset(one.name for one in self.fields)

    def sends(self) -> list[tuple[str, str]]:
        """Return what a browser sends if nobody touches it."""
        return [(one.name, one.value) for one in self.fields if one.is_sent]


@dataclass
class Page:
    """What stands in a page."""

    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    #: The ids of the sentences that stand beside fields.
    errors: list[str] = field(default_factory=list)
    alerts: int = 0
    #: Scripts, styles and handlers within the page, addresses that run or lead elsewhere.
    faults: list[str] = field(default_factory=list)
    words: str = ""

    @classmethod
    def of(cls, html: str) -> Self:
        """Read a page."""
        page = cls()
        reader = _Reader(page)
        reader.feed(html)
        reader.close()
        page.words = "".join(reader.words)
        return page


class _Reader(HTMLParser):
    """Reads one page."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.words: list[str] = []
        self._form: Form | None = None
        self._area: dict[str, str] | None = None
        self._select: tuple[dict[str, str], list[str], list[str]] | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        self._inspect(tag, had)
        self._note(tag, had)
        if tag == "form":
            self._form = Form(had.get("action", ""), had.get("method", "get").upper())
            self.page.forms.append(self._form)
        elif tag in {"input", "button"} and had.get("name"):
            self._keep(self._input(had | {"type": had.get("type", "submit" if tag == "button" else "text")}))
        elif tag == "textarea":
            self._area, self._text = had, []
        elif tag == "select":
            self._select = (had, [], [])
        elif tag == "option" and self._select:
            self._select[1].append(had.get("value", ""))
            if "selected" in had:
                self._select[2].append(had.get("value", ""))

    def _note(self, tag: str, had: dict[str, str]) -> None:
        classes = had.get("class", "").split()
        if "id" in had:
            self.page.ids.add(had["id"])
        if "kern-error" in classes:
            self.page.errors.append(had.get("id", ""))
        if "alert" in classes:
            self.page.alerts += 1
        if tag == "a" and "href" in had:
            self.page.links.append(had["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area is not None:
            # A browser leaves out the first line break.
            text = "".join(self._text).replace("\r\n", "\n").removeprefix("\n")
            self._keep(self._field(self._area, "textarea", value=text))
            self._area = None
        elif tag == "select" and self._select is not None:
            had, options, chosen = self._select
            value = chosen[0] if chosen else options[0] if options else ""
            self._keep(self._field(had, "select", value=value, options=tuple(options), is_sent=bool(options)))
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text.append(data)
        else:
            self.words.append(data)

    def _input(self, had: dict[str, str]) -> Field:
        kind = had["type"]
        ticked = kind in {"checkbox", "radio"}
        value = had.get("value", "on" if ticked else "")
        is_sent = kind not in {"submit", "reset", "button", "image"} and (not ticked or "checked" in had)
        return self._field(had, kind, value=value, options=(value,) if ticked else (), is_sent=is_sent)

    @staticmethod
    def _field(
        had: dict[str, str], kind: str, *, value: str, options: tuple[str, ...] = (), is_sent: bool = True
    ) -> Field:
        told = tuple(had.get("aria-describedby", "").split())
        needed = "required" in had
        return Field(had.get("name", ""), kind, had.get("id", ""), value, options, is_sent, needed, told)

    def _keep(self, one: Field) -> None:
        if self._form is not None and one.name:
            self._form.fields.append(one)

    def _inspect(self, tag: str, had: dict[str, str]) -> None:
        faults = self.page.faults
        if tag == "style" or (tag == "script" and not had.get("src", "").startswith("/static/")):
            faults.append(f"<{tag}> within the page")
        for name, value in had.items():
            if name == "style" or name.startswith("on"):
                faults.append(f"<{tag} {name}={value!r}>")
            target = value.strip().lower()
            if name in {"href", "src", "action", "formaction"} and (
                target.startswith(("javascript:", "data:", "vbscript:")) or (name != "href" and "//" in target[:8])
            ):
                faults.append(f"<{tag} {name}={value!r}>")
            if (tag, name) in _LOADED and not target.startswith("/"):
                faults.append(f"<{tag} {name}={value!r}>")
