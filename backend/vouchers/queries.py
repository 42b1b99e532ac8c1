"""Vouchers as members, staff and the club see them; their uses stand in redemptions.py."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from backend.kit import clock, codes
from backend.kit.codes import Place
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership.rules import short_name
from backend.merchants.rules import PartnerCategory
from backend.offers import rules as offer_rules
from backend.offers.rules import OfferState, Terms
from backend.vouchers import keyring, rules
from backend.vouchers.errors import VoucherUnknown
from backend.vouchers.redemptions import (
    SAVED,
    STANDS,
    same,
)
from backend.vouchers.rules import Life, UseChannel, VoucherState


class VoucherCard(msgspec.Struct, frozen=True):
    """One voucher in a list. `id` stays when a second print changes its code."""

    id: int
    code: str
    title: str
    label: str
    partner_name: str
    category: PartnerCategory
    picture: str | None
    saving_cents: int
    valid_until: datetime
    life: Life
    claimant: str


class AtHome(msgspec.Struct, frozen=True):
    """What a member's home shows of vouchers: those open, the first to end first, and cents saved."""

    vouchers: list[VoucherCard]
    saved_cents: int


class Pulse(msgspec.Struct, frozen=True):
    """What an open voucher page asks each second; it is drawn anew when `mark` changes."""

    life: Life
    mark: str


class PlaceOfUse(msgspec.Struct, frozen=True):
    """A shop where a voucher is taken."""

    id: int
    public_id: str
    name: str
    street: str
    postcode: str
    town: str
    phone: str | None


class Used(msgspec.Struct, frozen=True):
    """When, where and how it was used."""

    redemption: str
    at: datetime
    shop: str
    channel: UseChannel
    saving_cents: int


class VoucherPage(msgspec.Struct, frozen=True):
    """Everything a voucher's page or sheet shows.

    `payload` is the text of the QR code, None once it cannot be used any more; `grouped` is the
    code people type. `household` draws the tile. `mark` changes when the page would look different.
    """

    id: int
    code: str
    grouped: str
    payload: str | None
    life: Life
    offer: str
    terms: Terms
    label: str
    saving_cents: int
    partner_name: str
    picture: str | None
    shops: tuple[PlaceOfUse, ...]
    issued_at: datetime
    valid_from: date
    valid_until: datetime
    generation: int
    household: str
    household_id: int
    claimant: str
    claimant_id: int
    used: Used | None
    can_cancel: bool
    offer_paused: bool
    mark: str


class Balance(msgspec.Struct, frozen=True):
    """V4: an offer's vouchers by what they are now; they add up to those created."""

    offer_id: int
    created: int
    issued: int
    held: int
    redeemed: int
    expired: int
    cancelled: int
    revoked: int

    @property
    def difference(self) -> int:
        living = self.issued + self.held + self.redeemed
        return self.created - living - self.expired - self.cancelled - self.revoked


class CounterFault(msgspec.Struct, frozen=True):
    """V5: what an offer says was claimed, and what its vouchers say."""

    offer_id: int
    public_id: str
    claimed: int
    counted: int


async def open_vouchers(household_id: int) -> list[VoucherCard]:
    """Those that can be used, the first to end first; one statement."""
    rows = await fetch(
        f"{_CARD} WHERE v.household = $1 AND v.state = 'issued'"
        " AND (v.valid_until > $2 OR v.held_until > $2) ORDER BY v.valid_until, v.id",
        household_id,
        clock.now(),
    )
    return [_card(row) for row in rows]


async def at_home(household_id: int, since: datetime) -> AtHome:
    """The open vouchers, and what was saved since an instant; one statement."""
    return home_of(
        await fetch(
            f"{at_home_sql('$1', '$2', '$3')} ORDER BY c.valid_until, c.code",
            household_id,
            clock.now(),
            since,
        )
    )


def at_home_sql(household: str, now: str, since: str) -> str:
    """Named by their parameters; one row at least. Also for the first page across capabilities."""
    return (
        f"SELECT saved.cents AS saved_cents, c.* FROM ({SAVED} WHERE r.household = {household}"  # noqa: S608 - our own words
        f" AND r.at >= {since} AND {STANDS}) AS saved(cents) LEFT JOIN ({_CARD}"
        f" WHERE v.household = {household} AND v.state = 'issued'"
        f" AND (v.valid_until > {now} OR v.held_until > {now})) c ON true"
    )


def home_of(rows: Sequence[Any]) -> AtHome:
    """The rows of `at_home_sql`."""
    cards = [_card(row) for row in rows if row["code"] is not None]
    return AtHome(cards, rows[0]["saved_cents"])


