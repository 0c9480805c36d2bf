"""What somebody holds in their hand: a phone with an app, and a security key."""

import hashlib
import json
import re
import secrets
import struct
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import cbor2
import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from tests.conftest import account_of
from tracker import clock
from tracker.factors import actions
from tracker.factors.codes import app_secret, new_nonce
from tracker.factors.passkeys import Site
from tracker.organisations.queries import office
from tracker.web.access import OfficeSeen

SETTINGS = "/settings/second-factor"


@dataclass(frozen=True)
class Phone:
    """An app that has scanned a secret."""

    secret: str

    def code(self, *, away: int = 0, now: datetime | None = None) -> str:
        """Return the code it shows, or shows so many half minutes away."""
        return pyotp.TOTP(self.secret).at((now or clock.now()) + timedelta(seconds=30 * away))


def seen() -> OfficeSeen:
    """Return the office."""
    row = office()
    assert row is not None
    return row


def site(keys: tuple[str, ...]) -> Site:
    """Return a site that has a name."""
    return Site("partners.example.org", "https://partners.example.org", keys)


def phone_of(person_id: int, keys: tuple[str, ...], *, now: datetime | None = None) -> Phone:
    """Set up an app for somebody, with a code of long ago, so that today's are unused."""
    account, nonce, now = account_of(person_id), new_nonce(), now or clock.now()
    phone, then = Phone(app_secret(keys[-1], account.id, nonce)), now - timedelta(hours=1)
    actions.set_up_app(account, nonce, phone.code(now=then), site=site(keys), here=0, office=seen(), now=then)
    return phone


def hidden(page: str, name: str) -> str:
    """Return what a hidden field of a page holds."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def scan(browser: FlaskClient) -> tuple[Phone, dict[str, str]]:
    """Let a phone scan what the page shows; return it, and what the page's form holds."""
    page = browser.get(f"{SETTINGS}/app?lang=en").text
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert key
    return Phone(key[1].replace(" ", "")), {name: hidden(page, name) for name in ("nonce", "submission")}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class SecurityKey:
    """An authenticator of our own: makes and shows passkeys as the standard says."""

    origin: str = "https://partners.example.org"
    uses: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, asked: str, **wrong: Any) -> str:
        """Answer a question to make a passkey."""
        question = json.loads(asked)
        numbers = self.private.public_key().public_numbers()
        point = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        known = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + cbor2.dumps(point)
        data = self._data(wrong.get("host", question["rp"]["id"]), 0x45) + known
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", wrong.get("challenge", question["challenge"]), wrong.get("origin"))
        return self._told(
            {"clientDataJSON": _text(client), "attestationObject": _text(attested), "transports": ["usb"]}
        )

    def show(self, asked: str, **wrong: Any) -> str:
        """Answer a question to show the passkey."""
        question = json.loads(asked)
        self.uses += 1
        data = self._data(wrong.get("host", question["rpId"]), 0x05)
        client = self._client("webauthn.get", wrong.get("challenge", question["challenge"]), wrong.get("origin"))
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": wrong.get("signature", signed)}
        return self._told({name: _text(part) for name, part in parts.items()})

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.uses)

    def _client(self, kind: str, challenge: str, origin: str | None) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": origin or self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _told(self, response: dict[str, Any]) -> str:
        name = _text(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
