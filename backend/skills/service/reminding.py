"""The owner of a listing hears some days before it ends, with the page on which one tap renews it (X2).

By e-mail, where they want reminders by e-mail. Who has no address at all has it on the counter's paper
list, and the counter renews it; who is reached by SMS alone is left in peace.
"""

from typing import Any

from backend.kit import clock, formats
from backend.kit.claims import calmly
from backend.kit.database import fetch, transaction
from backend.kit.zone import paris
from backend.membership.queries.words import IN_GOOD_STANDING
from backend.notifications import service as notifications
from backend.notifications.rules import EVENING, MORNING
from backend.notifications.surroundings import link
from backend.people import queries as people
from backend.people.rules import Channel
from backend.skills.queries.listings import LISTED, OWNER
from backend.skills.rules import ENDS_SOON

KIND = "listing.ending"
MINE = "/entraide/mes-annonces"
MOST = 500


async def remind() -> None:
    """By day; each listing once in each of its terms, however often this runs."""
    if not MORNING <= paris(clock.now()).time() < EVENING:
        return
    rows = await fetch(
        f"SELECT l.public_id, l.person, l.title, l.expires_on, p.given_name FROM listing l {OWNER}"  # noqa: S608 - our own words
        f" WHERE {LISTED} AND {IN_GOOD_STANDING} AND l.expires_on <= $2 AND NOT EXISTS"
        f" (SELECT 1 FROM message m WHERE m.key = '{KIND}:' || l.public_id || ':' || l.expires_on)"
        f" ORDER BY l.expires_on, l.id LIMIT {MOST}",
        clock.today(),
        clock.today() + ENDS_SOON,
    )
    for row in rows:
        await calmly(_remind(row), listing=row["public_id"])


async def _remind(row: Any) -> None:
    key = f"{KIND}:{row['public_id']}:{row['expires_on']}"
    said = {
        "name": row["given_name"],
        "title": row["title"],
        "day": formats.day(row["expires_on"]),
        "link": link(MINE),
    }
    async with transaction():
        reached = await people.reached_at(row["person"])
        mail = next((one.address for one in reached if _is_wanted(one)), None)
        if mail is not None:
            await notifications.queue(
                KIND, key, person_id=row["person"], channel=mail.channel, to=mail.value, values=said
            )
        elif not reached:
            await notifications.tell(KIND, key, person_id=row["person"], values=said)


def _is_wanted(one: people.Reached) -> bool:
    return one.wants_reminders and one.address.channel is Channel.EMAIL
