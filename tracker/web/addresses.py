"""Addresses of pages, each made once: a page has hundreds of links, and an address depends on nothing but its parts."""

from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context, request, url_for

KEPT = 16_384


def install(app: Flask) -> None:
    """Let templates make addresses quickly."""

    @lru_cache(maxsize=KEPT)
    def made(_root: str, endpoint: str, *values: tuple[str, int | str | None]) -> str:
        return url_for(endpoint, **dict(values))  # type: ignore[arg-type] # none of them is special

    def address(endpoint: str, **values: Any) -> str:
        """Return what `url_for` does."""
        if not has_request_context() or not _is_plain(endpoint, values):
            return url_for(endpoint, **values)
        return made(request.root_path, endpoint, *values.items())

    app.jinja_env.globals["url_for"] = address


def _is_plain(endpoint: str, values: dict[str, Any]) -> bool:
    """Whether an address depends on nothing else: it is no relative one, has no host, no anchor.

    Numbers and texts only: True is equal to 1 for a cache, and another address.
    """
    return endpoint[0] != "." and all(
        name[0] != "_" and (value is None or type(value) in {int, str}) for name, value in values.items()
    )
