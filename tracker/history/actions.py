"""Record what changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.db import Model, PartialDate, Translated, db
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, kept, key_of, looked_through
from tracker.language import Word

#: Old and new values that stand in a line by themselves; all else is named only, so that no personal data hides here.
_TOLD = (Word, PartialDate, date, bool)


def record(
    verb: Verb, subject: Model, *, by_id: int | None, now: datetime, within: Model | None = None, **facts: object
) -> HistoryLine:
    """Write one line. Raises ValueError if the facts are not exactly the placeholders of the verb's sentence."""
    _check(verb, facts)
    if subject.id is None:
        db.session.flush()
    line = HistoryLine(
        at=now,
        verb=verb.name,
        by_id=by_id,
        subject=key_of(subject),
        within=key_of(within) if within is not None else None,
        facts={name: kept(value) for name, value in facts.items()},
    )
    db.session.add(line)
    return line


def record_each(
    verb: Verb,
    told: Sequence[tuple[str, Mapping[str, object]]],
    *,
    by_id: int | None,
    now: datetime,
    within: Model | Sequence[Model] | None = None,
) -> None:
    """Write a line for each of many: the key of what it is about, and its facts; one statement. Raises ValueError.

    What they all belong to stands in `within`, or what each belongs to.
    """
    for _subject, facts in told:
        _check(verb, facts)
    common = {"at": now, "verb": verb.name, "by_id": by_id}
    homes = within if isinstance(within, Sequence) else [within] * len(told)
    lines = [
        common
        | {
            "subject": subject,
            "within": key_of(home) if home is not None else None,
            "facts": {name: kept(value) for name, value in facts.items()},
        }
        for (subject, facts), home in zip(told, homes, strict=True)
    ]
    if lines:
        db.session.execute(sa.insert(HistoryLine), lines)


def _check(verb: Verb, facts: Mapping[str, object]) -> None:
    if set(facts) != verb.facts:
        message = f"{verb.name} tells {sorted(verb.facts)}, not {sorted(facts)}"
        raise ValueError(message)


def change(row: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs; return the fact `changes`: field to [old, new], both None where only the name is told."""
    changes: dict[str, Any] = {}
    for name, new in values.items():
        old = getattr(row, name)
        if _same(old, new):
            continue
        setattr(row, name, new)
        changes[name] = _told(old, new)
    return changes


def _told(old: object, new: object) -> list[Any]:
    if isinstance(old, Translated) and isinstance(new, Translated) and (languages := looked_through(old, new)):
        return [None, {"looked_through": languages}]
    told = all(value is None or isinstance(value, _TOLD) for value in (old, new))
    return [kept(old), kept(new)] if told else [None, None]


def _same(old: object, new: object) -> bool:
    if (
        isinstance(old, Iterable)
        and isinstance(new, Iterable)
        and not isinstance(old, str)
        and not isinstance(new, str)
    ):
        return list(old) == list(new)
    return old == new
