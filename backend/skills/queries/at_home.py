"""What a member's first page says of neighbours: who waits for an answer, and who asks for what they offer.

Parts of one statement across capabilities (PERF6). $1 is the day, $2 the person, $3 their household
and $4 their dwelling, as in every statement about listings.
"""

from collections.abc import Sequence

import msgspec

from backend.membership import rules as membership
from backend.skills.queries.listings import LISTED, NOT_BLOCKED
from backend.skills.queries.matching import HALF, Half, fit

_EACH = 10  # the newest requests of each reason


class Writer(msgspec.Struct, frozen=True):
    """Somebody who asked, and waits for the reader's answer."""

    exchange: str
    title: str
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        return membership.short_name(self.given_name, self.family_name)


class Neighbour(msgspec.Struct, frozen=True):
    """A request that fits what the reader offers (`suits`), or that comes from their residence (`near`)."""

    request: Half
    suits: bool
    near: bool


WRITERS = """
SELECT e.public_id AS exchange, l.title, a.given_name, a.family_name
FROM exchange e JOIN listing l ON l.id = e.listing JOIN person a ON a.id = e.asker
WHERE e.owner = $2 AND e.state = 'asked' ORDER BY e.changed_at, e.id LIMIT 5
"""
OFFERS = f"{HALF} AND l.person = $2 AND l.kind = 'offer' ORDER BY l.id"
# Whom they asked already, or who blocked whom, is not there (X9).
REQUESTS = f"""
WITH offered AS MATERIALIZED (
 SELECT l.category, l.words FROM listing l WHERE {LISTED} AND l.person = $2 AND l.kind = 'offer'
), candidate AS (
 SELECT c.id FROM offered o, LATERAL (
  (SELECT l.id FROM listing l WHERE {LISTED} AND l.kind = 'request' AND l.category = o.category
   ORDER BY l.created_at DESC LIMIT {_EACH})
  UNION
  (SELECT l.id FROM listing l WHERE {LISTED} AND l.kind = 'request' AND l.words && o.words
   ORDER BY l.created_at DESC LIMIT {_EACH})) c
 UNION
 (SELECT l.id FROM dwelling mine JOIN dwelling d ON d.residence = mine.residence
  JOIN household h ON h.dwelling = d.id JOIN household_member m ON m.household = h.id
  JOIN listing l ON l.person = m.person WHERE mine.id = $4 AND m.left_on IS NULL AND {LISTED}
  AND l.kind = 'request' ORDER BY l.created_at DESC LIMIT {_EACH})
)
{HALF} AND l.id IN (SELECT id FROM candidate) AND h.id <> $3 AND {NOT_BLOCKED}
AND NOT EXISTS (SELECT 1 FROM exchange e WHERE e.listing = l.id AND e.asker = $2)
ORDER BY l.created_at DESC, l.id DESC
"""  # noqa: S608 - our own words


def nearest(
    offers: Sequence[Half], requests: Sequence[Half], residence_id: int | None
) -> Neighbour | None:
    """The one that fits best, as staff are proposed it (X5); else the newest of the residence."""
    fitting = [
        pair
        for offer in offers
        for request in requests
        if (pair := fit(offer, request)) is not None
    ]
    if fitting:
        best = max(fitting, key=lambda pair: (pair.score, pair.request.id))
        return Neighbour(best.request, suits=True, near=best.same_residence)
    next_door = (each for each in requests if residence_id and each.residence_id == residence_id)
    found = next(next_door, None)
    return None if found is None else Neighbour(found, suits=False, near=True)
