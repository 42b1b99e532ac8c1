"""What lending keeps of one person: what they booked, what they had, and when they did not come."""

from backend.kit import clock
from backend.kit.database import fetch, within
from backend.kit.dossier import Gone, Hold, Part
from backend.kit.errors import N_
from backend.lending.owing import OWED_SQL
from backend.lending.rules import BOOKED_SQL
from backend.lending.service.answering import give_up_all
from backend.lending.service.unsaying import unsay_debts, unsay_loans

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
            "note": N_("Ce que le comptoir a noté"),
        },
        "SELECT r.name, c.out_at, c.in_at, c.outcome, nullif(c.taken ->> 'note', '') AS note"
        " FROM custody c"
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
        "calendars",
        N_("Mes adresses de calendrier"),
        {"made_at": N_("Créée"), "ended_at": N_("Fermée")},
        "SELECT made_at, ended_at FROM calendar_feed WHERE person = $1 ORDER BY id",
    ),
    Part(
        "strikes",
        N_("Mes absences"),
        {"name": N_("Objet"), "kind": N_("Quoi"), "at": N_("Le")},
        "SELECT r.name, s.kind, s.at FROM strike s JOIN booking_line l ON l.id = s.line"
        " JOIN resource r ON r.id = l.resource JOIN booking b ON b.id = l.booking"
        " WHERE b.person = $1 ORDER BY s.id",
    ),
    Part(
        "loan_calls",
        N_("Appels du club pour mes prêts"),
        {"name": N_("Objet"), "told_at": N_("Le"), "note": N_("Ce qui a été dit")},
        "SELECT r.name, n.told_at, n.note FROM loan_notice n JOIN booking_line l ON l.id = n.line"
        " JOIN booking b ON b.id = l.booking JOIN resource r ON r.id = l.resource"
        " WHERE b.person = $1 AND n.told_by IS NOT NULL ORDER BY n.id",
    ),
    Part(
        "loan_debts",
        N_("Ce que mon foyer doit ou devait pour des prêts"),
        {
            "kind": N_("Sorte"),
            "amount_cents": N_("Montant"),
            "note": N_("Pourquoi"),
            "waived_for": N_("Pourquoi le club en a annulé"),
            "asked_at": N_("Le"),
            "left_cents": N_("Reste"),
        },
        "SELECT d.kind, d.amount_cents, d.note, array_to_string(d.waived_for, ' ') AS waived_for,"  # noqa: S608
        " d.asked_at, (SELECT coalesce(sum(CASE"
        f" {OWED_SQL} END), 0)::bigint FROM lending_entry e WHERE e.debt = d.id) AS left_cents"
        " FROM loan_debt d"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
        " ON mine.household = d.household AND d.asked_at < coalesce(mine.until, 'infinity')"
        " ORDER BY d.id",
    ),
    Part(
        "loan_contests",
        N_("Ce que j'ai contesté"),
        {"words": N_("Mes mots"), "at": N_("Le"), "answer": N_("Réponse du club")},
        "SELECT words, at, answer FROM debt_contest WHERE by = $1 ORDER BY id",
    ),
    Part(
        "loan_deposits",
        N_("Cautions de mon foyer"),
        {
            "way": N_("Comment"),
            "amount_cents": N_("Montant"),
            "cheque": N_("Chèque"),
            "opened_at": N_("Le"),
            "ended_at": N_("Fin"),
        },
        "SELECT p.way, p.amount_cents, p.cheque, p.opened_at, p.ended_at FROM loan_deposit p"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
        " ON mine.household = p.household AND p.opened_at < coalesce(mine.until, 'infinity')"
        " ORDER BY p.id",
    ),
    Part(
        "loan_ledger",
        N_("Mouvements de mes prêts"),
        {
            "kind": N_("Sorte"),
            "amount_cents": N_("Montant"),
            "at": N_("Le"),
            "reason": N_("Pourquoi"),
        },
        "SELECT e.kind, e.amount_cents, e.at, e.reason FROM lending_entry e"
        " LEFT JOIN loan_debt d ON d.id = e.debt LEFT JOIN loan_deposit p ON p.id = e.deposit"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
        " ON mine.household = coalesce(d.household, p.household)"
        " AND e.at < coalesce(mine.until, 'infinity') ORDER BY e.id",
    ),
    Part(
        "loan_cards",
        N_("Cartes bancaires gardées par Stripe pour mes prêts"),
        {
            "customer": N_("Numéro chez Stripe"),
            "kept_at": N_("Depuis"),
            "dropped_at": N_("Jusqu'au"),
        },
        "SELECT customer, kept_at, dropped_at FROM card_imprint WHERE person = $1 ORDER BY id",
    ),
)

