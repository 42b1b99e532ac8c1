"""What billing keeps of a household's payer, and how it forgets who that was.

Orders, payments, the journal and receipts are the club's accounts: they stay for ten years
(Code de commerce, art. L123-22), receipts with the name they were issued to.
"""

from datetime import datetime

from backend.billing import customers, service
from backend.kit import clock
from backend.kit.database import fetch, within
from backend.kit.dossier import Gone, Part, Whom
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
    Part(
        "cheques",
        N_("Chèques de mon foyer"),
        {"bank": N_("Banque"), "number": N_("Numéro"), "holder": N_("Au nom de")},
        "SELECT c.bank, c.number, c.holder FROM cheque c JOIN payment p ON p.id = c.payment"
        " JOIN pay_order o ON o.id = p.pay_order"
        " JOIN unnest($3::bigint[], $4::timestamptz[]) AS mine(payer, until)"
        " ON mine.payer = o.payer AND p.received_at < coalesce(mine.until, 'infinity')"
        " ORDER BY c.id",
    ),
    Part(
        "bank_lines",
        N_("Virements reçus de mon foyer"),
        {"on": N_("Le"), "amount_cents": N_("Montant"), "name": N_("Nom"), "label": N_("Libellé")},
        'SELECT b."on", b.amount_cents, b.name, b.label FROM bank_line b'
        " JOIN journal_entry e ON e.id = b.entry JOIN payment p ON p.id = e.payment"
        " JOIN pay_order o ON o.id = p.pay_order"
        " JOIN unnest($3::bigint[], $4::timestamptz[]) AS mine(payer, until)"
        " ON mine.payer = o.payer AND p.received_at < coalesce(mine.until, 'infinity')"
        " ORDER BY b.id",
    ),
    Part(
        "refunds",
        N_("Remboursements demandés pour mon foyer"),
        {
            "amount_cents": N_("Montant"),
            "reason": N_("Pourquoi"),
            "asked_at": N_("Demandé"),
            "refused_at": N_("Refusé"),
        },
        "SELECT f.amount_cents, f.reason, f.asked_at, f.refused_at FROM refund f"
        " JOIN payment p ON p.id = f.payment JOIN pay_order o ON o.id = p.pay_order"
        " JOIN unnest($3::bigint[], $4::timestamptz[]) AS mine(payer, until)"
        " ON mine.payer = o.payer AND f.asked_at < coalesce(mine.until, 'infinity') ORDER BY f.id",
    ),
)


async def forget(gone: Gone) -> None:
    """Payers of households that ended lose their name and address; the accounts keep the keys.

    A household that goes on has its receipts made out to who stays. Nothing of theirs is charged
    any more, so that what Stripe keeps of who paid goes too; what was ordered after they left is
    the others'.
    """
    within()
    for payer in gone.ended_payers:
        await customers.ask_forget(payer, clock.now())
    for payer in gone.heirs:
        await customers.ask_forget(payer, _left(gone.whom, payer) or clock.now())
    for payer in gone.ended_payers:
        await service.give_up_orders(payer)
        await fetch(
            "UPDATE payer SET name = '', street = '', postcode = '', town = '', email = NULL"
            " WHERE id = $1",
            payer,
        )
        await fetch("UPDATE pay_order SET checkout_url = NULL WHERE payer = $1", payer)
    for payer, heir in gone.heirs.items():
        await service.hand_on(payer, gone.name, heir, gone.values)


def _left(whom: Whom, payer: int) -> datetime | None:
    """The day after the last stay with this payer; None for who was there until now."""
    ends = [until for of, until in zip(whom.payers, whom.until, strict=True) if of == payer]
    left = [until for until in ends if until is not None]
    return max(left) if len(left) == len(ends) else None
