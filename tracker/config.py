"""Every setting once: its name, type, default, meaning and check."""

import contextlib
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PREFIX = "TRACKER_"
#: What only the tests read.
TEST_PREFIX = "TRACKER_TEST_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHORTEST_SECRET = 32
#: In megabytes: a request takes little more.
LARGEST_DOCUMENT = 60


class WrongSettingError(Exception):
    """One sentence that names the setting and says what is wrong with it."""


@dataclass(frozen=True)
class Setting:
    """One setting: `read` makes its value of the text, or raises ValueError with a reason."""

    name: str
    default: str
    meaning: str
    read: Callable[[str], Any]

    @property
    def variable(self) -> str:
        """The environment's name for it."""
        return PREFIX + self.name.upper()


@dataclass(frozen=True)
class Settings:
    """The settings as they are in force."""

    instance: Path
    database_url: str
    secret_key: str
    #: What was signed with one of them is still read.
    old_secret_keys: tuple[str, ...]
    public_url: str
    #: How many reverse proxies in front tell who asks.
    proxies: int
    mail_url: str
    mail_from: str
    mail_patience: float
    #: Where mail to projects comes in, and the address that their keys are added to; empty: it does not.
    inbox_url: str
    inbox_address: str
    #: At most so many mails a day from the whole site; 0: no limit.
    mail_per_day: int
    clock_shift: timedelta
    #: "required" or "offered".
    second_factor: str
    #: One document, and all documents together, may have so many megabytes.
    largest_document: int
    room_for_documents: int
    #: Where the nightly backups are kept, and the passphrase that seals them; empty: they are not sealed.
    backup_folder: Path
    backup_key: str
    #: What somebody chose, name to text.
    chosen: Mapping[str, str]
    #: Whether somebody chose the public address.
    is_public_url_set: bool = True
    #: Whether somebody chose what is wanted as a second factor.
    is_second_factor_set: bool = True

    @property
    def host(self) -> str:
        """The host that links in mails name."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def reads_mail(self) -> bool:
        """Whether mail comes in."""
        return bool(self.inbox_url)

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """What reads tokens, the last one being what signs them."""
        return (*self.old_secret_keys, self.secret_key)

    @property
    def needs_second_factor(self) -> bool:
        """Whether administrators and coordinators have to have one."""
        return self.second_factor == "required"

    @property
    def on_loopback(self) -> bool:
        """Whether this is a trial that only this machine sees."""
        return self.host in LOOPBACK

    @property
    def under_tls(self) -> bool:
        """Whether browsers come through TLS."""
        return self.public_url.startswith("https://")


def _database(text: str) -> str:
    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        reason = "it must begin with sqlite:/// or postgresql+psycopg://"
        raise ValueError(reason)
    return url


def _secret(text: str) -> str:
    if text and len(text) < SHORTEST_SECRET:
        reason = f"it must have at least {SHORTEST_SECRET} characters"
        raise ValueError(reason)
    return text


def _secrets(text: str) -> tuple[str, ...]:
    return tuple(_secret(one) for one in text.split())


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        reason = "it must be an address such as https://partners.example.org, without a path"
        raise ValueError(reason)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        reason = "it must begin with https:// unless it is on loopback"
        raise ValueError(reason)
    return text.rstrip("/")


def _mail_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtp+starttls", "smtps", "file"}:
        reason = "it must begin with smtp://, smtp+starttls://, smtps:// or file:"
        raise ValueError(reason)
    if parts.scheme != "file" and not parts.hostname:
        reason = "it names no host"
        raise ValueError(reason)
    if parts.scheme == "smtp" and parts.username and parts.hostname not in LOOPBACK:
        reason = "a log-in without TLS is only sent on loopback; use smtp+starttls:// or smtps://"
        raise ValueError(reason)
    _ = parts.port  # raises ValueError for one that is none
    return text


def _mail_from(text: str) -> str:
    address = parseaddr(text)[1]
    if not re.fullmatch(r"[!-~]+@[!-~]+", address):
        reason = "it must be an address such as Office <office@example.org>"
        raise ValueError(reason)
    return text


def _inbox_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"imap", "imap+starttls", "imaps"}:
        reason = "it must begin with imaps://, imap+starttls:// or imap://"
        raise ValueError(reason)
    if not parts.hostname or not parts.username or parts.password is None:
        reason = "it must name user, password and host, such as imaps://user:password@host"
        raise ValueError(reason)
    if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
        reason = "a log-in without TLS is only sent on loopback; use imap+starttls:// or imaps://"
        raise ValueError(reason)
    if not unquote(parts.path).isascii() or not unquote(parts.path).isprintable():
        reason = "the folder must have a name in plain letters"
        raise ValueError(reason)
    _ = parts.port  # raises ValueError for one that is none
    return text


def _inbox_address(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9._-]+@[a-z0-9.-]+", text.lower()):
        reason = "it must be an address such as project@example.org, without a plus"
        raise ValueError(reason)
    return text.lower()


def _patience(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        reason = "it must be more than 0 and at most 1"
        raise ValueError(reason)
    return value


def _number(text: str) -> int:
    if not text.isdecimal():
        reason = "it must be a whole number, 0 or more"
        raise ValueError(reason)
    return int(text)


def _megabytes(text: str) -> int:
    value = _number(text)
    if not 1 <= value <= LARGEST_DOCUMENT:
        reason = f"it must be a whole number from 1 to {LARGEST_DOCUMENT}"
        raise ValueError(reason)
    return value


def _wanted(text: str) -> str:
    if text not in {"required", "offered"}:
        reason = "it must be required or offered"
        raise ValueError(reason)
    return text


def _shift(text: str) -> timedelta:
    parts = re.fullmatch(r"([+-]?)(\d+)([dhms])", text)
    if parts is None:
        reason = "it must be a duration such as +30d, -2h or +5400s"
        raise ValueError(reason)
    unit = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}[parts[3]]
    return timedelta(**{unit: int(parts[1] + parts[2])})


SETTINGS = (
    Setting(
        "instance",
        "./instance",
        "The folder of this installation: its settings, the SQLite file and the outbox files.",
        Path,
    ),
    Setting(
        "database_url",
        "",
        "Where the data are: `sqlite:///` and a path, or `postgresql+psycopg://user:password@host/database`. "
        "Default: `tracker.sqlite` in the instance folder.",
        _database,
    ),
    Setting(
        "secret_key",
        "",
        "What signs forms, at least 32 characters. Default: made once and kept in `secret_key` in the instance folder. "
        "Several machines need the same one.",
        _secret,
    ),
    Setting(
        "old_secret_keys",
        "",
        "Keys that signed before, separated by spaces: what they signed still opens, and authenticator apps that were "
        "set up under them still work. To change the key, put the present one here and a new one there; drop the old "
        "one after 30 days, and whoever set up an app before sets up another one by a recovery code.",
        _secrets,
    ),
    Setting(
        "public_url",
        "http://127.0.0.1:8000",
        "The address people type, without a path. Links in mails are made of it; other host names are refused.",
        _public_url,
    ),
    Setting(
        "proxies",
        "",
        "How many reverse proxies stand in front, each adding the address it was asked from to `X-Forwarded-For`. "
        "Tries are counted by that address. Default: 1 if `TRACKER_PUBLIC_URL` begins with https://, else 0.",
        _number,
    ),
    Setting(
        "second_factor",
        "required",
        "Whether administrators and coordinators need a second factor from their second sign-in on (`required`), or "
        "may have one like everybody else (`offered`).",
        _wanted,
    ),
    Setting(
        "backup_folder",
        "",
        "Where the worker keeps the nightly backups, and what was erased since. Default: `backups` in the instance "
        "folder; another disk is safer.",
        Path,
    ),
    Setting(
        "backup_key",
        "",
        "A passphrase of at least 32 characters that seals backups. Keep it elsewhere as well: without it nobody opens "
        "them. Default: they are not sealed.",
        _secret,
    ),
    Setting(
        "mail_url",
        "file:",
        "How mail leaves: `smtp://host:port`, `smtp+starttls://user:password@host:port`, "
        "`smtps://user:password@host:port`, or `file:` and a folder "
        "(default: `outbox` in the instance folder), where each mail becomes an `.eml` file.",
        _mail_url,
    ),
    Setting(
        "mail_from",
        "Tracker <tracker@localhost.invalid>",
        "The sender of all mail: `Name <address>`.",
        _mail_from,
    ),
    Setting(
        "inbox_url",
        "",
        "Where mail to projects is fetched: `imaps://user:password@host:port/folder` or "
        "`imap+starttls://user:password@host:port/folder`; an @ in the user is written `%40`, and without a folder it "
        "is `INBOX`. Nothing is deleted there. Needs `TRACKER_INBOX_ADDRESS`; without both no mail comes in.",
        _inbox_url,
    ),
    Setting(
        "inbox_address",
        "",
        "The address of that mailbox, such as `project@example.org`. Each project has one of its own, "
        "`project+key@example.org`, which the mail server has to deliver there as well.",
        _inbox_address,
    ),
    Setting(
        "mail_per_day",
        "0",
        "At most so many mails in 24 hours from the whole site, those that let somebody in not counted; what is more "
        "waits and says so. `0`: no limit.",
        _number,
    ),
    Setting(
        "mail_patience",
        "1",
        "For trials: a factor on all pauses and leases of the outbox. "
        "Refused unless `TRACKER_PUBLIC_URL` is on loopback.",
        _patience,
    ),
    Setting(
        "largest_document",
        "20",
        "One document may have so many megabytes, from 1 to 60.",
        _megabytes,
    ),
    Setting(
        "room_for_documents",
        "5000",
        "All documents of the office together may have so many megabytes. They lie in `files` in the instance folder; "
        "several machines need the same folder.",
        _number,
    ),
    Setting(
        "clock_shift",
        "+0s",
        "For trials: a duration by which the program's clock differs from the machine's, such as `+30d`, `-2h` or "
        "`+5400s`; a banner says so. Refused unless `TRACKER_PUBLIC_URL` is on loopback.",
        _shift,
    ),
)


def load(environment: Mapping[str, str] = os.environ, **overrides: str) -> Settings:
    """Read the settings: overrides, else environment, else config.toml, else defaults. Raises WrongSettingError."""
    texts = given(environment, **overrides)
    instance = Path(texts["instance"])
    values = {setting.name: _read(setting, texts.get(setting.name)) for setting in SETTINGS}
    values["database_url"] = values["database_url"] or f"sqlite:///{instance / 'tracker.sqlite'}"
    values["mail_url"] = f"file:{instance / 'outbox'}" if values["mail_url"] == "file:" else values["mail_url"]
    values["secret_key"] = values["secret_key"] or _kept_secret(instance)
    values["old_secret_keys"] = values["old_secret_keys"] or ()
    values["backup_folder"] = values["backup_folder"] or instance / "backups"
    if values["proxies"] == "":
        values["proxies"] = int(values["public_url"].startswith("https://"))
    if bool(values["inbox_url"]) is not bool(values["inbox_address"]):
        message = "TRACKER_INBOX_URL and TRACKER_INBOX_ADDRESS need each other."
        raise WrongSettingError(message)
    settings = Settings(
        **values, chosen=texts, is_public_url_set="public_url" in texts, is_second_factor_set="second_factor" in texts
    )
    for name in ("mail_patience", "clock_shift"):
        if not settings.on_loopback and values[name] not in {1.0, timedelta(0)}:
            message = f"{PREFIX}{name.upper()} is for trials and needs a TRACKER_PUBLIC_URL on loopback."
            raise WrongSettingError(message)
    return settings


def given(environment: Mapping[str, str] = os.environ, **overrides: str) -> dict[str, str]:
    """Return what somebody chose, name to text, and the instance folder. Raises WrongSettingError for unknown names."""
    names = {setting.variable: setting.name for setting in SETTINGS}
    chosen = {
        name: text for name, text in environment.items() if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
    }
    for variable in chosen:
        if variable not in names:
            message = f"{variable} is not a setting; docs/settings.md lists them all."
            raise WrongSettingError(message)
    instance = Path(overrides.get("instance") or chosen.get("TRACKER_INSTANCE") or "./instance").resolve()
    texts = _from_file(instance / "config.toml") | {names[variable]: text for variable, text in chosen.items()}
    return texts | overrides | {"instance": str(instance)}


def _read(setting: Setting, text: str | None) -> Any:  # noqa: ANN401 - each setting has its own type
    if text is None or (text == "" and setting.default == ""):
        return setting.read(setting.default) if setting.default else ""
    try:
        return setting.read(text)
    except ValueError as reason:
        message = f"{setting.variable} is wrong: {reason}."
        raise WrongSettingError(message) from None


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        message = f"{path.name} cannot be read: {reason}."
        raise WrongSettingError(message) from None
    known = {setting.name for setting in SETTINGS} - {"instance"}
    for name, value in found.items():
        if name not in known:
            message = f"{name} in {path.name} is not a setting; docs/settings.md lists them all."
            raise WrongSettingError(message)
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            message = f"{name} in {path.name} must be a text or a number."
            raise WrongSettingError(message)
    return {name: str(value) for name, value in found.items()}


def _kept_secret(instance: Path) -> str:
    """Return the key of this installation, made at its first start; two starting at once agree on one."""
    path = instance / "secret_key"
    instance.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = instance / f"secret_key.{secrets.token_hex(8)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST_SECRET:
        message = f"{path.name} in the instance folder is damaged: it must have at least {SHORTEST_SECRET} characters."
        raise WrongSettingError(message)
    return key
