"""The score that Mozilla's HTTP Observatory gives an answer, by its published rules, without asking it.

Everybody begins at 100; what is missing costs, and what is better than asked for counts only from 90 on. Left out is
what one answer cannot tell: preloading, scripts from elsewhere, the way from http to https.
"""

import re
from collections.abc import Iterator

from werkzeug.datastructures import Headers

HALF_A_YEAR = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
UNSAFE = {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "'strict-dynamic'", "*", "http:", "https:", "data:"}
#: Where these schemes run nothing.
PICTURES = {"img-src", "font-src", "media-src"}


def score(headers: Headers) -> int:
    """Return the score of an answer under TLS."""
    changes = [*_policy(headers), *_framing(headers), *_cookies(headers), *_transport(headers), *_others(headers)]
    least = 100 + sum(change for change in changes if change < 0)
    return max(0, least + (sum(change for change in changes if change > 0) if least >= 90 else 0))


def directives(headers: Headers) -> dict[str, set[str]]:
    """Return the policy of an answer, each directive with what it allows."""
    parts = [part.split() for part in headers.get("Content-Security-Policy", "").split(";")]
    return {words[0].lower(): {word.lower() for word in words[1:]} for words in parts if words}


def _policy(headers: Headers) -> Iterator[int]:
    allowed = directives(headers)
    scripts = allowed.get("script-src", allowed.get("default-src"))
    if not allowed or scripts is None:
        yield -25
    elif scripts & UNSAFE or allowed.get("object-src", allowed.get("default-src", {"*"})) & UNSAFE:
        yield -20
    elif any(words & UNSAFE for name, words in allowed.items() if name not in PICTURES):
        yield 0
    else:
        yield 10 if allowed.get("default-src") == {"'none'"} else 5


def _framing(headers: Headers) -> Iterator[int]:
    if directives(headers).get("frame-ancestors") in ({"'none'"}, {"'self'"}):
        yield 5
    elif headers.get("X-Frame-Options", "").upper() not in {"DENY", "SAMEORIGIN"}:
        yield -20


def _cookies(headers: Headers) -> Iterator[int]:
    cookies = headers.getlist("Set-Cookie")
    if not cookies:
        return
    told = [{part.strip().lower() for part in cookie.split(";")[1:]} for cookie in cookies]
    if any("httponly" not in one for one in told):
        yield -30
    if any("secure" not in one for one in told):
        yield -40
    if all({"httponly", "secure"} <= one and {"samesite=lax", "samesite=strict"} & one for one in told):
        yield 5


def _transport(headers: Headers) -> Iterator[int]:
    kept = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    if kept is None:
        yield -20
    elif int(kept[1]) < HALF_A_YEAR:
        yield -10


def _others(headers: Headers) -> Iterator[int]:
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield -5
    if headers.get("Access-Control-Allow-Origin") == "*":
        yield -50
    if "Referrer-Policy" in headers:
        yield 5 if headers["Referrer-Policy"] in PRIVATE else -5
