"""Lists that the office kept in spreadsheets, looked through and not yet taken over. Their people are invented."""

from collections.abc import Sequence
from typing import Any

from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.imports import actions
from tracker.imports.models import ImportKind
from tracker.imports.reading import Table

#: What the office says of the twinnings of its municipalities.
_TWINNINGS = (
    ("Unsere Seite", "Partner", "In Kontakt seit", "Säule"),
    ("Immenhausen", "Modigliana", "", "Partnerschaften der Gemeinden"),
    ("Kaufungen", "Bertinoro", "16.10.1995", ""),
    ("Calden", "Ráckeve", "1992", ""),
)
_CAMP = (
    ("Project", "Name", "Heads", "Role", "Sent by", "Age"),
    ("Euarca+ 2027", "Erika Example", "", "artist", "Dane County", "27 to 64"),
    ("Euarca+ 2027", "", "12", "volunteer", "Kaufungen", ""),
    ("Euarca+ 2027", "Edgar Example", "", "painter", "Dane County", ""),
)
_CONTACTS = (
    ("Ansprechpartner", "Einrichtung", "Funktion", "E-Mail", "Telefon"),
    ("Johanna Muster", "Waldviertel", "Regionalberatung", "johanna.muster@example.org", "+43 2852 100"),
    ("Karl Beispiel", "Waldviertel", "Energieberatung", "karl.beispiel(at)example.org", ""),
    ("Eva Probe", "Waldvirtel", "", "eva.probe@example.org", ""),
)


def write_lists(pen: Pen, cast: Cast) -> None:
    """Let a coordinator have sent three lists."""
    _send(pen, cast, ImportKind.PARTNERSHIPS, "Partnerschaften der Gemeinden.csv", _TWINNINGS)
    _send(pen, cast, ImportKind.PARTICIPANTS, "Camp (invented).csv", _CAMP, language="en")
    _send(pen, cast, ImportKind.PEOPLE, "Kontakte Waldviertel.csv", _CONTACTS)


def _send(
    pen: Pen, cast: Cast, kind: ImportKind, name: str, rows: Sequence[Sequence[str]], *, language: str = "de"
) -> None:
    table = Table("csv", "utf-8", ";", (), None, rows)
    content = "\r\n".join(";".join(cells) for cells in rows).encode()
    by: dict[str, Any] = {"by_id": cast.coordinator.id, "now": pen.now}
    row = actions.open_import(kind, table, file_name=name, content=content, language=language, **by)
    actions.match(row, row.columns, day_first=True, language=language)
    actions.work(row, pen.now, pen.today)
