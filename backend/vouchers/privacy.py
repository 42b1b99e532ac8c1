"""What vouchers keeps of one person: what they took and what they used."""

from datetime import datetime

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Hold, Part
from backend.kit.errors import N_
from backend.offers import service as offers

ABOUT = (
    Part(
        "vouchers",
        N_("Mes bons"),
        {
            "title": N_("Avantage"),
            "partner": N_("Chez"),
            "state": N_("État"),
            "issued_at": N_("Pris"),
            "valid_until": N_("Jusqu'au"),
        },
        "SELECT t.terms ->> 'title' AS title, p.name AS partner, v.state, v.issued_at,"
        " v.valid_until FROM voucher v JOIN partner p ON p.id = v.partner"
        " JOIN offer_version t ON t.offer = v.offer AND t.version = v.offer_version"
        " WHERE v.claimant = $1 ORDER BY v.id",
    ),
    Part(
        "uses",
        N_("Mes utilisations"),
        {
            "title": N_("Avantage"),
            "shop": N_("Magasin"),
            "at": N_("Le"),
            "full_cents": N_("Prix"),
            "paid_cents": N_("Payé"),
            "saving_cents": N_("Économisé"),
            "receipt_ref": N_("Ticket"),
            "undone_at": N_("Annulée"),
        },
        "SELECT t.terms ->> 'title' AS title, s.name AS shop, r.at, r.full_cents, r.paid_cents,"
        " r.saving_cents, r.receipt_ref, u.at AS undone_at FROM redemption r"
        " JOIN shop s ON s.id = r.shop"
        " JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version"
        " LEFT JOIN reversal u ON u.redemption = r.id WHERE r.person = $1 ORDER BY r.id",
    ),
    Part(
        "contests",
        N_("Ce que j'ai contesté"),
        {
            "title": N_("Avantage"),
            "shop": N_("Magasin"),
            "opened_at": N_("Le"),
            "words": N_("Mes mots"),
            "outcome": N_("Réponse"),
            "reason": N_("Pourquoi"),
        },
        "SELECT t.terms ->> 'title' AS title, s.name AS shop, k.opened_at, k.words, k.outcome,"
        " k.reason FROM contest k JOIN redemption r ON r.id = k.redemption"
        " JOIN shop s ON s.id = r.shop"
        " JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version"
        " WHERE k.person = $1 ORDER BY k.id",
    ),
)


HOLDS = (
    # A shop may be handing over the goods this very minute.
    Hold(
        "voucher_held",
        N_("Un magasin regarde un de vos bons."),
        N_("Attendez deux minutes, puis recommencez."),
        "SELECT 1 FROM voucher WHERE claimant = $1 AND state = 'issued' AND held_until > $5",
    ),
)


async def forget(gone: Gone) -> None:
    """Their living vouchers are cancelled, and all of a household that ended; uses stay, by key."""
    within()
    await fetch("UPDATE contest SET words = '' WHERE person = $1", gone.whom.person_id)
    rows = await fetch(
        "SELECT id, offer FROM voucher WHERE (claimant = $1 OR household = ANY($2))"
        " AND state = 'issued' AND valid_until > $3 ORDER BY offer, id",
        gone.whom.person_id,
        gone.ended,
        clock.now(),
    )
    for row in rows:
        await offers.lock_offer(row["offer"])
        cancelled = await fetch_value(
            "UPDATE voucher SET state = 'cancelled', held_until = NULL, held_by = NULL,"
            " changed_at = $2 WHERE id = $1 AND state = 'issued' RETURNING id",
            row["id"],
            clock.now(),
        )
        if cancelled is not None:
            await offers.give_back(row["offer"])


async def count_old(before: datetime) -> int:
    """Refused scans; the database lets nothing younger than a year go."""
    count: int = await fetch_value(
        "SELECT count(*) FROM refused_attempt"
        " WHERE at < least($1::timestamptz, now() - interval '12 months')",
        before,
    )
    return count


async def purge_old(before: datetime) -> int:
    within()
    gone: int = await fetch_value("SELECT purge_refused_attempts($1)", before)
    return gone
