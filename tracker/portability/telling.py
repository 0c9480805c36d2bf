"""What operators read after an office left, and after one came in."""

from collections.abc import Iterator
from pathlib import Path

from tracker.portability.filling import Filled
from tracker.portability.leaving import Exported


def of_export(path: Path, made: Exported) -> Iterator[str]:
    """Say what was written."""
    yield f"{path}: {made.rows} rows and {made.documents} documents, read again and sound."
    yield "It is not sealed, and holds personal data: please keep it safe."
    if made.lost:
        yield f"{made.lost} documents are lost or changed; `tracker check` names them."


def of_filling(done: Filled) -> Iterator[str]:
    """Say what came in, and what is still to be done."""
    made_at = done.said.made_at.isoformat(timespec="minutes")
    yield f"Filled with {done.rows} rows and {done.documents} documents of {made_at} (release {done.said.release})."
    settled = done.settled
    yield f"{len(settled.late)} messages are late and held, as they may have been sent from where this comes from."
    yield f"{settled.waiting} messages wait for their time. All sending is paused."
    yield "Nobody has a password: administrators set one by these links, and invite the others or let them ask for one."


def of_links(done: Filled) -> Iterator[str]:
    """List address and link of each administrator."""
    for address, link in done.links:
        yield f"set a password: {address} {link}"
