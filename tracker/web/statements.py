"""Statements that are written once: to write a long one takes longer than to run it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from tracker.db import db
from tracker.web.access import Somebody

Shape = ParamSpec("Shape")
Statement = TypeVar("Statement")


def written_once(write: Callable[Shape, Statement]) -> Callable[Shape, Statement]:
    """Keep what a function writes, for each database and each value that it is called with; these are few.

    What differs from one time to the next stands in the statement as `sa.bindparam`. Of who sees all it may hold no
    more than hangs on their role; for others it is written each time, since what they may see stands in it.
    """
    kept: dict[tuple[Any, ...], Statement] = {}

    @wraps(write)
    def written(*shape: Shape.args, **no: Shape.kwargs) -> Statement:
        if any(isinstance(one, Somebody) and not one.sees_all for one in shape):
            return write(*shape, **no)
        key = (db.engine.dialect.name, *(one.role if isinstance(one, Somebody) else one for one in shape))
        if key not in kept:
            kept[key] = write(*shape, **no)
        return kept[key]

    return written
