"""Mails as programs really write them, and as people do who mean harm."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from tracker.inbox.models import MailSort
from tracker.inbox.plain import parted, text_of
from tracker.inbox.reading import Letter, Party, head_of, letter_of
from tracker.inbox.rules import LONGEST_TEXT, key_in, sort_of

NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)


def read(raw: bytes) -> Letter:
    return letter_of(raw, NOW, lambda: "mail")


def sort(raw: bytes) -> MailSort:
    found = head_of(raw, NOW)
    ours = {"partners@example.org"}
    return sort_of(found.headers, sender=found.sender.address, media_type=found.media_type, ours=ours)


# ---- what people's programs write

OUTLOOK = b"""From: "Weber, Dr. Sabine" <sabine.weber@example.org>
To: =?iso-8859-1?Q?B=FCro_f=FCr_Partnerschaften?= <project@example.org>
Subject: =?iso-8859-1?Q?AW:_Fahrt_nach_Bistri=FE?= =?utf-8?B?YS1Ow4Nzxrl1ZA==?=
Date: Mon, 1 Mar 2027 16:20:00 +0100
Message-ID: <AM6PR01@mail.example.org>
Content-Type: multipart/alternative; boundary="_000_"

--_000_
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Sehr geehrte Frau Koordination,

wir kommen zu f=FCnft.

Mit freundlichen Gr=FC=DFen
Sabine Weber


________________________________
Von: Karla Koordination <karla@example.org>
Gesendet: Freitag, 26. Februar 2027 10:00
An: Weber, Dr. Sabine
Betreff: Fahrt

Kommen Sie?
--_000_
Content-Type: text/html; charset="iso-8859-1"

