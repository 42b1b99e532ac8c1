"""What every space says of firms and their trades, and how a form sends trades."""

from collections.abc import Mapping

from backend.kit.errors import N_
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.trades import TRADES, Trade

CATEGORIES = {
    PartnerCategory.FOOD: N_("Courses"),
    PartnerCategory.HOME: N_("Maison"),
    PartnerCategory.TRADES: N_("Artisans"),
    PartnerCategory.HEALTH: N_("Santé"),
    PartnerCategory.MOBILITY: N_("Transports"),
    PartnerCategory.CULTURE: N_("Culture"),
    PartnerCategory.SERVICES: N_("Services"),
}
KINDS = {
    PartnerKind.SHOP: N_("Commerce"),
    PartnerKind.FIRM: N_("Entreprise du bâtiment"),
    PartnerKind.ASSOCIATION: N_("Association"),
}
FIELD = "metier_"


def shown() -> list[Trade]:
    """The words that people know first, then the rest of the list."""
    return sorted(TRADES, key=lambda trade: (not trade.plain, trade.said))


def read(values: Mapping[str, str]) -> tuple[int, ...]:
    """The trades that were ticked: a box each, so that the form works as it is."""
    ticked = (name.removeprefix(FIELD) for name in values if name.startswith(FIELD))
    return tuple(int(number) for number in ticked if number.isdecimal())
