"""Every act with money by its name: what a process does that is killed in the middle of it.

tests/architecture/test_killed.py finds a use case that writes money and is not here, and an act that
no test kills.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import (
    cheques,
    costs,
    drawers,
    jobs,
    journal,
    lines,
    payouts,
    reconciliations,
    suspense,
)
from backend.billing.costs import CostWish
from backend.billing.gateway import Facts, connected
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.billing.suspense import Outcome
from backend.identity.rules import SessionKind
from backend.identity.service import Proof
from backend.identity.visits import Visit
from backend.jobs.reconciliation import reconcile
from backend.kit.seals import Seals
from backend.lending import service as lend
from backend.lending.service import sweeping
from backend.lending.values import Ask
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service import HomeWish
from backend.membership.service.entering import come_in
from backend.membership.service.periods import give_up_debits
from backend.membership.service.renewals import charge_renewals
from backend.merchants import service as merchants
from backend.people.rules import Address, Channel

ELSEWHERE = HomeWish(
    category=Category.NEIGHBOUR, street="9 rue du Four", postcode="80000", town="Amiens"
)

# The counter


async def take(clerk: int, household: int, key: str) -> object:
    way = PayWay.CASH
    return await membership.take_dues(person(clerk), household, 1, way, None, key=key)


async def undo(clerk: int, household: int, order: str) -> object:
    return await membership.undo_dues(person(clerk), household, order, None, "Erreur")


async def undo_months(clerk: int, household: int, order: str) -> None:
    await membership.undo_months(person(clerk), household, order, "Erreur")


async def bounce(clerk: int, order: str) -> None:
    await membership.bounce_cheque(person(clerk), order, "Sans provision")


async def give_up(_: int) -> None:
    await give_up_debits()


async def open_(clerk: int, counted: int) -> object:
    return await drawers.open_drawer(person(clerk), None, counted, from_bank=True)


async def close(clerk: int, drawer: str, counted: int, banked: int) -> object:
    return await drawers.close_drawer(person(clerk), drawer, counted, banked_cents=banked)


async def bank(clerk: int, drawer: str, cents: int, key: str) -> object:
    return await drawers.deposit(person(clerk), drawer, cents, key=key)


async def remit(clerk: int, payments: list[str]) -> object:
    return await cheques.deposit(person(clerk), payments)


async def match(clerk: int, line: str, order: str) -> object:
    return await membership.match_transfer(person(clerk), line, order)


async def turn_back(clerk: int, line: str) -> None:
    await lines.give_back(person(clerk), line)


async def order_transfer(clerk: int, household: int) -> object:
    return await membership.order_transfer(person(clerk), household, 12)


# The treasurer


async def spend(clerk: int, wish: dict[str, object]) -> None:
    await costs.enter(person(clerk), msgspec.convert(wish, CostWish))


async def reverse(clerk: int, entry: int) -> None:
    await journal.reverse(person(clerk), entry, "Erreur")


async def clear(clerk: int, entry: int) -> None:
    await suspense.clear(person(clerk), entry, Outcome.FEE, "Stripe", "Frais d'un litige")


async def unclear(clerk: int, entry: int) -> None:
    await suspense.reopen(person(clerk), entry, "Pas des frais")


# Households


async def merge(clerk: int, household: int, into: int) -> None:
    await membership.merge(person(clerk), household, into)


async def move(clerk: int, who: int, household: int, into: int) -> None:
    await membership.move(person(clerk), who, household, into)


async def split(clerk: int, household: int, who: list[int]) -> object:
    return await membership.split(person(clerk), household, who, ELSEWHERE)


async def end(clerk: int, household: int) -> None:
    await membership.end_household(person(clerk), household)


async def come_back(clerk: int, public_id: str) -> object:
    return await membership.come_back(person(clerk), public_id, ELSEWHERE, None)


async def join_again(_: int, code_id: int, wish: dict[str, object]) -> None:
    """Somebody who had left has typed the code that came to their address."""
    address = Address(Channel.EMAIL, "alice@example.org")
    proof = Proof(code_id, SessionKind.TENANT, address, wish)
    seals, channels = Seals((b"x" * 32,)), frozenset({Channel.EMAIL})
    await come_in(Visit("127.0.0.1", "", "", None, seals, channels, ""), proof)


async def grant(clerk: int, household: int, key: str) -> object:
    return await membership.grant_months(person(clerk), household, 3, key=key)


# Stripe


async def order(who: int, household: int) -> object:
    return await membership.order_dues(
        household, PayWay.ONLINE, audit.person(who), done_path="/", back_path="/"
    )


async def settle(object_id: str) -> None:
    await membership.fulfil(await facts(object_id))


async def withdraw(household: int, order_id: str) -> None:
    await membership.withdraw(SYSTEM, household, order_id)


async def give_back(order_id: str) -> None:
    await membership.refund_dues(SYSTEM, order_id, 500, "geste", key="one")


async def repay(clerk: int, order_id: str, key: str) -> object:
    way = PayWay.TRANSFER
    return await membership.repay_dues(
        person(clerk), Repayment(order_id, 1200, "Revenu", way), key=key
    )


async def stop(household: int) -> None:
    await membership.stop_monthly(SYSTEM, household)


async def pay_out(payout: str) -> None:
    await payouts.settle_payout(await connected().read_payout(payout))


async def account_for() -> None:
    """Every line of Stripe's balance that no payment stands for."""
    async for line in connected().lines(datetime(2020, 1, 1, tzinfo=UTC)):
        await reconciliations.book_line(line, known=line.about is not None)


