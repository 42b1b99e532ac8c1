"""Referrals as their member, and the other side, read them; whom one may ask to call."""

from datetime import datetime
from typing import Any

import msgspec

from backend.insurance import rules
from backend.insurance.errors import FirmUnknown, InsuranceUnknown, NobodyCalls
from backend.insurance.rules import ContactWay, Declarant, ReferralKind, ReferralState, Slot
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as
from backend.kit.text import show_phone
from backend.merchants import standings
from backend.people.rules import Source

NUMBER_LETTERS = 6
CLOSED_SHOWN = 50


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Who would call: an insurer for one of its offers, or a building firm."""

    name: str
    email: str | None
    insurer_id: int | None = None
    offer_id: int | None = None
    partner_id: int | None = None


class FirmCard(msgspec.Struct, frozen=True):
    """A building firm of the club, as members choose one."""

    public_id: str
    name: str
    story: str


class Caller(msgspec.Struct, frozen=True):
    """Of an insurer `title` is what it offers, of a firm "". `target`: as `Ask` names it."""

    kind: ReferralKind
    target: str
    name: str
    title: str


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A member's own request. `by`: who of the staff heard it, "" where it came from the member."""

    public_id: str
    kind: ReferralKind
    recipient: str
    purpose: str
    channel: ContactWay
    contact: str
    slot: Slot
    text_shown: str
    source: Source
    by: str
    state: ReferralState
    sent_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    saving_cents: int | None
    saving_by: Declarant | None
    calls: bool  # the other side is with the club today, by this name, and sees the contact

    @property
    def number(self) -> str:
        return number(self.public_id)

    @property
    def shown_contact(self) -> str:
        return show_contact(self.channel, self.contact)


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side sees of somebody: name, contact and slot, and nothing else (I3, V35).

    `name` is "" for a closed one, `contact` too: whoever is not to be called is not there. Both are
    for who is with the club, under the name that was asked: whoever left it, has not paid, or is
    another firm now, sees neither (P5, I3). `saving_cents` is what it said itself, not the member.
    """

    public_id: str
    recipient: str
    name: str
    channel: ContactWay
    contact: str
    slot: Slot
    state: ReferralState
    sent_at: datetime
    changed_at: datetime
    saving_cents: int | None
    saving_by: Declarant | None
    named: bool  # its firm has the name today that the request was made to

    @property
    def number(self) -> str:
        return number(self.public_id)

    @property
    def shown_contact(self) -> str:
        return show_contact(self.channel, self.contact)


def number(public_id: str) -> str:
    """What an e-mail and a line of the list call it by."""
    return public_id[:NUMBER_LETTERS].upper()


def show_contact(channel: ContactWay, contact: str) -> str:
    return show_phone(contact) if contact and channel is ContactWay.PHONE else contact


async def firms() -> list[FirmCard]:
    """Building firms that are partners today, by name and by nothing else."""
    return await fetch_as(FirmCard, f"{_FIRM} ORDER BY p.search, p.id", clock.today())


async def callers() -> list[Caller]:
    """Whom one may ask to call today: insurers' offers, then firms, by the alphabet alone (I2)."""
    return await fetch_as(Caller, _CALLERS, clock.today())


async def find_firm(public_id: str) -> FirmCard | None:
    return await fetch_one_as(FirmCard, f"{_FIRM} AND p.public_id = $2", clock.today(), public_id)


async def get_recipient(kind: ReferralKind, target: str) -> Recipient:
    """Raises InsuranceUnknown or FirmUnknown, and NobodyCalls where it takes no request now."""
    if kind is ReferralKind.FIRM:
        return await _firm(target)
    row = await fetch_one(
        "SELECT o.id AS offer_id, o.published_at, i.id AS insurer_id, i.name, i.email, i.closed_at"
        " FROM insurance_offer o JOIN insurer i ON i.id = o.insurer WHERE o.public_id = $1",
        target,
    )
    if row is None:
        raise InsuranceUnknown
    if row["published_at"] is None or row["closed_at"] is not None:
        raise NobodyCalls
    return Recipient(
        name=row["name"],
        email=row["email"],
        insurer_id=row["insurer_id"],
        offer_id=row["offer_id"],
    )


async def email_of(insurer_id: int | None, partner_id: int | None) -> str | None:
    """Where the other side hears that somebody waits or went."""
    row = await fetch_one(
        "SELECT email FROM insurer WHERE id = $1 UNION ALL SELECT email FROM partner WHERE id = $2",
        insurer_id,
        partner_id,
    )
    return None if row is None else row["email"]


async def mine(person_id: int) -> list[Mine]:
    """A member's requests, the newest first."""
    rows = await fetch(f"{_MINE} WHERE person = $2 ORDER BY id DESC", clock.today(), person_id)
    return [_mine(row) for row in rows]


