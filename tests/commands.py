"""`tracker …` as an operator types it: a process of its own, forked from one that has the program loaded.

What it would take to load the program is most of what a command takes, and the same each time.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tracker.cli import main

#: How long any command may take before it is broken.
SECONDS = 120
_nest = multiprocessing.get_context("forkserver")
_nest.set_forkserver_preload(["tracker.cli"])


def typed(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Let an operator type a command into an environment, and return how it ended and what it printed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = _nest.Process(target=_be, args=(dict(environment), words, folder))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(words, SECONDS)
        printed = [(folder / stream).read_text(encoding="utf-8") for stream in ("stdout", "stderr")]
    return subprocess.CompletedProcess(words, process.exitcode, *printed)


def _be(environment: dict[str, str], words: tuple[str, ...], folder: Path) -> None:
    """Be the process that the command line starts."""
    os.environ.clear()
    os.environ.update(environment)
    for stream in (sys.stdout, sys.stderr):
        with (folder / stream.name.strip("<>")).open("w") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = ["tracker", *words]
    main()
