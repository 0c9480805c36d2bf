"""How large a trial is: short in `make test`, long in `make chaos`."""

import os

IS_LONG = os.environ.get("TRACKER_TEST_CHAOS") == "long"


def size(short: int, long: int) -> int:
    """Return the number of this run."""
    return long if IS_LONG else short
