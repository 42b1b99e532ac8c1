"""What a page says after an act, by a closed set of words (`?fait=...`), so that no link puts its own."""

from backend.kit.errors import N_

SAID: dict[str, tuple[str, str]] = {
    "enregistre": ("yes", N_("C'est enregistré.")),
    "deconnecte": ("plain", N_("Vous êtes déconnecté.")),
}
