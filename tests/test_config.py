"""Settings: read in order, refused in one sentence, documented."""

from datetime import timedelta
from pathlib import Path

import pytest

from tracker.config import SETTINGS, WrongSettingError, load

DOCUMENT = Path(__file__).parent.parent / "docs" / "settings.md"


def test_the_document_says_what_the_program_does() -> None:
    rows = [f"| `{one.variable}` | {f'`{one.default}`' if one.default else '–'} | {one.meaning} |" for one in SETTINGS]
    written = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `TRACKER_")]

    assert written == rows


def test_defaults_make_a_trial_in_the_instance_folder(tmp_path: Path) -> None:
    settings = load({"TRACKER_INSTANCE": str(tmp_path)})

    assert settings.database_url == f"sqlite:///{tmp_path / 'tracker.sqlite'}"
    assert settings.mail_url == f"file:{tmp_path / 'outbox'}"
    assert settings.on_loopback
    assert settings.secret_key == load({"TRACKER_INSTANCE": str(tmp_path)}).secret_key


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('public_url = "https://a.example.org"\nmail_from = "a@example.org"\n')

    settings = load({"TRACKER_INSTANCE": str(tmp_path), "TRACKER_PUBLIC_URL": "https://b.example.org/"})

    assert (settings.public_url, settings.mail_from) == ("https://b.example.org", "a@example.org")


def test_postgresql_means_psycopg_3(tmp_path: Path) -> None:
    environment = {"TRACKER_INSTANCE": str(tmp_path), "TRACKER_DATABASE_URL": "postgresql://u:p@db/tracker"}

    assert load(environment).database_url == "postgresql+psycopg://u:p@db/tracker"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TRACKER_PUBLIC_URL", "partners.example.org"),
        ("TRACKER_PUBLIC_URL", "http://partners.example.org"),
        ("TRACKER_PUBLIC_URL", "https://partners.example.org/tracker"),
        ("TRACKER_DATABASE_URL", "mysql://db"),
        ("TRACKER_SECRET_KEY", "short"),
        ("TRACKER_OLD_SECRET_KEYS", "short"),
        ("TRACKER_MAIL_URL", "imap://mail.example.org"),
        ("TRACKER_MAIL_URL", "smtp://"),
        ("TRACKER_MAIL_URL", "smtp://user:secret@mail.example.org"),
        ("TRACKER_MAIL_URL", "smtp://mail.example.org:many"),
        ("TRACKER_MAIL_FROM", "nobody"),
        ("TRACKER_INBOX_URL", "https://mail.example.org"),
        ("TRACKER_INBOX_URL", "imaps://mail.example.org"),
        ("TRACKER_INBOX_URL", "imap://user:secret@mail.example.org"),
        ("TRACKER_INBOX_URL", "imaps://user:secret@mail.example.org:many"),
        ("TRACKER_INBOX_URL", "imaps://user:secret@mail.example.org/Eing%C3%A4nge"),
        ("TRACKER_INBOX_ADDRESS", "project+x@example.org"),
        ("TRACKER_MAIL_PATIENCE", "0"),
        ("TRACKER_MAIL_PATIENCE", "a little"),
        ("TRACKER_CLOCK_SHIFT", "tomorrow"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(WrongSettingError, match=rf"^{name} is wrong: [^\n]+\.$"):
        load({"TRACKER_INSTANCE": str(tmp_path), name: text})


@pytest.mark.parametrize("alone", ["inbox_url", "inbox_address"])
def test_a_mailbox_needs_its_address_and_its_server(tmp_path: Path, alone: str) -> None:
    both = {"inbox_url": "imaps://user:secret@mail.example.org", "inbox_address": "Project@example.org"}

    with pytest.raises(WrongSettingError, match="need each other"):
        load({}, instance=str(tmp_path), **{alone: both[alone]})
    settings = load({}, instance=str(tmp_path), **both)

    assert (settings.reads_mail, settings.inbox_address) == (True, "project@example.org")


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        WrongSettingError, match=r"^TRACKER_PUBLICURL is not a setting; docs/settings\.md lists them all\.$"
    ):
        load({"TRACKER_INSTANCE": str(tmp_path), "TRACKER_PUBLICURL": "https://a.example.org"})


@pytest.mark.parametrize("line", ['publicurl = "x"', "public_url = true", "public_url =", 'instance = "elsewhere"'])
def test_a_wrong_line_in_the_file_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "config.toml").write_text(line)

    with pytest.raises(WrongSettingError, match=r"config\.toml"):
        load({"TRACKER_INSTANCE": str(tmp_path)})


def test_trials_need_loopback(tmp_path: Path) -> None:
    trial = {"TRACKER_INSTANCE": str(tmp_path), "TRACKER_CLOCK_SHIFT": "+30d"}

    assert load(trial).clock_shift == timedelta(days=30)
    with pytest.raises(WrongSettingError, match=r"^TRACKER_CLOCK_SHIFT is for trials"):
        load(trial | {"TRACKER_PUBLIC_URL": "https://partners.example.org"})


def test_a_damaged_secret_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short")

    with pytest.raises(WrongSettingError, match=r"^secret_key in the instance folder is damaged"):
        load({"TRACKER_INSTANCE": str(tmp_path)})


def test_old_keys_read_and_the_present_one_signs(tmp_path: Path) -> None:
    environment = {
        "TRACKER_INSTANCE": str(tmp_path),
        "TRACKER_SECRET_KEY": "n" * 40,
        "TRACKER_OLD_SECRET_KEYS": f"{'a' * 40} {'b' * 40}",
    }

    assert load(environment).signing_keys == ("a" * 40, "b" * 40, "n" * 40)