# Partners


async def partner_order(clerk: int, contract: str) -> object:
    return await merchants.order_dues(person(clerk), contract, PayWay.TRANSFER)


async def partner_match(clerk: int, line: str, order_id: str) -> None:
    await merchants.match_transfer(person(clerk), line, order_id)


async def partner_repay(clerk: int, order_id: str, cents: int, key: str) -> None:
    way = PayWay.TRANSFER
    await merchants.repay_dues(person(clerk), Repayment(order_id, cents, "Revenu", way), key=key)


async def partner_settle(object_id: str) -> None:
    await merchants.fulfil(await facts(object_id))


# Requests that come to nothing
async def lend_reject(clerk: int, booking: str) -> object:
    ask = Ask(by=By(Actor.PERSON, clerk), key="reject")
    return await lend.reject(ask, booking, "Fermé")


async def lend_lapse(_: int, line: int) -> object:
    return await sweeping.lapse(line)


ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "take": take,
    "undo": undo,
    "undo_months": undo_months,
    "bounce": bounce,
    "give_up": give_up,
    "open": open_,
    "close": close,
    "bank": bank,
    "remit": remit,
    "match": match,
    "turn_back": turn_back,
    "order_transfer": order_transfer,
    "spend": spend,
    "reverse": reverse,
    "clear": clear,
    "unclear": unclear,
    "merge": merge,
    "move": move,
    "split": split,
    "end": end,
    "come_back": come_back,
    "join_again": join_again,
    "grant": grant,
    "order": order,
    "settle": settle,
    "withdraw": withdraw,
    "give_back": give_back,
    "repay": repay,
    "stop": stop,
    "pay_out": pay_out,
    "account_for": account_for,
    "partner_order": partner_order,
    "partner_match": partner_match,
    "partner_repay": partner_repay,
    "partner_settle": partner_settle,
    "send": jobs.hurry,
    "charge": charge_renewals,
    "reconcile": reconcile,
    "lend_reject": lend_reject,
    "lend_lapse": lend_lapse,
}


def person(person_id: int) -> By:
    return By(Actor.PERSON, person_id)


async def facts(object_id: str) -> Facts:
    found = await connected().read(object_id)
    assert found is not None
    return found
