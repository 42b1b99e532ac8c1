"""The catalogue and one offer, as a member or a visitor sees them."""

import math
from datetime import date
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one, fetch_one_as
from backend.merchants import standings
from backend.merchants.rules import Hours, PartnerCategory
from backend.offers import rules
from backend.offers.errors import OfferUnknown
from backend.offers.rules import (
    Delivery,
    LimitPer,
    LimitPeriod,
    OfferKind,
    OfferState,
    Target,
    Terms,
)

PAGE = 24
EARTH_METRES = 6_371_000


class Origin(msgspec.Struct, frozen=True):
    """From where nearness is measured, in degrees."""

    latitude: float
    longitude: float


class MemberView(msgspec.Struct, frozen=True):
    """What decides which offers somebody sees, and in which order. A visitor's has nothing."""

    person_id: int | None = None
    site_id: int | None = None
    landlord_id: int | None = None
    priority_district: bool = False
    latitude: float | None = None
    longitude: float | None = None
    postcode: str = ""
    town: str = ""


class OfferCard(msgspec.Struct, frozen=True):
    """One line of the catalogue. `distance_m` and `hours` are of its nearest shop, None and
    empty where nobody knows them.
    """

    public_id: str
    title: str
    summary: str
    label: str
    kind: OfferKind
    delivery: Delivery
    saving_cents: int
    partner_name: str
    category: PartnerCategory
    picture: str | None
    shop_name: str
    town: str
    distance_m: int | None
    hours: tuple[Hours, ...]
    favourite: bool
    left: int | None


class Catalogue(msgspec.Struct, frozen=True):
    """A page of it; `more` when there is another; `total` counts all pages."""

    offers: list[OfferCard]
    page: int
    more: bool
    total: int


class OfferShop(msgspec.Struct, frozen=True):
    """A shop where an offer holds, with its hours."""

    id: int
    public_id: str
    name: str
    street: str
    postcode: str
    town: str
    phone: str | None
    latitude: float | None
    longitude: float | None
    photo: int | None
    hours: tuple[Hours, ...]
    distance_m: int | None


class OfferPage(msgspec.Struct, frozen=True):
    """Everything about one offer; `until` is its last day."""

    id: int
    public_id: str
    version: int
    state: OfferState
    terms: Terms
    label: str
    saving_cents: int
    partner_id: int
    partner_public_id: str
    partner_name: str
    partner_story: str
    partner_active: bool
    category: PartnerCategory
    picture: str | None
    since: date
    until: date | None
    voucher_days: int
    left: int | None
    stock: int | None
    claimed: int
    limit_count: int
    limit_period: LimitPeriod
    limit_per: LimitPer
    favourite: bool
    target: Target
    shops: tuple[OfferShop, ...]

    def is_open(self, on: date) -> bool:
        """Whether members can use or take it on this day."""
        return (
            self.state is OfferState.PUBLISHED
            and self.partner_active
            and self.since <= on
            and (self.until is None or on <= self.until)
        )


class OfferLine(msgspec.Struct, frozen=True):
    """An offer as its partner and the club see it in a list."""

    id: int
    public_id: str
    title: str
    label: str
    partner_name: str
    state: OfferState
    delivery: Delivery
    until: date | None
    stock: int | None
    claimed: int


VISITOR = MemberView()


async def member_view(person_id: int) -> MemberView:
    """Where the person lives: the residence's coordinates, else the household's postcode and town."""
    found = await fetch_one_as(
        MemberView,
        "SELECT m.person AS person_id, h.site AS site_id, d.landlord AS landlord_id,"
        " coalesce(d.priority_district OR r.priority_district, false) AS priority_district,"
        " r.latitude, r.longitude, coalesce(d.postcode, h.postcode) AS postcode,"
        " coalesce(d.town, h.town) AS town FROM household_member m"
        " JOIN household h ON h.id = m.household LEFT JOIN dwelling d ON d.id = h.dwelling"
        "  AND h.proof = 'proved'"
        " LEFT JOIN residence r ON r.id = d.residence WHERE m.person = $1 AND m.left_on IS NULL",
        person_id,
    )
    return found or MemberView(person_id=person_id)


