"""Who a member is, what a household has paid, as screens and guards read it."""

from datetime import date
from typing import Any

import msgspec

from backend.billing import queries as billing
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay
from backend.kit import clock, text
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_value
from backend.membership import rules
from backend.membership.errors import HouseholdMistyped, HouseholdUnknown
from backend.membership.former import LEFT, LEFT_ON, NEWEST
from backend.membership.rules import FIRST_PRICES, CardKind, Category, Proof, Span, Status

# A household's living periods, as the spans that rules read.
SPANS = (
    "coalesce((SELECT json_agg(json_build_array(lower(q.during), upper(q.during) - 1,"
    " q.provisional_until) ORDER BY q.during) FROM period q"
    " WHERE q.household = h.id AND q.cancelled_at IS NULL), '[]')::text AS spans"
)
# After the term, a wish to renew has so many days to be charged; who was not is reminded like others.
WISH_DAYS = 7
# Of household h and its last paid day: whether somebody must still pay. {0} is that day, {1} today.
UNPAID = f"""
h.ended_at IS NULL
AND EXISTS (SELECT 1 FROM period e WHERE e.household = h.id AND e.cancelled_at IS NULL
  AND e.provisional_until IS NULL AND upper(e.during) = {{0}} + 1)
AND NOT EXISTS (SELECT 1 FROM period l WHERE l.household = h.id AND l.cancelled_at IS NULL
  AND upper(l.during) > {{0}} + 1 AND (l.provisional_until IS NULL OR l.provisional_until >= {{1}}))
AND NOT EXISTS (SELECT 1 FROM monthly_plan n WHERE n.household = h.id AND n.ended_at IS NULL)
AND ({{1}} > {{0}} + {WISH_DAYS} OR NOT EXISTS (SELECT 1 FROM renewal_wish w
  WHERE w.household = h.id AND w.ended_at IS NULL))
"""  # noqa: S608 - our own words
GRACE = "coalesce((SELECT grace_days FROM club), 30)::int AS grace_days"


class Standing(msgspec.Struct, frozen=True):
    """What a household may do today, in what follows from its periods.

    `provisional_until`: a debit is under way, and its days count until then (B6).
    """

    status: Status
    paid_until: date | None
    grace_until: date | None
    provisional_until: date | None = None


class Member(msgspec.Struct, frozen=True):
    """A person in a household, with what the status follows from (M1)."""

    person_id: int
    person_public_id: str
    given_name: str
    family_name: str
    adult: bool
    household_id: int
    household_public_id: str
    payer_id: int
    category: Category
    proof: Proof
    site_id: int | None
    dwelling_id: int | None
    grace_days: int
    spans: tuple[Span, ...]

    def status(self, on: date | None = None) -> Status:
        return rules.status(self.spans, self.grace_days, on or clock.today())

    def standing(self, on: date | None = None) -> Standing:
        return _standing(self.spans, self.grace_days, None, on or clock.today())

    @property
    def paid_until(self) -> date | None:
        """The last day that is paid, whether it is past or to come."""
        return rules.paid_until(self.spans, clock.today())

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        """First name and initial, all that a shop ever sees (V13)."""
        return rules.short_name(self.given_name, self.family_name)


_MEMBER = (
    "SELECT p.id AS person_id, p.public_id AS person_public_id, p.given_name, p.family_name,"  # noqa: S608 - our own words
    " m.adult, h.id AS household_id, h.public_id AS household_public_id, h.payer AS payer_id,"
    " h.category, h.proof, h.site AS site_id, h.dwelling AS dwelling_id,"
    f" {GRACE}, {SPANS}"
    " FROM household_member m JOIN person p ON p.id = m.person"
    " JOIN household h ON h.id = m.household"
    " WHERE m.left_on IS NULL AND h.ended_at IS NULL AND "
)


async def find_member(person_id: int) -> Member | None:
    """The person's household and its periods; one statement."""
    row = await fetch_one(_MEMBER + "m.person = $1", person_id)
    return None if row is None else _member(row)