<p>anders</p>
--_000_--
"""


def test_outlook_says_who_in_turned_names_and_repeats_what_was_before() -> None:
    found = read(OUTLOOK)

    assert (found.sender, found.recipients) == (
        Party("Weber, Dr. Sabine", "sabine.weber@example.org"),
        (Party("Büro für Partnerschaften", "project@example.org"),),
    )
    assert found.subject.startswith("AW: Fahrt nach Bistriþ")
    assert found.sent_at == datetime(2027, 3, 1, 15, 20, tzinfo=UTC)
    assert found.text.splitlines()[2:] == ["wir kommen zu fünft.", "", "Mit freundlichen Grüßen", "Sabine Weber"]
    assert found.quoted.splitlines()[-1] == "Kommen Sie?"


def test_apple_mail_writes_html_alone_with_its_pictures_in_between() -> None:
    mail = EmailMessage()
    mail["From"] = "Ágnes <agnes@example.org>"
    mail.set_content(
        "<html><head><style>p { color: red }</style></head><body>Kedves Karla!<br><br>Itt a <b>kép</b>:"
        '<img src="cid:1"><div><a href="https://example.org/x">a honlap</a></div>'
        '<blockquote type="cite"><div>Was meinen Sie?</div></blockquote></body></html>',
        subtype="html",
    )
    mail.add_related(b"\x89PNG small", "image", "png", cid="<1>", filename="logo.png")

    found = read(mail.as_bytes())

    assert found.text == "Kedves Karla!\n\nItt a kép:\na honlap (https://example.org/x)"
    assert found.quoted == "> Was meinen Sie?"
    assert [(one.name, one.is_proposed) for one in found.files] == [("mail.txt", False), ("logo.png", False)]


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("utf-7", b"Gr+APwA3w- aus K+APY-ln"),
        ("iso-8859-2", "Gruß, ő és ű".encode("iso-8859-2")),
        ("windows-1250", "ő és ű".encode("cp1250")),
        ("x-unknown", "Grüße".encode("cp1252")),
        ("us-ascii", "Grüße".encode()),
        ("punycode", b"Gre-5ya1v"),
        ("zlib_codec", b"abc"),
    ],
)
def test_letters_are_read_in_what_they_say_or_are(charset: str, words: bytes) -> None:
    raw = b"Content-Type: text/plain; charset=%s\n\n%s" % (charset.encode(), words)

    expected = {
        "utf-7": "Grüß aus Köln",
        "iso-8859-2": "Gruß, ő és ű",
        "windows-1250": "ő és ű",
        "x-unknown": "Grüße",
        "us-ascii": "Grüße",
        "punycode": "Gre-5ya1v",
        "zlib_codec": "abc",
    }
    assert read(raw).text == expected[charset]


def test_a_signed_mail_shows_its_text_and_no_seal() -> None:
    signed = MIMEMultipart("signed", protocol="application/pkcs7-signature")
    signed.attach(MIMEText("Unterschrieben.", "plain", "utf-8"))
    seal = MIMEText("", "plain")
    seal.replace_header("Content-Type", 'application/pkcs7-signature; name="smime.p7s"')
    signed.attach(seal)

    found = read(signed.as_bytes())

    assert (found.text, found.files, found.note) == ("Unterschrieben.", (), None)


def test_an_encrypted_mail_says_that_it_is() -> None:
    raw = b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n\nAAAA'

    assert (read(raw).note, read(raw).files) == ("encrypted", ())


def test_what_outlook_packs_in_its_own_way_comes_along_as_a_file() -> None:
    mail = EmailMessage()
    mail.set_content("Anbei.")
    mail.add_attachment(b"\x78\x9f\x3e\x22", maintype="application", subtype="ms-tnef", filename="winmail.dat")

    assert [one.name for one in read(mail.as_bytes()).files] == ["winmail.dat"]


def test_a_mail_within_a_mail_is_a_text_with_its_files_behind_it() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"], inner["Date"] = (
        "Radu <radu@example.org>",
        "Program",
        "Mon, 1 Mar 2027 09:00:00 +0200",
    )
    inner.set_content("Vezi anexa.")
    inner.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="a.pdf")
    outer = EmailMessage()
    outer.set_content("Zur Kenntnis.")
    outer.add_attachment(inner)

    found = read(outer.as_bytes())

    assert [one.name for one in found.files] == ["Program.txt", "a.pdf"]
    assert found.files[0].content.decode().splitlines()[:2] == [
        "From: Radu <radu@example.org>",
        "Date: Mon, 01 Mar 2027 09:00:00 +0200",
    ]
    assert found.text == "Zur Kenntnis."


def test_a_long_text_is_shortened_and_comes_along_whole() -> None:
    found = read(b"Subject: lang\n\n" + b"Wort fuer Wort. " * 70_000)

    assert (len(found.text) <= LONGEST_TEXT, found.text[-1], found.note) == (True, "…", "shortened")
    assert [(one.name, len(one.content) > 900_000, one.is_proposed) for one in found.files] == [
        ("mail.txt", True, True)
    ]


# ---- what is broken, or means harm


def test_broken_parts_and_what_no_database_keeps_do_no_harm() -> None:
    raw = (
        b"From: \xe4\xf6 <a\x00b@example.org>, =?x?q?=\nTo: @@, <project@example.org\nSubject: eins\0zwei\n"
        b"Date: 99 Foo 20000\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"a\0b\x1b[31m\xe2\x80\xaec")[:-3]
        + b"\n--b\nContent-Type: multipart/mixed\n\nohne Teile\n"
    )

    found = read(raw)

    assert found.sent_at is None
    assert not any(letter < " " and letter != "\n" for letter in found.text + found.subject + found.sender.name)
    assert "ohne Teile" in found.text


def test_a_header_cannot_be_smuggled_in_by_words() -> None:
    sneaky = base64.b64encode(b"Hallo\r\nBcc: all@example.org\r\n\r\nx").decode()
    found = read(f"Subject: =?utf-8?b?{sneaky}?=\nFrom: =?utf-8?b?{sneaky}?= <a@example.org>\n\nText".encode())

    assert (found.subject, found.sender.name) == ("Hallo Bcc: all@example.org x",) * 2


@pytest.mark.parametrize(
    "html",
    [
        "<script>steal()</script>ok",
        "<STYLE>p{}</STYLE>ok",
        "<!-- <p> -->ok",
        "<img src=x onerror=steal()>ok",
        "<a href='javascript:steal()'>ok</a>",
        "<p>ok<script>steal() for ever",
    ],
)
def test_of_html_only_what_one_reads_is_left(html: str) -> None:
    assert text_of(html).strip() == "ok"


def test_what_looks_like_markup_in_a_text_stays_what_it_says() -> None:
    assert text_of("<p>1 &lt; 2 &amp;&amp; &lt;script&gt;</p>").strip() == "1 < 2 && <script>"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<a href='", "<script>", "On x wrote:\n", "> \n", "From: x\n", "&amp", "=?utf-8?q?a?= "]
)
def test_no_text_takes_for_ever(piece: str) -> None:
    many = (piece * (1_000_000 // len(piece))).encode()

    for kind in (b"plain", b"html"):
        read(b"Subject: x\nContent-Type: text/" + kind + b"\n\n" + many)
    assert head_of(b"Subject: " + many.replace(b"\n", b" ") + b"\nFrom: " + many.replace(b"\n", b" "), NOW).text == ""


# ---- what is repeated


@pytest.mark.parametrize(
    "line",
    [
        "Am 01.03.2027 um 10:00 schrieb Karla:",
        "On Mon, Mar 1, 2027 at 10:00 AM Karla wrote:",
        "Il giorno lun 1 mar 2027 alle ore 10:00 Karla ha scritto:",
        "Karla ezt írta (időpont: 2027. márc. 1., H, 10:00):",
        "Pe lun., 1 mar. 2027 la 10:00, Karla a scris:",
        "-----Ursprüngliche Nachricht-----",
        "-------- Messaggio originale --------",
    ],
)
def test_what_a_mail_repeats_is_told_in_each_language(line: str) -> None:
    assert parted(f"Ja, gern.\n\n{line}\n\n> Kommen Sie?") == ("Ja, gern.", f"{line}\n\n> Kommen Sie?")


def test_answers_between_the_lines_and_what_is_only_passed_on_stay_whole() -> None:
    between = "Am 1.3. schrieb Karla:\n> Wann?\nAm 5. April.\n> Wie viele?\nFünf."
    passed_on = "Von: Karla <karla@example.org>\nGesendet: Freitag\n\nKommen Sie?"

    assert parted(between) == (between, "")
    assert parted(passed_on) == (passed_on, "")


# ---- who wrote it


def marked() -> Iterator[tuple[str, MailSort]]:
    yield "X-Mailer: Thunderbird", MailSort.PERSON
    yield "Auto-Submitted: no", MailSort.PERSON
    yield "Return-Path: <radu@example.org>", MailSort.PERSON
    yield "Auto-Submitted: auto-replied (vacation)", MailSort.AUTOMATIC
    yield "Auto-Submitted: auto-generated", MailSort.AUTOMATIC
    yield "X-Auto-Response-Suppress: All", MailSort.AUTOMATIC
    yield "X-Autoreply: yes", MailSort.AUTOMATIC
    yield "Precedence: auto_reply", MailSort.AUTOMATIC
    yield "Return-Path: <>", MailSort.AUTOMATIC
    yield "Content-Type: multipart/report; report-type=disposition-notification; boundary=b", MailSort.AUTOMATIC
    yield "Precedence: bulk", MailSort.LIST
    yield "List-Id: <partners.example.org>", MailSort.LIST
    yield "Content-Type: multipart/report; report-type=delivery-status; boundary=b", MailSort.RETURNED
    yield "X-Failed-Recipients: a@example.org", MailSort.RETURNED


@pytest.mark.parametrize(("header", "expected"), list(marked()))
def test_machines_are_told_from_people(header: str, expected: MailSort) -> None:
    assert sort(f"From: Radu <radu@example.org>\n{header}\n\nText".encode()) is expected


def test_what_this_program_sent_itself_is_told() -> None:
    assert sort(b"From: Kassel <Partners@example.org>\nAuto-Submitted: auto-generated\n\nx") is MailSort.OURS
    assert sort(b"From: MAILER-DAEMON@mx.example.org\n\nundeliverable") is MailSort.RETURNED


def test_a_key_is_found_in_an_address_of_ours_alone() -> None:
    addresses = ["project@example.org", "project+k7@example.com", "x+k8@example.org", "Project+K9@Example.org"]

    assert [key_in([one], "project@example.org") for one in addresses] == [None, None, None, "k9"]