async def find_mine(person_id: int, public_id: str) -> Mine | None:
    row = await fetch_one(
        f"{_MINE} WHERE person = $2 AND public_id = $3", clock.today(), person_id, public_id
    )
    return None if row is None else _mine(row)


async def leads(kind: ReferralKind, scopes: frozenset[int]) -> list[Lead]:
    """Requests to these insurers or firms: the open ones, oldest first, then the last closed ones."""
    column = "insurer" if kind is ReferralKind.INSURER else "partner"
    rows = await fetch(
        f"{_LEAD} WHERE {column} = ANY($2)"  # noqa: S608 - our own words
        " AND (state IN ('sent', 'contacted', 'quoted') OR id IN (SELECT id FROM referral"
        f"  WHERE {column} = ANY($2) ORDER BY changed_at DESC LIMIT {CLOSED_SHOWN}))"
        " ORDER BY state NOT IN ('sent', 'contacted', 'quoted'),"
        " CASE WHEN state IN ('sent', 'contacted', 'quoted') THEN sent_at END, changed_at DESC, id",
        clock.today(),
        list(scopes),
    )
    return [_lead(row) for row in rows]


def _mine(row: Any) -> Mine:
    values = dict(row)
    values["calls"] &= rules.is_called(values["recipient"], values.pop("called"))
    return msgspec.convert(values, Mine)


def _lead(row: Any) -> Lead:
    values = dict(row)
    values["named"] = rules.is_called(values["recipient"], values.pop("called"))
    if not values["named"]:
        values |= {"name": "", "contact": ""}
    return msgspec.convert(values, Lead)


# $1 today: a firm that has not paid, or left, is called by nobody.
_FIRM = (
    "SELECT p.public_id, p.name, p.story FROM partner p"  # noqa: S608 - our own words
    f" WHERE p.kind = 'firm' AND p.category = 'trades' AND {standings.gives('$1')}"
)
_CALLERS = (
    "SELECT kind, target, name, title FROM (SELECT 'insurer' AS kind, o.public_id AS target,"  # noqa: S608 - our own words
    " i.name, o.title, lower(i.name) AS place, o.id FROM insurance_offer o JOIN insurer i ON i.id = o.insurer"
    " WHERE o.published_at IS NOT NULL AND i.closed_at IS NULL"
    " UNION ALL SELECT 'firm', p.public_id, p.name, '', p.search, p.id FROM partner p"
    f" WHERE p.kind = 'firm' AND p.category = 'trades' AND {standings.gives('$1')}"
    ") every ORDER BY kind DESC, place, lower(title), id"
)


def with_club(day: str) -> str:
    """Of a referral `f` on a day: `calls`, its other side is with the club; `called`, its name now."""
    return (
        "CASE WHEN f.partner IS NULL"  # noqa: S608 - our own words
        " THEN EXISTS (SELECT 1 FROM insurer i WHERE i.id = f.insurer AND i.closed_at IS NULL)"
        f" ELSE EXISTS (SELECT 1 FROM partner p WHERE p.id = f.partner AND {standings.gives(day)})"
        " END AS calls, coalesce((SELECT i.name FROM insurer i WHERE i.id = f.insurer),"
        " (SELECT p.name FROM partner p WHERE p.id = f.partner)) AS called"
    )


_ASKED = f"(SELECT f.*, {with_club('$1')} FROM referral f) r"  # noqa: S608 - our own words
_MINE = (
    "SELECT public_id, kind, recipient, purpose, channel, contact, slot, text_shown, state,"  # noqa: S608
    " source, coalesce((SELECT concat_ws(' ', b.given_name, b.family_name) FROM person b"
    "  WHERE b.id = r.recorded_by), '') AS by,"
    f" sent_at, changed_at, withdrawn_at, saving_cents, saving_by, calls, called FROM {_ASKED}"
)
# A name is there while somebody waits or signed, a contact only while somebody waits.
_LEAD = (
    "SELECT public_id, recipient, channel, slot, state, sent_at, changed_at, saving_by, called,"  # noqa: S608
    " CASE WHEN saving_by = 'agent' THEN saving_cents END AS saving_cents, CASE WHEN calls AND state <> 'refused' THEN name ELSE '' END AS name,"
    " CASE WHEN calls AND state IN ('sent', 'contacted', 'quoted') THEN contact ELSE '' END"
    f" AS contact FROM {_ASKED}"
)


async def _firm(target: str) -> Recipient:
    row = await fetch_one(
        f"SELECT p.id, p.name, p.email, p.kind, p.category, {standings.gives('$2')} AS gives"  # noqa: S608 - our own words
        " FROM partner p WHERE p.public_id = $1",
        target,
        clock.today(),
    )
    if row is None or row["kind"] != "firm" or row["category"] != "trades":
        raise FirmUnknown
    if not row["gives"]:
        raise NobodyCalls
    return Recipient(name=row["name"], email=row["email"], partner_id=row["id"])
