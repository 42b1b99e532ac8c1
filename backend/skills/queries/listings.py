"""Listings as neighbours find them, and as their owner sees them."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.kit import clock, files
from backend.kit.database import fetch, fetch_as, fetch_one_as, fetch_value
from backend.membership import rules as membership
from backend.membership.queries import Member
from backend.membership.queries.words import IN_GOOD_STANDING
from backend.skills import rules, words
from backend.skills.errors import ListingUnknown
from backend.skills.queries.meeting import HERE
from backend.skills.rules import Category, ListingKind, Place, Review

PAGE = 20
MOST_PAGES = 40  # each costs more than the one before; nobody reads so far

# Of listing l on the day $1: what search, digests and matching know (X1, X2, X8, X9). Its owner is an
# adult of a household that may still use its rights.
LISTED = """
l.ended_at IS NULL AND l.agreed_at IS NOT NULL AND l.review IN ('free', 'allowed')
AND l.expires_on >= $1::date
"""
OWNER = f"""
{HERE.format(person="l.person")}
LEFT JOIN dwelling d ON d.id = h.dwelling
LEFT JOIN residence r ON r.id = d.residence
"""
# $2 the person who looks: whom they blocked, or who blocked them, is not there for them (X9).
NOT_BLOCKED = """
NOT EXISTS (SELECT 1 FROM skill_block b WHERE (b.person, b.other) IN (($2, l.person), (l.person, $2)))
"""


class ListingCard(msgspec.Struct, frozen=True):
    """What a neighbour reads; never where somebody is reached (X3). `residence` is None for who has none,
    `tile` draws the household's tile.
    """

    public_id: str
    kind: ListingKind
    category: Category
    title: str
    details: str
    place: Place
    slots: tuple[int, ...]
    has_photo: bool
    given_name: str
    family_name: str
    owner_id: int
    tile: str
    own: bool
    residence: str | None
    near: bool
    created_at: datetime
    expires_on: date

    @property
    def owner(self) -> str:
        """First name and initial."""
        return membership.short_name(self.given_name, self.family_name)


class Found(msgspec.Struct, frozen=True):
    """A page of a search; `more` follow on the next one, or, where it is `cut`, are not shown.
    `forgiven`: no listing has the words as typed.
    """

    listings: tuple[ListingCard, ...]
    more: bool = False
    forgiven: bool = False
    cut: bool = False


class _Meant(msgspec.Struct, frozen=True):
    """What a word of a search may mean: known words that are near, and categories that it names."""

    words: list[str]
    categories: list[Category]

    def __bool__(self) -> bool:
        return bool(self.words or self.categories)


class Newest(msgspec.Struct, frozen=True):
    """A listing as a paper or a letter says it: a first name and a residence, never more (X3)."""

    public_id: str
    title: str
    given_name: str
    residence: str

    @property
    def who(self) -> str:
        return ", ".join(filter(None, (self.given_name, self.residence)))


class MyListing(msgspec.Struct, frozen=True):
    """A listing as its owner, or staff who act for them, sees it."""

    id: int
    public_id: str
    person_id: int
    kind: ListingKind
    category: Category
    title: str
    details: str
    place: Place
    slots: tuple[int, ...]
    weekly: bool
    has_photo: bool
    review: Review
    signs: tuple[str, ...]
    agreed_at: datetime | None
    version: int
    created_at: datetime
    expires_on: date
    ended_at: datetime | None
    asked: int

    def is_listed(self, today: date) -> bool:
        return self.agreed_at is not None and rules.is_listed(
            self.review, self.expires_on, self.ended_at, today
        )

    def may_renew(self, today: date) -> bool:
        return rules.may_renew(self.expires_on, self.ended_at, today)


_CARD = """
SELECT l.public_id, l.kind, l.category, l.title, l.details, l.place, l.slots,
 l.photo IS NOT NULL AS has_photo, p.given_name, p.family_name, l.person AS owner_id,
 h.public_id AS tile, h.id = $3 AS own, r.name AS residence,
 coalesce(d.residence = (SELECT residence FROM dwelling WHERE id = $4), false) AS near,
 l.created_at, l.expires_on
