"""Attaching, showing and removing documents, asked as each of the cast."""

import errno
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import builders
from tests.conftest import Cast, change, told
from tests.documents.test_contents import PDF, photo
from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.documents import health, store
from tracker.documents.actions import erase_removed
from tracker.documents.models import Document, StoredFile
from tracker.documents.store import folder_in
from tracker.events.models import Delegation
from tracker.organisations.models import Organisation
from tracker.projects.models import Project
from tracker.scheduler import tidy

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Give the folder of the files, empty."""
    found = folder_in(settings.instance)
    for one in files_in(found):
        one.unlink()
    return found


def files_in(folder: Path) -> list[Path]:
    """Return what lies in the folder."""
    return [one for one in folder.glob("*/*") if one.is_file()]


def send(browser: FlaskClient, about: str, *files: tuple[bytes, str], key: str = "1", **more: str) -> TestResponse:
    """Attach files to something."""
    sent = [(io.BytesIO(content), name) for content, name in files]
    values = {"submission": key, "files": sent, **more}
    return browser.post(f"/documents/of/{about}?lang=en", data=values, content_type="multipart/form-data")


def rows() -> list[tuple[str, str, bool]]:
    """Return name, thing and whether it is for coordinators only, of every document."""
    found = db.session.scalars(sa.select(Document).order_by(Document.id))
    return [(one.name, one.subject, one.coordinators_only) for one in found]


def attached(app: Flask, browse: Browse, cast: Cast, **more: str) -> int:
    """Attach a sheet to the project and return its id."""
    about = f"project:{cast.project}"
    assert send(browse(cast.coordinator), about, (PDF, "Vertrag.pdf"), **more).status_code == 302
    with app.app_context():
        return int(db.session.scalars(sa.select(Document.id)).one())


@pytest.mark.both
@pytest.mark.usefixtures("folder")
def test_of_several_files_the_right_ones_are_kept_and_the_wrong_one_is_named(
    browse: Browse, cast: Cast, look: Look
) -> None:
    browser, about = browse(cast.coordinator), f"project:{cast.project}"

    answer = send(browser, about, (PDF, "a.pdf"), (b"MZ\x90", "b.pdf"), (photo(), "c.jpg"), description="Scan")

    page = browser.get(answer.location + "?lang=en").text
    assert look(rows) == [("a.pdf", about, False), ("c.jpg", about, False)]
    assert "2 documents are attached." in page
    assert "“b.pdf”: This is called PDF, but it is none that can be read." in page
    assert look(told)[-1] == ("DOCUMENTS_ATTACHED", about, about, {"number": 2})
    assert "Scan" in browser.get(f"/projects/{cast.project}?lang=en").text


def test_nothing_that_is_right_is_said_beside_the_field(browse: Browse, cast: Cast, look: Look, folder: Path) -> None:
    about = f"project:{cast.project}"

    answer = send(browse(cast.coordinator), about, (b"<svg/>", "bild.svg"), (b"", "leer.pdf"))

    assert answer.status_code == 200
    assert "“bild.svg”: Files of this sort cannot be kept here." in answer.text
    assert "“leer.pdf”: This file is empty." in answer.text
    assert (look(rows), files_in(folder)) == ([], [])


@pytest.mark.both
def test_two_who_attach_the_same_at_once_keep_one_file(browse: Browse, cast: Cast, look: Look, folder: Path) -> None:
    two = [browse(one) for one in (cast.coordinator, cast.administrator)]
    things = [f"project:{cast.project}", f"project:{cast.other_project}"]

    def attach(number: int) -> int:
        return send(two[number], things[number], (PDF, "Vertrag.pdf"), key=str(number)).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attach, range(2)))
    again = send(two[0], things[0], (PDF, "noch einmal.pdf"), key="again")

    assert answers == [302, 302]
    assert "This was attached before." in two[0].get(again.location + "?lang=en").text
    assert sorted(subject for _name, subject, _hidden in look(rows)) == things
    assert look(lambda: db.session.scalar(sa.select(sa.func.count(StoredFile.id)))) == 1
    assert len(files_in(folder)) == 1


@pytest.mark.usefixtures("folder")
def test_a_file_is_handed_out_to_be_kept_and_does_nothing_here(app: Flask, browse: Browse, cast: Cast) -> None:
    browser, about = browse(cast.coordinator), f"project:{cast.project}"
    send(browser, about, (b"<html><script>alert(1)</script>", "Gr\u00fc\u00dfe.txt"))
    with app.app_context():
        one = db.session.scalars(sa.select(Document.id)).one()

    answer = browser.get(f"/documents/{one}/file")
    heads = answer.headers

    assert answer.data == b"<html><script>alert(1)</script>"
    assert heads["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt" in heads["Content-Disposition"]
    assert heads["Content-Type"].startswith("text/plain")
    assert heads["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (heads["X-Content-Type-Options"], heads["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.both
@pytest.mark.usefixtures("folder")
def test_what_is_for_coordinators_only_is_found_by_nobody_else(app: Flask, browse: Browse, cast: Cast) -> None:
    one = attached(app, browse, cast, coordinators_only="y", description="Heikles")
    pages = (f"/documents/of/project:{cast.project}", f"/projects/{cast.project}", "/search?q=heikle")

    def seen(person: int) -> list[bool | int]:
        browser = browse(person)
        file = browser.get(f"/documents/{one}/file")
        return [file.status_code, *("Heikles" in browser.get(page).text for page in pages)]

    assert seen(cast.coordinator) == [200, True, True, True]
    assert seen(cast.reader) == seen(cast.partner) == [404, False, False, False]


@pytest.mark.both
@pytest.mark.usefixtures("folder")
def test_the_list_of_a_delegation_is_attached_by_who_sent_it_with_how_many_signed(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    def enter() -> int:
        event = builders.event(project_id=cast.project)
        others = builders.organisation(de="Waldviertel")
        builders.delegation(event, others)
        return builders.delegation(event, db.session.get_one(Organisation, cast.here), planned=3).id

    own = int(change(app, enter))
    partner = browse(cast.partner)

    answer = send(partner, f"delegation:{own}", (PDF, "Liste.pdf"), signed="2")

    assert answer.status_code == 302
    assert look(lambda: db.session.get_one(Delegation, own).signed) == 2
    assert partner.get(f"/documents/of/delegation:{own - 1}").status_code == 404
    assert browse(cast.reader).get(f"/documents/of/delegation:{own}").status_code == 200
    assert send(partner, f"project:{cast.project}", (PDF, "Liste.pdf"), key="2").status_code == 403


@pytest.mark.usefixtures("folder")
def test_who_neither_sends_nor_reports_attaches_nothing(app: Flask, browse: Browse, cast: Cast, look: Look) -> None:
    def enter() -> list[str]:
        project = db.session.get_one(Project, cast.project)
        sent = builders.delegation(builders.event(project_id=project.id), db.session.get_one(Organisation, cast.here))
        return [f"delegation:{sent.id}", f"milestone:{builders.milestone(project).id}"]

    reader, things = browse(cast.reader), change(app, enter)

    assert [reader.get(f"/documents/of/{about}").status_code for about in things] == [200, 200]
    assert [send(reader, about, (PDF, "Liste.pdf"), key=about).status_code for about in things] == [403, 403]
    assert look(rows) == []


def test_a_full_disk_and_a_full_quota_save_nothing(
    app: Flask, browse: Browse, cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, about = browse(cast.coordinator), f"project:{cast.project}"

    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as now:
        now.setattr(os, "fsync", full)
        no_room = send(browser, about, (PDF, "a.pdf"))
    with monkeypatch.context() as now:
        now.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], room_for_documents=0))
        no_more = send(browser, about, (PDF, "a.pdf"), key="2")

    assert (no_room.status_code, no_more.status_code) == (507, 200)
    assert "does not fit on the disk of this program; nothing was saved" in no_room.text
    assert "There is no room left: all documents together may have 0 MB." in no_more.text
    with app.app_context():
        assert rows() == []
    # What was written before its row was refused is tidied up by the worker.
    assert len(files_in(folder)) == 1


@pytest.mark.both
def test_what_was_removed_comes_back_or_is_erased_with_its_file(
    app: Flask, browse: Browse, cast: Cast, look: Look, folder: Path
) -> None:
    one = attached(app, browse, cast)
    browser = browse(cast.coordinator)
    browser.post(f"/documents/{one}/remove")
    assert "Bring back" in browser.get(f"/documents/of/project:{cast.project}?lang=en").text
    browser.post(f"/documents/{one}/remove?back=y")
    browser.post(f"/documents/{one}/remove")

    kept = change(app, lambda: erase_removed(clock.now() + timedelta(days=29)))
    erased = change(app, lambda: erase_removed(clock.now() + timedelta(days=31)))

    assert (kept, erased) == (0, 1)
    assert look(lambda: db.session.scalar(sa.select(sa.func.count(StoredFile.id)))) == 0
    assert len(files_in(folder)) == 1


def test_the_worker_deletes_files_that_no_row_speaks_of_after_a_day(
    app: Flask, browse: Browse, cast: Cast, folder: Path
) -> None:
    attached(app, browse, cast)
    (kept,) = files_in(folder)
    store.keep(folder, b"of somebody who was killed", b"its small picture")
    (folder / "ab").mkdir(exist_ok=True)
    (folder / "ab" / ".new-killed").write_bytes(b"half")
    with app.app_context():
        tidy()
    young = len(files_in(folder))
    long_ago = (clock.now() - timedelta(days=2)).timestamp()
    for one in files_in(folder):
        os.utime(one, (long_ago, long_ago))

    with app.app_context():
        tidy()

    assert (young, files_in(folder)) == (4, [kept])


def test_a_file_that_is_lost_or_changed_is_noticed(app: Flask, browse: Browse, cast: Cast, folder: Path) -> None:
    attached(app, browse, cast)
    (path,) = files_in(folder)

    def troubles() -> list[str]:
        with app.app_context():
            return [one.replace(str(path), "…") for one in health.troubles(folder)]

    sound = troubles()
    path.write_bytes(b"something else")
    changed = troubles()
    path.unlink()
    lost = troubles()

    assert sound == []
    assert changed == [
        "The file of the document “Vertrag.pdf” (…) is not what it was; please bring it back from a backup."
    ]
    assert lost == ["The file of the document “Vertrag.pdf” (…) is lost; please bring it back from a backup."]


def test_what_hangs_on_a_milestone_or_an_entry_is_shown_with_its_project(
    app: Flask, browse: Browse, cast: Cast
) -> None:
    def enter() -> None:
        project = db.session.get_one(Project, cast.project)
        entry = builders.log_entry(project_id=project.id)
        builders.document(entry, description=builders.text(en="Of the entry"))
        builders.document(project, description=builders.text(en="Of the project"))
        builders.document(db.session.get_one(Project, cast.other_project), description=builders.text(en="Of another"))

    change(app, enter)

    page = browse(cast.partner).get(f"/projects/{cast.project}?lang=en").text

    assert [words in page for words in ("Of the entry", "Of the project", "Of another")] == [True, True, False]