async def find_open(household_id: int, offer_id: int) -> str | None:
    """The code of the household's open voucher of this offer, the first to end."""
    code: str | None = await fetch_value(
        "SELECT code FROM voucher WHERE household = $1 AND offer = $2 AND state = 'issued'"
        " AND valid_until > $3 ORDER BY valid_until, id LIMIT 1",
        household_id,
        offer_id,
        clock.now(),
    )
    return code


async def past_vouchers(household_id: int, limit: int = 30) -> list[VoucherCard]:
    """Those that can no longer be used, newest first."""
    rows = await fetch(
        f"{_CARD} WHERE v.household = $1 AND (v.state <> 'issued' OR (v.valid_until <= $2"
        " AND coalesce(v.held_until <= $2, true))) ORDER BY v.changed_at DESC, v.id DESC LIMIT $3",
        household_id,
        clock.now(),
        limit,
    )
    return [_card(row) for row in rows]


async def voucher_page(household_id: int, code: str) -> VoucherPage:
    """The household's own; one statement. Raises VoucherUnknown."""
    found = await find_voucher(code)
    if found is None or found.household_id != household_id:
        raise VoucherUnknown
    return found


async def find_voucher(code: str) -> VoucherPage | None:
    """By its typed code, for staff; spaces, dashes and case forgiven."""
    row = await fetch_one(f"{_PAGE} WHERE v.code = $1", _bare(code))
    return None if row is None else _page(row)


async def find_scanned(long_id: bytes) -> VoucherPage | None:
    """By what its QR code says, for staff; whether we signed that is the caller's to check."""
    row = await fetch_one(f"{_PAGE} WHERE v.long_id = $1", long_id)
    return None if row is None else _page(row)


async def own_voucher(household_id: int, voucher_id: int) -> VoucherPage:
    """The household's own, whatever its code is by now. Raises VoucherUnknown."""
    row = await fetch_one(f"{_PAGE} WHERE v.household = $1 AND v.id = $2", household_id, voucher_id)
    if row is None:
        raise VoucherUnknown
    return _page(row)


async def find_pulse(person_id: int, code: str) -> Pulse | None:
    """None when it is not of the person's household; one small statement."""
    row = await fetch_one(
        "SELECT v.state, v.valid_until, v.held_until, v.round, v.generation, o.state AS offer_state"
        " FROM voucher v JOIN offer o ON o.id = v.offer"
        " JOIN household_member m ON m.household = v.household AND m.left_on IS NULL"
        " WHERE v.code = $1 AND m.person = $2",
        _bare(code),
        person_id,
    )
    if row is None:
        return None
    return Pulse(_life(row), _mark(row))


async def balances() -> list[Balance]:
    """V4's invariant report at this instant: each `difference` is 0."""
    rows = await fetch(
        """
        SELECT offer AS offer_id, count(*) AS created,
          count(*) FILTER (WHERE state = 'issued' AND held IS NOT TRUE AND valid_until > $1) AS issued,
          count(*) FILTER (WHERE state = 'issued' AND held) AS held,
          count(*) FILTER (WHERE state = 'redeemed') AS redeemed,
          count(*) FILTER (WHERE state = 'issued' AND held IS NOT TRUE AND valid_until <= $1)
            AS expired,
          count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
          count(*) FILTER (WHERE state = 'revoked') AS revoked
        FROM (SELECT *, held_until > $1 AS held FROM voucher) v GROUP BY offer ORDER BY offer
        """,
        clock.now(),
    )
    return [Balance(**row) for row in rows]


async def counter_faults() -> list[CounterFault]:
    """V5: offers whose counter differs from their vouchers, or whose stock is overdrawn."""
    rows = await fetch(
        """
        SELECT o.id AS offer_id, o.public_id, o.claimed, count(v.id) AS counted
        FROM offer o LEFT JOIN voucher v ON v.offer = o.id AND v.state IN ('issued', 'redeemed')
        GROUP BY o.id HAVING o.claimed <> count(v.id) ORDER BY o.id
        """
    )
    return [CounterFault(**row) for row in rows]


