"""Which flat picture stands for an offer: its own, else its shelf's."""

from pathlib import Path

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


def picture_of(name: str | None, category: PartnerCategory) -> str:
    return name if name in KNOWN else SHELVES[category]
