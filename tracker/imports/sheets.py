"""What leaves again: the lines that were not taken over with the reason, and empty spreadsheets to be filled."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from tracker.imports.fields import Field
from tracker.imports.kinds.catalogue import KINDS
from tracker.imports.models import Import, ImportKind, ImportLine
from tracker.language import LANGUAGES, _, language_name
from tracker.web.places import countries
from tracker.web.sheets import Sheet, Value

#: Rows of an empty spreadsheet that offer words to choose.
_ROWS = 1_000


def left(row: Import) -> Sheet[ImportLine]:
    """Return the lines that stayed out, as they stood in the file, with the reason in a column more."""
    headings = (*(heading or "–" for heading in row.headings), _("Why it was not taken over"))

    def cells(lines: Sequence[ImportLine]) -> Iterable[Sequence[Value]]:
        for line in lines:
            filled = [*line.cells, *[""] * (len(row.headings) - len(line.cells))]
            yield *filled, " ".join(line.reasons) or str(line.verdict.label if line.verdict else "")

    name, stayed_out = row.file_name.rpartition(".")[0] or row.file_name, _("not taken over")
    return Sheet(f"{name} – {stayed_out}", headings, cells)


def lines(row: Import) -> Sheet[ImportLine]:
    """Return what became of the lines of a file: each as it stood there, and what it is."""
    headings = (_("Line"), *(heading or "–" for heading in row.headings), _("State"), _("Why"))

    def cells(lines: Sequence[ImportLine]) -> Iterable[Sequence[Value]]:
        for line in lines:
            filled = [*line.cells, *[""] * (len(row.headings) - len(line.cells))]
            yield line.number, *filled, line.verdict, " ".join(line.reasons)

    return Sheet(row.file_name.rpartition(".")[0] or row.file_name, headings, cells)


def template(kind: ImportKind) -> bytes:
    """Return an empty spreadsheet in the language spoken now, with the possible words to choose from."""
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    page, lists = book.add_worksheet(str(kind.label)[:31]), book.add_worksheet(_("Words")[:31])
    bold = book.add_format({"bold": True})
    for column, one in enumerate(field for field in KINDS[kind].fields if not field.is_spare):
        label = one.called
        page.write_string(0, column, label, bold)
        page.set_column(column, column, max(14, len(label) + 2))
        if choices := _choices(one):
            for row, word in enumerate(choices):
                lists.write_string(row, column, word)
            letter = xl_col_to_name(column)
            source = f"='{lists.get_name()}'!${letter}$1:${letter}${len(choices)}"
            page.data_validation(
                1, column, _ROWS, column, {"validate": "list", "source": source, "error_type": "warning"}
            )
    page.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


def _choices(one: Field) -> list[str]:
    named: dict[str, Any] = {
        "country": lambda: [name for _code, name in countries()],
        "language": lambda: [language_name(code) for code in LANGUAGES],
    }
    if one.key in named:
        return list(named[one.key]())
    return [str(word.label) for word in one.of or ()]
