"""Services at the counter of the demo club, with orders of this week in every state.

Days follow today: whatever day it is, baskets have just come, others are ordered, some things wait
for too long.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.orders import catalogue, queries
from backend.orders.catalogue import Service
from backend.orders.rules import Channel, PayAt
from backend.orders.service import handing, offering, ordering, paying, rounds
from backend.orders.service.ordering import OrderWish, ParcelWish, Wanted
from backend.orders.service.paying import Till
from backend.orders.wishes import ServiceWish
from backend.places import queries as places

FIRST_TENANT = "samira@example.org"
DAY = timedelta(days=1)
NOON = time(12)
BASKETS = {"Petit panier": 850, "Grand panier": 1450, "Six œufs": 240}
BREAD = {"Pain de campagne": 320, "Baguette": 120, "Pain aux noix": 390}
PRESSING = {"Chemise": 350, "Pantalon": 600, "Veste": 900, "Manteau": 1400}
COPIES = {"Page en noir": 10, "Page en couleurs": 30}
PROOF = "card"


class Home(NamedTuple):
    """Who orders."""

    household: int
    person: int


class Counter(NamedTuple):
    site_id: int
    site: str
    homes: Sequence[Home]


async def open_services() -> None:
    """Does nothing where there is a service already."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM counter_service)"):
        return
    counter = await _counter()
    first, second = await _days(counter.site_id)
    farm = "D'une ferme toute proche."
    baskets = await _weekly(counter, "Paniers de légumes", BASKETS, first, "shopping-basket", farm)
    await _baskets(counter, baskets)
    oven = "Cuit tout près, le matin même."
    await _weekly(counter, "Pain du four", BREAD, second, "croissant", oven)
    await _press(counter)
    await _parcels(counter)
    await _copies(counter)


async def _counter() -> Counter:
    """The first counter, and households that are in good standing: the first demo tenant before all."""
    site = await fetch_one(
        "SELECT id, public_id FROM site WHERE closed_at IS NULL ORDER BY id LIMIT 1"
    )
    rows = await fetch(
        "SELECT DISTINCT ON (c.value <> $1, m.household) m.household, m.person FROM household_member m"
        " JOIN contact_point c ON c.person = m.person AND c.ended_at IS NULL"
        " JOIN period p ON p.household = m.household AND p.cancelled_at IS NULL"
        "  AND p.during @> $2::date AND p.during @> $2::date - 45 AND p.provisional_until IS NULL"
        " WHERE m.left_on IS NULL AND m.adult ORDER BY c.value <> $1, m.household, m.person LIMIT 40",
        FIRST_TENANT,
        clock.today(),
    )
    assert site is not None
    return Counter(site["id"], site["public_id"], [Home(r["household"], r["person"]) for r in rows])


async def _days(site_id: int) -> tuple[date, date]:
    """Two days in a row on which the counter opens, today where it does."""
    calendar = await places.get_calendar(site_id)
    first = calendar.next_open_day(clock.today())
    assert first is not None
    second = calendar.next_open_day(first + DAY)
    assert second is not None
    return first, second


async def _service(counter: Counter, name: str, items: dict[str, int], **said: Any) -> Service:
    """Offered for some time: what was ordered then had its price."""
    wish = ServiceWish(slug=said.pop("slug"), name=name, sites=(counter.site,), **said)
    with clock.frozen(clock.now() - 60 * DAY):
        public_id = await offering.make_service(SYSTEM, wish, key=codes.random_id())
        for item, cents in items.items():
            await offering.add_item(SYSTEM, public_id, item, cents, key=codes.random_id())
    return await catalogue.get_service(public_id)


async def _weekly(
    counter: Counter, name: str, items: dict[str, int], on: date, icon: str, words: str
) -> Service:
    """Delivered on that weekday, ordered until noon three days before."""
    return await _service(
        counter,
        name,
        items,
        slug=name.split(" ", maxsplit=1)[0].lower(),
        icon=icon,
        words=f"{words} À prendre au comptoir.",
        sent_to="ferme@exemple.fr",
        weekly=True,
        delivery_weekday=on.weekday(),
        cutoff_weekday=(on - 3 * DAY).weekday(),
        cutoff_time=NOON,
        pay_at=PayAt.EITHER,
    )


