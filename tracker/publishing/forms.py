"""What a browser may send about the public page."""

from tracker.language import _l
from tracker.web.fields import Tick
from tracker.web.forms import EditForm
from tracker.web.translated import TranslatedField


class PublicPageForm(EditForm):
    """Whether there is a public page, and what it begins with."""

    public_page = Tick(
        _l("Everybody may read the public page"),
        description=_l("It shows what is chosen below, and no person. While this is off, nobody finds it."),
    )
    introduction = TranslatedField(
        _l("Introduction"),
        long=True,
        description=_l("There is a page in each language of this text, and in the language of the office."),
    )
