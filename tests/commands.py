"""`tracker …` as an operator types it: a process of its own, forked from one that has the program loaded.

What it would take to load the program is most of what a command takes, and the same each time.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tracker.cli import main

#: How long any command may take before it is broken.
SECONDS = 120
_nest = multiprocessing.get_context("forkserver")
_nest.set_forkserver_preload(["tracker.cli"])


def typed(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Let an operator type a command into an environment, and return how it ended and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdout", "stderr")]
        process = begun(environment, *words, stdout=streams[0], stderr=streams[1])
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(words, SECONDS)
        printed = [stream.read_text(encoding="utf-8") for stream in streams]
    return subprocess.CompletedProcess(words, process.exitcode, *printed)


def begun(environment: Mapping[str, str], *words: str, **streams: Path) -> ForkServerProcess:
    """Let a command begin, and return its process; its streams go where they are told to."""
    process = _nest.Process(target=_be, args=(dict(environment), words, streams))
    process.start()
    return process


def _be(environment: dict[str, str], words: tuple[str, ...], streams: dict[str, Path]) -> None:
    """Be the process that the command line starts."""
    os.environ.clear()
    os.environ.update(environment)
    for name, path in streams.items():
        with path.open("w") as file:
            os.dup2(file.fileno(), getattr(sys, name).fileno())
    sys.argv = ["tracker", *words]
    main()
