"""What membership keeps of one person and their households, and how it forgets."""

from datetime import datetime
from typing import NamedTuple

from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Hold, Part, Whom
from backend.kit.errors import N_
from backend.membership import queries
from backend.membership.errors import PLAN_RUNS, STOP_IT
from backend.membership.former import TO_THE_END
from backend.membership.service import renewals, telling
from backend.membership.service.companions import go, note_of
from backend.membership.service.periods import lock_household

ABOUT = (
    # Where a household lives today is told to who lives there.
    Part(
        "households",
        N_("Mes foyers"),
        {
            "number": N_("Foyer n°"),
            "joined_on": N_("Depuis"),
            "left_on": N_("Jusqu'au"),
            "adult": N_("Adulte"),
            "category": N_("Tarif"),
            "street": N_("Rue"),
            "postcode": N_("Code postal"),
            "town": N_("Ville"),
            "claimed_contract": N_("Contrat annoncé"),
            "contract": N_("Contrat prouvé"),
        },
        "SELECT h.public_id AS number, m.joined_on, m.left_on, m.adult, h.category,"
        " CASE WHEN m.left_on IS NULL THEN h.street END AS street,"
        " CASE WHEN m.left_on IS NULL THEN h.postcode END AS postcode,"
        " CASE WHEN m.left_on IS NULL THEN h.town END AS town,"
        " CASE WHEN m.left_on IS NULL THEN h.claimed_contract END AS claimed_contract,"
        " CASE WHEN m.left_on IS NULL THEN d.contract_number END AS contract"
        " FROM household_member m JOIN household h ON h.id = m.household"
        " LEFT JOIN dwelling d ON d.id = h.dwelling WHERE m.person = $1 ORDER BY m.id",
    ),
    Part(
        "periods",
        N_("Mes périodes d'adhésion"),
        {
            "start": N_("Du"),
            "end": N_("Au"),
            "category": N_("Tarif"),
            "paid_cents": N_("Payé"),
            "cancelled_at": N_("Annulée"),
        },
        'SELECT lower(q.during) AS start, upper(q.during) - 1 AS "end", q.category, q.paid_cents,'
        " q.cancelled_at FROM period q"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until) ON mine.household = q.household"
        " AND q.created_at < coalesce(mine.until, 'infinity') ORDER BY q.id",
    ),
    Part(
        "plans",
        N_("Mes paiements mensuels"),
        {"started_at": N_("Depuis"), "ends_at": N_("Arrêt prévu"), "ended_at": N_("Arrêté")},
        "SELECT p.started_at, p.ends_at, p.ended_at FROM monthly_plan p"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until) ON mine.household = p.household"
        " AND p.started_at < coalesce(mine.until, 'infinity') ORDER BY p.id",
    ),
    Part(
        "renewals",
        N_("Renouvellements que mon foyer a demandés"),
        {
            "asked_at": N_("Demandé"),
            "wording": N_("Texte lu"),
            "ended_at": N_("Arrêté"),
            "notices": N_("Préavis"),
        },
        "SELECT w.asked_at, w.wording, w.ended_at, (SELECT json_agg(json_build_object("
        "  'term', n.term, 'amount_cents', n.amount_cents, 'noticed_at', n.noticed_at,"
        "  'delivered_at', n.delivered_at, 'delivered_by', n.delivered_by))"
        "  FROM renewal n WHERE n.wish = w.id) AS notices FROM renewal_wish w"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
        " ON mine.household = w.household AND w.asked_at < coalesce(mine.until, 'infinity')"
        " ORDER BY w.id",
    ),
    Part(
        "reminders",
        N_("Rappels de cotisation"),
        {
            "term_on": N_("Fin d'adhésion"),
            "channel": N_("Comment"),
            "told_on": N_("Le"),
            "withdrawn_at": N_("Retiré"),
            "handed_at": N_("Remis"),
        },
        "SELECT term_on, channel, told_on, withdrawn_at, handed_at FROM reminder WHERE person = $1"
        " ORDER BY id",
    ),
    Part(
        "cards",
        N_("Mes cartes"),
        {"kind": N_("Sorte"), "made_at": N_("Faite"), "revoked_at": N_("Retirée")},
        "SELECT kind, made_at, revoked_at FROM card WHERE person = $1 ORDER BY id",
    ),
    Part(
        "checks",
        N_("Vérifications du logement"),
        {"asked_at": N_("Demandée"), "closed_at": N_("Faite"), "outcome": N_("Résultat")},
        "SELECT k.asked_at, k.closed_at, k.outcome FROM staff_check k"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until) ON mine.household = k.household"
        " AND k.asked_at < coalesce(mine.until, 'infinity') ORDER BY k.id",
    ),
    Part(
        "texts",
        N_("Textes que j'ai acceptés"),
        {"slug": N_("Texte"), "version": N_("Version"), "at": N_("Le")},
        "SELECT slug, version, at FROM text_agreed WHERE person = $1 ORDER BY id",
    ),
)


