"""What the counter reads of somebody's listings, in one statement beside the listings (PERF6)."""

import msgspec

from backend.kit.database import fetch_one
from backend.skills.queries.exchanges import EXCHANGES, ExchangeCard
from backend.skills.queries.meeting import BLOCKED, Blocked
from backend.skills.rules import OPEN


class AtCounter(msgspec.Struct, frozen=True):
    """`talks` are open; these and whom they blocked are shown of who has no address to see to it alone."""

    trade: str
    talks: list[ExchangeCard]
    blocked: list[Blocked]


async def at_counter(person_id: int, *, silent: bool) -> AtCounter:
    row = await fetch_one(_ASKED, person_id)
    assert row is not None
    if not silent:
        return AtCounter(row["trade"], [], [])
    talks = msgspec.json.decode(row["talks"], type=list[ExchangeCard])
    return AtCounter(
        row["trade"],
        [each for each in talks if each.state in OPEN],
        msgspec.json.decode(row["blocked"], type=list[Blocked]),
    )


_ASKED = f"""
SELECT coalesce((SELECT trade FROM skill_profile WHERE person = $1), '') AS trade,
 (SELECT coalesce(json_agg(x), '[]')::text FROM ({EXCHANGES}) x) AS talks,
 (SELECT coalesce(json_agg(x), '[]')::text FROM ({BLOCKED}) x) AS blocked
"""  # noqa: S608 - our own words