async def _baskets(counter: Counter, service: Service) -> None:
    """A round that has just come: some paid and fetched, some ready; and orders for the next one."""
    on = (await _days(counter.site_id))[0]
    before, after = _at(on - 5 * DAY), _at(on - 3 * DAY)
    with clock.frozen(before):
        came = [
            await _order(counter, service, home, 1 + n % 2) for n, home in _some(counter, 0, 15)
        ]
    with clock.frozen(after):
        await rounds.send_due()
    round_ = (await queries.get_ticket(came[0])).round
    with clock.frozen(max(after, clock.now() - timedelta(hours=2))):
        await rounds.receive(SYSTEM, round_, dict.fromkeys(came[:-2], "Sol"))
    if service.schedule is not None and clock.now() >= service.schedule.cutoff(on):
        for n, home in _some(counter, 0, 9):
            await _order(counter, service, home, 1 + n % 3)
    await handing.cancel(SYSTEM, came[-1], reason="La ferme n'a pas pu livrer.")
    for ticket in came[:4]:
        await _fetch(ticket)


async def _fetch(public_id: str) -> None:
    """Paid by transfer, which needs no open drawer whatever the day, and handed over."""
    ticket = await queries.get_ticket(public_id)
    till = Till(cents=ticket.due_cents, way=PayWay.TRANSFER, site_id=None, hand_over=True)
    assert ticket.household_id is not None
    await paying.take_payment(SYSTEM, ticket.household_id, [public_id], till, key=public_id)


async def _press(counter: Counter) -> None:
    service = await _service(
        counter,
        "Pressing",
        PRESSING,
        slug="pressing",
        icon="shirt",
        words="Nous portons vos vêtements au pressing. Prêts en trois jours.",
        sent_to="pressing@exemple.fr",
        brings_in=True,
    )
    old, waiting, away, fresh = [home for _, home in _some(counter, 16, 20)]
    for home, ago in ((old, 36), (waiting, 3)):
        with clock.frozen(clock.now() - (ago + 3) * DAY):
            left = await _order(counter, service, home, 1, "bleue, tache au col")
            await rounds.send_out(
                SYSTEM, service.slug, counter.site_id, [left], clock.today() + 2 * DAY, key=left
            )
        with clock.frozen(clock.now() - ago * DAY):
            await handing.make_ready(SYSTEM, [left], f"P{ago % 5}")
    out = await _order(counter, service, away, 2, "grise, un bouton manque")
    back = clock.today() + 2 * DAY
    await rounds.send_out(SYSTEM, service.slug, counter.site_id, [out], back, key=out)
    await _order(counter, service, fresh, 3, "blanches")


async def _parcels(counter: Counter) -> None:
    service = await _service(
        counter,
        "Colis",
        {},
        slug="colis",
        icon="package",
        words="Faites livrer ici. Nous gardons vos colis.",
        holds=True,
        pay_at=PayAt.NOTHING,
    )
    kept = [
        await _parcel(counter, service, home, shelf)
        for (_, home), shelf in zip(_some(counter, 20, 23), ("C1", "C2", "C3"), strict=True)
    ]
    await handing.hand_over(SYSTEM, kept[-1], proof=PROOF)
    for number, home in _some(counter, 24, 40):
        with clock.frozen(clock.now() - (32 + number % 13) * DAY):
            came = await _parcel(counter, service, home, "C4")
            await handing.hand_over(SYSTEM, came, proof=PROOF)


async def _copies(counter: Counter) -> None:
    service = await _service(
        counter,
        "Photocopies",
        COPIES,
        slug="photocopies",
        icon="copy",
        words="Dites combien de pages. Nous les imprimons.",
    )
    mine, other = counter.homes[0], counter.homes[23]
    ready = await _order(counter, service, mine, 12)
    await handing.make_ready(SYSTEM, [ready], "A1")
    await _order(counter, service, other, 30)


def _some(counter: Counter, first: int, last: int) -> list[tuple[int, Home]]:
    return list(enumerate(counter.homes))[first:last]


def _at(day: date) -> datetime:
    return clock.start_of_day(day) + timedelta(hours=15)


async def _order(
    counter: Counter, service: Service, home: Home, count: int, words: str = ""
) -> str:
    item = service.items[count % len(service.items)]
    wish = OrderWish(
        service=service.slug,
        site_id=counter.site_id,
        household_id=home.household,
        person_id=home.person,
        wanted=(Wanted(item.public_id, count, words),),
    )
    by, channel = By(Actor.PERSON, home.person), Channel.ONLINE
    if service.brings_in:
        by, channel = SYSTEM, Channel.DESK
    return (await ordering.order(by, wish, channel, key=codes.random_id())).ticket


async def _parcel(counter: Counter, service: Service, home: Home, shelf: str) -> str:
    wish = ParcelWish(
        service=service.slug,
        site_id=counter.site_id,
        household_id=home.household,
        person_id=home.person,
        sender="Une boutique en ligne",
        shelf=shelf,
    )
    return (await ordering.keep_parcel(SYSTEM, wish, key=codes.random_id())).ticket
