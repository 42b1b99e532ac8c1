"""Words of partners."""

from enum import StrEnum


class PartnerKind(StrEnum):
    SHOP = "shop"
    FIRM = "firm"
    ASSOCIATION = "association"


class PartnerCategory(StrEnum):
    """Shelves of the catalogue."""

    FOOD = "food"
    HOME = "home"
    TRADES = "trades"
    HEALTH = "health"
    MOBILITY = "mobility"
    CULTURE = "culture"
    SERVICES = "services"
