"""Looking again at what was planned: whether it is still to be said, and if not, why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from tracker.reminders.matters import Expected, Matter, Recipient, Rule, Subject, Why
from tracker.reminders.rules import against_their_wish, expected, joined_as, line_up, rule_for, too_late


@dataclass(frozen=True)
class Topic:
    """What a letter says about one matter."""

    matter: Matter
    subject: Subject
    why: Why
    #: The local date it was meant for.
    meant_for: date


@dataclass(frozen=True)
class Unwanted:
    """Why a reminder is not wanted any more: a key of `REASONS`, with its facts."""

    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Planned:
    """A reminder as it stands in the table."""

    rule_id: int
    subject: str
    person_id: int
    local_date: date
    due_on: date

    @property
    def key(self) -> tuple[int, str, int, date]:
        """What makes the reminder one."""
        return self.rule_id, self.subject, self.person_id, self.local_date


@dataclass(frozen=True)
class Look:
    """How things stand now, for reminders that were planned earlier."""

    rules: Mapping[int, Rule]
    matters: Mapping[str, Matter]
    people: Mapping[int, Recipient]
    expected: Mapping[tuple[int, str, int, date], Expected]

    @classmethod
    def now(
        cls, rules: Iterable[Rule], matters: Mapping[str, Matter], people: Mapping[int, Recipient], day: date
    ) -> Self:
        """Return how things stand on a local date."""
        standing = {rule.id: rule for rule in rules}
        found = [one for matter in matters.values() for one in expected(standing.values(), matter, people, until=day)]
        return cls(standing, matters, people, {one.key: one for one in found})

    def at(self, planned: Planned, today: date) -> Topic | Unwanted:
        """Return what a letter of today says about it, or why it says nothing."""
        matter, recipient = self.matters.get(planned.subject), self.people[planned.person_id]
        rule, found = self.rules.get(planned.rule_id), self.expected.get(planned.key)
        if matter is None:
            return Unwanted("nothing_open" if planned.subject.startswith("overview:") else "milestone_archived")
        if reason := matter.over or recipient.unreachable:
            return Unwanted(reason)
        subject = matter.subject_of(rule.subject) if rule else None
        if rule is None or subject is None or rule.active_since is None or rule != self._standing(rule, matter):
            return Unwanted("rule_off")
        if unwished := against_their_wish(subject, recipient, today):
            return Unwanted(*unwished)
        why = found.why if found else self._why(subject, rule, matter, recipient)
        if unwanted := self._outdated(planned, subject, matter, found, today):
            return unwanted
        return Topic(matter, subject, why, planned.local_date) if why else Unwanted("responsible_changed")

    def _standing(self, rule: Rule, matter: Matter) -> Rule | None:
        return rule_for(self.rules.values(), rule.subject, matter.project_id)

    @staticmethod
    def _outdated(
        planned: Planned, subject: Subject, matter: Matter, found: Expected | None, today: date
    ) -> Unwanted | None:
        """Say whether its date, an answer or the wish of the person has overtaken it."""
        facts = {"was_on": planned.due_on.isoformat(), "due_on": matter.due_on.isoformat()}
        if found is None and subject.is_undated:
            return Unwanted("too_old")
        if found is None and matter.due_on != planned.due_on:
            return Unwanted(subject.moved, facts)
        if found is not None and found.occurrence.reason is not None:
            return Unwanted(found.occurrence.reason, found.occurrence.facts)
        return Unwanted("date_passed", facts) if too_late(subject, matter.due_on, today) else None

    def _why(self, subject: Subject, rule: Rule, matter: Matter, recipient: Recipient) -> Why | None:
        """Return as what somebody is still in the line; their calendar may have changed since."""
        line = dict(line_up(matter, self.people).chosen)
        if recipient in line:
            return line[recipient]
        return joined_as(subject, rule, matter, recipient, self.people)

    def reply_to(self, topics: Iterable[Topic], recipient: Recipient) -> str | None:
        """Return the address of who asked or coordinates, for the first of these topics that has one."""
        for topic in sorted(topics, key=lambda one: (one.matter.due_on, one.matter.key)):
            for person_id in topic.matter.reply_ids or topic.matter.coordinator_ids:
                coordinator = self.people[person_id]
                if coordinator.unreachable is None and person_id != recipient.person_id:
                    return coordinator.address
        return None
