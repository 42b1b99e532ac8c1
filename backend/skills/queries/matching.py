"""Pairs that may suit each other: found from words, place and time, each with its reasons (X5)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch
from backend.membership import rules as membership
from backend.membership.queries.words import IN_GOOD_STANDING
from backend.skills import rules, words
from backend.skills.queries.listings import LISTED, OWNER
from backend.skills.rules import Category, Place

PAGE = 30
EACH = 2  # offers proposed for one request
_REQUESTS, _OFFERS = 500, 1_000  # looked at: those that wait longest, the newest
_REASON = 20  # the newest offers of a word, or of a category
_LIKELY = 4  # offers that are read for one request
_TOGETHER = 120  # pairs that are read at once


class Half(msgspec.Struct, frozen=True):
    """One of a pair, as staff read it. `tile` draws the household's tile."""

    id: int
    public_id: str
    person_id: int
    person: str
    given_name: str
    family_name: str
    household_id: int
    title: str
    details: str
    category: Category
    place: Place
    slots: tuple[int, ...]
    words: tuple[str, ...]
    residence: str | None
    residence_id: int | None
    site_id: int | None
    tile: str

    @property
    def owner(self) -> str:
        return membership.short_name(self.given_name, self.family_name)


class Pair(msgspec.Struct, frozen=True):
    """`words` in common, `slots` that suit both (empty: neither named any), nearness; and their sum."""

    offer: Half
    request: Half
    words: tuple[str, ...]
    slots: tuple[int, ...]
    same_residence: bool
    same_site: bool
    score: int


HALF = f"""
SELECT l.id, l.public_id, l.person AS person_id, p.public_id AS person, p.given_name, p.family_name,
 h.id AS household_id, l.title, l.details, l.category, l.place, l.slots, l.words,
 r.name AS residence, r.id AS residence_id, h.site AS site_id, h.public_id AS tile
FROM listing l {OWNER} WHERE {LISTED} AND {IN_GOOD_STANDING}
"""  # noqa: S608 - our own words
_OF = f"SELECT l.id, l.kind, l.category, l.words, l.created_at FROM listing l WHERE {LISTED} AND l.kind"  # noqa: S608 - our own words
# $1 today. The requests that wait longest, and the newest offers.
_LOOKED = (
    f"({_OF} = 'request' ORDER BY l.created_at, l.id LIMIT {_REQUESTS}) UNION ALL"
    f" ({_OF} = 'offer' ORDER BY l.created_at DESC, l.id DESC LIMIT {_OFFERS})"
)
# Pairs but those that staff have seen, who already talk, and who do not want to meet.
_FREE = """
SELECT q.offer, q.request FROM unnest($2::bigint[], $3::bigint[]) AS q(offer, request)
JOIN listing o ON o.id = q.offer JOIN listing r ON r.id = q.request
WHERE NOT EXISTS (SELECT 1 FROM skill_proposal s WHERE s.offer = o.id AND s.request = r.id)
AND NOT EXISTS (SELECT 1 FROM exchange e WHERE e.listing IN (o.id, r.id)
  AND (e.asker, e.owner) IN ((o.person, r.person), (r.person, o.person)))
AND NOT EXISTS (SELECT 1 FROM skill_block b
  WHERE (b.person, b.other) IN ((r.person, o.person), (o.person, r.person)))
"""
# $1 today, $2 and $3 offers and their requests: both sides, an offer with the requests it is free for.
_SIDES = f"""
WITH free AS MATERIALIZED ({_FREE})
SELECT h.*, ARRAY(SELECT f.request FROM free f WHERE f.offer = h.id) AS requests
FROM ({HALF} AND l.id IN (SELECT unnest(ARRAY[f.offer, f.request]) FROM free f)) h
"""  # noqa: S608 - our own words


