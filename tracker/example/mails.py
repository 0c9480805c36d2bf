"""Mails that came in and wait for a look. They are invented, as those who wrote them are."""

from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

from flask import current_app

from tracker.documents.actions import hold, keep
from tracker.documents.contents import content_of
from tracker.documents.store import folder_in
from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.inbox.actions import add_file, take_in
from tracker.inbox.models import MailSort
from tracker.inbox.reading import letter_of
from tracker.projects.models import Project

_TO = "project@example.org"


def write_mails(pen: Pen, cast: Cast, project: Project) -> None:
    """Let a partner have sent the list of their group, somebody unknown a question, and a machine an answer."""
    _arrive(
        pen,
        "Re: Lista grupului (exemplu inventat)",
        f"{cast.bistrita.name} <{cast.bistrita.email}>",
        "Bună ziua,\n\natașat găsiți lista grupului nostru: venim cinci.\n\nCu salutări cordiale\n"
        f"{cast.bistrita.name}\n\nOn Monday {cast.coordinator.name} wrote:\n> Câți veniți?\n",
        project=project,
        file=("Lista grupului.txt", b"Exemplu inventat\n\n1. Ana Exemplu\n2. Ion Exemplu\n"),
        hours=5,
    )
    _arrive(
        pen,
        "Schulpartnerschaft (erfundenes Beispiel)",
        "Uwe Beispielmann <uwe.beispielmann@example.org>",
        "Guten Tag,\n\nunsere Schule sucht eine Partnerschule in Ungarn. Können Sie uns jemanden nennen?\n\n"
        "Mit freundlichen Grüßen\nUwe Beispielmann\n",
        hours=26,
    )
    _arrive(
        pen,
        "Automatic reply: absent (invented example)",
        f"{cast.dane.name} <{cast.dane.email}>",
        "I am out of the office until Monday.\n",
        project=project,
        sort=MailSort.AUTOMATIC,
        hours=30,
    )


def _arrive(
    pen: Pen,
    subject: str,
    sender: str,
    text: str,
    *,
    hours: int,
    project: Project | None = None,
    sort: MailSort = MailSort.PERSON,
    file: tuple[str, bytes] | None = None,
) -> None:
    at = pen.now - timedelta(hours=hours)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, _TO, subject, at
    mail.set_content(text)
    raw = mail.as_bytes()
    row = take_in(
        letter_of(raw, pen.now, lambda: "mail"),
        digest=sha256(raw).hexdigest(),
        sort=sort,
        project_id=project.id if project else None,
        size_bytes=len(raw),
        now=at,
    )
    if row is not None and file is not None:
        settings = current_app.config["SETTINGS"]
        content, folder = content_of(file[1], file[0]), folder_in(Path(settings.instance))
        kept = keep(folder, content)
        held = hold([(kept, content)], folder=folder, most_megabytes=settings.room_for_documents, now=at)
        add_file(row, content.name, file=held[kept], is_proposed=True)
