"""What every space says of firms and their trades, and how a form sends trades."""

from collections.abc import Mapping

from backend.kit.errors import N_
from backend.merchants.contracts import Has
from backend.merchants.rules import PartnerCategory, PartnerKind, Standing
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
# What a standing is called, and its colour.
STANDINGS = {
    Standing.PENDING: (N_("En cours"), "plain"),
    Standing.ACTIVE: (N_("Actif"), "yes"),
    Standing.GRACE: (N_("À payer"), "mind"),
    Standing.SUSPENDED: (N_("Suspendu"), "stop"),
    Standing.CLOSED: (N_("Terminé"), "plain"),
}
# How a contract stands with a trade.
HAS = {
    Has.TAKEN: (N_("A la place"), "yes"),
    Has.HELD: (N_("Place gardée"), "mind"),
    Has.OFFERED: (N_("Place proposée"), "mind"),
    Has.WAITING: (N_("Attend"), "plain"),
    Has.NONE: (N_("Sans place"), "plain"),
}


def shown() -> list[Trade]:
    """The words that people know first, then the rest of the list."""
    return sorted(TRADES, key=lambda trade: (not trade.plain, trade.said))


def read(values: Mapping[str, str]) -> tuple[int, ...]:
    """The trades that were ticked: a box each, so that the form works as it is."""
    ticked = (name.removeprefix(FIELD) for name in values if name.startswith(FIELD))
    return tuple(int(number) for number in ticked if number.isdecimal())


def typed_euros(cents: int) -> str:
    """As a field of euros shows it: "1000" or "12,50"."""
    euros, rest = divmod(cents, 100)
    return f"{euros},{rest:02d}" if rest else str(euros)
