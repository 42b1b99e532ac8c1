"""What activities keep of one person: where they had a seat, and whether they came."""

from datetime import datetime

from backend.activities import money
from backend.activities.service import paying
from backend.activities.service.line import lock_session, promote
from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Hold, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "activities",
        N_("Mes activités"),
        {
            "title": N_("Activité"),
            "starts_at": N_("Le"),
            "state": N_("État"),
            "asked_at": N_("Demandée le"),
            "cancelled_at": N_("Annulée le"),
            "attended": N_("Venu"),
            "price_cents": N_("Prix"),
            "paid_cents": N_("Payé"),
        },
        "SELECT a.title, a.starts_at, s.state, s.asked_at, s.cancelled_at, s.attended,"
        " s.price_cents, (SELECT sum(t.part_cents)::bigint FROM seat_payment t WHERE t.seat = s.id)"
        " AS paid_cents FROM seat s"
        " JOIN activity_session a ON a.id = s.session WHERE s.person = $1 ORDER BY s.id",
    ),
    Part(
        "activities_led",
        N_("Activités que j'anime"),
        {"title": N_("Activité"), "starts_at": N_("Le")},
        "SELECT title, starts_at FROM activity_session WHERE leader = $1 ORDER BY starts_at, id",
    ),
)

_PAID = (
    "SELECT 1 FROM seat s JOIN activity_session a ON a.id = s.session WHERE s.person = $1"
    " AND s.paid_cents > 0 AND "
)
HOLDS = (
    Hold(
        "seat_paid",
        N_("Vous avez payé une place pour une activité à venir."),
        N_("Rendez la place d'abord, puis recommencez."),
        f"{_PAID} a.starts_at > $5 AND {money.STANDS}",
        "/agenda/mes-places",
    ),
    # What Stripe could not give back is the club's to give, too.
    Hold(
        "seat_money",
        N_("Le club vous doit l'argent d'une activité."),
        N_("Passez au comptoir, il vous le rend."),
        f"{_PAID} NOT {money.STANDS}",
        "/agenda/mes-places",
    ),
)


async def forget(gone: Gone) -> None:
    """What is to come goes to the next in line; what they led is led by the club."""
    within()
    person_id, now = gone.whom.person_id, clock.now()
    rows = await fetch(
        "SELECT s.id, a.public_id FROM seat s JOIN activity_session a ON a.id = s.session"
        " WHERE s.person = $1 AND s.state <> 'cancelled' AND a.starts_at > $2"
        " ORDER BY a.id, s.id",
        person_id,
        now,
    )
    for row in rows:
        session = await lock_session(row["public_id"])
        await paying.give_up(SYSTEM, session, [row["id"]])
        await promote(session)
    await fetch("UPDATE seat SET contact = NULL WHERE contact = $1", person_id)
    await fetch(
        "UPDATE activity_session SET leader = NULL, leader_name = '' WHERE leader = $1", person_id
    )


# Whoever the club owes money for a seat is known until it is given back.
_OLD = (
    "FROM seat s WHERE (s.person IS NOT NULL OR s.household IS NOT NULL) AND EXISTS"  # noqa: S608 - our own words
    " (SELECT 1 FROM activity_session a WHERE a.id = s.session AND a.ends_at < $1"
    f"  AND (s.paid_cents = 0 OR {money.STANDS}))"
)


async def count_old(before: datetime) -> int:
    """Seats of sessions that ended before an instant and still name somebody."""
    count: int = await fetch_value(f"SELECT count(*) {_OLD}", before)
    return count


async def purge_old(before: datetime) -> int:
    """That somebody had a seat stays, for the figures; who it was goes (A4)."""
    within()
    rows = await fetch(
        f"UPDATE seat SET person = NULL, household = NULL, contact = NULL WHERE id IN"  # noqa: S608 - our own words
        f" (SELECT s.id {_OLD}) RETURNING id",
        before,
    )
    return len(rows)
