"""What billing keeps of a household's payer, and how it forgets who that was.

Orders, payments, the journal and receipts are the club's accounts: they stay for ten years
(Code de commerce, art. L123-22), receipts with the name they were issued to.
"""

from backend.kit.dossier import Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "payers",
        N_("À quel nom sont les reçus"),
        {
            "name": N_("Nom"),
            "street": N_("Rue"),
            "postcode": N_("Code postal"),
            "town": N_("Ville"),
            "email": N_("E-mail"),
            "stripe_customer": N_("Numéro chez Stripe"),
        },
        "SELECT name, street, postcode, town, email, stripe_customer FROM payer"
        " WHERE id IN (SELECT payer FROM unnest($3::bigint[], $4::timestamptz[])"
        "  AS mine(payer, until) WHERE until IS NULL) ORDER BY id",
    ),
    Part(
        "orders",
        N_("Ce que mon foyer a demandé à payer"),
        {
            "label": N_("Quoi"),
            "way": N_("Comment"),
            "amount_cents": N_("Montant"),
            "created_at": N_("Le"),
            "cancelled_at": N_("Annulé"),
            "failed_at": N_("Échec"),
        },
        "SELECT o.label, o.way, o.amount_cents, o.created_at, o.cancelled_at, o.failed_at"
        " FROM pay_order o"
        " JOIN unnest($3::bigint[], $4::timestamptz[]) AS mine(payer, until) ON mine.payer = o.payer"
        " AND o.created_at < coalesce(mine.until, 'infinity') ORDER BY o.id",
    ),
    Part(
        "payments",
        N_("Ce que mon foyer a payé"),
        {
            "kind": N_("Sorte"),
            "way": N_("Comment"),
            "amount_cents": N_("Montant"),
            "received_at": N_("Le"),
            "note": N_("Note"),
        },
        "SELECT p.kind, p.way, p.amount_cents, p.received_at, p.note"
        " FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " JOIN unnest($3::bigint[], $4::timestamptz[]) AS mine(payer, until) ON mine.payer = o.payer"
        " AND p.received_at < coalesce(mine.until, 'infinity') ORDER BY p.id",
    ),
    Part(
        "receipts",
        N_("Mes reçus"),
        {
            "number": N_("Numéro"),
            "issued_at": N_("Le"),
            "label": N_("Pour"),
            "amount": N_("Montant"),
            "payer": N_("Au nom de"),
        },
        "SELECT r.printed ->> 'number' AS number, r.issued_at, r.printed ->> 'label' AS label,"
        " r.printed ->> 'amount' AS amount, r.printed -> 'payer' ->> 'name' AS payer"
        " FROM receipt r JOIN payment p ON p.id = r.payment JOIN pay_order o ON o.id = p.pay_order"
        " JOIN unnest($3::bigint[], $4::timestamptz[]) AS mine(payer, until) ON mine.payer = o.payer"
        " AND r.issued_at < coalesce(mine.until, 'infinity') ORDER BY r.id",
    ),
)
