"""What a page says after an act, by a closed set of words (`?fait=...`), so that no link puts its own."""

from backend.kit.errors import N_

SAID: dict[str, tuple[str, str]] = {
    "enregistre": ("yes", N_("C'est enregistré.")),
    "deconnecte": ("plain", N_("Vous êtes déconnecté.")),
    "liste-appliquee": ("yes", N_("La liste est appliquée.")),
    "import-annule": ("yes", N_("L'import est annulé : tout est comme avant.")),
}
