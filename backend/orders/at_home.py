"""What a member's first page says of services: orders that stand, and what closes soon.

Parts of one statement across capabilities (PERF6). $1 is the day.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from backend.orders import rules
from backend.orders.catalogue import made_sql
from backend.orders.rules import Delivery, Made, Schedule, TicketState

SOON = timedelta(days=3)
MOST = 6
_OPEN = ", ".join(f"'{state}'" for state in rules.OPEN)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is not collected yet. `due_on`: the day it comes, where it comes with others."""

    public_id: str
    service: str
    icon: str
    site: str
    state: TicketState
    pays_first: bool
    due_cents: int
    due_on: date | None

    @property
    def waits_for_money(self) -> bool:
        """It stands only once it is paid."""
        return self.state is TicketState.ORDERED and self.pays_first and self.due_cents > 0


class Weekly(msgspec.Struct, frozen=True, kw_only=True):
    """A service at the member's desk that goes out once a week, of which they have ordered nothing."""

    slug: str
    name: str
    icon: str
    delivery_weekday: int
    cutoff_weekday: int
    cutoff_time: time
    made: list[Made]

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.delivery_weekday, self.cutoff_weekday, self.cutoff_time)


class Closing(msgspec.Struct, frozen=True):
    """What may still be ordered, and not for long."""

    service: Weekly
    delivery: Delivery


def orders_sql(household: str) -> str:
    """As `Order`: those that are ready first."""
    return (
        "SELECT t.public_id, s.name AS service, s.icon, w.name AS site, t.state, t.pays_first,"  # noqa: S608 - our own words
        " t.amount_cents - t.paid_cents AS due_cents, r.due_on FROM order_ticket t"
        " JOIN counter_service s ON s.id = t.service JOIN site w ON w.id = t.site"
        f" LEFT JOIN order_round r ON r.id = t.round WHERE t.household = {household}"
        f" AND t.state IN ({_OPEN}) ORDER BY t.state <> 'ready', r.due_on, t.id LIMIT {MOST}"
    )


def weekly_sql(household: str, site: str) -> str:
    """As `Weekly`: what has a price today."""
    return (
        "SELECT s.slug, s.name, s.icon, s.delivery_weekday, s.cutoff_weekday, s.cutoff_time,"  # noqa: S608 - our own words
        f" {made_sql('s.id', site)} AS made"
        f" FROM counter_service s JOIN service_site o ON o.service = s.id AND o.site = {site}"
        " WHERE s.weekly AND s.ended_at IS NULL AND EXISTS (SELECT 1 FROM service_item i"
        "  JOIN service_price p ON p.item = i.id AND p.during @> $1::date"
        "  WHERE i.service = s.id AND i.retired_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM order_ticket t WHERE t.service = s.id"
        f"  AND t.household = {household} AND t.state IN ({_OPEN})) ORDER BY s.name, s.id"
    )


def closing(
    services: Sequence[Weekly], now: datetime, today: date, is_open: Callable[[date], bool]
) -> list[Closing]:
    """Those whose cut-off is near, the nearest first."""
    found = [
        Closing(each, delivery)
        for each in services
        for delivery in _next(each, now, today, is_open)
        if delivery.cutoff_at <= now + SOON
    ]
    return sorted(found, key=lambda one: (one.delivery.cutoff_at, one.service.name))


def _next(
    service: Weekly, now: datetime, today: date, is_open: Callable[[date], bool]
) -> list[Delivery]:
    coming = rules.deliveries(service.schedule, now, today, is_open, service.made)
    found = next(coming, None)
    return [] if found is None else [found]
