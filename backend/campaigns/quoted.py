"""Listings that a letter names: only those its reader may see when it leaves (X2, X9).

A letter may leave weeks after it was written: what has run out or was taken away since is left out of
it, and so is whom its reader blocked, or who blocked them.
"""

import re

from backend.skills import queries as skills

_LISTING = re.compile(r"/entraide/annonces/(\w+)")


async def for_reader(body: str, person_id: int | None) -> str:
    """`person_id` None: a letter that is the same for all."""
    named = set(_LISTING.findall(body))
    if not named:
        return body
    shown = await skills.still_listed(person_id, sorted(named))
    parts = (_part(part, shown) for part in body.split("\n\n"))
    return "\n\n".join(part for part in parts if part)


def _part(part: str, shown: set[str]) -> str:
    """A paragraph without the lines that are over; nothing where its title alone is left."""
    lines = part.split("\n")
    kept = [line for line in lines if set(_LISTING.findall(line)) <= shown]
    alone = len(kept) < len(lines) and not any(_LISTING.search(line) for line in kept)
    return "" if alone else "\n".join(kept)
