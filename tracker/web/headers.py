"""The headers of every answer, errors included, and addresses of static files that may be kept for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
#: For the few pages that talk to a passkey.
POLICY_WITH_SCRIPT = f"{POLICY}; script-src 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media"),
            *("fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
            *("microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "usb"),
            *("window-management", "xr-spatial-tracking"),
        )
    ),
}
UNDER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
#: Parts of an address that open something for whoever has it: no other page learns of such an address.
SECRETS = frozenset({"secret", "token"})
FOR_EVER = "public, max-age=31536000, immutable"


def with_script(page: str) -> Response:
    """Answer with a page whose script file, ours, the browser may run."""
    return Response(page, headers={"Content-Security-Policy": POLICY_WITH_SCRIPT}, mimetype="text/html")


def for_anybody(page: str, *, seconds: int) -> Response:
    """Answer with a page that is the same for everybody, and that anybody may keep for so long.

    Whoever has it already is told so. It must not depend on cookies, nor on what a browser says of itself.
    """
    response = Response(page, mimetype="text/html")
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.set_etag(hashlib.sha256(page.encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def unlisted(page: str, status: int) -> Response:
    """Answer with a page behind a link in a letter: no other page and no search engine learns of its address."""
    return Response(
        page, status, {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}, mimetype="text/html"
    )


def install(app: Flask, *, under_tls: bool) -> None:
    """Put them on every answer."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in (HEADERS | (UNDER_TLS if under_tls else {})).items():
            response.headers.setdefault(name, value)
        if SECRETS & set(request.view_args or ()):
            response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint == "static" and response.status_code in {200, 304}:
            response.headers["Cache-Control"] = FOR_EVER if "v" in request.args else "public, max-age=3600"
        elif not (response.cache_control.public or response.cache_control.private):
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("Cookie")
        return response

    @cache
    def version(path: str) -> str:
        return hashlib.sha256((Path(str(app.static_folder)) / path).read_bytes()).hexdigest()[:12]

    def static_url(path: str) -> str:
        return url_for("static", filename=path, v=version(path))

    app.jinja_env.globals["static_url"] = static_url
