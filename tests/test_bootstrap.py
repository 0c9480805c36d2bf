"""The set-up behind make, in a small checkout with one package of its own; no test needs the network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import bootstrap

ROOT = Path(bootstrap.__file__).parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
COMMAND = "import sys\n\n\ndef main() -> int:\n    print(*sys.argv[1:])\n    return 3\n"

#: All that set up and start a checkout share one, so they run in one process.
pytestmark = pytest.mark.xdist_group("bootstrap")


def wheel_of_pebble(folder: Path) -> Path:
    """Write the smallest package there can be."""
    path = folder / "pebble-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("pebble.py", "")
        wheel.writestr("pebble-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pebble\nVersion: 1.0\n")
        wheel.writestr("pebble-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("pebble-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of packages that stands for the package index."""
    folder = tmp_path_factory.mktemp("index")
    wheel_of_pebble(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, index: Path) -> Path:
    """Return a small checkout with a space in its path, not set up yet."""
    folder = tmp_path_factory.mktemp("a checkout")
    shutil.copy(ROOT / "bootstrap.py", folder)
    (folder / "tracker").mkdir()
    (folder / "tracker" / "cli.py").write_text(COMMAND)
    lock(folder, index)
    return folder


def lock(folder: Path, index: Path) -> None:
    """Write the locks of a checkout."""
    digest = hashlib.sha256((index / "pebble-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    for name in LOCKS:
        (folder / name).write_text(f"pebble==1.0 \\\n    --hash=sha256:{digest}\n")


@pytest.fixture
def checkout(folder: Path, index: Path) -> Path:
    """Return the checkout, set up; what the test before left of it is used again."""
    lock(folder, index)
    assert run(folder, index=index).returncode == 3
    return folder


def run(checkout: Path, *, index: Path | None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Do what `make run` does, with packages from the index or, without one, from nowhere."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    packages = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"} | ({"PIP_FIND_LINKS": str(index)} if index else {})
    return subprocess.run(
        [sys.executable, "bootstrap.py", "run", "--no-worker"],
        check=False,
        cwd=checkout,
        env=inherited | packages | environment,
        capture_output=True,
        text=True,
    )


def with_pythons_that(answer: str, folder: Path) -> str:
    """Return the sentence that ends the set-up where every Python on the path answers like this shell script."""
    for name in ("python3", "python3.12"):
        (folder / name).write_text(f"#!/bin/sh\n{answer}\n")
        (folder / name).chmod(0o755)
    pretend = (
        "import runpy, sys; sys.argv[1:] = ['run']; sys.executable = {!r}; runpy.run_path({!r}, run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", pretend.format(str(folder / "python3"), str(ROOT / "bootstrap.py"))],
        check=False,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr


def test_an_old_python_is_named_in_one_sentence(tmp_path: Path) -> None:
    sentence = with_pythons_that("exit 1", tmp_path)

    assert sentence == f"Python 3.11 or newer is missing; this is {sys.version.split()[0]}.\n"


def test_a_missing_venv_module_is_named_in_one_sentence(tmp_path: Path) -> None:
    sentence = with_pythons_that('case "$2" in *ensurepip*) exit 1;; esac', tmp_path)

    assert sentence == "Python's venv module is missing (on Debian and Ubuntu: apt-get install python3-venv).\n"


def test_the_second_run_starts_at_once_and_without_network(checkout: Path) -> None:
    second = run(checkout, index=None, PORT="8011")

    assert (second.returncode, second.stdout, second.stderr) == (3, "serve --prepare --port 8011 --no-worker\n", "")


def test_a_half_made_environment_is_made_again(checkout: Path, index: Path) -> None:
    (checkout / ".venv" / "installed.json").unlink()
    (checkout / ".venv" / "left over").touch()

    again = run(checkout, index=index)

    assert again.returncode == 3
    assert not (checkout / ".venv" / "left over").exists()


def test_an_environment_of_another_python_is_made_again(checkout: Path, index: Path) -> None:
    stamp = checkout / ".venv" / "installed.json"
    right = json.loads(stamp.read_text())
    stamp.write_text(json.dumps(right | {"python": "3.11.0 elsewhere"}))

    again = run(checkout, index=index)

    assert again.returncode == 3
    assert json.loads(stamp.read_text()) == right


def test_a_changed_lock_is_installed(checkout: Path, index: Path) -> None:
    lock = checkout / "requirements.txt"
    lock.write_text(lock.read_text() + "# changed\n")

    assert run(checkout, index=index).stdout.splitlines()[0] == "Installing requirements.txt ..."
    assert run(checkout, index=None).stdout == "serve --prepare --port 8000 --no-worker\n"


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Path, index: Path) -> None:
    lock = checkout / "requirements.txt"
    lock.write_text(f"pebble==1.0 --hash=sha256:{'0' * 64}\n")
    shutil.rmtree(checkout / ".venv")

    ended = run(checkout, index=index)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("The packages of requirements.txt could not be installed")


def test_without_network_the_first_time_one_sentence_says_so(folder: Path) -> None:
    shutil.rmtree(folder / ".venv", ignore_errors=True)

    ended = run(folder, index=None)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith("the package index must be reachable the first time.")


def test_a_browser_named_in_the_environment_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "browser"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o755)
    monkeypatch.setenv("TRACKER_TEST_BROWSER", str(named))

    assert bootstrap.browser() == str(named)


def test_without_a_browser_continuous_integration_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACKER_TEST_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")

    with pytest.raises(SystemExit, match=r"^No browser: the tests need Chromium"):
        bootstrap.test([])


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()

    odd = [line for line in lines if not line.startswith("    --hash=sha256:") and "==" not in line]

    assert odd == []
    assert [line for line in lines if "://" in line or line.startswith("--")] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_fits_what_the_project_asks_for(name: str) -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = asked["project"]["dependencies"] + asked["project"]["optional-dependencies"]["postgres"]
    if name == "requirements-dev.txt":
        wanted += asked["dependency-groups"]["dev"]

    locked = versions(name)

    unfit = [one for one in map(Requirement, wanted) if not one.specifier.contains(locked.get(one.name, "0"))]
    assert unfit == []


def test_both_locks_agree() -> None:
    assert versions("requirements.txt").items() <= versions("requirements-dev.txt").items()


def versions(lock: str) -> dict[str, str]:
    """Return the locked version of each package."""
    pins = [line.split()[0] for line in (ROOT / lock).read_text().splitlines() if line[0].isalnum()]
    return dict(pin.split("==", 1) for pin in pins)
