"""The files of others are the ones that the list names, byte for byte, and each package has its licence."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "tracker" / "static"
VENDOR = STATIC / "vendor"
PACKAGES = tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["package"]

#: Bytes after compression of what every page loads besides itself and the fonts; a page with it stays under 60 kB.
STYLES_AT_MOST = 30_000


def test_each_vendored_file_is_the_one_in_the_list() -> None:
    listed = {
        f"{package['folder']}/{file['path']}": file["sha256"] for package in PACKAGES for file in package["files"]
    }

    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path != VENDOR / "vendor.toml"
    }

    assert found == listed


def test_each_package_says_its_version_and_brings_its_licence() -> None:
    unlicensed = [
        package["name"]
        for package in PACKAGES
        if not (
            package["version"]
            and package["licence"]
            and any(file["path"].startswith("LICENSE") for file in package["files"])
        )
    ]

    assert unlicensed == []


def test_the_styles_load_nothing_from_elsewhere() -> None:
    style = (STATIC / "css" / "tracker.css").read_text(encoding="utf-8")
    asked_for = re.findall(r"url\(\s*[\"']?([^\"')]+)", style)

    missing = [address for address in asked_for if not (STATIC / "css" / address).resolve().is_file()]

    assert asked_for != []
    assert missing == []


def test_the_styles_of_a_page_stay_small() -> None:
    styles = [VENDOR / "kern" / "kern.css", STATIC / "css" / "tracker.css"]

    size = sum(len(gzip.compress(path.read_bytes())) for path in styles)

    assert size <= STYLES_AT_MOST
