"""What merchants keeps of one person: what they asked or signed for their firm."""

from datetime import datetime

from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "partner_applications",
        N_("Mes candidatures de partenaire"),
        {
            "name": N_("Entreprise"),
            "given_name": N_("Prénom"),
            "family_name": N_("Nom"),
            "email": N_("E-mail"),
            "phone": N_("Téléphone"),
            "asked_at": N_("Demandée"),
            "decided_at": N_("Répondue"),
        },
        "SELECT a.name, a.given_name, a.family_name, a.email, a.phone, a.asked_at, a.decided_at"
        " FROM partner_application a WHERE a.email IN (SELECT c.value FROM contact_point c"
        "  WHERE c.person = $1 AND c.channel = 'email' AND c.ended_at IS NULL) ORDER BY a.id",
    ),
    Part(
        "contracts",
        N_("Les conventions que j'ai signées"),
        {
            "partner": N_("Partenaire"),
            "first_day": N_("Du"),
            "last_day": N_("Au"),
            "accepted_at": N_("Signée"),
            "signer": N_("Signataire"),
        },
        "SELECT p.name AS partner, lower(c.during) AS first_day, upper(c.during) - 1 AS last_day,"
        " c.accepted_at, c.signer FROM contract c JOIN partner p ON p.id = c.partner"
        " WHERE c.accepted_by = $1 ORDER BY c.id",
    ),
)


async def forget(gone: Gone) -> None:
    """A firm's application keeps the firm; the person behind it goes."""
    within()
    await fetch(
        "UPDATE partner_application SET given_name = '', family_name = '', email = '', phone = NULL"
        " WHERE email = ANY($1)",
        gone.alone,
    )


# Who asked and was not taken is forgotten after some months; who was taken as long after their
# firm's last contract. What the firm is, and who signed, stay with it.
_REFUSED = " FROM partner_application WHERE refused_because IS NOT NULL AND decided_at < $1"


async def count_refused(before: datetime) -> int:
    found: int = await fetch_value("SELECT count(*)" + _REFUSED, before)
    return found


async def purge_refused(before: datetime) -> int:
    within()
    rows = await fetch("DELETE" + _REFUSED + " RETURNING id", before)
    return len(rows)


_LEFT = (
    " partner_application a WHERE a.partner IS NOT NULL AND a.decided_at < $1"
    " AND (a.given_name, a.family_name, a.email) <> ('', '', '')"
    " AND NOT EXISTS (SELECT 1 FROM contract c WHERE c.partner = a.partner"
    "  AND (coalesce(c.ended_on, upper(c.during)) > ($1::timestamptz AT TIME ZONE 'Europe/Paris')::date"
    "   OR EXISTS (SELECT 1 FROM trade_wait w WHERE w.contract = c.id AND w.ended_at IS NULL)))"
)


async def count_left(before: datetime) -> int:
    found: int = await fetch_value("SELECT count(*) FROM" + _LEFT, before)
    return found


async def forget_left(before: datetime) -> int:
    """Who asked for a firm whose last contract ended before that day, and that waits for no place."""
    within()
    named = " SET given_name = '', family_name = '', email = '', phone = NULL WHERE id IN"
    rows = await fetch(
        f"UPDATE partner_application{named} (SELECT a.id FROM{_LEFT}) RETURNING id",
        before,
    )
    return len(rows)
