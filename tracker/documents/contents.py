"""What a file is, told by what is in it; and pictures drawn anew, so that they hold what one sees and nothing else."""

import io
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import puremagic
from PIL import Image, ImageOps

from tracker.documents.rules import ENDINGS, SORTS, TEXTS, ended, ending_of, named, possible
from tracker.language import _
from tracker.refusal import Refused

#: More pixels than any phone's camera takes without being asked to: decoded, they need 200 MB.
MOST_PIXELS = 50_000_000
#: The longer side of the small picture.
PREVIEW = 400
#: What an office file may come to when it is unpacked, of how many parts, and how long their list may be.
MOST_UNPACKED = 500 * 2**20
MOST_PARTS = 5_000
MOST_OF_LIST = 2 * 2**20
_FORMATS: Mapping[str, str] = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
#: A part that only one sort of office file has.
_PARTS: Mapping[str, str] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_END_OF_LIST = struct.Struct("<4s4H2LH")
#: What the pictures of iPhones begin with, HEIC and its kin.
_OF_PHONES = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
#: What text has besides letters.
_OF_TEXT = frozenset("\t\n\r\f")
#: Pictures need much room while they are drawn: one at a time in each process.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Content:
    """A file as it is kept."""

    name: str
    media_type: str
    kept: bytes
    #: Of a picture, in pixels.
    size: tuple[int, int] | None = None
    #: The same picture, small, as WebP.
    preview: bytes | None = None


def content_of(given: bytes, name: str | None) -> Content:
    """Look into a file that somebody sent. Raises Refused for what is not kept here, or is not what it is called."""
    called = named(name)
    if given.startswith(b"%PDF-"):
        return _as_it_is(given, called, "application/pdf")
    if given.startswith(b"PK\x03\x04"):
        return _as_it_is(given, called, _office(given))
    try:
        picture = Image.open(io.BytesIO(given), formats=tuple(_FORMATS))
    except Image.DecompressionBombError as bomb:
        raise Refused(_too_many_pixels()) from bomb
    except Exception:  # noqa: BLE001 - each decoder has its own for what is no picture
        return _as_it_is(given, called, _text(given, called))
    with picture, _ONE_AT_A_TIME:
        return _drawn_anew(picture, called)


def _as_it_is(given: bytes, name: str, media_type: str) -> Content:
    return Content(ended(name, media_type), media_type, given)


def _refuse(given: bytes, name: str) -> Refused:
    """Say that a file is not kept here, and what it seems to be."""
    if given[4:8] == b"ftyp" and given[8:12] in _OF_PHONES:
        return Refused(
            _(
                "This is a picture in the format of iPhones (HEIC). Please send it as JPEG: in Photos, tap Share, "
                "Options, Most Compatible. For pictures to come: Settings, Camera, Formats, Most Compatible."
            )
        )
    try:
        found = puremagic.from_string(given[: 2**16], filename=None).strip(".").upper()
    except (puremagic.PureError, ValueError):
        found = ""
    claimed = ENDINGS.get(ending_of(name))
    if claimed and found != SORTS[claimed].name:
        return Refused(_("This is called %(claimed)s, but it is none that can be read.", claimed=SORTS[claimed].name))
    return Refused(_("Files of this sort cannot be kept here. Possible are: %(possible)s.", possible=possible()))


# ---- pictures


def _too_many_pixels() -> str:
    return str(
        _("This picture has more than %(most)s million pixels. Please make it smaller.", most=MOST_PIXELS // 10**6)
    )


def _drawn_anew(picture: Image.Image, name: str) -> Content:
    """Draw what one sees: upright, without where and by which device it was taken."""
    media_type = _FORMATS[str(picture.format)]
    called = ended(name, media_type)
    if picture.width * picture.height > MOST_PIXELS:
        raise Refused(_too_many_pixels())
    try:
        drawn = ImageOps.exif_transpose(picture)
        profile = drawn.info.get("icc_profile")
        # Writers take over what they find here: comments, and where a picture was taken.
        drawn.info = {name: drawn.info[name] for name in ("transparency",) if name in drawn.info}
        if drawn.mode not in {"RGB", "RGBA", "L", "LA", "P", "1"} or (media_type != "image/png" and drawn.mode != "L"):
            drawn = drawn.convert("RGBA" if drawn.has_transparency_data and media_type != "image/jpeg" else "RGB")
            drawn.info = {}
        written = _written(drawn, str(picture.format), profile)
        small = drawn.convert("RGBA" if drawn.has_transparency_data else "RGB")
        small.info = {}
        small.thumbnail((PREVIEW, PREVIEW))
        return Content(called, media_type, written, drawn.size, _written(small, "WEBP", profile))
    except Exception as broken:
        raise Refused(_("This picture is damaged and cannot be shown. Please send it once more.")) from broken


def _written(picture: Image.Image, file_format: str, profile: bytes | None) -> bytes:
    into = io.BytesIO()
    more = {"PNG": {}, "JPEG": {"quality": 90}, "WEBP": {"quality": 85}}[file_format]
    picture.save(into, file_format, icc_profile=profile if picture.mode in {"RGB", "RGBA"} else None, **more)
    return into.getvalue()


# ---- office files


def _office(given: bytes) -> str:
    """Return the media type of an office file, which is a packed folder; nothing in it is unpacked."""
    wrong = Refused(_("This packed file is none of: %(possible)s.", possible=possible()))
    at = given.rfind(b"PK\x05\x06")
    if at < 0 or len(given) < at + _END_OF_LIST.size:
        raise wrong
    _sign, _disk, _start, _here, parts, length, _at, _comment = _END_OF_LIST.unpack_from(given, at)
    if parts > MOST_PARTS or length > MOST_OF_LIST:
        raise Refused(_("This file holds more than any office file needs, and is not kept here."))
    try:
        with zipfile.ZipFile(io.BytesIO(given)) as packed:
            listed = packed.infolist()
            names = {one.filename for one in listed}
            unpacked = sum(one.file_size for one in listed)
            declared = packed.read("mimetype") if _is_short(packed, "mimetype") else b""
    except Exception as broken:
        raise wrong from broken
    if unpacked > MOST_UNPACKED:
        raise Refused(_("This file holds more than any office file needs, and is not kept here."))
    if any(one.lower().endswith("vbaproject.bin") or one.startswith("Basic/") for one in names):
        raise Refused(_("This file holds macros. Please save it without them and send it once more."))
    media_type = declared.decode("ascii", "replace").strip()
    if media_type.startswith(_OPEN_DOCUMENT) and media_type in SORTS and "content.xml" in names:
        return media_type
    found = [ENDINGS[ending] for part, ending in _PARTS.items() if part in names]
    if len(found) != 1 or "[Content_Types].xml" not in names:
        raise wrong
    return found[0]


def _is_short(packed: zipfile.ZipFile, name: str) -> bool:
    return name in packed.namelist() and packed.getinfo(name).file_size < 100  # noqa: PLR2004 - no media type is longer


# ---- text


def _text(given: bytes, name: str) -> str:
    """Return which sort of text it is, as its name says. Raises Refused if it is none."""
    claimed = ENDINGS.get(ending_of(name), "")
    if claimed not in TEXTS or not _is_text(given):
        raise _refuse(given, name)
    return claimed


def _is_text(given: bytes) -> bool:
    wide = given.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        words = given.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError:
        if wide:
            return False
        # What older programs write has a letter for nearly every byte.
        words = given.decode("cp1252", "replace")
    return not any(letter < " " and letter not in _OF_TEXT for letter in words) and "\x7f" not in words
