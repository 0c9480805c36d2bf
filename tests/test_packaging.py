"""The wheel holds all that the program needs and starts from an empty environment."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.loopback import held_port

ROOT = Path(__file__).parents[1]
BUILT_FROM = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore")
FOLDERS = ("tracker", "templates", "migrations")
SECONDS_TO_START = 60
#: With a translation of their own; English is the language of the code.
LANGUAGES = sorted({"en", *(path.parts[-3] for path in ROOT.glob("tracker/translations/*/LC_MESSAGES/messages.po"))})

#: What these tests build and install they share, so they run in one process.
pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built without network from a copy that holds nothing compiled."""
    source = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(source)]
    subprocess.run(build, check=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return an environment whose only package is the wheel; what it depends on is lent by the one of the tests.

    A path file lends a folder without reading the path files in it, so this checkout is not lent with it.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", str(wheel)], check=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return environment variables that name an instance of its own and nothing of this checkout."""
    instance = tmp_path_factory.mktemp("instance")
    return {"PATH": os.defpath, "HOME": str(instance), "LANG": "C.UTF-8", "TRACKER_INSTANCE": str(instance)}


@pytest.fixture(scope="module")
def site(environment: Path, surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the site, served by the installed command from a folder that holds nothing."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    command = str(environment / "bin" / "tracker")
    subprocess.run([command, "db", "upgrade"], check=True, cwd=nowhere, env=surroundings)
    with held_port() as port, (nowhere / "log").open("w") as log:
        serve = [command, "serve", "--port", str(port), "--no-worker"]
        served = subprocess.Popen(serve, cwd=nowhere, env=surroundings, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_answered(address, served, nowhere / "log")
            yield address
        finally:
            served.terminate()
            served.wait(timeout=60)


def wait_until_answered(address: str, served: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the site answers; fail with its log if it ends, errs or takes too long."""
    patience_until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < patience_until and served.poll() is None:
        try:
            asked(address + "/sign-in")
        except HTTPError:
            break
        except URLError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The installed site did not answer well:\n{log.read_text()}")


def asked(address: str) -> tuple[int, str, str]:
    """Return status, content type and text of an answer, asked for without any proxy."""
    with build_opener(ProxyHandler({})).open(address, timeout=SECONDS_TO_START) as answer:
        return answer.status, answer.headers.get_content_type(), answer.read().decode()


def test_the_wheel_holds_every_page_migration_picture_and_language(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())

    beside = {
        f"tracker/{path.relative_to(ROOT)}" for name in ("templates", "migrations") for path in files(ROOT / name)
    }
    inside = {str(path.relative_to(ROOT)) for path in files(ROOT / "tracker")}
    compiled = {name.removesuffix(".po") + ".mo" for name in inside if name.endswith(".po")}
    assert {name for name in held if ".dist-info/" not in name} == beside | inside | compiled


def files(folder: Path) -> list[Path]:
    """Return the files of a folder that are not made from others."""
    made = ("*.mo", "*.pyc")
    return [path for path in folder.rglob("*") if path.is_file() and not any(map(path.match, made))]


def test_the_program_is_taken_from_the_wheel(environment: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    question = (
        "import tracker.locations as l; print(l.__file__, l.bundled('templates'), l.bundled('migrations'), sep='\\n')"
    )

    told = subprocess.run(
        [str(environment / "bin" / "python"), "-c", question],
        check=True,
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
    )

    (package,) = environment.glob("lib/python*/site-packages/tracker")
    assert told.stdout.split() == [str(package / name) for name in ("locations.py", "templates", "migrations")]


def test_the_installed_site_shows_its_sign_in_page_with_its_style_sheets(site: str) -> None:
    status, kind, page = asked(site + "/sign-in")
    sheets = re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"', page)

    answers = [asked(site + sheet)[:2] for sheet in sheets]

    assert (status, kind) == (200, "text/html")
    assert answers == [(200, "text/css")] * max(1, len(sheets))


def test_the_installed_site_speaks_every_language_it_brings(site: str) -> None:
    titles = {
        re.findall(r"<h1[^>]*>\s*(.*?)\s*</h1>", asked(f"{site}/sign-in?lang={code}")[2])[0] for code in LANGUAGES
    }

    assert len(titles) == len(LANGUAGES)
