"""What a page says after an act, by a closed set of words (`?fait=...`), so that no link puts its own."""

from backend.kit.errors import N_

SAID: dict[str, tuple[str, str]] = {
    "compte-change": (
        "yes",
        N_("Le compte est changé. Les responsables sont prévenus."),
    ),
    "enregistre": ("yes", N_("C'est enregistré.")),
    "foyer-fini": ("yes", N_("Le foyer a quitté le club.")),
    "deconnecte": ("plain", N_("Vous êtes déconnecté.")),
    "appareil-ferme": ("yes", N_("Cet appareil est déconnecté.")),
    "appareils-fermes": ("yes", N_("Tous vos autres appareils sont déconnectés.")),
    "adresse-ajoutee": ("yes", N_("C'est fait. Vous pouvez entrer avec cette adresse.")),
    "adresse-retiree": ("yes", N_("Cette adresse est retirée de votre compte.")),
    "favori": ("yes", N_("C'est dans vos favoris.")),
    "plus-favori": ("plain", N_("Ce n'est plus dans vos favoris.")),
    "bon-annule": ("plain", N_("Ce bon est annulé.")),
    "liste-appliquee": ("yes", N_("La liste est appliquée.")),
    "import-annule": ("yes", N_("L'import est annulé : tout est comme avant.")),
    "caisse-inscrite": ("yes", N_("Cette caisse est inscrite. Vous pouvez scanner.")),
    "mensualite-arretee": ("yes", N_("C'est arrêté. Nous vous le confirmons par message.")),
    "mensualite-arret-demande": ("yes", N_("L'arrêt est demandé. La personne est prévenue.")),
    "texte-publie": ("yes", N_("La nouvelle version est publiée.")),
    "carte-ancienne": ("mind", N_("Code d'une autre minute. Vérifiez l'identité de la personne.")),
    "inscrit": ("yes", N_("La personne est inscrite. Encaissez la cotisation.")),
    "cotisation-encaissee": ("yes", N_("Cotisation encaissée. Le reçu est prêt.")),
    "cotisation-annulee": ("yes", N_("Cotisation annulée. Rendez l'argent à la personne.")),
    "bon-pris": ("yes", N_("Bon pris. Vous pouvez l'imprimer.")),
    "utilisation-annulee": ("yes", N_("L'utilisation est annulée. La personne est prévenue.")),
    "carte-retiree": ("yes", N_("Cette carte ne marche plus.")),
    "avantage-publie": ("yes", N_("L'avantage est publié.")),
    "caisse-fermee": ("yes", N_("La caisse est fermée. Elle ne peut plus rien valider.")),
}
