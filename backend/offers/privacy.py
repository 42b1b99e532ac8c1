"""What offers keeps of one person: their favourites."""

from backend.kit.dossier import Part
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
