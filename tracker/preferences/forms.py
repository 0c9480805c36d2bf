"""What a browser may send about the letters somebody gets."""

from collections.abc import Collection

from tracker.language import _l
from tracker.people.models import MailChoice
from tracker.web.fields import Address, Day, Tick
from tracker.web.forms import Form


class LettersForm(Form):
    """Which letters come, and until when none."""

    reminders = Tick(_l("Reminders of dates"))
    overview = Tick(_l("The overview of everything open"))
    updates = Tick(
        _l("News of status updates"),
        description=_l("What you are asked comes whatever you choose here, and so do letters that let you in."),
    )
    paused_until = Day(
        _l("No letters until"),
        description=_l(
            "The last day without letters. What you are asked waits until you are back, and who asks sees that you are "
            "away. Empty: no pause."
        ),
    )

    @staticmethod
    def shown(stopped: Collection[MailChoice]) -> dict[str, bool]:
        """Return the ticks: what was not switched off."""
        return {choice.value: choice not in stopped for choice in MailChoice}

    def wanted(self) -> list[MailChoice]:
        """Return what is ticked."""
        return [choice for choice in MailChoice if self[choice.value].data]


class AddressForm(Form):
    """A new address of one's own."""

    email = Address(_l("New e-mail address"), required=True)