async def pairs() -> list[Pair]:
    """For requests, their best offers; what staff have seen is left out and makes room for others."""
    looked = sorted(await fetch(_LOOKED, clock.today()), key=itemgetter("created_at", "id"))
    asking = [row for row in looked if row["kind"] == "request"]
    offered = [row for row in reversed(looked) if row["kind"] == "offer"]
    likely = _likely(offered, asking)
    found: list[Pair] = []
    while likely and len(found) < PAGE:
        found += await _fitting(likely[:_TOGETHER])
        likely = likely[_TOGETHER:]
    kept: dict[int, int] = {}
    best = []
    for pair in sorted(found, key=_rank):
        kept[pair.request.id] = kept.get(pair.request.id, 0) + 1
        if kept[pair.request.id] <= EACH:
            best.append(pair)
    return best[:PAGE]


def _likely(offered: Sequence[Any], asking: Sequence[Any]) -> list[tuple[int, int]]:
    """Offer and request, by words and category alone: the best first, then who waits longest."""
    reasons: dict[str, list[int]] = defaultdict(list)
    for at, offer in enumerate(offered):
        for reason in (*offer["words"], f"/{offer['category']}"):
            if len(reasons[reason]) < _REASON:
                reasons[reason].append(at)
    found = []
    for place, request in enumerate(asking):
        said = Counter(chain.from_iterable(reasons.get(word, ()) for word in request["words"]))
        best = _best(said, reasons.get(f"/{request['category']}", []))
        found += [(rank, place, offered[at]["id"], request["id"]) for rank, at in best]
    return [(offer, request) for _, _, offer, request in sorted(found)]


def _best(said: Mapping[int, int], alike: Sequence[int]) -> list[tuple[int, int]]:
    """Rank and offer of a few: how many words each has in common, then the same category, then the newest."""
    category, ranked = set(alike), list[tuple[int, int]]()
    for many in sorted(set(said.values()), reverse=True):
        ranked += sorted(
            (-4 * many - 3 * (at in category), at) for at, n in said.items() if n == many
        )
        if len(ranked) >= _LIKELY:
            break
    ranked += [(-3, at) for at in alike if at not in said]
    return ranked[:_LIKELY]


async def _fitting(likely: list[tuple[int, int]]) -> list[Pair]:
    """Those of them that are free and that also meet in place and time."""
    offers, requests = [offer for offer, _ in likely], [request for _, request in likely]
    rows = await fetch(_SIDES, clock.today(), offers, requests)
    halves = {row["id"]: _half(row) for row in rows}
    both = [
        (halves[row["id"]], halves[request])
        for row in rows
        for request in row["requests"]
        if request in halves
    ]
    fitted = [fit(offer, request) for offer, request in both]
    return [pair for pair in fitted if pair is not None]


def _rank(pair: Pair) -> tuple[int, int, int]:
    return -pair.score, pair.request.id, -pair.offer.id


def _half(row: Any) -> Half:
    return Half(**{name: row[name] for name in Half.__struct_fields__})


def fit(offer: Half, request: Half) -> Pair | None:
    """None within one household, where place or time cannot meet, or where only chance brings them together."""
    slots = rules.common_slots(offer.slots, request.slots)
    if offer.household_id == request.household_id:
        return None
    if not rules.places_meet(offer.place, request.place):
        return None
    if offer.slots and request.slots and not slots:
        return None
    common = _common(offer, request)
    same = offer.category == request.category
    if not same and not common:
        return None
    near = request.residence_id is not None and offer.residence_id == request.residence_id
    site = request.site_id is not None and offer.site_id == request.site_id
    return Pair(
        offer=offer,
        request=request,
        words=tuple(common),
        slots=tuple(slots),
        same_residence=near,
        same_site=site,
        score=4 * len(common) + 3 * same + 3 * near + site,
    )


def _common(offer: Half, request: Half) -> list[str]:
    """Words of the request, as it says them, that the offer has or whose stem it has."""
    has = set(offer.words)
    if not has & set(request.words):
        return []
    said = dict.fromkeys(words.bare(f"{request.title} {request.details}"))
    return [word for word in said if set(words.kept(word)) & has]
