"""Every act with the money of seats by its name, as order_acts.py has those with orders."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.activities import service as activities
from backend.activities.rules import Scope
from backend.activities.service import keeping, paying
from backend.audit.service import person
from backend.billing.counter import Till
from backend.billing.gateway import connected
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.membership import queries as membership
from backend.membership.service import sold


async def seat_pay(clerk: int, household: int, session: str, cents: int) -> object:
    till = Till(cents=cents, way=PayWay.CASH, site_id=None)
    return await paying.take_payment(person(clerk), household, session, till, key="pay")


async def seat_give_back(clerk: int, order: str, cents: int) -> object:
    till = Till(cents=cents, way=PayWay.CASH, site_id=None)
    return await paying.give_back(person(clerk), order, till, key="back")


async def seat_checkout(who: int, household: int, session: str) -> object:
    return await paying.order_payment(household, session, person(who), done_path="/", back_path="/")


async def seat_settle(object_id: str) -> None:
    facts = await connected().read(object_id)
    assert facts is not None
    await paying.fulfil(facts)


async def seat_leave(who: int, seat: str) -> object:
    member = await membership.find_member(who)
    assert member is not None
    return await activities.leave(person(who), member, seat)


async def seat_leave_for(clerk: int, seat: str) -> object:
    return await activities.leave_for(person(clerk), seat)


async def seat_sweep(session: str) -> int:
    return await keeping.sweep_session(session)


async def session_cancel(clerk: int, session: str) -> int:
    return await activities.cancel(person(clerk), session, Scope.THIS, "Le four est cassé")


async def seat_bounce(clerk: int, order: str) -> None:
    await sold.bounce_cheque(person(clerk), order, "Sans provision", sold=paying.SOLD)


async def seat_undo(clerk: int, household: int, order: str) -> object:
    return await sold.undo_payment(
        person(clerk), household, order, None, "Erreur", sold=paying.SOLD
    )


async def seat_repay(clerk: int, order: str, cents: int) -> object:
    wish = Repayment(order, cents, "Carte fermée", PayWay.TRANSFER)
    return await sold.repay(person(clerk), wish, key="repay", sold=paying.SOLD)


ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "seat_pay": seat_pay,
    "seat_give_back": seat_give_back,
    "seat_checkout": seat_checkout,
    "seat_settle": seat_settle,
    "seat_leave": seat_leave,
    "seat_leave_for": seat_leave_for,
    "seat_sweep": seat_sweep,
    "session_cancel": session_cancel,
    "seat_bounce": seat_bounce,
    "seat_undo": seat_undo,
    "seat_repay": seat_repay,
}
