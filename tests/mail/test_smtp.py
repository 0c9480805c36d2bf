"""The conversation with a mail server: a real one, and one that misbehaves phase by phase."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.loopback import held_port
from tests.mail.conftest import Line
from tracker.mail.parcels import FilePost, Parcel
from tracker.mail.rules import Answer, Fault, Phase
from tracker.mail.smtp import Encryption, Server, post_of

CERTIFICATES = Path(__file__).parent / "certificates"
PARCEL = Parcel("20270302T090000-1", "partners@example.org", "radu@example.org", b"Subject: x\r\n\r\n.dot\r\nend")


class Sink:
    """Keeps what a real mail server took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


def _check(_server: object, _session: object, _envelope: object, _mechanism: str, auth_data: Any) -> AuthResult:  # noqa: ANN401 - aiosmtpd's
    is_right = (auth_data.login, auth_data.password) == (b"office", b"p@ss/word")
    # Without handled=False it leaves a refused client without an answer.
    return AuthResult(success=True) if is_right else AuthResult(success=False, handled=False)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Sink, int]]]:
    """Start a real mail server: plain, offering STARTTLS, or under TLS; with or without log-in."""
    started, ports = list[Controller](), ExitStack()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server.key")

    def starting(encryption: Encryption, *, logs_in: bool = False) -> tuple[Sink, int]:
        port = ports.enter_context(held_port())
        options: dict[str, Any] = {}
        if logs_in:
            options |= {"auth_required": True, "authenticator": _check, "auth_require_tls": False}
        if encryption is Encryption.STARTTLS:
            options |= {"tls_context": context, "require_starttls": True}
        if encryption is Encryption.TLS:
            options |= {"ssl_context": context}
        sink = Sink()
        controller = Controller(sink, "127.0.0.1", port, ready_timeout=60, **options)
        controller.start()
        started.append(controller)
        return sink, port

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    yield starting
    for controller in started:
        controller.stop(no_assert=True)
    ports.close()


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["word by word", "at once"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """Give a mail server that hears one word after the other, or several at once."""
    server = Line(extensions=("SIZE", *request.param))
    yield server
    server.close()


def hand_over(url: str, **more: Any) -> Answer:
    post = post_of(url, host="partners.example.org", **more)
    try:
        return post.hand_over(PARCEL, lambda: True)
    finally:
        post.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("who", ["", "office:p%40ss%2Fword@"], ids=["nobody", "office"])
@pytest.mark.parametrize("encryption", Encryption)
def test_a_real_server_takes_a_letter(start: Callable[..., tuple[Sink, int]], encryption: Encryption, who: str) -> None:
    sink, port = start(encryption, logs_in=who != "")

    answer = hand_over(f"{encryption}://{who}localhost:{port}")

    assert answer == Answer(Phase.ANSWER, 250, "taken")
    assert sink.taken == [("partners@example.org", ["radu@example.org"], b"Subject: x\r\n\r\n.dot\r\nend\r\n")]


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_nothing_is_sent_to_a_server_that_cannot_prove_who_it_is(
    start: Callable[..., tuple[Sink, int]], monkeypatch: pytest.MonkeyPatch, encryption: Encryption
) -> None:
    sink, port = start(encryption)
    monkeypatch.delenv("SSL_CERT_FILE")

    answer = hand_over(f"{encryption}://localhost:{port}")

    assert answer.fault is Fault.CERTIFICATE
    assert sink.taken == []


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_nothing_is_sent_to_a_server_of_another_name(
    start: Callable[..., tuple[Sink, int]], encryption: Encryption
) -> None:
    sink, port = start(encryption)

    answer = hand_over(f"{encryption}://127.0.0.1:{port}")

    assert answer.fault is Fault.CERTIFICATE
    assert sink.taken == []


def test_nothing_is_sent_in_the_clear_where_encryption_was_asked_for(line: Line) -> None:
    answer = hand_over(line.url.replace("smtp:", "smtp+starttls:"))

    assert answer == Answer(Phase.TLS, fault=Fault.NO_ENCRYPTION)
    assert line.said == ["ehlo partners.example.org"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_is_told(start: Callable[..., tuple[Sink, int]]) -> None:
    sink, port = start(Encryption.TLS, logs_in=True)

    answer = hand_over(f"smtps://office:wrong@localhost:{port}")

    assert (answer.phase, answer.code) == (Phase.LOGIN, 535)
    assert sink.taken == []


def test_a_server_that_knows_no_log_in_is_told(line: Line) -> None:
    answer = hand_over(line.url.replace("//", "//office:secret@"))

    assert (answer.phase, answer.fault) == (Phase.LOGIN, Fault.NO_LOGIN)


PHASES = {
    "banner": Phase.CONNECT,
    "ehlo": Phase.HELLO,
    "mail": Phase.MAIL,
    "rcpt": Phase.RCPT,
    "data": Phase.DATA,
    "dot": Phase.ANSWER,
}


@pytest.mark.parametrize("code", [421, 451, 550])
@pytest.mark.parametrize("where", PHASES)
def test_a_refusal_is_told_with_its_phase_and_words(line: Line, where: str, code: int) -> None:
    line.script = {where: [f"{code} 4.2.0 not so"] * 3}

    assert hand_over(line.url) == Answer(PHASES[where], code, "4.2.0 not so")
    assert line.taken == []


@pytest.mark.parametrize("fault", ["drop", "hang", "trickle"])
@pytest.mark.parametrize("where", PHASES)
def test_a_line_that_breaks_is_told_with_its_phase(line: Line, where: str, fault: str) -> None:
    line.script = {where: [fault] * 3}
    # The deadline for the answer to the dot is ten minutes, the others' is one: nobody waits for a line that drops.
    is_waited_for = where == "dot" and fault != "drop"
    answer = hand_over(line.url, patience=0.005 if is_waited_for else 0.02)

    assert (answer.phase, answer.code, answer.fault) == (PHASES[where], None, Fault.LINE)


def test_half_an_answer_is_none(line: Line) -> None:
    line.script = {"dot": ["half"]}

    answer = hand_over(line.url)

    assert (answer.phase, answer.code, answer.fault) == (Phase.ANSWER, None, Fault.LINE)


def test_an_answer_that_makes_no_sense_is_told(line: Line) -> None:
    line.script = {"dot": ["so what"]}

    assert hand_over(line.url) == Answer(Phase.ANSWER, -1, "so what")


def test_a_server_that_is_not_there_is_told() -> None:
    with held_port() as port:
        answer = hand_over(f"smtp://127.0.0.1:{port}")

    assert (answer.phase, answer.fault) == (Phase.CONNECT, Fault.LINE)


@pytest.mark.parametrize("goodbye", ["421 closing", "nonsense", "drop", "hang", "trickle"])
def test_whatever_is_said_at_the_end_changes_nothing(line: Line, goodbye: str) -> None:
    line.script = {"quit": [goodbye]}

    assert hand_over(line.url, patience=0.05) == Answer(Phase.ANSWER, 250, "taken")


def test_one_line_carries_many_letters_and_goes_on_after_a_refusal(line: Line) -> None:
    line.script = {"rcpt": ["250 ok", "550 5.1.1 unknown"]}
    post = post_of(line.url, host="localhost")

    codes = [post.hand_over(PARCEL, lambda: True).code for _number in range(3)]
    post.close()

    envelope = ["MAIL FROM:<partners@example.org> SIZE=23", "RCPT TO:<radu@example.org>"]
    refused = ["DATA", "rset"] if "PIPELINING" in line.extensions else ["rset"]
    assert codes == [250, 550, 250]
    assert line.sessions == 1
    assert line.said == [
        *["ehlo [127.0.0.1]", *envelope, "DATA", *envelope, *refused, *envelope, "DATA", "QUIT"],
    ]


@pytest.mark.parametrize("where", ["mail", "rcpt"])
def test_a_server_that_wants_the_text_of_what_it_refused_gets_none_of_it(where: str) -> None:
    line = Line(extensions=("PIPELINING",), careless=True, script={where: ["250 ok", "550 5.1.1 not so"]})
    post = post_of(line.url, host="localhost")

    codes = [post.hand_over(PARCEL, lambda: True).code for _number in range(3)]
    post.close()
    line.close()

    assert (codes, len(line.taken), line.sessions) == ([250, 550, 250], 2, 2)


def test_a_line_is_warm_once_it_was_used_and_until_it_is_closed(line: Line) -> None:
    line.script = {"rcpt": ["250 ok", "drop"]}
    post = post_of(line.url, host="localhost")

    seen = [post.is_warm]
    for _number in range(2):
        post.hand_over(PARCEL, lambda: True)
        seen.append(post.is_warm)
    post.close()

    assert seen == [False, True, False]


@pytest.mark.parametrize("closing", ["421 idle for too long", "drop"])
def test_a_line_that_was_closed_between_two_letters_is_opened_again(line: Line, closing: str) -> None:
    line.script = {"mail": ["250 ok", closing]}
    post = post_of(line.url, host="localhost")

    codes = [post.hand_over(PARCEL, lambda: True).code for _number in range(2)]
    post.close()

    assert (codes, line.sessions) == ([250, 250], 2)


def test_no_byte_of_the_text_leaves_when_it_is_no_longer_wanted(line: Line) -> None:
    post = post_of(line.url, host="localhost")

    answer = post.hand_over(PARCEL, lambda: False)
    post.close()

    assert answer.phase is Phase.DATA
    assert line.taken == []


def test_a_password_shows_nowhere() -> None:
    server = Server.of("smtps://office:p%40ss@mail.example.org")

    assert (server.user, server.password, server.port) == ("office", "p@ss", 465)
    assert "p@ss" not in repr(server)


# ---- files


def test_a_letter_becomes_a_file_that_a_copy_replaces(tmp_path: Path) -> None:
    post = FilePost(tmp_path / "outbox")

    answers = [post.hand_over(PARCEL, lambda: True) for _number in range(2)]

    assert answers == [Answer(Phase.FILE, words="20270302T090000-1.eml")] * 2
    assert [path.name for path in (tmp_path / "outbox").iterdir()] == ["20270302T090000-1.eml"]
    assert (tmp_path / "outbox" / "20270302T090000-1.eml").read_bytes() == PARCEL.content


def test_a_letter_that_is_no_longer_wanted_leaves_no_file(tmp_path: Path) -> None:
    FilePost(tmp_path).hand_over(PARCEL, lambda: False)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file is in the way")

    answer = FilePost(tmp_path / "outbox").hand_over(PARCEL, lambda: True)

    assert (answer.phase, answer.fault) == (Phase.FILE, Fault.FOLDER)


def test_a_file_address_names_its_folder(tmp_path: Path) -> None:
    for url in (f"file:{tmp_path}", f"file://{tmp_path}"):
        hand_over(url)

    assert [path.name for path in tmp_path.iterdir()] == ["20270302T090000-1.eml"]
