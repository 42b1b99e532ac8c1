"""What membership keeps of one person and their households, and how it forgets."""

from backend.kit.database import fetch
from backend.kit.dossier import Part, Whom
from backend.kit.errors import N_

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


async def find_whom(person_id: int) -> Whom:
    """The person and each stay in a household, with the day after they left it."""
    rows = await fetch(
        "SELECT h.id, h.payer, ((m.left_on + 1)::timestamp AT TIME ZONE 'Europe/Paris') AS until"
        " FROM household_member m JOIN household h ON h.id = m.household WHERE m.person = $1"
        " ORDER BY m.id",
        person_id,
    )
    return Whom(
        person_id=person_id,
        households=[row["id"] for row in rows],
        payers=[row["payer"] for row in rows],
        until=[row["until"] for row in rows],
    )
