"""What nobody expects in a field."""

from dataclasses import dataclass, replace
from enum import Enum

from hypothesis import strategies as st

from tests.reading import Field

LARGE = 2**20
#: Each broke something somewhere once.
ODD = (
    "",
    " ",
    "\t\r\n",
    "\x00",
    "a\x00b",
    "a\rb\nc\r\nd",
    "\x1b[31m\x07\x08\x7f\x85",
    "\ud800",
    "\udfff\ud800",
    "a\udcffb",
    "\ufeff\ufffe\uffff",
    "\u202eabc\u2066def\u200f",
    "a\u2028b\u2029c",
    "\u200b\u200d\u00ad",
    "e" + "\u0301" * 2_000,
    "İıſßﬃ",
    "\U0001d4b3" * 300,
    "🏳️‍🌈",
    "None",
    "null",
    "undefined",
    "true",
    "NaN",
    "Infinity",
    "-0",
    "0",
    "00",
    "-1",
    "+1",
    "1e9",
    "1.5",
    "1,5",
    "1_000",
    "٣",
    "²",
    "0x1f",
    " 7 ",
    str(2**31 - 1),
    str(2**31),
    str(-(2**31)),
    str(2**63),
    str(2**64),
    "9" * 25,
    "1" + "0" * 400,
    "9" * 5_000,
    "0000-00-00",
    "0001-01-01",
    "1900-02-29",
    "2027-02-29",
    "2028-02-29",
    "29.2.2027",
    "29.2.2028",
    "31.4.2027",
    "2027-13-01",
    "9999-12-31",
    "31.12.9999",
    "10000-01-01",
    "2999-12-31",
    "1.1.1000",
    "2027",
    "4/2027",
    "2027-W09-2",
    "2027-03-28",
    "2027-03-28T02:30",
    "2027-10-31 02:30",
    "1/2/3",
    "٢٠٢٧-٠٣-٠٢",
    "a@b",
    "@",
    "a@b.cd",
    "a@b.cd,c@d.ef",
    "ä@österreich.at",
    '"a b"@example.org',
    "a@[127.0.0.1]",
    "x" * 250 + "@example.org",
    "zz",
    "de",
    "DE",
    "Europe/Kassel",
    "../../etc/passwd",
    "C:\\con",
    "%00",
    "%s%n%d",
    "%(num)s",
    "{0}{{7*7}}",
    "x" * 201,
    "x" * 4_001,
    "x" * LARGE,
    "\n" * 10_000,
    "1-7, 24.12., 31.2., x",
)
_ANY = st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"])
HOSTILE = st.one_of(st.sampled_from(ODD), st.text(_ANY, max_size=80))


class How(Enum):
    """What happens to a field."""

    CHANGED = "changed"
    CHOSEN = "chosen"
    MISSING = "missing"
    TWICE = "twice"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """One thing that is done to what a form sends."""

    name: str
    how: How
    value: str


def changes(fields: list[Field]) -> st.SearchStrategy[list[Change]]:
    """Return what is done to a form: mostly its own fields, rarely one that it has not."""
    names = st.sampled_from(sorted({one.name for one in fields}) or ["submission"])
    options = sorted({option for one in fields for option in one.options}) or [""]
    hows = st.sampled_from([How.CHANGED] * 4 + [How.CHOSEN, How.CHOSEN, How.MISSING, How.TWICE])
    known = st.builds(Change, names, hows, HOSTILE)
    chosen = st.builds(lambda one, value: replace(one, value=value), known, st.sampled_from(options))
    unknown = st.builds(Change, st.text(_ANY, min_size=1, max_size=12), st.just(How.UNKNOWN), HOSTILE)
    common = st.lists(st.one_of(known, known, chosen), min_size=1, max_size=6)
    return st.one_of(common, common, common, st.builds(lambda one, two: [*one, two], common, unknown))


def changed(pairs: list[tuple[str, str]], done: list[Change]) -> list[tuple[str, str]]:
    """Return what is sent after all that was done to it."""
    sent = list(pairs)
    for one in done:
        if one.how is not How.TWICE and one.how is not How.UNKNOWN:
            sent = [(name, value) for name, value in sent if name != one.name]
        if one.how is not How.MISSING:
            sent.append((one.name, one.value))
    return sent
