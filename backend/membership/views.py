"""Views of the register that somebody of the office keeps: a name and the filters of an address.

What was searched for is not kept: it is the name of somebody, whom an erasure would not find there.
"""

from urllib.parse import parse_qsl, urlencode

import msgspec

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_as, fetch_value, transaction
from backend.kit.errors import N_, Invalid
from backend.membership.errors import TooManyViews

LONGEST_NAME = 60
LONGEST_QUERY = 500
MOST_VIEWS = 20
SEARCH = "q"


class View(msgspec.Struct, frozen=True):
    public_id: str
    name: str
    query: str


async def views_of(person_id: int) -> list[View]:
    """Their own, by name."""
    return await fetch_as(
        View,
        "SELECT public_id, name, query FROM saved_view WHERE person = $1 ORDER BY name",
        person_id,
    )


async def keep(person_id: int, name: str, query: str) -> str:
    """Under a name that is there, the newer one stays; gives the filters as they are kept.

    Raises Invalid and TooManyViews.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid({"name": N_("Donnez un nom à cette vue, 60 lettres au plus.")})
    filters = parse_qsl(query[:LONGEST_QUERY])
    query = urlencode([(field, value) for field, value in filters if field != SEARCH])
    async with transaction():
        others = await fetch_value(
            "SELECT count(*) FROM saved_view WHERE person = $1 AND name <> $2", person_id, name
        )
        if others >= MOST_VIEWS:
            raise TooManyViews
        await fetch(
            "INSERT INTO saved_view (public_id, person, name, query, created_at)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT ON CONSTRAINT saved_view_once DO UPDATE SET query = EXCLUDED.query",
            codes.random_id(),
            person_id,
            name,
            query,
            clock.now(),
        )
    return query


async def drop(person_id: int, public_id: str) -> None:
    """Nobody else's goes with it."""
    async with transaction():
        await fetch(
            "DELETE FROM saved_view WHERE person = $1 AND public_id = $2", person_id, public_id
        )
