"""The bytes of a letter, parsed back."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tracker.mail.letters import Attachment, NoAddressError, Sender, compose, deliverable

AT = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
SENDER = Sender.of("Büro für Partnerschaften, Kassel <office@example.org>")


@dataclass
class Written:
    """A row's words."""

    address: str = "ana@example.org"
    reply_to: str | None = None
    language: str = "hu"
    zone: str = "Europe/Budapest"
    subject: str | None = "Határidő: árvíztűrő tükörfúrógép"
    text: str | None = "Kedves Ágnes!\n\n.\n..\nFrom here on\nőű\n"
    html: str | None = "<p>Kedves Ágnes!</p>\n"
    message_id: str = "0" * 32


def parsed(written: Written, unsubscribe: str | None = None) -> EmailMessage:
    content = compose(written, sender=SENDER, dated_at=AT, unsubscribe=unsubscribe)
    content.decode("ascii")
    return message_from_bytes(content, policy=policy.default)


def test_a_letter_says_who_what_when_and_in_which_language() -> None:
    letter = parsed(Written(reply_to="Ágnes Kovács <agnes@example.org>"))

    headers = {name: value for name, value in letter.items() if name not in {"Content-Type", "MIME-Version"}}
    assert headers == {
        "From": '"Büro für Partnerschaften, Kassel" <office@example.org>',
        "To": "ana@example.org",
        "Reply-To": "Ágnes Kovács <agnes@example.org>",
        "Subject": "Határidő: árvíztűrő tükörfúrógép",
        "Date": "Tue, 02 Mar 2027 10:00:00 +0100",
        "Message-ID": f"<{'0' * 32}@example.org>",
        "Content-Language": "hu",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    parts = [(part.get_content_type(), part.get_content_charset(), part.get_content()) for part in letter.iter_parts()]
    assert parts == [
        ("text/plain", "utf-8", "Kedves Ágnes!\r\n\r\n.\r\n..\r\nFrom here on\r\nőű\r\n"),
        ("text/html", "utf-8", "<p>Kedves Ágnes!</p>\r\n"),
    ]


def test_a_letter_without_html_is_plain_text() -> None:
    letter = parsed(Written(html=None))

    assert (letter.get_content_type(), letter.is_multipart()) == ("text/plain", False)


def test_a_long_link_to_unsubscribe_stays_whole(app: Flask) -> None:
    link = "https://partners.example.org/unsubscribe/" + "aB3" * 60

    with app.app_context():  # the line below the text speaks the recipient's language
        letter = parsed(Written(), unsubscribe=link)

    assert letter["List-Unsubscribe"] == f"<{link}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "trick",
    [
        "x\r\nBcc: everybody@example.org",
        "x\nBcc: everybody@example.org",
        "x\rBcc: everybody@example.org",
        "x\u2028Bcc: everybody@example.org",
        "=?utf-8?q?x=0D=0ABcc:_everybody@example.org?=",
        "x\x00\x85Bcc: everybody@example.org",
        "ő\r\n\r\nnew body",
    ],
)
def test_no_text_becomes_a_header(trick: str) -> None:
    sane = parsed(Written(reply_to="A <a@example.org>"))

    letter = parsed(replace(Written(), subject=trick, reply_to=f"{trick} <a@example.org>"))

    assert letter.keys() == sane.keys()
    assert letter["Reply-To"].addresses[0].addr_spec == "a@example.org"


@given(st.text(max_size=300))
def test_any_subject_comes_back_as_one_line(subject: str) -> None:
    letter = parsed(Written(subject=subject))

    came, went = (
        "".join(sign for sign in words if sign.isprintable() and not sign.isspace())
        for words in (letter["Subject"], subject)
    )
    assert came == went


@given(st.text(max_size=300))
def test_any_words_come_back_line_by_line(words: str) -> None:
    content = compose(Written(text=words, html=f"<p>{words}</p>"), sender=SENDER, dated_at=AT)

    parts = message_from_bytes(content, policy=policy.SMTP).iter_parts()
    came = [bytes(part.get_payload(decode=True)).decode() for part in parts]
    went = "\r\n".join(words.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert came == [went, f"<p>{went}</p>"]
    assert max(len(line) for line in content.split(b"\r\n")) <= 76
    assert b"\n" not in content.replace(b"\r\n", b"")


@given(st.binary(max_size=300), st.sampled_from([None, "<p>Kedves Ágnes!</p>"]))
def test_any_file_comes_back_to_the_byte(content: bytes, html: str | None) -> None:
    file = Attachment("event-1.ics", "text/calendar; charset=utf-8", content)

    letter = compose(Written(html=html), sender=SENDER, dated_at=AT, attachment=file)

    parsed_letter = message_from_bytes(letter, policy=policy.default)
    (attached,) = parsed_letter.iter_attachments()
    assert attached.get_payload(decode=True) == content
    assert attached.get_filename() == "event-1.ics"
    assert all(not part.defects for part in parsed_letter.walk())
    assert max(len(line) for line in letter.split(b"\r\n")) <= 76


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ana@example.org", "ana@example.org"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("office@mailhost", "office@mailhost"),
    ],
)
def test_an_address_is_written_in_ascii(address: str, expected: str) -> None:
    assert deliverable(address) == expected


@pytest.mark.parametrize(
    "address", ["ágnes@example.org", "", "x", "a b@example.org", "a@example.org\r\nRCPT TO:<b@c.d>"]
)
def test_what_no_server_takes_is_no_address(address: str) -> None:
    with pytest.raises(NoAddressError):
        deliverable(address)


def test_a_reply_address_that_is_none_is_left_out() -> None:
    assert "Reply-To" not in parsed(Written(reply_to="ágnes@example.org"))
