"""What services there are, what they cost today, and until when one may order (S1, S3)."""

from datetime import date, datetime, time
from itertools import islice

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as
from backend.kit.openings import Calendar
from backend.orders import rules
from backend.orders.errors import ServiceUnknown
from backend.orders.rules import Delivery, Made, PayAt, Schedule
from backend.places import queries as places


class Offered(msgspec.Struct, frozen=True):
    """A site where a service is to be had."""

    id: int
    public_id: str
    name: str


class Item(msgspec.Struct, frozen=True):
    """A line of a price list at today's price, 0 where nothing is to be paid; None: it has none yet."""

    id: int
    public_id: str
    name: str
    unit_cents: int | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service with its price list and its sites. `partner`: who delivers it; "" is the club.

    `made`: its weekly rounds that are to come, at all its sites.
    """

    id: int
    public_id: str
    slug: str
    name: str
    icon: str
    words: str
    merchant: str
    partner: str
    sent_to: str
    weekly: bool
    delivery_weekday: int | None
    cutoff_weekday: int | None
    cutoff_time: time | None
    brings_in: bool
    holds: bool
    pay_at: PayAt
    remind_days: int
    unclaimed_days: int
    forget_days: int
    version: int
    ended_at: datetime | None
    sites: tuple[Offered, ...] = ()
    items: tuple[Item, ...] = ()
    made: tuple[Made, ...] = ()

    @property
    def schedule(self) -> Schedule | None:
        if self.delivery_weekday is None or self.cutoff_weekday is None or self.cutoff_time is None:
            return None
        return Schedule(self.delivery_weekday, self.cutoff_weekday, self.cutoff_time)

    @property
    def for_sale(self) -> list[Item]:
        return [item for item in self.items if item.unit_cents is not None]

    @property
    def may_be_ordered(self) -> bool:
        """By a member, from home: nothing has to be brought first, and nobody sends it to them."""
        return not self.brings_in and not self.holds and bool(self.for_sale)

    def site(self, public_id: str) -> Offered | None:
        """The chosen one; where there is no choice, the only one."""
        if len(self.sites) == 1 and not public_id:
            return self.sites[0]
        return next((site for site in self.sites if site.public_id == public_id), None)


def made_sql(service: str, site: str = "r.site") -> str:
    """As a list of `Made`, since the day $1: one that still comes before one that was called off."""
    return (
        "(SELECT coalesce(json_agg(json_build_object('site', r.site, 'on', r.due_on,"  # noqa: S608 - our own words
        " 'cutoff_at', r.cutoff_at, 'gone', r.sent_at IS NOT NULL OR r.called_off_at IS NOT NULL)"
        " ORDER BY r.called_off_at DESC NULLS FIRST, r.id DESC), '[]') FROM order_round r"
        f" WHERE r.service = {service} AND r.site = {site} AND r.cutoff_at IS NOT NULL"
        " AND r.due_on >= $1::date)"
    )


_SERVICE = f"""
SELECT s.id, s.public_id, s.slug, s.name, s.icon, s.words, coalesce(m.public_id, '') AS merchant,
       coalesce(m.name, '') AS partner, s.sent_to, s.weekly, s.delivery_weekday, s.cutoff_weekday,
       s.cutoff_time, s.brings_in, s.holds, s.pay_at, s.remind_days, s.unclaimed_days,
       s.forget_days, s.version, s.ended_at,
       (SELECT coalesce(json_agg(json_build_object('id', w.id, 'public_id', w.public_id,
          'name', w.name) ORDER BY w.name, w.id), '[]')::text
        FROM service_site o JOIN site w ON w.id = o.site AND w.closed_at IS NULL
        WHERE o.service = s.id) AS sites,
       (SELECT coalesce(json_agg(json_build_object('id', i.id, 'public_id', i.public_id,
          'name', i.name, 'unit_cents', CASE WHEN s.pay_at = 'nothing' AND p.unit_cents > 0 THEN 0
          ELSE p.unit_cents END) ORDER BY i.place, i.id), '[]')::text
        FROM service_item i LEFT JOIN service_price p ON p.item = i.id AND p.during @> $1::date
        WHERE i.service = s.id AND i.retired_at IS NULL) AS items,
       {made_sql("s.id")}::text AS made
FROM counter_service s LEFT JOIN partner m ON m.id = s.merchant
"""  # noqa: S608 - our own words


async def services(*, ended: bool = False) -> list[Service]:
    """Those that are offered, by name; with `ended` the others."""
    return await _services("(s.ended_at IS NOT NULL) = $2 ORDER BY s.name, s.id", ended)


async def get_service(slug: str) -> Service:
    """By its slug or its public id. Raises ServiceUnknown."""
    found = await _services("$2 IN (s.slug, s.public_id)", slug)
    if not found:
        raise ServiceUnknown
    return found[0]


async def service_by_id(service_id: int) -> Service:
    return (await _services("s.id = $2", service_id))[0]


async def _services(where: str, given: object) -> list[Service]:
    rows = await fetch(f"{_SERVICE} WHERE {where}", clock.today(), given)
    return [
        Service(
            **{
                **row,
                "pay_at": PayAt(row["pay_at"]),
                "sites": tuple(msgspec.json.decode(row["sites"], type=list[Offered])),
                "items": tuple(msgspec.json.decode(row["items"], type=list[Item])),
                "made": tuple(msgspec.json.decode(row["made"], type=list[Made])),
            }
        )
        for row in rows
    ]


async def next_deliveries(service: Service, site_id: int, most: int = 1) -> list[Delivery]:
    """The days one may order for now at a site, soonest first; none of a service without a weekday."""
    if service.schedule is None:
        return []
    return deliveries(service, site_id, await places.get_calendar(site_id), most)


def deliveries(service: Service, site_id: int, calendar: Calendar, most: int = 1) -> list[Delivery]:
    schedule = service.schedule
    if schedule is None:
        return []
    made = [each for each in service.made if each.site == site_id]
    coming = rules.deliveries(schedule, clock.now(), clock.today(), calendar.is_open_on, made)
    return list(islice(coming, most))


class Priced(msgspec.Struct, frozen=True):
    """A price of an item with its days; `until` is the first day of the next one."""

    item: str
    unit_cents: int
    since: date
    until: date | None


async def prices_of(service_id: int) -> list[Priced]:
    """All of a service, the newest first: what was, what is, and what comes."""
    return await fetch_as(
        Priced,
        "SELECT i.public_id AS item, p.unit_cents, lower(p.during) AS since, upper(p.during) AS until"
        " FROM service_price p JOIN service_item i ON i.id = p.item WHERE i.service = $1"
        " ORDER BY i.place, i.id, lower(p.during) DESC",
        service_id,
    )
