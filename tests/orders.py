"""What tests of services share: baskets by the week, dry-cleaning and parcels, made by the club's verbs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit import codes
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.orders import catalogue, queries
from backend.orders.catalogue import Service
from backend.orders.queries import Ticket
from backend.orders.rules import Channel, PayAt
from backend.orders.service import offering, ordering
from backend.orders.service.ordering import OrderWish, ParcelWish, Placed, Wanted
from backend.orders.wishes import ServiceWish
from tests.lending import Shelf

# Delivered on Thursday, ordered until Tuesday at six in the evening.
THURSDAY, TUESDAY, SIX = 3, 1, time(18)
GROWER = "ferme@example.org"


@dataclass(frozen=True)
class Counter:
    """A site with its services."""

    site_id: int
    site: str

    async def service(
        self, name: str = "Paniers", items: Mapping[str, int] | None = None, **said: Any
    ) -> Service:
        wish = ServiceWish(slug=codes.random_id().lower(), name=name, sites=(self.site,), **said)
        public_id = await offering.make_service(SYSTEM, wish, key=codes.random_id())
        for each, cents in (items or {}).items():
            await offering.add_item(SYSTEM, public_id, each, cents, key=codes.random_id())
        return await catalogue.get_service(public_id)

    async def baskets(self, pay_at: PayAt = PayAt.COLLECTION, **said: Any) -> Service:
        return await self.service(
            "Paniers",
            {"Petit panier": 800, "Grand panier": 1400},
            weekly=True,
            delivery_weekday=THURSDAY,
            cutoff_weekday=TUESDAY,
            cutoff_time=SIX,
            sent_to=GROWER,
            pay_at=pay_at,
            **said,
        )

    async def pressing(self) -> Service:
        items = {"Chemise": 350, "Veste": 900}
        return await self.service("Pressing", items, brings_in=True, sent_to="press@example.org")

    async def parcels(self) -> Service:
        return await self.service("Colis", holds=True, pay_at=PayAt.NOTHING, icon="package")

    async def order(
        self,
        service: Service,
        member: Member,
        counts: Mapping[str, int] | None = None,
        *,
        by: By | None = None,
        **said: Any,
    ) -> Placed:
        """One of the first item, or so many by name; from home unless `by` staff or brought in."""
        items = {item.name: item.public_id for item in service.items}
        wanted = counts or {service.items[0].name: 1}
        words: Mapping[str, str] = said.pop("words", {})
        wish = OrderWish(
            service=service.slug,
            site_id=self.site_id,
            household_id=member.household_id,
            person_id=member.person_id,
            wanted=tuple(Wanted(items[name], n, words.get(name, "")) for name, n in wanted.items()),
            **said,
        )
        if service.brings_in:
            by = by or SYSTEM
        channel = Channel.ONLINE if by is None else Channel.DESK
        return await ordering.order(by or mine(member), wish, channel, key=codes.random_id())

    async def service_of(self, placed: Placed) -> Service:
        return await catalogue.get_service((await ticket(placed)).service)

    async def parcel(self, service: Service, member: Member, shelf: str = "C2") -> Placed:
        wish = ParcelWish(
            service=service.slug,
            site_id=self.site_id,
            household_id=member.household_id,
            person_id=member.person_id,
            sender="Un magasin",
            shelf=shelf,
        )
        return await ordering.keep_parcel(SYSTEM, wish, key=codes.random_id())


async def counter_of(shelf: Shelf) -> Counter:
    site = await fetch_value("SELECT public_id FROM site WHERE id = $1", shelf.site_id)
    return Counter(shelf.site_id, site)


def mine(member: Member) -> By:
    return By(Actor.PERSON, member.person_id)


async def ticket(placed: Placed) -> Ticket:
    return await queries.get_ticket(placed.ticket)


async def state(placed: Placed) -> str:
    return (await ticket(placed)).state.value


async def told(kind: str) -> list[int | None]:
    """Whom messages of a kind are for, in their order."""
    rows = await fetch("SELECT person FROM message WHERE kind = $1 ORDER BY id", kind)
    return [row["person"] for row in rows]


async def partner_address() -> str:
    """As the last mail to a partner has it."""
    payload = await fetch_value(
        "SELECT payload::text FROM outbox WHERE key LIKE 'order.list:%' ORDER BY id DESC LIMIT 1"
    )
    found = re.search(r"/livraisons/[\w-]+", payload)
    assert found is not None
    return found[0]
