"""What vouchers keeps of one person: what they took and what they used."""

from backend.kit.dossier import Part
from backend.kit.errors import N_

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
)
