"""What people hear of a session: a seat of the line, another hour, a cancelled evening, the eve (A2).

Each message is asked for once more just before it leaves: nobody hears at eight in the morning of what
is over since. An SMS waits for the morning.
"""

from collections.abc import Mapping
from typing import Any

from backend.kit import clock, codes
from backend.kit.database import within
from backend.lending.sending import listed, said_at
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.people import queries as people
from backend.people.rules import Address

ASKED = "activity"
PAGE = "/agenda/"


async def tell(kind: str, session: Any, whom: Mapping[int, list[str]], **facts: object) -> None:
    """One message for each adult, with the first names it is about."""
    within()
    for contact, names in whom.items():
        best = await people.best_contact(contact)
        key = f"{kind}:{session['public_id']}:{contact}:{codes.random_id()}"
        await _queue(kind, key, session, contact, names, best, facts)


async def tell_eve(session: Any, contact: int, names: list[str]) -> None:
    """The reminder, by an address at which this person wants reminders; else nothing is said."""
    within()
    reached = [one for one in await people.reached_at(contact) if one.wants_reminders]
    if reached:
        key = f"activity.eve:{session['public_id']}:{contact}:{codes.random_id()}"
        await _queue("activity.eve", key, session, contact, names, reached[0].address, {})


async def _queue(
    kind: str,
    key: str,
    session: Any,
    contact: int,
    names: list[str],
    to: Address | None,
    facts: Mapping[str, object],
) -> None:
    """Without an address a telephone may still ring; else the desk gives it on paper."""
    await notifications.tell(
        kind,
        key,
        person_id=contact,
        values={**words(session, names), **facts},
        to=to,
        asked=ASKED,
    )


def words(session: Any, names: list[str]) -> dict[str, object]:
    """What the texts may say."""
    return {
        "names": listed(names),
        "title": session["title"],
        "when": when(session),
        "place": session["place"],
        "priced": session["price_cents"] > 0,
        "link": link(f"{PAGE}{session['public_id']}"),
    }


def when(session: Any) -> str:
    return said_at(session["starts_at"], clock.now())
