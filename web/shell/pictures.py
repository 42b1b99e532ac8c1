"""Which flat picture stands for an offer: its own, else its shelf's."""

from pathlib import Path

from backend.kit.errors import N_, Invalid
from backend.merchants.rules import PartnerCategory

FOLDER = Path(__file__).resolve().parents[1] / "static" / "pictures"
KNOWN = frozenset(path.stem for path in FOLDER.glob("*.svg"))
SHELVES = {
    PartnerCategory.FOOD: "basket",
    PartnerCategory.HOME: "drill",
    PartnerCategory.TRADES: "paint",
    PartnerCategory.HEALTH: "glasses",
    PartnerCategory.MOBILITY: "bike",
    PartnerCategory.CULTURE: "books",
    PartnerCategory.SERVICES: "key",
}


def check_known(name: str | None) -> None:
    """Raises Invalid at the field `picture` for one that we do not have."""
    if name is not None and name not in KNOWN:
        raise Invalid({"picture": N_("Choisissez une réponse de la liste.")})


def picture_of(name: str | None, category: PartnerCategory) -> str:
    return name if name in KNOWN else SHELVES[category]