async def catalogue(
    view: MemberView,
    search: str = "",
    category: PartnerCategory | None = None,
    origin: Origin | None = None,
    page: int = 1,
    *,
    favourites: bool = False,
) -> Catalogue:
    """What `view` may take, nearest first: by distance, else same postcode, else same town.

    One statement. `search` wants every word, accents and case forgiven.
    """
    here = origin or _home(view)
    page = max(1, page)
    rows = await fetch(
        _CATALOGUE,
        view.person_id,
        view.site_id,
        view.landlord_id,
        view.priority_district,
        here.latitude if here else None,
        here.longitude if here else None,
        view.postcode,
        view.town,
        clock.today(),
        None if category is None else category.value,
        [f"%{word}%" for word in text.fold(search).split()],
        favourites,
        PAGE + 1,
        (page - 1) * PAGE,
    )
    total = rows[0]["total"] if rows else 0
    return Catalogue([_card(row) for row in rows[:PAGE]], page, len(rows) > PAGE, total)


async def get_offer(public_id: str, view: MemberView) -> OfferPage:
    """One statement. Raises OfferUnknown for a draft, an old one or one for other people."""
    found = await find_offer(public_id, view)
    if found is None or not _is_shown(found, view):
        raise OfferUnknown
    return found


async def find_offer(public_id: str, view: MemberView = VISITOR) -> OfferPage | None:
    """The offer whatever its state, for its partner and the club."""
    row = await fetch_one(
        _OFFER + " WHERE o.public_id = $1", public_id, view.person_id, clock.today()
    )
    return None if row is None else _page(row, _home(view))


async def offers_of(partner_ids: frozenset[int] | None = None) -> list[OfferLine]:
    """A partner's offers, or all of the club's (None), newest first."""
    rows = await fetch(
        "SELECT o.id, o.public_id, v.terms, p.name AS partner_name, o.state, o.stock, o.claimed,"
        " upper(o.during) - 1 AS until FROM offer o JOIN partner p ON p.id = o.partner"
        " JOIN offer_version v ON v.offer = o.id AND v.version = o.version"
        " WHERE $1::bigint[] IS NULL OR o.partner = ANY($1) ORDER BY o.id DESC",
        None if partner_ids is None else list(partner_ids),
    )
    return [_line(row) for row in rows]


def metres(a: Origin, b: Origin) -> int:
    """As the crow flies (haversine)."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    up = math.sin((lat_b - lat_a) / 2) ** 2
    across = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return round(
        2 * EARTH_METRES * math.asin(math.sqrt(up + math.cos(lat_a) * math.cos(lat_b) * across))
    )


_SHOPS_OF_OFFER = (
    "s.partner = o.partner AND s.closed_at IS NULL AND (o.all_shops OR EXISTS"
    " (SELECT 1 FROM offer_shop x WHERE x.offer = o.id AND x.shop = s.id))"
)
# The same haversine as `metres`; least() because rounding may pass 1 at the antipodes, and the
# CASE because least() leaves out what is NULL.
_METRES = (
    "CASE WHEN s.latitude IS NOT NULL AND $5::float8 IS NOT NULL THEN"
    f" 2 * {EARTH_METRES} * asin(sqrt(least(1, power(sin(radians(s.latitude - $5::float8) / 2), 2)"
    " + cos(radians($5::float8)) * cos(radians(s.latitude))"
    " * power(sin(radians(s.longitude - $6::float8) / 2), 2)))) END"
)
_CATALOGUE = f"""
SELECT o.public_id, v.terms, o.picture, p.name AS partner_name, p.category,
       near.name AS shop_name, near.town, round(near.metres)::bigint AS distance_m,
       (f.id IS NOT NULL) AS favourite, o.stock - o.claimed AS left_over,
       count(*) OVER () AS total,
       coalesce((SELECT json_agg(json_build_object('weekday', h.weekday, 'opens', h.opens,
         'closes', h.closes) ORDER BY h.weekday, h.opens) FROM shop_hours h
         WHERE h.shop = near.id), '[]')::text AS hours
FROM offer o
JOIN partner p ON p.id = o.partner AND {standings.gives("$9")}
JOIN offer_version v ON v.offer = o.id AND v.version = o.version
JOIN LATERAL (
  SELECT s.id, s.name, s.town, {_METRES} AS metres,
         CASE WHEN s.postcode = $7 THEN 0 WHEN lower(s.town) = lower($8) THEN 1 ELSE 2 END AS beside
  FROM shop s WHERE {_SHOPS_OF_OFFER} ORDER BY metres NULLS LAST, beside, s.id LIMIT 1
) near ON true
LEFT JOIN favourite f ON f.offer = o.id AND f.person = $1
WHERE o.state = 'published' AND o.during @> $9::date
  AND (o.site_ids = '{{}}' OR $2::bigint = ANY(o.site_ids))
  AND (o.landlord_ids = '{{}}' OR $3::bigint = ANY(o.landlord_ids))
  AND (NOT o.priority_district_only OR $4::boolean)
  AND ($10::text IS NULL OR p.category = $10)
  AND (o.search || ' ' || p.search) LIKE ALL ($11::text[])
  AND (NOT $12::boolean OR f.id IS NOT NULL)
