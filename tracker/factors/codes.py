"""Codes that prove it is the same person: an app's, for half a minute each, and those on paper."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from base64 import b32encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pyotp

# ---- the app's codes (RFC 6238)

STEP = timedelta(seconds=30)
DIGITS = 6
#: A clock may be wrong by one step, and typing takes a while.
_EITHER_SIDE = 1
#: What RFC 4226 asks for: 160 bits.
_SECRET_BYTES = 20


def new_nonce() -> str:
    """Return what, with the installation's key, makes the secret of an app."""
    return secrets.token_urlsafe(24)


def app_secret(key: str, account_id: int, nonce: str) -> str:
    """Return the secret of an app as apps take it, in base32.

    It is derived and never stored: whoever has read the database knows no code.
    """
    made = hmac.new(key.encode(), f"authenticator app|{account_id}|{nonce}".encode(), hashlib.sha256)
    return b32encode(made.digest()[:_SECRET_BYTES]).decode()


def app_secrets(keys: Sequence[str], account_id: int, nonce: str) -> list[str]:
    """Return the secrets an app may have: one for each key of the installation, present or former."""
    return [app_secret(key, account_id, nonce) for key in keys]


def app_address(secret: str, *, who: str, office: str) -> str:
    """Return the address that a QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=who, issuer_name=office)


def step_of(typed: str, its_secrets: Iterable[str], now: datetime) -> int | None:
    """Return the half minute whose code somebody typed, or None if it is no code of about now."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))
    here = int(now.timestamp()) // int(STEP.total_seconds())
    near = range(here - _EITHER_SIDE, here + _EITHER_SIDE + 1)
    right = [
        step
        for secret in its_secrets
        for step in near
        if hmac.compare_digest(pyotp.TOTP(secret, digits=DIGITS).generate_otp(step).encode(), digits.encode())
    ]
    return max(right, default=None)


# ---- recovery codes

CODES = 10
#: The letters of base32, and Crockford's in their place: none of those is taken for another.
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghjkmnpqrstvwxyz")
_TAKEN_FOR = str.maketrans("oil", "011")
#: Eighty bits, so that a plain hash keeps them; printed as four groups of four letters.
_CODE_BYTES, _GROUP = 10, 4


def recovery_codes(key: str, account_id: int, submission: str) -> list[str]:
    """Return a set of recovery codes as they are printed. A form that is sent twice gets the same set."""
    return [_recovery_code(key, f"recovery code|{account_id}|{submission}|{number}") for number in range(CODES)]


def _recovery_code(key: str, what: str) -> str:
    made = hmac.new(key.encode(), what.encode(), hashlib.sha256).digest()[:_CODE_BYTES]
    letters = b32encode(made).decode().translate(_CROCKFORD)
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def code_hash(account_id: int, typed: str) -> str:
    """Return what the database keeps of a recovery code, however it is typed."""
    letters = re.sub(r"[^0-9a-z]", "", unicodedata.normalize("NFKC", typed).lower()).translate(_TAKEN_FOR)
    return hashlib.sha256(f"{account_id}:{letters}".encode()).hexdigest()


def is_app_code(typed: str) -> bool:
    """Whether something typed has the shape of an app's code and not of a recovery code."""
    return sum(letter.isalnum() for letter in typed) <= DIGITS
