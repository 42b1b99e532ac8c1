"""What offers keeps of one person: their favourites."""

from backend.kit.database import fetch, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "favourites",
        N_("Mes favoris"),
        {"title": N_("Avantage"), "partner": N_("Chez"), "since": N_("Depuis")},
        "SELECT o.title, p.name AS partner, f.since FROM favourite f"
        " JOIN offer o ON o.id = f.offer JOIN partner p ON p.id = o.partner"
        " WHERE f.person = $1 ORDER BY f.id",
    ),
)


async def forget(gone: Gone) -> None:
    within()
    await fetch("DELETE FROM favourite WHERE person = $1", gone.whom.person_id)
