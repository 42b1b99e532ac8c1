"""What people keeps of one person, and how it forgets."""

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_
from backend.people.errors import PersonMissing

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
        "SELECT a.at, a.verb, coalesce(nullif(btrim(concat_ws(' ', p.given_name, p.family_name)), ''),"
        " a.actor) AS by, a.facts FROM audit_entry a LEFT JOIN person p"
        " ON a.actor = 'person' AND p.id = a.actor_id WHERE a.subject_id = $1 ORDER BY a.id",
    ),
)


class Names(msgspec.Struct, frozen=True):
    """What a person was called and where they were reached; `alone`: addresses nobody else has."""

    given_name: str
    family_name: str
    values: list[str]
    alone: list[str]


async def names_of(person_id: int) -> Names:
    """The person, held until the end of the transaction. Raises PersonMissing, also when erased."""
    within()
    row = await fetch_one(
        "SELECT given_name, family_name FROM person WHERE id = $1 AND erased_at IS NULL FOR UPDATE",
        person_id,
    )
    if row is None:
        raise PersonMissing
    rows = await fetch(
        "SELECT DISTINCT c.value, NOT EXISTS (SELECT 1 FROM contact_point o WHERE o.value = c.value"
        "  AND o.person <> c.person) AS alone FROM contact_point c WHERE c.person = $1",
        person_id,
    )
    return Names(
        row["given_name"],
        row["family_name"],
        [each["value"] for each in rows],
        [each["value"] for each in rows if each["alone"]],
    )


async def forget(gone: Gone) -> None:
    """Names and addresses; consents stay without a name, to show what was allowed (N1)."""
    within()
    await fetch("DELETE FROM contact_point WHERE person = $1", gone.whom.person_id)
    await fetch(
        "UPDATE person SET given_name = '', family_name = '', born_on = NULL, language = 'fr',"
        " search = '', erased_at = $2 WHERE id = $1",
        gone.whom.person_id,
        clock.now(),
    )
