"""What orders keep of one person; what is forgotten of a parcel (S5), and what the books keep."""

from datetime import datetime

from backend.kit import clock, keys
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Hold, Part
from backend.kit.errors import N_
from backend.notifications import service as notifications
from backend.orders.service import telling
from backend.orders.service.ordering import SCOPE

ABOUT = (
    Part(
        "orders",
        N_("Mes commandes"),
        {
            "service": N_("Service"),
            "state": N_("État"),
            "ordered_at": N_("Le"),
            "amount_cents": N_("Montant"),
            "paid_cents": N_("Payé"),
            "note": N_("Note"),
            "sender": N_("Expéditeur"),
            "proof": N_("Pièce vue"),
        },
        "SELECT s.name AS service, t.state, t.ordered_at, t.amount_cents, t.paid_cents, t.note,"
        " t.sender, t.proof FROM order_ticket t JOIN counter_service s ON s.id = t.service"
        " WHERE t.person = $1 ORDER BY t.id",
    ),
    Part(
        "order_lines",
        N_("Ce que j'ai commandé"),
        {
            "name": N_("Article"),
            "words": N_("Description"),
            "count": N_("Nombre"),
            "unit_cents": N_("Prix d'un article"),
        },
        "SELECT l.name, l.words, l.many AS count, l.unit_cents FROM ticket_line l"
        " JOIN order_ticket t ON t.id = l.ticket WHERE t.person = $1 ORDER BY l.id",
    ),
)

HOLDS = (
    Hold(
        "order_open",
        N_("Une commande vous attend encore."),
        N_("Venez la chercher, ou annulez-la."),
        "SELECT 1 FROM order_ticket WHERE person = $1"
        " AND state IN ('ordered', 'confirmed', 'with_partner', 'ready')",
        "/services/commandes",
    ),
    Hold(
        "order_money",
        N_("Le club vous doit l'argent d'une commande."),
        N_("Passez au comptoir, il vous le rend."),
        "SELECT 1 FROM order_ticket WHERE person = $1 AND state = 'cancelled' AND paid_cents > 0",
        "/services/commandes",
    ),
)


async def forget(gone: Gone) -> None:
    """What was ordered and paid stays for the books, without its person and their words."""
    within()
    await fetch(
        "UPDATE ticket_line SET words = '' WHERE words <> '' AND ticket IN"
        " (SELECT id FROM order_ticket WHERE person = $1)",
        gone.whom.person_id,
    )
    await fetch(
        "UPDATE order_ticket SET person = NULL, note = '', sender = '', proof = '' WHERE person = $1",
        gone.whom.person_id,
    )


async def forget_parcels() -> int:
    """From whom it came, for whom, and which paper was seen: gone so many days after its end, with all
    that tells of it elsewhere (S5).
    """
    within()
    rows = await fetch(
        "UPDATE order_ticket t SET person = NULL, household = NULL, sender = '', note = '',"
        " proof = '', shelf = '', forgotten_at = $1 FROM counter_service s WHERE s.id = t.service"
        " AND s.holds AND t.forgotten_at IS NULL"
        " AND t.state IN ('collected', 'cancelled', 'refunded')"
        " AND t.changed_at + make_interval(days => s.forget_days::int) <= $1 RETURNING t.public_id",
        clock.now(),
    )
    gone = [row["public_id"] for row in rows]
    await notifications.unsay(telling.KINDS, gone)
    await keys.unsay(SCOPE, "ticket", gone, ["ticket", "code"])
    await fetch_value("SELECT unlink_parcels($1)", gone)
    return len(gone)


# Ended before $1 and still somebody's; one of which money is owed either way is kept.
_OLD = (
    "t.state IN ('collected', 'cancelled', 'refunded') AND t.changed_at < $1"
    " AND (t.person IS NOT NULL OR t.household IS NOT NULL)"
    " AND t.paid_cents = CASE t.state WHEN 'collected' THEN t.amount_cents ELSE 0 END"
)


async def count_old(before: datetime) -> int:
    """Orders that ended before an instant and still name somebody."""
    count: int = await fetch_value(f"SELECT count(*) FROM order_ticket t WHERE {_OLD}", before)  # noqa: S608 - our own words
    return count


async def purge_old(before: datetime) -> int:
    """What was ordered and paid stays, for the books and the figures; who it was goes (D2)."""
    within()
    rows = await fetch(
        f"UPDATE order_ticket t SET person = NULL, household = NULL, note = '' WHERE {_OLD}"  # noqa: S608 - our own words
        " RETURNING t.id",
        before,
    )
    await fetch(
        "UPDATE ticket_line SET words = '' WHERE words <> '' AND ticket = ANY($1)",
        [row["id"] for row in rows],
    )
    return len(rows)
