"""A list that the office kept in a spreadsheet, looked through and not yet taken over. Its people are invented."""

from typing import Any

from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.imports import actions
from tracker.imports.models import ImportKind
from tracker.imports.reading import Table

_ROWS = (
    ("Ansprechpartner", "Einrichtung", "Funktion", "E-Mail", "Telefon"),
    ("Johanna Muster", "Waldviertel", "Regionalberatung", "johanna.muster@example.org", "+43 2852 100"),
    ("Karl Beispiel", "Waldviertel", "Energieberatung", "karl.beispiel(at)example.org", ""),
    ("Eva Probe", "Waldvirtel", "", "eva.probe@example.org", ""),
)


def write_lists(pen: Pen, cast: Cast) -> None:
    """Let a coordinator have sent a list of contacts."""
    table = Table("csv", "utf-8", ";", (), None, _ROWS)
    content = "\r\n".join(";".join(cells) for cells in _ROWS).encode()
    by: dict[str, Any] = {"by_id": cast.coordinator.id, "now": pen.now}
    row = actions.open_import(
        ImportKind.PEOPLE, table, file_name="Kontakte Waldviertel.csv", content=content, language="de", **by
    )
    actions.match(row, row.columns, day_first=True, language="de")
    actions.work(row, pen.now, pen.today)
