"""What the counter reads: a person's file, what waits, who was served, which dwelling somebody means."""

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch_as, fetch_one, fetch_value
from backend.membership.queries import GRACE, SPANS, Member
from backend.membership.rules import Category, Proof, Span
from backend.people.errors import PersonMissing
from backend.people.queries import Act
from backend.people.rules import Address, Channel
from backend.places.rules import Door

SOON = timedelta(days=7)
SEEN_FOR = timedelta(minutes=10)
RECENT = 6
SHOWN = 12
T = TypeVar("T")


class FileContact(msgspec.Struct, frozen=True):
    public_id: str
    channel: Channel
    value: str
    verified: bool

    @property
    def shown(self) -> str:
        return Address(self.channel, self.value).shown


class FilePerson(msgspec.Struct, frozen=True, kw_only=True):
    """One of a household's people. `paper_card` is their living one's public id."""

    person_id: int
    public_id: str
    given_name: str
    family_name: str
    adult: bool
    born_on: date | None
    paper_card: str | None
    paper_card_made_at: datetime | None
    contacts: tuple[FileContact, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Lodging(Door, frozen=True, kw_only=True):
    """A dwelling of a landlord's list. `taken_by` is the household that proved it, if any."""

    id: int
    landlord: str
    residence: str
    street: str
    postcode: str
    town: str
    rooms: int
    contract: str
    taken_by: str | None = None


class FileReceipt(msgspec.Struct, frozen=True):
    """The household's newest."""

    public_id: str
    number: str
    amount_cents: int
    issued_at: datetime


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A person's file: the household around them.

    `check_since`: staff have to look at it. `papers`: things done that wait to be told on paper.
    `acts`: the newest few. `seen`: whoever asks looked at it a moment ago.
    """

    member: Member
    street: str
    postcode: str
    town: str
    site_name: str | None
    claimed_contract: str | None
    check_since: datetime | None
    papers: int
    people: tuple[FilePerson, ...]
    lodging: Lodging | None
    receipt: FileReceipt | None
    acts: tuple[Act, ...]
    seen: bool

    @property
    def person(self) -> FilePerson:
        return next(each for each in self.people if each.person_id == self.member.person_id)


class Waiting(msgspec.Struct, frozen=True):
    """One thing that waits for staff: why, whose, since or until which day."""

    why: str
    person_public_id: str
    name: str
    household_public_id: str
    on: date
    total: int


class Served(msgspec.Struct, frozen=True):
    """Somebody whom staff did something for today, the newest act first."""

    person_public_id: str
    name: str
    household_public_id: str
    at: datetime
    verb: str


async def open_file(person_public_id: str, seen_by: int | None = None) -> File:
    """One statement. Raises PersonMissing when nobody of this id is in a household."""
    file = await find_file(person_public_id, seen_by)
    if file is None:
        raise PersonMissing
    return file


async def find_file(person_public_id: str, seen_by: int | None = None) -> File | None:
    row = await fetch_one(_FILE, person_public_id, seen_by, clock.now() - SEEN_FOR, RECENT)
    return None if row is None else _file(row)


async def was_seen(person_id: int | None, household_public_id: str) -> bool:
    """Whether they opened this household's page a moment ago."""
    seen: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM audit_entry WHERE object_kind = 'household' AND object_id = $1"
        " AND verb = 'file.view' AND actor_id = $2 AND at > $3)",
        household_public_id,
        person_id,
        clock.now() - SEEN_FOR,
    )
    return seen


async def find_lodgings(typed: str, limit: int = SHOWN) -> list[Lodging]:
    """Dwellings whose address has all the words typed, or of this contract number."""
    words = text.fold(typed).split()
    if not words:
        return []
    contract = text.fold_contract(typed)
    return await fetch_as(
        Lodging,
        f"{_LODGING} WHERE d.gone_at IS NULL AND (d.contract_folded = $1"  # noqa: S608 - our own words
        " OR (SELECT bool_and(position(word IN d.search) > 0) FROM unnest($2::text[]) word))"
        " ORDER BY (d.contract_folded = $1) DESC NULLS LAST, r.name, d.street, d.building, d.stair,"
        " d.floor, d.door, d.id LIMIT $3",
        contract,
        [f" {word}" for word in words],
        limit,
    )


async def waiting() -> list[Waiting]:
    """What staff should look at, the oldest of each kind first; one statement."""
    today = clock.today()
    return await fetch_as(Waiting, _WAITING, today, today + SOON, SHOWN)


