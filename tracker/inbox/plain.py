"""Plain text of what mail programs write: from HTML, and without what a mail repeats of those before."""

import re
from html import unescape
from itertools import takewhile

from tracker.web.fields import clean

#: More of a text nobody wrote by hand; what is beyond is cut, in the file that goes along as well.
LONGEST = 1_000_000
#: More of HTML is cut before it is looked at.
_LONGEST_HTML = 500_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_GAPS = re.compile(r"\n{3,}")
#: A comment, a tag, or a "<" that is none; each is found without looking back.
_MARK = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<rest>[^<>]*)>|<[!?][^<>]*>", re.DOTALL
)
_LINK = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_UNSEEN = ("head", "script", "style", "title", "template")
_LINES = frozenset({"br", "div", "tr", "li", "table", "ul", "ol", "hr", "pre"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"})


def lines_of(text: str) -> str:
    """Return a text as anything here may hold it: without what no database keeps and nobody sees."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(line.rstrip() for line in _CONTROLS.sub("", text).split("\n"))
    return clean(_GAPS.sub("\n\n", text)) or ""


def line_of(text: str, at_most: int) -> str:
    """Return a text as one line."""
    words = " ".join(_CONTROLS.sub(" ", text).split())
    return (clean(words[:at_most]) or "")[:at_most]


# ---- from HTML


def text_of(html: str) -> str:
    """Return what one reads of HTML, with where a link leads behind its words."""
    html = html[:_LONGEST_HTML]
    written = _Written()
    at = 0
    while (mark := _MARK.search(html, at)) is not None:
        written.say(html[at : mark.start()])
        at = mark.end()
        name = (mark["name"] or "").lower()
        if name in _UNSEEN and not mark["end"]:
            # What is never closed hides all that follows, as it does in a browser.
            end = re.compile(rf"</{name}", re.IGNORECASE).search(html, at)
            at = end.start() if end else len(html)
        elif name:
            written.tag(name, mark["rest"], is_end=bool(mark["end"]))
    written.say(html[at:])
    return written.text()


class _Written:
    """What was read so far, with how deep it is quoted."""

    def __init__(self) -> None:
        self._lines: list[str] = [""]
        self._depth = 0
        self._link: tuple[str, int, int] | None = None

    def say(self, words: str) -> None:
        said = " ".join(unescape(words).split())
        if not said:
            self._space(bool(words))
            return
        self._space(words[0].isspace())
        self._put(said)
        self._space(words[-1].isspace())

    def tag(self, name: str, rest: str, *, is_end: bool) -> None:
        if name == "a":
            self._close() if is_end else self._open(rest)
        elif name in _PARAGRAPHS:
            self._break(blank=True)
            if name == "blockquote":
                self._depth = max(self._depth + (-1 if is_end else 1), 0)
        elif name in _LINES:
            self._break(blank=False, always=name == "br")
            if name == "li" and not is_end:
                self._put("– ")
        elif name in {"td", "th"}:
            self._space(is_wanted=True)

    def text(self) -> str:
        return "\n".join(self._lines)

    def _open(self, rest: str) -> None:
        found = _LINK.search(rest)
        target = unescape(next((one for one in found.groups() if one), "")) if found else ""
        is_web = target.lower().startswith(("http://", "https://"))
        self._link = (target, len(self._lines), len(self._lines[-1])) if is_web else None

    def _close(self) -> None:
        if self._link is None:
            return
        target, line, place = self._link
        self._link = None
        said = self._lines[-1][place:] if line == len(self._lines) else ""
        if target.rstrip("/") != said.strip().rstrip("/"):
            self._put(f" ({target})")

    def _put(self, words: str) -> None:
        if not self._lines[-1]:
            self._lines[-1] = "> " * min(self._depth, 5)
        self._lines[-1] += words

    def _space(self, is_wanted: bool) -> None:  # noqa: FBT001 - private
        if is_wanted and self._lines[-1] and not self._lines[-1].endswith(" "):
            self._lines[-1] += " "

    def _break(self, *, blank: bool, always: bool = False) -> None:
        if self._lines[-1] or always:
            self._lines.append("")
        if blank and len(self._lines) > 1 and self._lines[-2].strip("> "):
            self._lines.append("")


# ---- what a mail repeats

_ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:Original(?: Message|nachricht)?|Ursprüngliche Nachricht|Messaggio originale|Eredeti üzenet|"
    r"Mesaj(?:ul)? original)\s*-{2,}\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\s*\*?(?:From|Von|Da|Feladó|De la|De)\s*:\*?\s*\S", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(?:Sent|Gesendet|Inviato|Elküldve|Küldve|Trimis|Date|Datum|Data|Dátum)\s*:\*?\s*\S", re.IGNORECASE
)
_WROTE = re.compile(r".{5,300}\b(?:wrote|schrieb|ha scritto|írta|a scris)\b.{0,200}:\s*", re.IGNORECASE | re.DOTALL)
#: How far below "From:" a line says when.
_NEAR = 4
_SHOWN_BEFORE = re.compile(r"\s*(?:_{10,}|-{10,})\s*")


def parted(text: str) -> tuple[str, str]:
    """Return what is new in a text, and what it repeats of mails before; where both alternate, all of it is new."""
    lines = text.split("\n")
    at = _history_at(lines)
    new, old = lines_of("\n".join(lines[:at])), lines_of("\n".join(lines[at:]))
    return (new, old) if new else (lines_of(text), "")


def _history_at(lines: list[str]) -> int:
    """Return the line where a mail program says that what is older begins, else where the last quoted ones begin."""
    tail = len(lines) - sum(1 for _line in takewhile(_is_quoted, reversed(lines)))
    for number, line in enumerate(lines):
        if _ORIGINAL.fullmatch(line):
            return number
        if _FROM.match(line) and any(_SENT.match(one) for one in lines[number + 1 : number + _NEAR]):
            return number - 1 if number and _SHOWN_BEFORE.fullmatch(lines[number - 1]) else number
        # Who wrote when may go over two lines, with nothing but what they wrote below.
        if number + 1 <= tail <= number + 2 and tail < len(lines) and _WROTE.fullmatch("\n".join(lines[number:tail])):
            return number
    return tail


def _is_quoted(line: str) -> bool:
    return not line.strip() or line.startswith(">")
