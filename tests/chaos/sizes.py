"""How large a trial is: short in `make test`, long in `make chaos`."""

import os
from typing import TypeVar

Number = TypeVar("Number", int, float)

IS_LONG = os.environ.get("TRACKER_TEST_CHAOS") == "long"


def size(short: Number, long: Number) -> Number:
    """Return the number of this run."""
    return long if IS_LONG else short
