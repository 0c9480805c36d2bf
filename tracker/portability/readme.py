"""README.txt: what is in the zip, for whoever opens it in ten years."""

import textwrap

from tracker.language import LANGUAGES, _, language_name
from tracker.portability.description import Description

_WIDTH = 78


def readme(office: str, said: Description) -> str:
    """Return it in the language that is spoken now."""
    named = ", ".join(f"{code} = {language_name(code)}" for code in LANGUAGES)
    day = f"{said.made_at:%Y-%m-%d}"
    parts = [
        _(
            "%(office)s: everything that Tracker %(release)s knew on %(day)s.",
            office=office,
            release=said.release,
            day=day,
        ),
        _(
            "Please keep these files safe: they hold names, addresses and notes about people, and what guests said "
            "about their health."
        ),
        _("tables: a file for each table. schema.json says what each column holds and which words are allowed."),
        _("documents: all files; index.csv says to what each belongs."),
        _(
            "The tables are CSV as RFC 4180 describes it: UTF-8, columns split by commas, texts that hold a comma, a "
            "quotation mark or a new line in quotation marks."
        ),
        _(
            "An empty cell says that nothing is known. A single apostrophe is a text without a letter. An apostrophe "
            "before =, +, - or @ at the beginning of a text, or after a comma, semicolon, tab or new line, keeps "
            "spreadsheets from taking the text for a formula: please leave one out when you read it."
        ),
        _(
            "Days are written as 2027-03-02, or 2027-03 or 2027 where no more is known; instants as "
            "2027-03-02T09:00:00Z, in universal time; yes and no as true and false."
        ),
        _(
            "A text in several languages has a column for each of them (%(languages)s). The column that ends in "
            "“original” names the one it was written in; the one that ends in “more” says when each was written, and "
            "may be left empty.",
            languages=named,
        ),
        _(
            "What is not here: passwords, second factors, sign-ins, links and calendar addresses, the bytes of mails "
            "that are on their way, and imports under way."
        ),
        _(
            "An empty installation is filled from this file by: tracker office fill FILE. Edited tables are taken as "
            "they are, if each line fits; documents have to be as they were. Sending is paused afterwards, and nothing "
            "is sent again."
        ),
    ]
    return "".join(f"{textwrap.fill(part, _WIDTH)}\n\n" for part in parts)