_CARD = """
SELECT v.id, v.code, t.terms, p.name AS partner_name, p.category, o.picture, v.valid_until, v.held_until, v.state,
       n.given_name, n.family_name
FROM voucher v JOIN offer o ON o.id = v.offer JOIN partner p ON p.id = v.partner
JOIN offer_version t ON t.offer = v.offer AND t.version = v.offer_version
JOIN person n ON n.id = v.claimant
"""
_PAGE = """
SELECT v.id, v.long_id, v.code, v.state, v.issued_at, v.valid_from, v.valid_until, v.held_until,
       v.shown_at, v.generation, v.round, v.offer AS offer_id, v.partner AS partner_id,
       o.public_id AS offer, o.state AS offer_state, o.picture, t.terms, p.name AS partner_name,
       h.id AS household_id, h.public_id AS household, n.id AS claimant_id,
       n.given_name, n.family_name, used.line AS used,
       (SELECT max(coalesce(q.provisional_until,
          upper(q.during) - 1 + coalesce((SELECT grace_days FROM club), 30)::int))
        FROM period q WHERE q.household = v.household AND q.cancelled_at IS NULL) AS member_until,
       coalesce((SELECT json_agg(json_build_object('id', s.id, 'public_id', s.public_id,
         'name', s.name, 'street', s.street, 'postcode', s.postcode, 'town', s.town,
         'phone', s.phone) ORDER BY s.id) FROM shop s
         WHERE s.partner = v.partner AND s.closed_at IS NULL
         AND (t.terms->'shop_ids' = '[]' OR t.terms->'shop_ids' @> to_jsonb(s.id))
       ), '[]')::text AS shops
FROM voucher v JOIN offer o ON o.id = v.offer JOIN partner p ON p.id = v.partner
JOIN offer_version t ON t.offer = v.offer AND t.version = v.offer_version
JOIN household h ON h.id = v.household JOIN person n ON n.id = v.claimant
LEFT JOIN LATERAL (
  SELECT json_build_object('redemption', r.public_id, 'at', r.at, 'shop', s.name,
                           'channel', r.channel, 'saving_cents', r.saving_cents)::text AS line
  FROM redemption r JOIN shop s ON s.id = r.shop
  WHERE r.voucher = v.id AND r.round = v.round AND v.state = 'redeemed'
) used ON true
"""


def _bare(code: str) -> str:
    """As stored; what is no such code finds nothing."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _card(row: Any) -> VoucherCard:
    terms = msgspec.json.decode(row["terms"], type=Terms)
    return VoucherCard(
        id=row["id"],
        code=row["code"],
        title=terms.title,
        label=offer_rules.in_words(terms),
        partner_name=row["partner_name"],
        category=PartnerCategory(row["category"]),
        picture=row["picture"],
        saving_cents=offer_rules.saving(terms).saving_cents,
        valid_until=row["valid_until"],
        life=_life(row),
        claimant=short_name(row["given_name"], row["family_name"]),
    )


def _page(row: Any) -> VoucherPage:
    terms = msgspec.json.decode(row["terms"], type=Terms)
    life = _life(row)
    open_ = life in {Life.ISSUED, Life.HELD}
    shops = msgspec.json.decode(row["shops"], type=tuple[PlaceOfUse, ...])
    shown_at, now = row["shown_at"], clock.now()
    return VoucherPage(
        grouped=codes.grouped(row["code"]),
        payload=_payload(row, terms) if open_ else None,
        life=life,
        terms=terms,
        label=offer_rules.in_words(terms),
        saving_cents=offer_rules.saving(terms).saving_cents,
        shops=shops,
        claimant=short_name(row["given_name"], row["family_name"]),
        used=None if row["used"] is None else msgspec.json.decode(row["used"], type=Used),
        can_cancel=open_ and (shown_at is None or now >= shown_at + rules.CANCEL_AFTER),
        offer_paused=row["offer_state"] == OfferState.PAUSED,
        mark=_mark(row),
        **same(row, VoucherPage),
    )


def _payload(row: Any, terms: Terms) -> str:
    """The signed text of the QR code (V20).

    What is signed never outlives paid-through plus grace: a refund, or an undone use that came back
    for 48 hours, must not reach an offline till as a longer right than the household has.
    """
    one_shop = len(terms.shop_ids) == 1
    member_until = row["member_until"] or clock.paris(row["issued_at"]).date()
    voucher = codes.Voucher(
        long_id=bytes(row["long_id"]),
        offer=row["offer_id"],
        place=Place.SHOP if one_shop else Place.PARTNER,
        place_id=terms.shop_ids[0] if one_shop else row["partner_id"],
        valid_until=min(row["valid_until"], clock.end_of_day(member_until)),
        generation=row["generation"],
    )
    return codes.seal(voucher, keyring.signing_keys())


def _life(row: Any) -> Life:
    state = VoucherState(row["state"])
    return rules.life(state, row["valid_until"], row["held_until"], clock.now())


def _mark(row: Any) -> str:
    """A hold changes nothing for the member: only the shop looks at it."""
    life = _life(row)
    seen = "open" if life in {Life.ISSUED, Life.HELD} else life.value
    return f"{seen}-{row['round']}-{row['generation']}-{row['offer_state']}"