"""


# Those of the reader's own residence, all of them, and of the others as many as may fill the page: who
# owns them, and whether they may show them, is read of these few alone, one by one (hence OFFSET 0);
# their words of the page's.
_FOUND = f"""
WITH wanted AS NOT MATERIALIZED (
 SELECT l.id, l.person, l.created_at,
  (l.words @> $7::text[] OR l.category = ANY($10)) AS exact FROM listing l
 WHERE {LISTED} AND {{only}}
), home AS (
 SELECT w.id, true AS near, w.exact, w.created_at FROM dwelling mine
 JOIN dwelling d ON d.residence = mine.residence JOIN household h ON h.dwelling = d.id
 JOIN household_member m ON m.household = h.id AND m.left_on IS NULL
 JOIN wanted w ON w.person = m.person WHERE mine.id = $4
), others AS (
 SELECT w.id, false AS near, w.exact, w.created_at FROM wanted w
 WHERE w.id NOT IN (SELECT id FROM home)
 ORDER BY {{exact}} w.created_at DESC, w.id DESC LIMIT $8
), shown AS (
 SELECT c.near, c.exact, c.created_at, c.id,
  bool_or(c.exact) OVER () AS as_typed FROM (SELECT * FROM home UNION ALL SELECT * FROM others) c
 WHERE EXISTS (SELECT 1 FROM listing l {OWNER} WHERE l.id = c.id AND {IN_GOOD_STANDING} AND {NOT_BLOCKED}
  OFFSET 0)
 ORDER BY c.near DESC, c.exact DESC, c.created_at DESC, c.id DESC LIMIT {PAGE + 1} OFFSET $9
)
SELECT x.*, t.looked FROM (SELECT count(*) AS looked FROM others) t LEFT JOIN (
 {_CARD}, c.as_typed, c.exact, c.id FROM shown c JOIN listing l ON l.id = c.id {OWNER}
) x ON true ORDER BY x.near DESC, x.exact DESC, x.created_at DESC, x.id DESC
"""  # noqa: S608 - our own words
_SLACK = 40  # owners who may not show theirs today are few: their listings run out
_EVERY = 1_000_000


async def search(
    member: Member,
    said: str = "",
    kind: ListingKind | None = None,
    category: Category | None = None,
    page: int = 1,
) -> Found:
    """Same residence first, then what is written as asked, then the newest (X4).

    A word finds what it names too: « couture » all of that category.
    """
    asked, page = words.asked(said), min(page, MOST_PAGES)
    meant = await _meant(asked)
    if not all(meant):
        return Found(())
    about = (member, kind, category, asked, meant, page)
    most = page * PAGE + 1 + _SLACK
    rows, looked = await _ranked(*about, most=most)
    if len(rows) <= PAGE and looked == most:  # so many may not be shown: look at all
        rows, _ = await _ranked(*about, most=_EVERY)
    cards = [ListingCard(**{name: row[name] for name in _FIELDS}) for row in rows[:PAGE]]
    follow = len(rows) > PAGE
    return Found(
        tuple(cards),
        more=follow and page < MOST_PAGES,
        forgiven=bool(rows) and not rows[0]["as_typed"],
        cut=follow and page == MOST_PAGES,
    )


_FIELDS = ListingCard.__struct_fields__


async def _ranked(
    member: Member,
    kind: ListingKind | None,
    category: Category | None,
    asked: list[str],
    meant: list[_Meant],
    page: int,
    *,
    most: int,
) -> tuple[list[Any], int]:
    """The page's in their order and one more; and how many of elsewhere were looked at."""
    # Said plainly, so that the newest of a kind or category are read from their index.
    only, args = [], []
    for each in meant:
        args.append(each.words)
        word = f"l.words && ${10 + len(args)}::text[]"
        if each.categories:
            args.append([one.value for one in each.categories])
            word = f"({word} OR l.category = ANY(${10 + len(args)}::text[]))"
        only.append(word)
    all_named = set.intersection(*(set(each.categories) for each in meant)) if meant else set()
    only.append("$5::text IS NULL" if kind is None else "l.kind = $5")
    only.append("$6::text IS NULL" if category is None else "l.category = $6")
    rows: list[Any] = await fetch(
        _FOUND.format(only=" AND ".join(only), exact="w.exact DESC," if asked else ""),
        clock.today(),
        member.person_id,
        member.household_id,
        member.dwelling_id,
        kind and kind.value,
        category and category.value,
        asked,
        most,
        (page - 1) * PAGE,
        [one.value for one in all_named],
        *args,
    )
    return [row for row in rows if row["public_id"] is not None], rows[0]["looked"]