# Each stay of person $1 in a household, with the day after they left it.
STAYS = (
    "SELECT h.id AS household, h.payer, ((m.left_on + 1)::timestamp AT TIME ZONE 'Europe/Paris') AS until"
    " FROM household_member m JOIN household h ON h.id = m.household WHERE m.person = $1"
    " ORDER BY m.id"
)


async def find_whom(person_id: int) -> Whom:
    rows = await fetch(STAYS, person_id)
    return Whom(
        person_id=person_id,
        households=[row["household"] for row in rows],
        payers=[row["payer"] for row in rows],
        until=[row["until"] for row in rows],
    )


async def lock_homes(person_id: int) -> list[int]:
    """Every household the person is or was in, held in the order of their keys; gives who is erased:
    the person, and before them the children that would be left alone.
    """
    within()
    going = [person_id]
    for household_id in sorted((await find_whom(person_id)).households):
        household = await lock_household(household_id)
        staying = [one for one in household.people if one.left_on is None]
        if person_id not in [one.person_id for one in staying]:
            continue
        if not any(one.adult and one.person_id != person_id for one in staying):
            going = [one.person_id for one in staying if one.person_id != person_id] + going
    return going


HOLDS = (
    # Money that still moves: a plan of theirs that goes on (old orders do not say whose), a debit that
    # has not arrived.
    Hold(
        "plan",
        PLAN_RUNS,
        STOP_IT,
        "SELECT 1 FROM monthly_plan m JOIN pay_order o ON o.id = m.pay_order"
        "  AND coalesce((o.terms ->> 'by')::bigint, $1) = $1"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
        " ON mine.household = m.household AND mine.until IS NULL"
        " WHERE m.ended_at IS NULL AND m.ends_at IS NULL",
        "/compte/cotisation/arret",
    ),
    Hold(
        "debit",
        N_("Un prélèvement est en cours."),
        N_("Attendez qu'il arrive. Quelques jours suffisent."),
        "SELECT 1 FROM period q"
        " JOIN unnest($2::bigint[], $4::timestamptz[]) AS mine(household, until)"
        " ON mine.household = q.household AND mine.until IS NULL"
        " WHERE q.cancelled_at IS NULL"
        " AND q.provisional_until >= ($5 AT TIME ZONE 'Europe/Paris')::date",
        "/compte/cotisation",
    ),
)


async def leave_for_good(by: By, whom: Whom) -> tuple[list[int], list[int], dict[int, str]]:
    """Out of the household, cards without their secrets. Gives which households are nobody's now,
    their payers, and for the other payers the name of who stays, or was there to the end.
    """
    within()
    ended: list[int] = []
    payers: list[int] = []
    heirs: dict[int, str] = {}
    for household_id in dict.fromkeys(whom.households):
        household = await queries.household_by_id(household_id)
        if any(one.person_id == whom.person_id and one.left_on is None for one in household.people):
            await go(household, {whom.person_id})
            await note_of("person_left", by, household_id, whom.person_id)
        heir = await _heir(household_id, whom.person_id)
        if heir is not None:
            heirs[household.payer_id] = heir
        elif await _is_nobodys(household_id):
            ended.append(household_id)
            payers.append(household.payer_id)
        else:
            heirs[household.payer_id] = ""
    await fetch("UPDATE card SET secret = '' WHERE person = $1", whom.person_id)
    return ended, payers, heirs


