"""Two documents of the invented camp: a sheet to read, and a drawing that is drawn here."""

import io
from pathlib import Path

from flask import current_app
from PIL import Image, ImageDraw

from tracker.db import Model, Translated
from tracker.documents import actions, store
from tracker.documents.contents import content_of
from tracker.documents.models import Document, StoredFile
from tracker.example.pen import Pen
from tracker.history.rules import Verb, key_of
from tracker.people.models import Person
from tracker.projects.models import Project

_SHEET = """Merkblatt für Gastfamilien (erfundenes Beispiel)

1. Ihre Gäste kommen am ersten Tag gegen 18 Uhr.
2. Frühstück bei Ihnen, alle anderen Mahlzeiten im Camp.
3. Fragen beantwortet die Dienststelle jederzeit.
"""
_PAPER, _INK, _ROOM = "#ffffff", "#1b2a41", "#cfe3d4"


def attach(pen: Pen, project: Project, *, by: Person) -> None:
    """Attach both to the project."""
    folder = store.folder_in(Path(current_app.config["SETTINGS"].instance))
    sheet = pen.german("Merkblatt für Gastfamilien (erfundenes Beispiel)", "Notes for host families (invented example)")
    _hang(pen, project, folder, _SHEET.encode(), name="Merkblatt Gastfamilien.txt", description=sheet, by=by, days=-40)
    plan = pen.text(
        "de",
        de="Wo die Ateliers stehen (erfundenes Beispiel)",
        en="Where the studios are (invented example)",
        it="Dove si trovano gli atelier (esempio inventato)",
        hu="Hol vannak a műtermek (kitalált példa)",
        ro="Unde sunt atelierele (exemplu inventat)",
    )
    _hang(pen, project, folder, _plan(), name="Lageplan.png", description=plan, by=by, days=-12)


def _hang(
    pen: Pen, row: Model, folder: Path, given: bytes, *, name: str, description: Translated, by: Person, days: int
) -> None:
    content, at = content_of(given, name), pen.moment(days)
    width, height = content.size or (None, None)
    file = StoredFile(
        sha256=actions.keep(folder, content),
        size_bytes=len(content.kept),
        media_type=content.media_type,
        width=width,
        height=height,
        created_at=at,
    )
    pen.keep(
        Document(
            subject=key_of(row),
            file=pen.keep(file),
            name=content.name,
            description=description,
            language="de",
            coordinators_only=False,
            by=by,
            created_at=at,
        )
    )
    pen.tell(Verb.DOCUMENTS_ATTACHED, row, by=by, at=at, within=row, number=1)


def _plan() -> bytes:
    """Draw four studios around a yard."""
    drawn = Image.new("RGB", (900, 600), _PAPER)
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((40, 40, 860, 560), outline=_INK, width=4)
    for number, corner in enumerate(((80, 80), (540, 80), (80, 340), (540, 340)), start=1):
        left, top = corner
        pen.rectangle((left, top, left + 280, top + 180), fill=_ROOM, outline=_INK, width=4)
        pen.text((left + 130, top + 60), str(number), fill=_INK, font_size=48)
    pen.ellipse((400, 250, 500, 350), outline=_INK, width=4)
    into = io.BytesIO()
    drawn.save(into, "PNG")
    return into.getvalue()
