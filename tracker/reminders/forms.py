"""What the list of reminders is narrowed to."""

from tracker.language import _l
from tracker.web.fields import RowField
from tracker.web.forms import Filters


class ReminderFilters(Filters):
    """One person, one project, or both."""

    person = RowField(_l("Person"))
    project = RowField(_l("Project"))
