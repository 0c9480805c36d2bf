"""What a browser may send about a mail that came in."""

from tracker.language import _l
from tracker.log.forms import NewEntryForm
from tracker.web.fields import Paragraphs, RowsField


class TakeForm(NewEntryForm):
    """The log entry that a mail becomes, and which files go along."""

    details = Paragraphs(_l("Details"), render_kw={"rows": 14})
    files = RowsField(_l("Files that go along"))
