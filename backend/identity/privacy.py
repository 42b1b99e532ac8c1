"""What identity keeps of one person: devices, second codes, roles."""

from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Hold, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "devices",
        N_("Mes appareils"),
        {
            "device": N_("Appareil"),
            "created_at": N_("Connecté"),
            "seen_at": N_("Vu"),
            "revoked_at": N_("Fermé"),
        },
        "SELECT device, created_at, seen_at, revoked_at FROM session WHERE person = $1 ORDER BY id",
    ),
    Part(
        "factors",
        N_("Mes seconds codes"),
        {
            "kind": N_("Sorte"),
            "name": N_("Nom"),
            "created_at": N_("Créé"),
            "used_at": N_("Servi"),
            "revoked_at": N_("Retiré"),
        },
        "SELECT kind, name, created_at, used_at, revoked_at FROM factor WHERE person = $1"
        " ORDER BY id",
    ),
    Part(
        "recovery_codes",
        N_("Mes codes de secours"),
        {"created_at": N_("Créé"), "used_at": N_("Servi")},
        "SELECT created_at, used_at FROM recovery_code WHERE person = $1 ORDER BY id",
    ),
    Part(
        "roles",
        N_("Mes rôles au club"),
        {"role": N_("Rôle"), "granted_at": N_("Depuis"), "ended_at": N_("Jusqu'au")},
        "SELECT role, granted_at, ended_at FROM role_grant WHERE person = $1 ORDER BY id",
    ),
    Part(
        "workplaces",
        N_("Où je travaille pour le club"),
        {"site": N_("Lieu"), "since": N_("Depuis"), "left_at": N_("Jusqu'au")},
        "SELECT s.name AS site, w.since, w.left_at FROM workplace w JOIN site s ON s.id = w.site"
        " WHERE w.person = $1 ORDER BY w.id",
    ),
    Part(
        "suspensions",
        N_("Mes suspensions"),
        {"since": N_("Depuis"), "until": N_("Jusqu'au"), "reason": N_("Pourquoi")},
        "SELECT since, until, reason FROM suspension WHERE person = $1 ORDER BY id",
    ),
)


HOLDS = (
    # Somebody of the house, or a partner's: the club takes the role back first.
    Hold(
        "role",
        N_("Vous avez un rôle dans le club ou chez un partenaire."),
        N_("Demandez à un responsable de le retirer."),
        "SELECT 1 FROM role_grant WHERE person = $1 AND ended_at IS NULL",
    ),
)


async def had_role(person_id: int) -> bool:
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM role_grant WHERE person = $1)", person_id
    )
    return found


async def forget(gone: Gone) -> None:
    """Devices, codes and seconds codes go; that somebody once had a role stays, by key."""
    within()
    person_id = gone.whom.person_id
    for table in ("session", "factor", "recovery_code"):
        await fetch(f"DELETE FROM {table} WHERE person = $1", person_id)  # noqa: S608 - our own words
    await fetch("UPDATE suspension SET reason = '' WHERE person = $1", person_id)
    await fetch("DELETE FROM sign_in_code WHERE value = ANY($1)", gone.values)