ORDER BY near.metres NULLS LAST, near.beside, o.search, o.id
LIMIT $13 OFFSET $14
"""  # noqa: S608 - constants of this file
_OFFER = f"""
SELECT o.id, o.public_id, o.version, o.state, v.terms, o.partner AS partner_id,
       p.public_id AS partner_public_id, p.name AS partner_name, p.story AS partner_story,
       {standings.gives("$3")} AS partner_active, p.category, o.picture,
       lower(o.during) AS since, upper(o.during) - 1 AS until, o.voucher_days,
       o.stock, o.claimed, o.limit_count, o.limit_period, o.limit_per,
       o.site_ids, o.landlord_ids, o.priority_district_only,
       EXISTS (SELECT 1 FROM favourite f WHERE f.offer = o.id AND f.person = $2) AS favourite,
       coalesce((SELECT json_agg(json_build_object('id', s.id, 'public_id', s.public_id,
         'name', s.name, 'street', s.street, 'postcode', s.postcode, 'town', s.town,
         'phone', s.phone, 'latitude', s.latitude, 'longitude', s.longitude, 'photo', s.photo,
         'distance_m', NULL, 'hours', coalesce((SELECT json_agg(json_build_object(
            'weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
            ORDER BY h.weekday, h.opens) FROM shop_hours h WHERE h.shop = s.id), '[]'))
         ORDER BY s.id) FROM shop s WHERE {_SHOPS_OF_OFFER}), '[]')::text AS shops
FROM offer o JOIN partner p ON p.id = o.partner
JOIN offer_version v ON v.offer = o.id AND v.version = o.version
"""  # noqa: S608 - constants of this file


def _is_shown(offer: OfferPage, view: MemberView) -> bool:
    """A paused one is shown to those who have its address, and says so."""
    over = offer.until is not None and clock.today() > offer.until
    told = offer.state in {OfferState.PUBLISHED, OfferState.PAUSED}
    return (
        told
        and not over
        and rules.is_for(
            offer.target,
            view.site_id,
            view.landlord_id,
            priority_district=view.priority_district,
        )
    )


def _home(view: MemberView) -> Origin | None:
    if view.latitude is None or view.longitude is None:
        return None
    return Origin(view.latitude, view.longitude)


def _card(row: Any) -> OfferCard:
    values = dict(row)
    terms = msgspec.json.decode(values.pop("terms"), type=Terms)
    del values["total"]
    return OfferCard(
        title=terms.title,
        summary=terms.summary,
        label=rules.in_words(terms),
        kind=terms.kind,
        delivery=terms.delivery,
        saving_cents=rules.saving(terms).saving_cents,
        category=PartnerCategory(values.pop("category")),
        left=values.pop("left_over"),
        hours=msgspec.json.decode(values.pop("hours"), type=tuple[Hours, ...]),
        **values,
    )


def _page(row: Any, here: Origin | None) -> OfferPage:
    values = dict(row)
    terms = msgspec.json.decode(values.pop("terms"), type=Terms)
    shops = msgspec.json.decode(values.pop("shops"), type=tuple[OfferShop, ...])
    stock, claimed = values["stock"], values["claimed"]
    return OfferPage(
        terms=terms,
        label=rules.in_words(terms),
        saving_cents=rules.saving(terms).saving_cents,
        state=OfferState(values.pop("state")),
        category=PartnerCategory(values.pop("category")),
        limit_period=LimitPeriod(values.pop("limit_period")),
        limit_per=LimitPer(values.pop("limit_per")),
        left=None if stock is None else stock - claimed,
        target=Target(
            values.pop("site_ids"),
            values.pop("landlord_ids"),
            values.pop("priority_district_only"),
        ),
        shops=nearest_first(shops, here),
        **values,
    )


def nearest_first(shops: tuple[OfferShop, ...], here: Origin | None) -> tuple[OfferShop, ...]:
    if here is None:
        return shops
    told = [
        msgspec.structs.replace(
            shop, distance_m=metres(here, Origin(shop.latitude, shop.longitude))
        )
        if shop.latitude is not None and shop.longitude is not None
        else shop
        for shop in shops
    ]
    return tuple(sorted(told, key=lambda shop: (shop.distance_m is None, shop.distance_m or 0)))


def _line(row: Any) -> OfferLine:
    values = dict(row)
    terms = msgspec.json.decode(values.pop("terms"), type=Terms)
    return OfferLine(
        title=terms.title,
        label=rules.in_words(terms),
        delivery=terms.delivery,
        state=OfferState(values.pop("state")),
        **values,
    )