class Companion(msgspec.Struct, frozen=True):
    """One of a household's people. `left_on` None: still there."""

    person_id: int
    person_public_id: str
    given_name: str
    family_name: str
    adult: bool
    joined_on: date
    left_on: date | None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Household(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    public_id: str
    payer_id: int
    category: Category
    proof: Proof
    street: str
    postcode: str
    town: str
    site_id: int | None
    dwelling_id: int | None
    grace_days: int
    ended_on: date | None
    spans: tuple[Span, ...]
    people: tuple[Companion, ...]

    def standing(self, on: date | None = None) -> Standing:
        return _standing(self.spans, self.grace_days, self.ended_on, on or clock.today())

    @property
    def adults(self) -> list[Companion]:
        return [one for one in self.people if one.adult and one.left_on is None]

    @property
    def children(self) -> list[Companion]:
        return [one for one in self.people if not one.adult and one.left_on is None]

    @property
    def name(self) -> str:
        """As its payer is called: its first adult, who may have left since, or been erased."""
        return next((one.name for one in self.people if one.adult and one.name), self.public_id)


async def household(public_id: str) -> Household:
    """With everybody who is or was in it. Raises HouseholdUnknown."""
    return await _household("h.public_id = $1", public_id)


async def find_household(typed: str) -> Household:
    """A household by its number as people write it. Raises HouseholdMistyped."""
    try:
        return await household(typed.strip().upper().replace(" ", "-"))
    except HouseholdUnknown:
        raise HouseholdMistyped().at("household") from None


async def household_by_id(household_id: int) -> Household:
    """Raises HouseholdUnknown."""
    return await _household("h.id = $1", household_id)


async def _household(where: str, key: str | int) -> Household:
    row = await fetch_one(
        "SELECT h.id, h.public_id, h.payer AS payer_id, h.category, h.proof, h.street, h.postcode,"  # noqa: S608 - our own words
        " h.town, h.site AS site_id, h.dwelling AS dwelling_id, (h.ended_at AT TIME ZONE 'Europe/Paris')::date AS ended_on,"
        " coalesce((SELECT json_agg(json_build_object('person_id', p.id, 'person_public_id',"
        "  p.public_id, 'given_name', p.given_name, 'family_name', p.family_name, 'adult', m.adult,"
        "  'joined_on', m.joined_on, 'left_on', m.left_on) ORDER BY m.left_on DESC NULLS FIRST, m.id)"
        "  FROM household_member m JOIN person p ON p.id = m.person"
        "  WHERE m.household = h.id), '[]')::text AS people,"
        f" {GRACE}, {SPANS} FROM household h WHERE {where}",
        key,
    )
    if row is None:
        raise HouseholdUnknown
    values = _words(row)
    values["people"] = msgspec.json.decode(values["people"], type=tuple[Companion, ...])
    return Household(**values)


async def standing(household_id: int) -> Standing:
    """Today's. Raises HouseholdUnknown."""
    return (await household_by_id(household_id)).standing()


async def month_price(category: Category, on: date) -> int:
    """Cents of a month for a category on a day (M10)."""
    cents: int | None = await fetch_value(
        "SELECT month_cents FROM price WHERE category = $1 AND during @> $2::date",
        category.value,
        on,
    )
    return FIRST_PRICES[category] if cents is None else cents


async def month_prices(on: date) -> dict[Category, int]:
    """Cents of a month for every category on a day."""
    rows = await fetch("SELECT category, month_cents FROM price WHERE during @> $1::date", on)
    return FIRST_PRICES | {Category(row["category"]): row["month_cents"] for row in rows}


class Period(msgspec.Struct, frozen=True):
    start: date
    end: date
    paid_cents: int
    order_public_id: str
    provisional_until: date | None
    cancel_reason: str | None


async def periods_of(household_id: int) -> list[Period]:
    """Newest first, those that count no more included."""
    return await fetch_as(
        Period,
        'SELECT lower(q.during) AS start, upper(q.during) - 1 AS "end", q.paid_cents,'
        " o.public_id AS order_public_id, q.provisional_until, q.cancel_reason"
        " FROM period q JOIN pay_order o ON o.id = q.pay_order"
        " WHERE q.household = $1 ORDER BY q.during DESC, q.id DESC",
        household_id,
    )


class Plan(msgspec.Struct, frozen=True):
    """A monthly payment under way. `ends_on`: it was stopped, the last paid day."""

    order_public_id: str
    amount_cents: int
    ends_on: date | None


async def find_plan(household_id: int) -> Plan | None:
    row = await fetch_one(
        "SELECT o.public_id AS order_public_id, o.amount_cents,"
        " (m.ends_at AT TIME ZONE 'Europe/Paris')::date AS ends_on FROM monthly_plan m"
        " JOIN pay_order o ON o.id = m.pay_order WHERE m.household = $1 AND m.ended_at IS NULL",
        household_id,
    )
    return None if row is None else Plan(**row)


class Found(msgspec.Struct, frozen=True):
    """One line of a search at the desk."""

    person_public_id: str
    given_name: str
    family_name: str
    household_public_id: str
    town: str
    adult: bool
    left_on: date | None
    status: Status


async def search_people(typed: str, limit: int = 20) -> list[Found]:
    """Members by the beginnings of their names, accents forgiven, or by what else staff are told.

    An e-mail, a telephone, the household's number, a contract: whole, since they are compared.
    Who is in no household any more comes last, by the one they left.
    """
    words = text.fold(typed).split()
    if not words:
        return []
    named = " AND ".join(f"' ' || p.search LIKE ${at + 5}" for at in range(len(words)))
    rows = await fetch(
        "SELECT p.public_id AS person_public_id, p.given_name, p.family_name,"  # noqa: S608 - our own words
        f" h.public_id AS household_public_id, h.town, m.adult, {GRACE}, {SPANS},"
        f" CASE WHEN {LEFT} THEN {LEFT_ON} END AS left_on"
        " FROM household_member m JOIN person p ON p.id = m.person"
        " JOIN household h ON h.id = m.household LEFT JOIN dwelling d ON d.id = h.dwelling"
        f" WHERE p.erased_at IS NULL AND {NEWEST} AND (({named}) OR h.public_id = $1"
        " OR d.contract_folded = $3 OR h.claimed_contract = $3 OR EXISTS (SELECT 1"
        "  FROM contact_point c WHERE c.person = p.id AND c.ended_at IS NULL AND c.value = $4))"
        f" ORDER BY {LEFT}, p.search, p.id LIMIT $2",
        typed.strip().upper(),
        limit,
        text.fold_contract(typed),
        _address(typed),
        *(f"% {word}%" for word in words),
    )
    return [_found(row) for row in rows]


def _address(typed: str) -> str:
    """An e-mail or a telephone in its stored form; what is none finds nobody."""
    return typed.lower() if "@" in typed else text.guess_phone(typed)


class CardHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A living card: whose it is, and for a phone the seed of its code."""

    card_id: int
    card_public_id: str
    kind: CardKind
    secret: bytes
    member: Member


async def find_phone_card(public_id: str) -> CardHolder | None:
    """The living phone card of this id."""
    return await _card("c.public_id = $1 AND c.kind = 'phone'", public_id)


async def find_paper_card(token_hash: bytes) -> CardHolder | None:
    """The living paper card of this token's hash (codes.hash_token)."""
    return await _card("c.token_hash = $1 AND c.kind = 'paper'", token_hash)


async def card_of(person_id: int, kind: CardKind) -> CardHolder | None:
    """The person's own living card."""
    return await _card(f"c.person = $1 AND c.kind = '{kind.value}'", person_id)


class MyCard(msgspec.Struct, frozen=True):
    """A member's own card on the phone, for its owner's page only. `people` are in the household."""

    public_id: str
    secret: bytes
    people: int


async def find_my_card(member: Member) -> MyCard | None:
    """None when there is no living one. One statement."""
    row = await fetch_one(
        "SELECT c.public_id, c.secret, (SELECT count(*) FROM household_member m"
        " WHERE m.household = $2 AND m.left_on IS NULL) AS people FROM card c"
        " WHERE c.person = $1 AND c.kind = 'phone' AND c.revoked_at IS NULL",
        member.person_id,
        member.household_id,
    )
    return None if row is None else MyCard(**row)


async def _card(where: str, key: str | bytes | int) -> CardHolder | None:
    row = await fetch_one(
        "SELECT c.id AS card_id, c.public_id AS card_public_id, c.kind, c.secret, c.person"  # noqa: S608 - our own words
        f" FROM card c WHERE c.revoked_at IS NULL AND {where}",
        key,
    )
    if row is None:
        return None
    member = await find_member(row["person"])
    if member is None:
        return None
    return CardHolder(
        card_id=row["card_id"],
        card_public_id=row["card_public_id"],
        kind=CardKind(row["kind"]),
        secret=bytes(row["secret"]),
        member=member,
    )


def _standing(
    spans: tuple[Span, ...], grace_days: int, ended_on: date | None, on: date
) -> Standing:
    until = rules.paid_until(spans, on)
    return Standing(
        status=rules.status(spans, grace_days, on, ended_on),
        paid_until=until,
        grace_until=None if until is None else until + rules.DAY * grace_days,
        provisional_until=max(
            (span.provisional_until for span in spans if span.provisional_until), default=None
        ),
    )


def _member(row: Any) -> Member:
    return Member(**_words(row))


def _found(row: Any) -> Found:
    values = _words(row)
    spans, grace_days = values.pop("spans"), values.pop("grace_days")
    standing = _standing(spans, grace_days, values["left_on"], clock.today())
    return Found(**values, status=standing.status)


def _words(row: Any) -> dict[str, Any]:
    """A row's words and spans as our own types."""
    values = dict(row)
    values["spans"] = msgspec.json.decode(values["spans"], type=tuple[Span, ...])
    for name, kind in (("category", Category), ("proof", Proof)):
        if name in values:
            values[name] = kind(values[name])
    return values


async def grace_days() -> int:
    """Days after the last paid one on which vouchers that were taken still work."""
    days: int = await fetch_value(f"SELECT {GRACE}")
    return days


async def debit_days() -> int:
    """Business days that a debit under way counts (B6); Stripe hears of it after 5, or up to 14."""
    days: int = await fetch_value("SELECT coalesce((SELECT debit_days FROM club), 14)")
    return days


async def pending_threads() -> list[str]:
    """Payments at Stripe on which a provisional period stands: debits that have not ended (B5)."""
    rows = await fetch(
        "SELECT external_id FROM period WHERE provisional_until IS NOT NULL"
        " AND external_id IS NOT NULL AND cancelled_at IS NULL ORDER BY id"
    )
    return [row["external_id"] for row in rows]


async def live_subscriptions() -> list[str]:
    rows = await fetch("SELECT stripe_subscription FROM monthly_plan WHERE ended_at IS NULL")
    return [row["stripe_subscription"] for row in rows]


async def trace(order_id: int) -> str:
    """All that an order has left, as one word: whether a second look at Stripe changed anything."""
    left: str = await fetch_value(
        "SELECT concat_ws(' ', o.failed_at, o.closed_at, o.stripe_subscription,"
        " (SELECT count(*) FROM payment p WHERE p.pay_order = o.id),"
        " (SELECT json_agg(json_build_array(q.id, q.cancelled_at, q.provisional_until) ORDER BY q.id)"
        "  FROM period q WHERE q.pay_order = o.id),"
        " (SELECT json_agg(json_build_array(m.ends_at, m.ended_at) ORDER BY m.id)"
        "  FROM monthly_plan m WHERE m.pay_order = o.id)) FROM pay_order o WHERE o.id = $1",
        order_id,
    )
    return left


class OfHousehold(msgspec.Struct, frozen=True):
    """What an order for dues says of whose it is."""

    household_id: int


def may_withdraw(order: Order, on: date) -> bool:
    """Whether an order paid or being paid at a distance may still be taken back."""
    begun = order.state() in {OrderState.PAID, OrderState.OPEN}
    agreed_on = clock.paris(order.created_at).date()
    return (
        begun
        and order.way in {PayWay.ONLINE, PayWay.MONTHLY}
        and order.withdrawn_at is None
        and on <= rules.withdrawal_ends(agreed_on)
    )


class Withdrawable(msgspec.Struct, frozen=True):
    """An order that may be taken back until this day, its last one included."""

    order_public_id: str
    paid_cents: int
    until: date


async def withdrawable(payer_id: int) -> Withdrawable | None:
    """The newest one: an order paid, or whose debit is under way."""
    for order in await billing.orders_of(payer_id, "dues"):
        paid = order.paid_cents > 0 or await fetch_value(
            "SELECT 1 FROM period WHERE pay_order = $1 AND cancelled_at IS NULL", order.id
        )
        if paid and may_withdraw(order, clock.today()):
            until = rules.withdrawal_ends(clock.paris(order.created_at).date())
            return Withdrawable(order.public_id, order.paid_cents, until)
    return None


class Wish(msgspec.Struct, frozen=True):
    """A renewal by itself, as its household asked for it."""

    wording: str
    asked_on: date


async def find_wish(household_id: int) -> Wish | None:
    row = await fetch_one(
        "SELECT wording, (asked_at AT TIME ZONE 'Europe/Paris')::date AS asked_on FROM renewal_wish"
        " WHERE household = $1 AND ended_at IS NULL",
        household_id,
    )
    return None if row is None else Wish(**row)
