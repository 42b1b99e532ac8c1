"""The legal texts of a club that does not exist, short and plain."""

TEXTS = {
    "aide": (
        "Aide",
        """\
Une question ? Passez au comptoir, ou écrivez à club@example.org.

Vous n'avez pas reçu votre code ? Attendez une minute, puis demandez-en un autre.

Vous n'avez pas de téléphone ? Le comptoir vous fait une carte en papier.
""",
    ),
    "accessibilite": (
        "Accessibilité",
        """\
Ce site vise le niveau AA du RGAA. Il marche au clavier et sans JavaScript.

Une page vous bloque ? Dites-le à club@example.org : nous vous aidons autrement.
""",
    ),
    "ecoconception": (
        "Écoconception",
        """\
La première vue d'une page d'adhérent pèse au plus 100 ko, en 12 requêtes au plus.

Aucune requête ne part vers un autre site.
""",
    ),
    "mentions-legales": (
        "Mentions légales",
        """\
Le Club de l'Orme, association loi 1901, 1 place du Palier, 80930 Ormeval. Ce club est inventé : c'est une démonstration.

Responsable de publication : Claire Montagne. Hébergement : cet ordinateur.
""",
    ),
    "conditions": (
        "Conditions",
        """\
L'adhésion coûte 1 euro par mois pour un locataire, 5 euros pour un voisin.

Payée pour 12 mois, elle ne se renouvelle jamais seule. Payée chaque mois, elle s'arrête quand vous voulez, à la fin du mois payé.

Un bon sert une fois, dans la boutique indiquée, avant sa date de fin.
""",
    ),
    "confidentialite": (
        "Confidentialité",
        """\
Nous gardons votre nom, votre adresse, vos paiements et vos bons. Rien d'autre.

Un commerçant voit votre prénom, une initiale et votre carreau. Jamais votre adresse.

Pour voir, corriger ou effacer vos données : club@example.org.
""",
    ),
    "retractation": (
        "Rétractation",
        """\
Vous avez 14 jours pour changer d'avis après un paiement en ligne.

Écrivez à club@example.org : « Je me rétracte de mon adhésion », avec votre nom et la date. Nous rendons l'argent par le même moyen.
""",
    ),
}
