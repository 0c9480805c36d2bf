"""What a browser may send about partnerships."""

from collections.abc import Iterable, Sequence

from tracker.language import _l
from tracker.partnerships.models import (
    CONTACT_INTERVAL,
    Partnership,
    PartnershipKind,
    PartnershipStatus,
    Pillar,
    Publicity,
    Side,
)
from tracker.web.fields import Line, Number, OneOf, PartialDay, RowField, RowsField, Tick
from tracker.web.forms import EditForm, Filters
from tracker.web.places import CountryField
from tracker.web.translated import TranslatedField


class PartnershipForm(EditForm):
    """A partnership: who with whom, how binding, since when."""

    title = TranslatedField(_l("Title"), required=True)
    pillar = OneOf(_l("Pillar"), Pillar)
    kind = OneOf(_l("Kind"), PartnershipKind)
    here = RowsField(_l("On our side"))
    there = RowsField(_l("On the other side"))
    what_we_call_them = Line(_l("What we call them"), description=_l("In our language, if it is not just their name."))
    what_they_call_us = Line(_l("What they call us"), description=_l("In their language."))
    contact_since = PartialDay(_l("In contact since"))
    formal_since = PartialDay(_l("Formal since"))
    status = OneOf(_l("Status"), PartnershipStatus)
    ended = PartialDay(
        _l("Ended"), description=_l("Or since when another one continues it: 2007, 4/2007 or 16.4.2007.")
    )
    continued_by = RowField(_l("Continued by"), description=_l("Only where another partnership took over."))
    umbrella = RowField(_l("Under the umbrella of"))
    coordinator = RowField(_l("Coordinator"))
    contact_interval_days = Number(
        _l("Days without contact until the coordinator is reminded"),
        least=7,
        most=3650,
        default=CONTACT_INTERVAL,
        description=_l("Empty: nobody is reminded."),
    )
    summary = TranslatedField(_l("Summary"), long=True)
    is_another = Tick(_l("No, this is another partnership"))
    publicity = OneOf(
        _l("On the public page"),
        Publicity,
        default=Publicity.HIDDEN,
        description=_l(
            "By name: everybody may read its title, parties, dates, agreements and projects. No person is named."
        ),
    )
    public_text = TranslatedField(
        _l("Text for the public page"), long=True, description=_l("For everybody; the summary stays inside.")
    )

    @staticmethod
    def shown(partnership: Partnership) -> dict[str, object]:
        """Return what the row has under another name or shape."""
        return {
            "here": [party.organisation_id for party in partnership.parties if party.side is Side.HERE],
            "there": [party.organisation_id for party in partnership.parties if party.side is Side.THERE],
            "continued_by": partnership.continued_by_id,
            "umbrella": partnership.umbrella_id,
            "coordinator": partnership.coordinator_id,
        }

    def offer(
        self,
        *,
        organisations: Sequence[tuple[int, str]],
        partnerships: Iterable[tuple[int, str]],
        coordinators: Iterable[tuple[int, str]],
        besides: int | None = None,
    ) -> None:
        """Set the choices, pairs of id and name; parties come first, and a partnership is not offered to itself."""
        others = [pair for pair in partnerships if pair[0] != besides]
        for side in (self.here, self.there):
            chosen = set(side.data or ())
            side.offer(sorted(organisations, key=lambda pair: pair[0] not in chosen))
        self.continued_by.offer(others)
        self.umbrella.offer(others)
        self.coordinator.offer(coordinators)


class PillarForm(EditForm):
    """What the office says of a pillar."""

    introduction = TranslatedField(
        _l("Text"), long=True, description=_l("It stands above the partnerships of this pillar.")
    )


class PartnershipFilters(Filters):
    """What the list of partnerships is narrowed to."""

    q = Line(_l("Title or party"))
    pillar = OneOf(_l("Pillar"), Pillar, required=False)
    status = OneOf(_l("Status"), PartnershipStatus, required=False)
    kind = OneOf(_l("Kind"), PartnershipKind, required=False)
    country = CountryField(_l("Country"), required=False)
    archived = Tick(_l("Show the archive"))
