"""S3: closing a cycle of 2,000 baskets: the list leaves, its sums, the distribution, an order beside it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import count

from backend.audit.service import SYSTEM, person
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.orders import catalogue, lists, queries
from backend.orders.catalogue import Service
from backend.orders.rules import Channel, PayAt
from backend.orders.service import offering, ordering, rounds
from backend.orders.service.ordering import OrderWish, Wanted
from backend.orders.wishes import ServiceWish
from tests import factories, lending
from tests.bench.crowd import gather
from tests.bench.figures import percentile, timed, told
from tests.bench.stage import stage
from tests.orders import SIX

HOUSEHOLDS, BASKETS = 2_000, 2_000
TIMES = 30
NEXT = count()


async def run() -> None:
    async with stage() as club:
        await gather(club, await factories.add_market(), HOUSEHOLDS, HOUSEHOLDS)
        baskets = await offer()
        round_ = await fill(baskets)
        await club.analyze()
        told("baskets in the round", (await queries.get_round(round_)).orders, "")
        await measure("an order", partial(one_more, baskets))
        await measure("all open orders of a counter", partial(queries.open_at, baskets.sites[0].id))
        found = await queries.get_round(round_)
        assert found.cutoff_at is not None
        with clock.frozen(found.cutoff_at):
            closing = await timed(partial(rounds.send_list, SYSTEM, round_))
        told("the list leaves: 2,000 orders with the partner, one mail", closing, "ms")
        moved = await fetch_value("SELECT count(*) FROM order_ticket WHERE state = 'with_partner'")
        told("orders with the partner", moved, "")
        await measure("the partner's page", partial(lists.sums_of, found.id))
        times = [await timed(partial(queries.of_round, found.id)) for _ in range(TIMES)]
        told("the distribution of 2,000: p50", percentile(times, 50), "ms")


async def offer() -> Service:
    """Three sorts, delivered in three days at a site of its own."""
    site = await fetch_value(
        "SELECT public_id FROM site WHERE id = $1", (await lending.add_shelf("panier")).site_id
    )
    day = clock.today() + timedelta(days=3)
    while day.weekday() in (6, 0):  # the site is closed on Sunday and Monday
        day += timedelta(days=1)
    wish = ServiceWish(
        slug="paniers",
        name="Paniers",
        sites=(site,),
        weekly=True,
        delivery_weekday=day.weekday(),
        cutoff_weekday=(day - timedelta(days=1)).weekday(),
        cutoff_time=SIX,
        sent_to="ferme@example.org",
        pay_at=PayAt.COLLECTION,
    )
    public_id = await offering.make_service(SYSTEM, wish, key=codes.random_id())
    for name, cents in (("Petit panier", 800), ("Grand panier", 1400), ("Œufs", 240)):
        await offering.add_item(SYSTEM, public_id, name, cents, key=codes.random_id())
    return await catalogue.get_service(public_id)


async def fill(baskets: Service) -> str:
    """One order as somebody makes it, 1,999 like it for the other households."""
    placed = await one_more(baskets)
    first = await queries.get_ticket(placed)
    await fetch(
        "INSERT INTO order_ticket (public_id, code, service, site, household, person, round, channel,"
        " state, shelf, note, sender, proof, ordered_at, changed_at)"
        " SELECT 'b' || m.id, 'b' || m.id, t.service, t.site, m.household, m.person, t.round,"
        " 'online', 'ordered', '', '', '', '', t.ordered_at, t.changed_at FROM order_ticket t,"
        " (SELECT id, household, person FROM household_member WHERE adult AND left_on IS NULL"
        "  ORDER BY id LIMIT $2) m WHERE t.id = $1",
        first.id,
        BASKETS - 1,
    )
    await fetch(
        "INSERT INTO ticket_line (ticket, item, name, words, many, unit_cents)"
        " SELECT t.id, i.id, i.name, '', 1 + t.id % 3, 800 FROM order_ticket t JOIN service_item i"
        " ON i.service = t.service AND i.place <= t.id % 3 WHERE t.state = 'ordered'"
    )
    await fetch("UPDATE order_ticket SET state = 'confirmed' WHERE state = 'ordered'")
    return first.round


async def one_more(baskets: Service) -> str:
    """Of another household each time: one alone may have only so many open."""
    row = await fetch_value(
        "SELECT array[household, person] FROM household_member WHERE adult AND left_on IS NULL"
        " ORDER BY id OFFSET $1 LIMIT 1",
        next(NEXT),
    )
    wish = OrderWish(
        service=baskets.slug,
        site_id=baskets.sites[0].id,
        household_id=row[0],
        person_id=row[1],
        wanted=(Wanted(baskets.items[0].public_id, 1),),
    )
    placed = await ordering.order(person(row[1]), wish, Channel.ONLINE, key=codes.random_id())
    return placed.ticket


async def measure(name: str, act: Callable[[], Awaitable[object]]) -> None:
    await act()
    times = [await timed(act) for _ in range(TIMES)]
    told(f"{name}: p50", percentile(times, 50), "ms")
    told(f"{name}: p95", percentile(times, 95), "ms")
