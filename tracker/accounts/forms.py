"""What a browser may send about accounts."""

from tracker.accounts.models import Role
from tracker.language import _l
from tracker.web.fields import Address, OneOf
from tracker.web.forms import EditForm, Form


class InviteForm(Form):
    """Where the invitation goes, and as what somebody is invited."""

    email = Address(
        _l("E-mail address"), required=True, description=_l("One signs in with it. It belongs to nobody else.")
    )
    role = OneOf(_l("Role"), Role)

    def offer(self, roles: tuple[Role, ...]) -> None:
        """Let only these roles be chosen."""
        self.role.choices = [(role.value, role.label) for role in roles]


class AccountForm(EditForm):
    """The role of an account, and the address one signs in with."""

    email = Address(
        _l("E-mail address"), required=True, description=_l("One signs in with it. It belongs to nobody else.")
    )
    role = OneOf(_l("Role"), Role)
