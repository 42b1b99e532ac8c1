"""What people keeps of one person, and how it forgets."""

import msgspec

from backend.kit.dossier import Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "person",
        N_("Qui je suis"),
        {
            "given_name": N_("Prénom"),
            "family_name": N_("Nom"),
            "born_on": N_("Né(e) le"),
            "language": N_("Langue"),
            "created_at": N_("Connu(e) du club depuis"),
        },
        "SELECT given_name, family_name, born_on, language, created_at FROM person WHERE id = $1",
    ),
    Part(
        "contacts",
        N_("Mes adresses et numéros"),
        {
            "value": N_("Adresse ou numéro"),
            "verified_at": N_("Confirmé"),
            "created_at": N_("Ajouté"),
            "ended_at": N_("Retiré"),
        },
        "SELECT value, verified_at, created_at, ended_at FROM contact_point WHERE person = $1"
        " ORDER BY id",
    ),
    Part(
        "consents",
        N_("Mes choix de messages"),
        {
            "subject": N_("Pour quoi"),
            "medium": N_("Comment"),
            "given": N_("Réponse"),
            "text_version": N_("Texte lu"),
            "source": N_("Dit"),
            "at": N_("Le"),
        },
        "SELECT subject, medium, given, text_version, source, at FROM consent WHERE person = $1"
        " ORDER BY id",
    ),
    Part(
        "acts",
        N_("Ce qui a été fait dans mon dossier"),
        {
            "at": N_("Le"),
            "verb": N_("Acte"),
            "by": N_("Par"),
            "facts": N_("Détails"),
        },
        "SELECT a.at, a.verb, coalesce(nullif(concat_ws(' ', p.given_name, p.family_name), ''),"
        " a.actor) AS by, a.facts::text AS facts FROM audit_entry a LEFT JOIN person p"
        " ON a.actor = 'person' AND p.id = a.actor_id WHERE a.subject_id = $1 ORDER BY a.id",
    ),
)


class Names(msgspec.Struct, frozen=True):
    """What a person was called and where they were reached, told to who must forget it too.

    `alone` are the addresses that nobody else has.
    """

    given_name: str
    family_name: str
    values: list[str]
    alone: list[str]