async def last_served(limit: int = 6) -> list[Served]:
    """Whom staff did something for today, whoever of them it was."""
    return await fetch_as(Served, _SERVED, clock.start_of_day(clock.today()), limit)


async def untold_since(person_id: int) -> datetime | None:
    """When the first thing was done that the person heard nothing of: it waits on paper."""
    since: datetime | None = await fetch_value(
        "SELECT min(queued_at) FROM message WHERE person = $1 AND way = 'paper'"
        " AND sent_at IS NULL",
        person_id,
    )
    return since


_PEOPLE = """
coalesce((SELECT json_agg(json_build_object('person_id', n.id, 'public_id', n.public_id,
    'given_name', n.given_name, 'family_name', n.family_name, 'adult', o.adult,
    'born_on', n.born_on, 'paper_card', k.public_id, 'paper_card_made_at', k.made_at,
    'contacts', coalesce((SELECT json_agg(json_build_object('public_id', c.public_id,
       'channel', c.channel, 'value', c.value, 'verified', c.verified_at IS NOT NULL)
       ORDER BY c.channel, c.id) FROM contact_point c
      WHERE c.person = n.id AND c.ended_at IS NULL), '[]')) ORDER BY o.adult DESC, o.id)
  FROM household_member o JOIN person n ON n.id = o.person
  LEFT JOIN card k ON k.person = n.id AND k.kind = 'paper' AND k.revoked_at IS NULL
  WHERE o.household = h.id AND o.left_on IS NULL), '[]')::text
"""
_TAKEN_BY = (
    "(SELECT w.public_id FROM household w WHERE w.dwelling = d.id AND w.proof = 'proved'"
    " AND w.ended_at IS NULL LIMIT 1)"
)
_LODGING = (
    "SELECT d.id, l.name AS landlord, r.name AS residence, d.street, d.building, d.stair,"  # noqa: S608
    " d.floor,"
    " d.door, d.postcode, d.town, d.rooms, d.contract_number AS contract,"
    f" {_TAKEN_BY} AS taken_by FROM dwelling d JOIN residence r ON r.id = d.residence"
    " JOIN landlord l ON l.id = d.landlord"
)
_FILE = f"""
SELECT p.id AS person_id, p.public_id AS person_public_id, p.given_name, p.family_name, m.adult,
       h.id AS household_id, h.public_id AS household_public_id, h.payer AS payer_id, h.category,
       h.proof, h.site AS site_id, h.dwelling AS dwelling_id, {GRACE}, {SPANS},
       h.street, h.postcode, h.town, s.name AS site_name, h.claimed_contract,
       k.asked_at AS check_since, {_PEOPLE} AS people,
       EXISTS (SELECT 1 FROM audit_entry a WHERE a.subject_id = p.id AND a.at > $3
        AND a.actor_id = $2 AND a.verb = 'file.view') AS seen,
       coalesce((SELECT json_agg(json_build_object('at', a.at, 'verb', a.verb, 'actor', a.actor,
          'facts', a.facts, 'own', a.actor = 'person' AND a.actor_id = a.subject_id,
          'by', concat_ws(' ', b.given_name, b.family_name)) ORDER BY a.at DESC, a.id DESC)
         FROM (SELECT * FROM audit_entry WHERE subject_id = p.id AND verb <> 'file.view'
               ORDER BY at DESC, id DESC LIMIT $4) a
         LEFT JOIN person b ON a.actor = 'person' AND b.id = a.actor_id), '[]')::text AS acts,
       (SELECT count(*) FROM message x WHERE x.person = p.id AND x.way = 'paper'
        AND x.sent_at IS NULL) AS papers,
       (SELECT row_to_json(x)::text FROM ({_LODGING} WHERE d.id = h.dwelling) x) AS lodging,
       (SELECT json_build_object('public_id', t.public_id, 'number', t.printed ->> 'number',
         'amount_cents', y.amount_cents, 'issued_at', t.issued_at)::text
        FROM receipt t JOIN payment y ON y.id = t.payment JOIN pay_order e ON e.id = y.pay_order
        WHERE e.payer = h.payer ORDER BY t.id DESC LIMIT 1) AS receipt
FROM household_member m JOIN person p ON p.id = m.person JOIN household h ON h.id = m.household
LEFT JOIN site s ON s.id = h.site
LEFT JOIN staff_check k ON k.household = h.id AND k.closed_at IS NULL
WHERE m.left_on IS NULL AND h.ended_at IS NULL AND p.public_id = $1
"""  # noqa: S608 - constants of this file
# For a household: its first adult, who is called for all.
_FIRST = """
JOIN LATERAL (SELECT p.public_id, p.given_name, p.family_name FROM household_member m
  JOIN person p ON p.id = m.person
  WHERE m.household = h.id AND m.left_on IS NULL AND m.adult ORDER BY m.id LIMIT 1) p ON true
"""
_WHO = (
    "p.public_id AS person_public_id, concat_ws(' ', p.given_name, p.family_name) AS name,"
    " h.public_id AS household_public_id"
)
# $1 today, $2 the last day that is soon, $3 how many of each.
_WAITING = f"""
(SELECT 'check' AS why, {_WHO}, (k.asked_at AT TIME ZONE 'Europe/Paris')::date AS on,
        count(*) OVER () AS total
 FROM staff_check k JOIN household h ON h.id = k.household {_FIRST}
 WHERE k.closed_at IS NULL AND h.ended_at IS NULL ORDER BY k.asked_at LIMIT $3)
UNION ALL
(SELECT 'ending', {_WHO}, q.last, count(*) OVER ()
 FROM (SELECT e.household, upper(e.during) - 1 AS last FROM period e
       WHERE e.cancelled_at IS NULL AND e.provisional_until IS NULL
         AND upper(e.during) BETWEEN $1::date + 1 AND $2::date + 1
         AND NOT EXISTS (SELECT 1 FROM period l WHERE l.household = e.household
           AND l.cancelled_at IS NULL AND l.provisional_until IS NULL AND l.during > e.during)) q
 JOIN household h ON h.id = q.household {_FIRST}
 WHERE h.ended_at IS NULL ORDER BY q.last, h.id LIMIT $3)
UNION ALL
(SELECT 'provisional', {_WHO}, q.provisional_until, count(*) OVER ()
 FROM period q JOIN household h ON h.id = q.household {_FIRST}
 WHERE q.cancelled_at IS NULL AND q.provisional_until >= $1::date AND lower(q.during) <= $1::date
   AND h.ended_at IS NULL ORDER BY q.provisional_until, h.id LIMIT $3)
UNION ALL
(SELECT 'paper', {_WHO}, (w.since AT TIME ZONE 'Europe/Paris')::date, count(*) OVER ()
 FROM (SELECT person, min(queued_at) AS since FROM message
       WHERE way = 'paper' AND sent_at IS NULL AND person IS NOT NULL GROUP BY person) w
 JOIN person p ON p.id = w.person JOIN household_member m ON m.person = p.id AND m.left_on IS NULL
 JOIN household h ON h.id = m.household ORDER BY w.since, p.id LIMIT $3)
"""  # noqa: S608 - constants of this file
_SERVED = f"""
SELECT {_WHO}, a.at, a.verb
FROM (SELECT DISTINCT ON (subject_id) subject_id, at, verb FROM audit_entry
      WHERE at >= $1 AND actor = 'person' AND subject_id IS NOT NULL AND actor_id <> subject_id
        AND verb <> 'file.view' ORDER BY subject_id, at DESC, id DESC) a
JOIN person p ON p.id = a.subject_id
JOIN household_member m ON m.person = p.id AND m.left_on IS NULL
JOIN household h ON h.id = m.household
ORDER BY a.at DESC LIMIT $2
"""  # noqa: S608 - constants of this file


def _file(row: Any) -> File:
    values = dict(row)
    member = Member(
        category=Category(values.pop("category")),
        proof=Proof(values.pop("proof")),
        spans=msgspec.json.decode(values.pop("spans"), type=tuple[Span, ...]),
        **{name: values.pop(name) for name in Member.__struct_fields__ if name in values},
    )
    return File(
        member=member,
        people=msgspec.json.decode(values.pop("people"), type=tuple[FilePerson, ...]),
        acts=msgspec.json.decode(values.pop("acts"), type=tuple[Act, ...]),
        lodging=_maybe(values.pop("lodging"), Lodging),
        receipt=_maybe(values.pop("receipt"), FileReceipt),
        **values,
    )


def _maybe(said: str | None, kind: type[T]) -> T | None:
    return None if said is None else msgspec.json.decode(said, type=kind)
