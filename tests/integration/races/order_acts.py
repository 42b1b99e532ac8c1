"""Every act with the money of services by its name, as acts.py has those with dues."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.gateway import connected
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.membership.service import sold
from backend.orders.rules import Channel
from backend.orders.service import handing, looking_after, ordering, paying
from backend.orders.service.ordering import OrderWish, Wanted
from backend.orders.service.paying import Till


def by(person: int) -> By:
    return By(Actor.PERSON, person)


async def order_place(
    who: int, service: str, site: int, household: int, person: int, item: str
) -> object:
    wish = OrderWish(
        service=service,
        site_id=site,
        household_id=household,
        person_id=person,
        wanted=(Wanted(item, 1),),
    )
    return await ordering.order(by(who), wish, Channel.ONLINE, key="place")


async def order_pay(clerk: int, household: int, ticket: str, cents: int) -> object:
    """What is ready goes with it."""
    till = Till(cents=cents, way=PayWay.CASH, site_id=None, hand_over=True)
    return await paying.take_payment(by(clerk), household, [ticket], till, key="pay")


async def order_give_back(clerk: int, ticket: str, cents: int) -> object:
    till = Till(cents=cents, way=PayWay.CASH, site_id=None)
    return await paying.give_back(by(clerk), ticket, till, key="back")


async def order_checkout(person: int, household: int, ticket: str) -> object:
    return await paying.order_payment(household, ticket, by(person), done_path="/", back_path="/")


async def order_settle(object_id: str) -> None:
    facts = await connected().read(object_id)
    assert facts is not None
    await paying.fulfil(facts)


async def order_cancel(person: int, household: int, ticket: str) -> object:
    return await handing.cancel(by(person), ticket, household)


async def order_give_up(_: int, ticket: str) -> None:
    await looking_after.give_up(ticket)


async def order_bounce(clerk: int, order: str) -> None:
    await sold.bounce_cheque(by(clerk), order, "Sans provision", sold=paying.SOLD)


async def order_undo(clerk: int, household: int, order: str) -> object:
    return await sold.undo_payment(by(clerk), household, order, None, "Erreur", sold=paying.SOLD)


async def order_repay(clerk: int, order: str, cents: int) -> object:
    wish = Repayment(order, cents, "Carte fermée", PayWay.TRANSFER)
    return await sold.repay(by(clerk), wish, key="repay", sold=paying.SOLD)


ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "order_place": order_place,
    "order_pay": order_pay,
    "order_give_back": order_give_back,
    "order_checkout": order_checkout,
    "order_settle": order_settle,
    "order_cancel": order_cancel,
    "order_give_up": order_give_up,
    "order_bounce": order_bounce,
    "order_undo": order_undo,
    "order_repay": order_repay,
}