# Also a household that ended with its last people: what comes up later is theirs (a dispute, a damage).
_MINE = (
    " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
    " ON mine.household = {of}.household AND (mine.until IS NULL OR mine.until >"
    " (SELECT h.ended_at FROM household h WHERE h.id = mine.household))"
)

HOLDS = (
    Hold(
        "loan_open",
        N_("Vous avez encore un objet du club."),
        N_("Rapportez-le au comptoir, puis recommencez."),
        "SELECT 1 FROM custody c JOIN booking_line l ON l.id = c.line WHERE c.person = $1"
        " AND c.in_at IS NULL AND c.undone_at IS NULL AND l.state <> 'lost'",
    ),
    Hold(
        "loan_lost",
        N_("Vous avez perdu un objet du club."),
        N_("Le comptoir vous dit ce qu'il coûte."),
        "SELECT 1 FROM booking b JOIN booking_line l ON l.booking = b.id WHERE b.person = $1"
        " AND l.state = 'lost' AND NOT EXISTS"
        " (SELECT 1 FROM loan_debt d WHERE d.line = l.id AND d.kind = 'damage')",
    ),
    # Either way: what the household owes, and what the club owes it; also what waits for a second.
    Hold(
        "loan_money",
        N_("Il reste de l'argent à régler pour un prêt."),
        N_("Regardez ce que vous devez, puis réglez-le."),
        "SELECT 1 FROM loan_debt d LEFT JOIN lending_entry e ON e.debt = d.id"  # noqa: S608
        f"{_MINE.format(of='d')} GROUP BY d.id HAVING sum(CASE {OWED_SQL} END) <> 0"
        " OR (d.second AND d.agreed_at IS NULL AND d.dropped_at IS NULL)",
        "/reserver/argent",
    ),
    # Given up by an erasure, what was paid for it would be owed to nobody.
    Hold(
        "loan_paid",
        N_("Vous avez une réservation déjà payée."),
        N_("Annulez-la d'abord, puis recommencez."),
        "SELECT 1 FROM booking b JOIN booking_line l ON l.booking = b.id"  # noqa: S608
        " JOIN loan_debt d ON d.line = l.id JOIN lending_entry e ON e.debt = d.id"
        f" WHERE b.person = $1 AND l.state IN ({BOOKED_SQL}) AND e.kind = 'payment'",
        "/reserver/reservations",
    ),
    Hold(
        "loan_deposit",
        N_("Le club garde une caution pour vous."),
        N_("Reprenez-la au comptoir, puis recommencez."),
        f"SELECT 1 FROM loan_deposit p{_MINE.format(of='p')} WHERE p.ended_at IS NULL",  # noqa: S608
        "/reserver/argent",
    ),
)


async def forget(gone: Gone) -> None:
    """What they had booked is free again; what they borrowed stays, without them."""
    within()
    await give_up_all(gone.ended, gone.whom.person_id)
    await fetch(
        "DELETE FROM loan_notice WHERE line IN (SELECT l.id FROM booking_line l"
        " JOIN booking b ON b.id = l.booking WHERE b.person = $1)",
        gone.whom.person_id,
    )
    await fetch("DELETE FROM licence WHERE person = $1", gone.whom.person_id)
    await _unsay(gone)
    await fetch("UPDATE debt_contest SET by = NULL WHERE by = $1", gone.whom.person_id)
    await fetch(
        "UPDATE card_imprint SET person = NULL, customer = '', method = '',"
        " dropped_at = coalesce(dropped_at, $3) WHERE person = $1 OR household = ANY($2)",
        gone.whom.person_id,
        gone.ended,
        clock.now(),
    )
    await fetch("DELETE FROM calendar_feed WHERE person = $1", gone.whom.person_id)
    await fetch("UPDATE booking SET person = NULL WHERE person = $1", gone.whom.person_id)
    await fetch("UPDATE custody SET person = NULL WHERE person = $1", gone.whom.person_id)


async def _unsay(gone: Gone) -> None:
    """Of their loans, of what they contested, and of all that a household owed that is nobody's now.

    What is still owed by people who stay keeps its words until it is settled.
    """
    who = (gone.whom.person_id, gone.ended)
    lines = await fetch(
        "SELECT l.id FROM booking b JOIN booking_line l ON l.booking = b.id"
        " WHERE b.person = $1 OR b.household = ANY($2)"
        " UNION SELECT line FROM custody WHERE person = $1",
        *who,
    )
    await unsay_loans([row["id"] for row in lines])
    debts = await fetch(
        "SELECT id FROM loan_debt WHERE household = ANY($2)"
        " UNION SELECT debt FROM debt_contest WHERE by = $1",
        *who,
    )
    await unsay_debts([row["id"] for row in debts])
    await fetch(
        "UPDATE loan_deposit SET cheque = '' WHERE household = ANY($1) AND ended_at IS NOT NULL",
        gone.ended,
    )
