"""What the exchange keeps of one person: what they put up, wrote, blocked, reported and gave."""

from datetime import datetime

from backend.kit import clock, files
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_
from backend.skills.service.exchanges import tell_one

ABOUT = (
    Part(
        "listings",
        N_("Mes annonces"),
        {
            "kind": N_("Genre"),
            "title": N_("Titre"),
            "details": N_("Texte"),
            "source": N_("Dit"),
            "recorded_by": N_("Noté par"),
            "agreed_at": N_("Accord donné le"),
            "text_shown": N_("Texte lu"),
            "created_at": N_("Écrite le"),
            "expires_on": N_("Jusqu'au"),
            "ended_at": N_("Terminée le"),
        },
        "SELECT l.kind, l.title, l.details, l.source,"
        " nullif(concat_ws(' ', b.given_name, b.family_name), '') AS recorded_by, l.agreed_at,"
        " l.text_shown, l.created_at, l.expires_on, l.ended_at FROM listing l"
        " LEFT JOIN person b ON b.id = l.recorded_by WHERE l.person = $1 ORDER BY l.id",
    ),
    Part(
        "skill_profile",
        N_("Mon métier"),
        {"trade": N_("Métier"), "changed_at": N_("Le")},
        "SELECT trade, changed_at FROM skill_profile WHERE person = $1",
    ),
    Part(
        "exchanges",
        N_("Mes échanges"),
        {
            "title": N_("Annonce"),
            "asked_by_me": N_("Demandé par moi"),
            "state": N_("État"),
            "created_at": N_("Le"),
            "done_at": N_("Fait le"),
        },
        "SELECT l.title, e.asker = $1 AS asked_by_me, e.state, e.created_at, e.done_at"
        " FROM exchange e JOIN listing l ON l.id = e.listing WHERE $1 IN (e.asker, e.owner)"
        " ORDER BY e.id",
    ),
    Part(
        "exchange_messages",
        N_("Mes messages aux voisins"),
        {"words": N_("Texte"), "at": N_("Le")},
        "SELECT words, at FROM exchange_message WHERE author = $1 ORDER BY id",
    ),
    Part(
        "skill_blocks",
        N_("Personnes que j'ai bloquées"),
        {"name": N_("Nom"), "at": N_("Le")},
        "SELECT concat_ws(' ', p.given_name, nullif(left(p.family_name, 1), '') || '.') AS name, b.at"
        " FROM skill_block b"
        " JOIN person p ON p.id = b.other WHERE b.person = $1 ORDER BY b.id",
    ),
    Part(
        "skill_reports",
        N_("Mes signalements"),
        {"wrong": N_("Pourquoi"), "words": N_("Texte"), "at": N_("Le"), "outcome": N_("Réponse")},
        "SELECT wrong, words, at, outcome FROM skill_report WHERE reporter = $1 ORDER BY id",
    ),
    Part(
        "hours",
        N_("Mes heures"),
        {"given": N_("Donnée"), "minutes": N_("Minutes"), "at": N_("Le")},
        "SELECT giver = $1 AS given, minutes, at FROM hours_move WHERE $1 IN (giver, receiver)"
        " ORDER BY id",
    ),
)


async def forget(gone: Gone) -> None:
    """Listings end and lose their words, what they wrote is empty, what is open is given up.

    Hours stay: an account is half of somebody else's, and all of them add up to zero (X7).
    """
    within()
    person_id = gone.whom.person_id
    rows = await fetch(
        "WITH had AS (SELECT id, photo, words FROM listing WHERE person = $1) UPDATE listing l"
        " SET title = '', details = '', words = '{}', photo = NULL, ended_at = coalesce(l.ended_at, $2)"
        " FROM had WHERE l.id = had.id RETURNING had.photo, had.words",
        person_id,
        clock.now(),
    )
    for photo in {row["photo"] for row in rows} - {None}:
        await files.release(photo)
    await _unlearn(sorted({word for row in rows for word in row["words"]}))
    await fetch(
        "UPDATE exchange SET asker_shares_at = NULL, owner_shares_at = NULL"
        " WHERE $1 IN (asker, owner)",
        person_id,
    )
    for row in await fetch(
        "UPDATE exchange SET state = 'withdrawn', changed_at = $2 WHERE $1 IN (asker, owner)"
        " AND state IN ('asked', 'agreed') RETURNING public_id,"
        " CASE WHEN asker = $1 THEN owner ELSE asker END AS other",
        person_id,
        clock.now(),
    ):
        once = f"exchange.withdrawn:{row['public_id']}"
        await tell_one("exchange.withdrawn", once, row["other"], row["public_id"])
    await fetch("UPDATE exchange_message SET words = '' WHERE author = $1", person_id)
    await fetch("UPDATE skill_report SET words = '' WHERE reporter = $1", person_id)
    await fetch("DELETE FROM skill_block WHERE $1 IN (person, other)", person_id)
    await fetch("DELETE FROM skill_profile WHERE person = $1", person_id)


async def _unlearn(known: list[str]) -> None:
    """Words that no open listing has are forgotten: one of them may be a name."""
    await fetch(
        "DELETE FROM skill_word w WHERE w.word = ANY($1) AND NOT EXISTS (SELECT 1 FROM listing l"
        " WHERE l.ended_at IS NULL AND l.words @> ARRAY[w.word])",
        known,
    )


# What nobody needs any more: words of exchanges where nothing moved for long, of reports that were answered,
# and the text of listings that ended or ran out. Their titles stay, for the exchanges' sake.
_OLD = {
    "exchange_message": "words <> '' AND x.at < $1 AND EXISTS (SELECT 1 FROM exchange e"
    " WHERE e.id = x.exchange AND e.changed_at < $1)",
    "skill_report": "words <> '' AND answered_at < $1",
    "listing": "(details <> '' OR photo IS NOT NULL)"
    " AND coalesce(ended_at, expires_on::timestamptz) < $1",
}


async def count_old(before: datetime) -> int:
    counts = [
        await fetch_value(f"SELECT count(*) FROM {table} x WHERE {old}", before)  # noqa: S608 - our own words
        for table, old in _OLD.items()
    ]
    return sum(counts)


async def purge_old(before: datetime) -> int:
    """That there was an exchange stays, for the count of given and received (X6)."""
    within()
    said = await fetch(_update("exchange_message", "words = ''"), before)
    reported = await fetch(_update("skill_report", "words = ''"), before)
    listed = await fetch(
        f"WITH old AS (SELECT id, photo FROM listing x WHERE {_OLD['listing']}) UPDATE listing l"  # noqa: S608 - our own words
        " SET details = '', words = '{}', photo = NULL, ended_at = coalesce(l.ended_at, $2)"
        " FROM old WHERE l.id = old.id RETURNING old.photo",
        before,
        clock.now(),
    )
    for photo in {row["photo"] for row in listed} - {None}:
        await files.release(photo)
    known = await fetch("SELECT word FROM skill_word")
    await _unlearn([row["word"] for row in known])
    await fetch(  # a word that came back while it was being forgotten
        "INSERT INTO skill_word (word) SELECT DISTINCT unnest(words) FROM listing"
        " WHERE ended_at IS NULL ON CONFLICT ON CONSTRAINT skill_word_word_key DO NOTHING"
    )
    return len(said) + len(reported) + len(listed)


def _update(table: str, change: str) -> str:
    return f"UPDATE {table} x SET {change} WHERE {_OLD[table]} RETURNING id"  # noqa: S608 - our own words