async def _meant(asked: list[str]) -> list[_Meant]:
    """For each word of the search what the club knows that is near; nothing where nothing is."""
    if not asked:
        return []
    lengths = sorted(length for each in asked for length in words.lengths(each))
    known = await fetch(
        "SELECT word FROM skill_word WHERE word LIKE ANY($1)"
        " OR (length(word) BETWEEN $2 AND $3 AND word LIKE ANY($4))",
        [f"{each}%" for each in asked],
        lengths[0],
        lengths[-1],
        [pattern for each in asked for pattern in words.patterns(each)],
    )
    vocabulary = [row["word"] for row in known]
    return [_Meant(words.near(each, vocabulary), words.named(each, _NAMES)) for each in asked]


_NAMES: dict[Category, str] = {
    each: name for each, name in rules.CATEGORY_NAMES.items() if each is not Category.OTHER
}


async def get_listing(member: Member, public_id: str) -> ListingCard:
    """One that this member may read. Raises ListingUnknown."""
    found = await fetch_one_as(
        ListingCard,
        f"{_CARD} FROM listing l {OWNER} WHERE {LISTED} AND {IN_GOOD_STANDING} AND {NOT_BLOCKED}"
        " AND l.public_id = $5",
        clock.today(),
        member.person_id,
        member.household_id,
        member.dwelling_id,
        public_id,
    )
    if found is None:
        raise ListingUnknown
    return found


async def newest(kind: ListingKind, most: int, since: datetime | None = None) -> list[Newest]:
    """What may be shown to everybody, the newest first; `since`: shown from then on (X2)."""
    return await fetch_as(
        Newest,
        "SELECT l.public_id, l.title, p.given_name, coalesce(r.name, '') AS residence"  # noqa: S608 - our own words
        f" FROM listing l {OWNER} WHERE {LISTED} AND {IN_GOOD_STANDING} AND l.kind = $2"
        " AND ($4::timestamptz IS NULL OR greatest(l.agreed_at, l.reviewed_at) >= $4)"
        " ORDER BY l.created_at DESC, l.id DESC LIMIT $3",
        clock.today(),
        kind.value,
        most,
        since,
    )


async def still_listed(person_id: int | None, public_ids: list[str]) -> set[str]:
    """Those of them that this reader may see today; None for a reader who blocked nobody."""
    rows = await fetch(
        f"SELECT l.public_id FROM listing l {OWNER} WHERE {LISTED} AND {IN_GOOD_STANDING}"  # noqa: S608 - our own words
        f" AND {NOT_BLOCKED.replace('$2', '$2::bigint')} AND l.public_id = ANY($3)",
        clock.today(),
        person_id,
        public_ids,
    )
    return {row["public_id"] for row in rows}


_MINE = """
SELECT l.id, l.public_id, l.person AS person_id, l.kind, l.category, l.title, l.details, l.place,
 l.slots, l.weekly, l.photo IS NOT NULL AS has_photo, l.review, l.signs, l.agreed_at, l.version,
 l.created_at, l.expires_on, l.ended_at,
 (SELECT count(*) FROM exchange e WHERE e.listing = l.id) AS asked
FROM listing l WHERE l.person = $1
"""


async def mine(person_id: int) -> list[MyListing]:
    """What is open first, the newest first; what ended more than a year ago is not shown."""
    return await fetch_as(
        MyListing,
        f"{_MINE} AND (l.ended_at IS NULL OR l.ended_at > $2::timestamptz - interval '1 year')"
        " ORDER BY l.ended_at IS NOT NULL, l.created_at DESC, l.id DESC",
        person_id,
        clock.now(),
    )


async def find_mine(person_id: int, public_id: str) -> MyListing:
    """Raises ListingUnknown."""
    found = await fetch_one_as(MyListing, f"{_MINE} AND l.public_id = $2", person_id, public_id)
    if found is None:
        raise ListingUnknown
    return found


async def photo_of(member: Member, public_id: str) -> files.File:
    """Its own, or one of a listing the member may read. Raises ListingUnknown."""
    file_id: Any = await fetch_value(
        f"SELECT l.photo FROM listing l {OWNER} WHERE l.public_id = $3"  # noqa: S608 - our own words
        f" AND (l.person = $2 OR ({LISTED} AND {IN_GOOD_STANDING} AND {NOT_BLOCKED}))",
        clock.today(),
        member.person_id,
        public_id,
    )
    found = None if file_id is None else await files.get(file_id)
    if found is None:
        raise ListingUnknown
    return found


async def trade_of(person_id: int) -> str:
    """What they said they do for a living; "" for nothing (X8)."""
    found: str | None = await fetch_value(
        "SELECT trade FROM skill_profile WHERE person = $1", person_id
    )
    return found or ""
