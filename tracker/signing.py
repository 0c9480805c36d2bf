"""Tokens that nobody makes but this installation, each for one purpose."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

#: SHA-1 is what the library would take by itself.
_BY = {"digest_method": hashlib.sha256}


def signer(keys: Sequence[str], purpose: str) -> URLSafeSerializer:
    """Return what signs and reads tokens of a purpose; what was signed for another one is not read.

    The last key signs, each of them reads: keys change without voiding what is under way.
    """
    return _signer(tuple(keys), purpose)


@lru_cache(maxsize=32)
def _signer(keys: tuple[str, ...], purpose: str) -> URLSafeSerializer:
    """Make it once: each letter holds several tokens."""
    return URLSafeSerializer(list(keys), salt=purpose, signer_kwargs=_BY)


def timed_signer(keys: Sequence[str], purpose: str) -> URLSafeTimedSerializer:
    """Return the same for tokens that hold the moment of their making."""
    return URLSafeTimedSerializer(list(keys), salt=purpose, signer_kwargs=_BY)
