"""Passkeys (WebAuthn): what a browser is asked, and whether its answer is right.

Needs the extra `passkeys`; nothing else here knows the library.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TypeVar

from itsdangerous import BadData

from tracker.config import Settings
from tracker.factors.models import Passkey
from tracker.language import _
from tracker.refusal import Refused
from tracker.signing import signer

IS_INSTALLED = find_spec("webauthn") is not None
if IS_INSTALLED:
    from webauthn import (
        generate_authentication_options,
        generate_registration_options,
        options_to_json,
        verify_authentication_response,
        verify_registration_response,
    )
    from webauthn.helpers import (
        base64url_to_bytes,
        bytes_to_base64url,
        parse_authentication_credential_json,
        parse_client_data_json,
        parse_registration_credential_json,
    )
    from webauthn.helpers.exceptions import WebAuthnException
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        AuthenticatorTransport,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

#: How long a question can be answered.
ASKED_FOR = timedelta(minutes=10)
Answer = TypeVar("Answer")


class Act(StrEnum):
    """What a question is for; an answer to one is none to another."""

    REGISTER = "register"
    PROVE = "prove"


@dataclass(frozen=True)
class Site:
    """What browsers tie passkeys to, and what signs our questions."""

    host: str
    origin: str
    keys: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Site":
        """Return the site of an installation."""
        return cls(settings.host, settings.public_url, settings.signing_keys)

    @property
    def has_passkeys(self) -> bool:
        """Whether passkeys can be had here: browsers tie them to a name, never to a number such as 127.0.0.1."""
        return IS_INSTALLED and not _is_number(self.host)


@dataclass(frozen=True)
class Made:
    """A new passkey as the browser tells of it."""

    credential: str
    public_key: bytes
    uses: int
    transports: str


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


# ---- what a browser is asked


def to_register(
    site: Site, account_id: int, *, address: str, name: str, office: str, known: Iterable[Passkey], now: datetime
) -> str:
    """Return what a browser is asked to make a passkey, as JSON; none that it has already."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=office,
        user_id=f"account {account_id}".encode(),
        user_name=address,
        user_display_name=name,
        challenge=_question(site, Act.REGISTER, account_id, now),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_described(known),
    )
    return options_to_json(options)


def to_prove(site: Site, account_id: int, *, known: Iterable[Passkey], now: datetime) -> str:
    """Return what a browser is asked to show one of these passkeys, as JSON."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=_question(site, Act.PROVE, account_id, now),
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def _described(known: Iterable[Passkey]) -> "list[PublicKeyCredentialDescriptor]":
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential),
            transports=[AuthenticatorTransport(word) for word in one.transports.split()],
        )
        for one in known
    ]


def _question(site: Site, act: Act, account_id: int, now: datetime) -> bytes:
    """Return a challenge: signed, so that nothing need be kept until the answer comes."""
    return str(signer(site.keys, "passkey").dumps([act.value, account_id, now.timestamp()])).encode()


# ---- its answer


def registered(site: Site, account_id: int, answer: str, now: datetime) -> tuple[Made, bytes]:
    """Return the passkey that a browser has made, and the question it answers. Raises Refused if it is not right."""

    def read() -> tuple[Made, bytes]:
        credential = parse_registration_credential_json(answer)
        question = _asked(site, Act.REGISTER, account_id, credential.response.client_data_json, now)
        verified = verify_registration_response(
            credential=credential, expected_challenge=question, expected_rp_id=site.host, expected_origin=site.origin
        )
        name, transports = bytes_to_base64url(verified.credential_id), credential.response.transports or ()
        words = " ".join(sorted({one.value for one in transports}))
        return Made(name, verified.credential_public_key, verified.sign_count, words), question

    return _understood(read)


def credential_of(answer: str) -> str:
    """Return which passkey a browser shows. Raises Refused if that cannot be read."""
    return _understood(lambda: bytes_to_base64url(parse_authentication_credential_json(answer).raw_id))


def shown(site: Site, passkey: Passkey, answer: str, now: datetime) -> tuple[int, bytes]:
    """Return how often a passkey has signed, and the question it answers. Raises Refused if it is not right."""

    def read() -> tuple[int, bytes]:
        credential = parse_authentication_credential_json(answer)
        question = _asked(site, Act.PROVE, passkey.account_id, credential.response.client_data_json, now)
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=question,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.uses,
        )
        return verified.new_sign_count, question

    return _understood(read)


def _asked(site: Site, act: Act, account_id: int, client_data: bytes, now: datetime) -> bytes:
    """Return the question that an answer repeats, if we asked it of this account lately. Raises ValueError."""
    question = parse_client_data_json(client_data).challenge
    asked_for, asked, at = signer(site.keys, "passkey").loads(question)
    if (asked_for, asked) != (act.value, account_id) or not 0 <= now.timestamp() - at < ASKED_FOR.total_seconds():
        raise ValueError(asked_for)
    return question


def _understood(read: Callable[[], Answer]) -> Answer:
    try:
        return read()
    except (WebAuthnException, BadData, ValueError, TypeError, KeyError) as wrong:
        raise Refused(_("This passkey could not be checked. Please try once more.")) from wrong
