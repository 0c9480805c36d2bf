"""What a browser may send about milestones."""

from collections.abc import Iterable

from tracker.language import _l
from tracker.milestones.models import Milestone, MilestoneKind
from tracker.web.fields import Day, Line, OneOf, RowField, Tick
from tracker.web.forms import EditForm, Filters
from tracker.web.translated import TranslatedField


class MilestoneForm(EditForm):
    """A milestone: what is promised, by when, by whom."""

    title = TranslatedField(_l("Title"), required=True)
    due_on = Day(_l("Date"), required=True)
    kind = OneOf(_l("Kind"), MilestoneKind, default=MilestoneKind.MILESTONE)
    responsible_organisation = RowField(
        _l("Responsible organisation"),
        description=_l("One that takes part in the project. It may say how things stand."),
    )
    responsible_person = RowField(
        _l("Responsible person"), description=_l("Who is reminded. Without one it is the organisation's first contact.")
    )

    def offer(self, *, organisations: Iterable[tuple[int, str]], people: Iterable[tuple[int, str]]) -> None:
        """Set the choices, pairs of id and name."""
        self.responsible_organisation.offer(organisations)
        self.responsible_person.offer(people)

    @staticmethod
    def shown(milestone: Milestone) -> dict[str, object]:
        """Return what the row has in another shape."""
        return {
            "responsible_organisation": milestone.responsible_organisation_id,
            "responsible_person": milestone.responsible_person_id,
        }


class MoveForm(EditForm):
    """A new date for a milestone, and nothing else."""

    due_on = Day(_l("New date"), required=True)


class MilestoneFilters(Filters):
    """What the list of milestones is narrowed to."""

    q = Line(_l("Title"))
    organisation = RowField(_l("Responsible organisation"))
    project = RowField(_l("Project"))
    archived = Tick(_l("Show the archive"))
