"""What the counter reads: a person's file, what waits, who was served, which dwelling somebody means."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one
from backend.membership.queries import GRACE, SPANS, Member
from backend.membership.rules import Category, Proof, Span
from backend.people.errors import PersonMissing
from backend.people.rules import Address, Channel

SOON_DAYS = 7
SHOWN = 12


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


class Lodging(msgspec.Struct, frozen=True, kw_only=True):
    """A dwelling of a landlord's list. `taken_by` is the household that proved it, if any."""

    id: int
    landlord: str
    residence: str
    street: str
    building: str
    stair: str
    floor: str
    door: str
    postcode: str
    town: str
    rooms: int
    contract: str
    taken_by: str | None = None

    @property
    def place(self) -> str:
        """Where in the building, as people say it."""
        parts = (
            ("bâtiment ", self.building),
            ("escalier ", self.stair),
            ("étage ", self.floor),
            ("porte ", self.door),
        )
        said = ", ".join(word + value for word, value in parts if value)
        return said[:1].upper() + said[1:]


class FileReceipt(msgspec.Struct, frozen=True):
    """The household's newest."""

    public_id: str
    number: str
    amount_cents: int
    issued_at: datetime


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A person's file: the household around them. `check_since`: staff have to look at it."""

    member: Member
    street: str
    postcode: str
    town: str
    site_name: str | None
    claimed_contract: str | None
    check_since: datetime | None
    check_public_id: str
    people: tuple[FilePerson, ...]
    lodging: Lodging | None
    receipt: FileReceipt | None

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


async def open_file(person_public_id: str) -> File:
    """One statement. Raises PersonMissing when nobody of this id is in a household."""
    row = await fetch_one(_FILE, person_public_id)
    if row is None:
        raise PersonMissing
    return _file(row)


async def find_lodgings(typed: str, limit: int = SHOWN) -> list[Lodging]:
    """Dwellings whose address has all the words typed, or of this contract number."""
    words = text.fold(typed).split()
    if not words:
        return []
    contract = text.fold_contract(typed)
    rows = await fetch(
        f"{_LODGING} WHERE d.gone_at IS NULL AND (d.contract_folded = $1"  # noqa: S608 - our own words
        " OR (SELECT bool_and(position(word IN d.search) > 0) FROM unnest($2::text[]) word))"
        " ORDER BY (d.contract_folded = $1) DESC NULLS LAST, r.name, d.street, d.building, d.stair,"
        " d.floor, d.door, d.id LIMIT $3",
        contract,
        [f" {word}" for word in words],
        limit,
    )
    return [Lodging(**row) for row in rows]


async def get_lodging(dwelling_id: int) -> Lodging | None:
    row = await fetch_one(f"{_LODGING} WHERE d.id = $1 AND d.gone_at IS NULL", dwelling_id)
    return None if row is None else Lodging(**row)


async def waiting() -> list[Waiting]:
    """What staff should look at, the oldest of each kind first; one statement."""
    today = clock.today()
    rows = await fetch(_WAITING, today, today + _days(SOON_DAYS), SHOWN)
    return [_waiting(row) for row in rows]


async def last_served(limit: int = 6) -> list[Served]:
    """Whom staff did something for today, whoever of them it was."""
    rows = await fetch(_SERVED, clock.start_of_day(clock.today()), limit)
    return [_served(row) for row in rows]
