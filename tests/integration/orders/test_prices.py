"""What things cost, and that an order keeps what it cost (S1)."""

from datetime import timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.membership.queries import Member
from backend.orders import catalogue
from backend.orders.errors import OrderAmountChanged, PriceJustSet, ServiceChanged, ServiceWrong
from backend.orders.rules import PayAt
from backend.orders.service import handing, offering
from backend.orders.wishes import ServiceWish
from tests import orders
from tests.orders import Counter

WEEK = timedelta(days=7)


async def test_past_orders_keep_their_price_when_it_changes(
    counter: Counter, alice: Member
) -> None:
    """S1: a dated price, in cents; what was ordered before costs what it cost."""
    baskets = await counter.baskets()
    item = baskets.items[0]
    before = await counter.order(baskets, alice, {item.name: 2})
    await offering.set_price(SYSTEM, item.public_id, 950, clock.today())
    after = await counter.order(await catalogue.get_service(baskets.slug), alice, {item.name: 2})
    assert (before.cents, after.cents) == (1600, 1900)
    assert (await orders.ticket(before)).amount_cents == 1600
    assert [line.unit_cents for line in (await orders.ticket(before)).lines] == [800]


async def test_price_to_come_holds_from_its_day(counter: Counter, alice: Member) -> None:
    """S1: the list of today stays until then, and both are on record."""
    baskets = await counter.baskets()
    item = baskets.items[0].public_id
    await offering.set_price(SYSTEM, item, 900, clock.today() + WEEK)
    assert (await catalogue.get_service(baskets.slug)).items[0].unit_cents == 800
    with clock.travel(WEEK):
        assert (await catalogue.get_service(baskets.slug)).items[0].unit_cents == 900
    listed = [p.unit_cents for p in await catalogue.prices_of(baskets.id) if p.item == item]
    assert listed == [900, 800]
    with pytest.raises(ServiceWrong):
        await offering.set_price(SYSTEM, item, 900, clock.today() - WEEK)


async def test_two_prices_never_hold_at_once(counter: Counter) -> None:
    """S1: the database refuses it."""
    item = (await counter.baskets()).items[0].id
    with pytest.raises(asyncpg.ExclusionViolationError):
        await fetch(
            "INSERT INTO service_price (item, unit_cents, during) VALUES ($1, 1, '[,]'::daterange)",
            item,
        )
    assert PriceJustSet.slug


async def test_order_is_refused_when_its_page_showed_another_price(
    counter: Counter, alice: Member
) -> None:
    """S1: nobody is charged what they did not see."""
    baskets = await counter.baskets()
    await offering.set_price(SYSTEM, baskets.items[0].public_id, 950, clock.today())
    with pytest.raises(OrderAmountChanged):
        await counter.order(baskets, alice, cents=800)


async def test_database_keeps_the_lines_of_an_order(counter: Counter, alice: Member) -> None:
    """S1: neither its price nor what was ordered changes, nor does the sum by itself."""
    await counter.order(await counter.baskets(), alice)
    for statement in ("UPDATE ticket_line SET unit_cents = 1", "DELETE FROM ticket_line"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(statement)
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch("UPDATE order_ticket SET amount_cents = 0, paid_cents = 0")


async def test_any_later_service_is_a_row(counter: Counter, alice: Member) -> None:
    """S1: bread by the week and photocopies at once, made without code."""
    copies = await counter.service("Photocopies", {"Une page": 10}, icon="copy")
    placed = await counter.order(copies, alice, {"Une page": 12})
    assert (placed.cents, placed.on) == (120, None)
    wish = ServiceWish(slug=copies.slug, name="Copies", sites=(counter.site,), ended=True)
    await offering.change_service(SYSTEM, copies.public_id, wish, version=1)
    with pytest.raises(ServiceChanged):
        await offering.change_service(SYSTEM, copies.public_id, wish, version=1)
    assert await catalogue.services() == []
    assert [each.name for each in await catalogue.services(ended=True)] == ["Copies"]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", {"name": " "}),
        ("name", {"slug": ""}),
        ("icon", {"icon": "skull"}),
        ("sites", {"sites": ()}),
        ("cutoff_time", {"weekly": True, "delivery_weekday": 3}),
        ("holds", {"holds": True, "pay_at": PayAt.ORDER}),
        ("remind_days", {"remind_days": 40}),
        ("forget_days", {"forget_days": 31}),
        ("sent_to", {"sent_to": "ferme"}),
    ],
)
async def test_service_is_refused_at_its_field(
    counter: Counter, field: str, said: dict[str, object]
) -> None:
    """S1, S5: nothing half-said is offered; a parcel is forgotten after 30 days at the latest."""
    wish = ServiceWish(**{"slug": "pain", "name": "Pain", "sites": (counter.site,), **said})
    with pytest.raises(ServiceWrong) as refusal:
        await offering.make_service(SYSTEM, wish, key=codes.random_id())
    assert field in refusal.value.fields


async def test_nothing_is_owed_of_a_service_that_asks_for_nothing(
    counter: Counter, alice: Member
) -> None:
    """S1, S6: whatever its items cost before; it is handed over without money."""
    baskets = await counter.baskets(pay_at=PayAt.NOTHING)
    assert [item.unit_cents for item in baskets.for_sale] == [0, 0]
    placed = await counter.order(baskets, alice, cents=0)
    await handing.make_ready(SYSTEM, [placed.ticket], "A1")
    await handing.hand_over(SYSTEM, placed.ticket)
    assert (await orders.state(placed), (await orders.ticket(placed)).due_cents) == ("collected", 0)