async def forget(gone: Gone) -> None:
    """Where a household lived goes with its last person; paid periods stay, by key."""
    within()
    await fetch(
        "UPDATE household SET street = '', postcode = '', town = '', claimed_contract = NULL,"
        " dwelling = NULL WHERE id = ANY($1)",
        gone.ended,
    )
    await fetch("DELETE FROM member_code WHERE person = $1", gone.whom.person_id)
    await _end_wishes(gone.whom)
    await fetch(
        "UPDATE reminder SET withdrawn_at = $2 WHERE person = $1 AND channel IN ('print', 'door')"
        " AND withdrawn_at IS NULL AND handed_at IS NULL",
        gone.whom.person_id,
        clock.now(),
    )
    await fetch(
        "UPDATE staff_check SET closed_at = $2, outcome = 'erased' WHERE household = ANY($1)"
        " AND closed_at IS NULL",
        gone.ended,
        clock.now(),
    )


async def _end_wishes(whom: Whom) -> None:
    """What was asked while they were there is charged no more; whoever stays is told (B11).

    What the others asked for after they left is not theirs to end.
    """
    rows = await fetch(
        "UPDATE renewal_wish w SET ended_at = $3, end_reason = 'erased'"
        " WHERE w.ended_at IS NULL AND EXISTS ("
        "  SELECT 1 FROM unnest($1::bigint[], $2::timestamptz[]) AS mine(household, until)"
        "  WHERE mine.household = w.household AND w.asked_at < coalesce(mine.until, 'infinity'))"
        " RETURNING w.id, w.household",
        whom.households,
        whom.until,
        clock.now(),
    )
    await renewals.give_up_charges([row["id"] for row in rows])
    for row in rows:
        household = await queries.household_by_id(row["household"])
        if household.adults:
            await telling.tell("dues.renewal_ended", str(row["id"]), household)


async def _heir(household_id: int, person_id: int) -> str | None:
    """The first other adult who lives there; once it has ended, who was in it to the end: its receipts,
    and money that still comes for it or goes back, are theirs too.
    """
    name: str | None = await fetch_value(
        "SELECT trim(p.given_name || ' ' || p.family_name) FROM household_member m"  # noqa: S608 - our own words
        " JOIN household h ON h.id = m.household"
        " JOIN person p ON p.id = m.person AND p.erased_at IS NULL"
        " WHERE h.id = $1 AND m.person <> $2 AND m.adult"
        f" AND (m.left_on IS NULL OR h.ended_at IS NOT NULL AND {TO_THE_END}) ORDER BY m.id LIMIT 1",
        household_id,
        person_id,
    )
    return name


async def _is_nobodys(household_id: int) -> bool:
    rows = await fetch(
        "SELECT 1 FROM household_member WHERE household = $1 AND left_on IS NULL", household_id
    )
    return not rows


class Away(NamedTuple):
    """Somebody who has not been heard of for long; `prospect`: who never had a paid day."""

    person_id: int
    prospect: bool


async def away_since(prospects: datetime, lapsed: datetime, most: int) -> list[Away]:
    """Who never paid and has not come since `prospects`; whose last paid day and last visit are
    before `lapsed` (D2). Nobody with a role, or who had one since; the longest away first.
    """
    rows = await fetch(_AWAY, prospects, lapsed, most)
    return [Away(row["id"], row["prospect"]) for row in rows]


# Each table is read once: people are many, and who is away is few.
_AWAY = """
WITH paid AS (
  SELECT m.person, max(least(upper(q.during), m.left_on + 1)) AS until
  FROM household_member m JOIN period q ON q.household = m.household AND q.cancelled_at IS NULL
  WHERE m.left_on IS NULL OR lower(q.during) <= m.left_on GROUP BY m.person
), seen AS (
  SELECT person, max(seen_at) AS at FROM session GROUP BY person
), last AS (
  SELECT p.id, paid.until, greatest(p.created_at, seen.at,
    paid.until::timestamp AT TIME ZONE 'Europe/Paris') AS at
  FROM person p LEFT JOIN paid ON paid.person = p.id LEFT JOIN seen ON seen.person = p.id
  WHERE p.erased_at IS NULL
)
SELECT last.id, last.until IS NULL AS prospect FROM last
WHERE last.at < CASE WHEN last.until IS NULL THEN $1::timestamptz ELSE $2::timestamptz END
  AND NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.person = last.id
    AND (g.ended_at IS NULL OR g.ended_at >= $1))
ORDER BY last.at, last.id LIMIT $3
"""
