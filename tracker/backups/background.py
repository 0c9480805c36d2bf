"""Long work that stands back: pages and letters get the processor and the disk before it."""

import contextvars
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Done = TypeVar("Done")
#: As far as it goes.
_BEHIND = 19


def in_background(work: Callable[[Callable[[], bool]], Done]) -> Done:
    """Do work in a thread of its own and wait for it; it is told when nobody waits any more."""
    left = threading.Event()
    with ThreadPoolExecutor(1, "background", initializer=_stand_back) as threads:
        try:
            return threads.submit(contextvars.copy_context().run, work, lambda: not left.is_set()).result()
        finally:
            left.set()


def _stand_back() -> None:
    # Elsewhere this would be said of the whole process.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _BEHIND)
