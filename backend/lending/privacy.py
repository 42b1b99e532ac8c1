"""What lending keeps of one person: what they booked, what they had, and when they did not come."""

from backend.kit import clock
from backend.kit.database import fetch, within
from backend.kit.dossier import Gone, Hold, Part
from backend.kit.errors import N_
from backend.lending.rules import MOVES, Verb

ABOUT = (
    Part(
        "bookings",
        N_("Mes réservations"),
        {
            "name": N_("Objet"),
            "starts_at": N_("Du"),
            "ends_at": N_("Au"),
            "state": N_("État"),
            "reason": N_("Pourquoi"),
        },
        "SELECT r.name, lower(l.during) AS starts_at, upper(l.during) AS ends_at, l.state, l.reason"
        " FROM booking b JOIN booking_line l ON l.booking = b.id"
        " JOIN resource r ON r.id = l.resource WHERE b.person = $1 ORDER BY l.id",
    ),
    Part(
        "loans",
        N_("Mes prêts"),
        {
            "name": N_("Objet"),
            "out_at": N_("Pris"),
            "in_at": N_("Rendu"),
            "outcome": N_("État"),
        },
        "SELECT r.name, c.out_at, c.in_at, c.outcome FROM custody c"
        " JOIN booking_line l ON l.id = c.line JOIN resource r ON r.id = l.resource"
        " WHERE c.person = $1 ORDER BY c.id",
    ),
    Part(
        "licence",
        N_("Mon permis, vu par le club"),
        {"valid_until": N_("Jusqu'au"), "seen_at": N_("Vu")},
        "SELECT valid_until, seen_at FROM licence WHERE person = $1",
    ),
    Part(
        "strikes",
        N_("Mes absences"),
        {"name": N_("Objet"), "kind": N_("Quoi"), "at": N_("Le")},
        "SELECT r.name, s.kind, s.at FROM strike s JOIN booking_line l ON l.id = s.line"
        " JOIN resource r ON r.id = l.resource JOIN booking b ON b.id = l.booking"
        " WHERE b.person = $1 ORDER BY s.id",
    ),
)

HOLDS = (
    Hold(
        "loan_open",
        N_("Vous avez encore un objet du club."),
        N_("Rapportez-le au comptoir, puis recommencez."),
        "SELECT 1 FROM custody WHERE person = $1 AND in_at IS NULL AND undone_at IS NULL",
    ),
)


async def forget(gone: Gone) -> None:
    """What they had booked is free again; what they borrowed stays, without them."""
    within()
    starts, end = MOVES[Verb.CANCEL]
    mine = "SELECT id FROM booking WHERE person = $1 OR household = ANY($2)"
    await fetch(
        f"UPDATE booking_line SET state = $3, lapses_at = NULL, changed_at = $4"  # noqa: S608
        f" WHERE booking IN ({mine}) AND state = ANY($5)",
        gone.whom.person_id,
        gone.ended,
        end.value,
        clock.now(),
        [state.value for state in starts],
    )
    await fetch(
        f"UPDATE wish SET ended_at = $3 WHERE ended_at IS NULL AND line IN"  # noqa: S608
        f" (SELECT id FROM booking_line WHERE booking IN ({mine}))",
        gone.whom.person_id,
        gone.ended,
        clock.now(),
    )
    await fetch("DELETE FROM licence WHERE person = $1", gone.whom.person_id)
    await fetch("UPDATE booking SET person = NULL WHERE person = $1", gone.whom.person_id)
    await fetch(
        "UPDATE custody SET person = NULL, given = '{}', taken = CASE WHEN taken IS NULL THEN NULL"
        " ELSE '{}'::jsonb END WHERE person = $1",
        gone.whom.person_id,
    )
