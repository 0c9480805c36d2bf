"""What a file is, told by what is in it."""

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from PIL import Image, PngImagePlugin

from tracker.documents.contents import MOST_PARTS, PREVIEW, content_of
from tracker.documents.rules import LONGEST_NAME, check_size, named
from tracker.language import speaking
from tracker.refusal import Refused

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = b"%PDF-1.7\n%%EOF"
#: The place and the device that a camera notes.
NOTED = b"Kamera der Familie Muster"


@pytest.fixture(autouse=True)
def _english(_app: Flask) -> Iterator[None]:
    with _app.app_context(), speaking("en"):
        yield


def photo(file_format: str = "JPEG") -> bytes:
    """Return a photo that lies on its side and tells by whom it was taken."""
    noted = Image.Exif()
    noted[0x0112], noted[0x010F] = 6, NOTED.decode()
    into = io.BytesIO()
    more: dict[str, Any] = {"comment": NOTED} if file_format == "JPEG" else {}
    if file_format == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Author", NOTED.decode())
        more = {"pnginfo": words}
    Image.new("RGB", (900, 600), "green").save(into, file_format, exif=noted, **more)
    return into.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a packed folder."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in parts.items():
            folder.writestr(name, content)
    return into.getvalue()


def large() -> bytes:
    """Return a picture that is small until it is drawn."""
    into = io.BytesIO()
    Image.new("1", (8000, 7000)).save(into, "PNG")
    return into.getvalue()


def bomb() -> bytes:
    """Return an office file that says of a part that it has a gigabyte."""
    whole = bytearray(packed(DOCX))
    struct.pack_into("<L", whole, whole.index(b"PK\x01\x02") + 24, 2**30)
    return bytes(whole)


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
ODS = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<content/>"}


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        (PDF, "Vertrag.pdf", ("Vertrag.pdf", "application/pdf")),
        (PDF, "Vertrag.2024", ("Vertrag.2024.pdf", "application/pdf")),
        (PDF, "rechnung.exe", ("rechnung.exe.pdf", "application/pdf")),
        (packed(DOCX), "Brief.DOCX", ("Brief.DOCX", WORD)),
        (packed(ODS), "Liste.ods", ("Liste.ods", "application/vnd.oasis.opendocument.spreadsheet")),
        ("größer".encode("cp1252"), "alt.csv", ("alt.csv", "text/csv")),
        (b"<html><script>alert(1)</script>", "seite.txt", ("seite.txt", "text/plain")),
    ],
)  # fmt: skip
def test_what_is_possible_keeps_its_bytes_and_has_a_name_that_says_what_it_is(
    given: bytes, name: str, expected: tuple[str, str]
) -> None:
    content = content_of(given, name)

    assert (content.name, content.media_type, content.kept, content.preview) == (*expected, given, None)


@pytest.mark.parametrize(
    ("given", "name", "says"),
    [
        (photo(), "Vertrag.pdf", "This is called PDF, but it is JPEG."),
        (b"MZ\x90\x00\x03", "Vertrag.pdf", "This is called PDF, but it is none that can be read."),
        (b"MZ\x90\x00\x03", "setup.exe", "Files of this sort cannot be kept here."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "bild.svg", "Files of this sort cannot be kept here."),
        (b"<html></html>", "seite.html", "Files of this sort cannot be kept here."),
        (b"a\x00b", "text.txt", "This is called TXT, but it is none"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "IMG_1234.HEIC", "This is a picture in the format of iPhones (HEIC)."),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "foto.jpg", "This is a picture in the format of iPhones (HEIC)."),
        (photo()[:3000], "foto.jpg", "This picture is damaged"),
        (large(), "foto.png", "This picture has more than 50 million pixels."),
        (packed({"a.txt": b"a"}), "a.docx", "This packed file is none of"),
        (packed(DOCX)[:-30], "a.docx", "This packed file is none of"),
        (packed(DOCX | {"word/vbaProject.bin": b"macro"}), "a.docx", "This file holds macros."),
        (bomb(), "a.docx", "This file holds more than any office"),
        (packed(DOCX | {f"{n}": b"" for n in range(MOST_PARTS)}), "a.docx", "This file holds more than any office"),
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_not_possible_gets_a_sentence(given: bytes, name: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        content_of(given, name)

    assert refused.value.sentence.startswith(says)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_drawn_anew_upright_and_tell_nothing_but_what_one_sees(file_format: str) -> None:
    hidden = photo(file_format) + b"PK\x03\x04<script>"
    assert NOTED in hidden

    content = content_of(hidden, f"foto.{file_format.lower()}")

    for drawn in (content.kept, content.preview or b""):
        assert NOTED not in drawn
        assert b"<script>" not in drawn
    assert content.size == (600, 900)
    with Image.open(io.BytesIO(content.preview or b"")) as small:
        assert (small.format, max(small.size)) == ("WEBP", PREVIEW)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Karla\\Brief.docx", "Brief.docx"),
        ("Rechnung\u202efdp.exe", "Rechnungfdp.exe"),
        ("a\x00b\nc.pdf", "ab c.pdf"),
        ("..", "document"),
        (" .htaccess", "htaccess"),
        ('a"b:c?.pdf', "a_b_c_.pdf"),
        (None, "document"),
    ],
)
def test_names_lose_folders_and_what_nobody_sees(sent: str | None, kept: str) -> None:
    assert named(sent) == kept


def test_a_name_of_a_megabyte_is_cut_before_its_ending() -> None:
    kept = named("ä" * 2**20 + ".pdf")

    assert len(kept) == LONGEST_NAME
    assert kept.endswith("ä.pdf")


def test_a_file_may_have_so_much_and_no_more() -> None:
    check_size(2**20, 1)

    for size in (0, 2**20 + 1):
        with pytest.raises(Refused):
            check_size(size, 1)
