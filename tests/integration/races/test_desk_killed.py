"""SIGKILL before every other statement of what the counter and the treasurer do: all of it or nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import cheques, costs, drawers, lines, reconciliations, suspense
from backend.billing.costs import CostWish
from backend.billing.gateway import BalanceLine, Facts
from backend.billing.rules import Account, PayWay
from backend.billing.statements import Entry
from backend.billing.suspense import Outcome
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from tests.factories import add_household, add_person, open_drawer
from tests.integration.races.mortal import Mortal
from tests.property.test_desk_money import agree

pytestmark = pytest.mark.races


async def take(_: int) -> list[Any]:
    return [(await add_household()).household_id, "once"]


async def undo(clerk: int) -> list[Any]:
    household, _ = await take(clerk)
    await pay(clerk, household, PayWay.CASH)
    return [household, await newest("pay_order")]


async def undo_months(clerk: int) -> list[Any]:
    household, key = await grant(clerk)
    await membership.grant_months(SYSTEM, household, 2, key=key)
    return [household, await newest("pay_order")]


async def bounce(clerk: int) -> list[Any]:
    [payments] = await remit(clerk)
    await cheques.deposit(SYSTEM, payments)
    return [await newest("pay_order")]


async def give_up(_: int) -> list[Any]:
    """A cheque of two months behind a debit that nobody heard of for too long."""
    household = (await add_household()).household_id
    ordered = await membership.order_dues(
        household, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    said = {"pending_since": clock.now(), "pending_amount_cents": 6000}
    await membership.fulfil(Facts(order=ordered.public_id, thread="pi_1", pending=True, **said))
    await membership.take_dues(
        SYSTEM, household, 2, PayWay.CHEQUE, None, key="behind", confirmed=True
    )
    await fetch("UPDATE period SET provisional_until = current_date - 9 WHERE external_id = 'pi_1'")
    return []


async def open_(clerk: int) -> list[Any]:
    """With a float that is neither what was left nor all from the bank."""
    [drawer, counted, _] = await close(clerk)
    await drawers.close_drawer(By(Actor.PERSON, clerk), drawer, counted)
    return [counted + 700]


async def close(clerk: int) -> list[Any]:
    """Some coins are missing, some go to the bank."""
    await undo(clerk)
    drawer = await drawers.find_open(None)
    assert drawer is not None
    return [drawer.public_id, drawer.expected_cents - 100, 300]


async def bank(clerk: int) -> list[Any]:
    return [*(await close(clerk))[:1], 300, "once"]


async def remit(clerk: int) -> list[Any]:
    await pay(clerk, (await take(clerk))[0], PayWay.CHEQUE)
    return [[each.payment for each in await cheques.waiting()]]


async def match(clerk: int) -> list[Any]:
    order = await membership.order_transfer(SYSTEM, (await take(clerk))[0], 1)
    return [await line(order.amount_cents), order.public_id]


async def turn_back(_: int) -> list[Any]:
    return [await line(77)]


async def order_transfer(clerk: int) -> list[Any]:
    return (await take(clerk))[:1]


async def spend(_: int) -> list[Any]:
    return [msgspec.to_builtins(wish())]


async def reverse(_: int) -> list[Any]:
    await costs.enter(SYSTEM, wish())
    return [await fetch_value("SELECT max(id) FROM journal_entry")]


async def clear(_: int) -> list[Any]:
    """Stripe took money, and nobody asked it to."""
    told = {"line_id": "txn_1", "kind": "other", "about": "ch_1", "net_cents": -467}
    await reconciliations.book_line(BalanceLine(**told, at=clock.now()), known=False)
    return [(await suspense.waiting())[0].id]


async def unclear(clerk: int) -> list[Any]:
    [entry] = await clear(clerk)
    await suspense.clear(By(Actor.PERSON, clerk), entry, Outcome.FEE, "Stripe", "Frais")
    return [(await suspense.cleared())[0].id]


async def grant(clerk: int) -> list[Any]:
    household, key = await take(clerk)
    await membership.set_category(SYSTEM, household, Category.FREE)
    return [household, key]


async def merge(clerk: int) -> list[Any]:
    """Both have days ahead; two people go."""
    one, other = await add_household(), await add_household("Zoé", "Petit")
    await membership.add_adult(SYSTEM, one.household_id, "Bob", "Martin")
    for each in (one, other):
        await pay(clerk, each.household_id, PayWay.CASH)
    return [one.household_id, other.household_id]


async def move(clerk: int) -> list[Any]:
    """The last one goes, with the days."""
    one, other = await add_household(), await add_household("Zoé", "Petit")
    await pay(clerk, one.household_id, PayWay.CASH)
    return [one.person_id, one.household_id, other.household_id]


async def split(clerk: int) -> list[Any]:
    """Alice stays with her days; Bob goes, who has ordered a renewal and the receipts."""
    one = await add_household()
    bob = await membership.add_adult(SYSTEM, one.household_id, "Bob", "Martin")
    await pay(clerk, one.household_id, PayWay.CASH)
    return [one.household_id, [bob]]


async def end(clerk: int) -> list[Any]:
    """With days ahead, and a transfer that is waited for."""
    one = await add_household()
    await membership.add_adult(SYSTEM, one.household_id, "Bob", "Martin")
    await pay(clerk, one.household_id, PayWay.CASH)
    await membership.order_transfer(SYSTEM, one.household_id, 1)
    return [one.household_id]


async def come_back(clerk: int) -> list[Any]:
    """With the days that the household had when it ended."""
    [household] = await end(clerk)
    await membership.end_household(SYSTEM, household)
    return [await fetch_value("SELECT public_id FROM person WHERE given_name = 'Bob'")]


async def join_again(clerk: int) -> list[Any]:
    """By oneself, with the code; the household had days when it ended."""
    one = await add_household(address="alice@example.org")
    await pay(clerk, one.household_id, PayWay.CASH)
    await membership.end_household(SYSTEM, one.household_id)
    code_id = await fetch_value(
        "INSERT INTO sign_in_code (ticket_hash, purpose, session_kind, channel, value, code_hash,"
        " salt, payload, created_at, expires_at) VALUES ('t', 'join', 'tenant', 'email',"
        " 'alice@example.org', '', '', '{}', $1, $1) RETURNING id",
        clock.now(),
    )
    said = {"given_name": "Alice", "family_name": "Martin", "category": "neighbour"}
    return [code_id, said]


# What each act needs, and how many statements it has at least.
ACTS: dict[str, tuple[Callable[[int], Awaitable[list[Any]]], int]] = {
    "take": (take, 20),
    "undo": (undo, 14),
    "undo_months": (undo_months, 8),
    "bounce": (bounce, 12),
    "give_up": (give_up, 5),
    "open": (open_, 6),
    "close": (close, 10),
    "bank": (bank, 8),
    "remit": (remit, 8),
    "match": (match, 20),
    "turn_back": (turn_back, 10),
    "order_transfer": (order_transfer, 6),
    "spend": (spend, 6),
    "reverse": (reverse, 8),
    "clear": (clear, 8),
    "unclear": (unclear, 7),
    "grant": (grant, 8),
    "merge": (merge, 20),
    "move": (move, 12),
    "split": (split, 20),
    "end": (end, 14),
    "come_back": (come_back, 14),
    "join_again": (join_again, 14),
}


@pytest.mark.parametrize("act", ACTS)
async def test_it_is_done_once_wherever_the_process_was_killed(counter: Mortal, act: str) -> None:
    """REL3, B8, B9, M5, M9: nothing of it or all of it; done again, it is done once."""
    await open_drawer()
    clerk = await add_person("Nadia", "Comptoir")
    prepare, least = ACTS[act]
    assert await counter.at_once(act, clerk, *await prepare(clerk)) >= least
    await agree()


async def pay(clerk: int, household: int, way: PayWay) -> None:
    by = By(Actor.PERSON, clerk)
    await membership.take_dues(by, household, 2, way, None, key=f"before {household}")


async def newest(table: str) -> str:
    found: str = await fetch_value(f"SELECT public_id FROM {table} ORDER BY id DESC LIMIT 1")
    return found


async def line(cents: int) -> str:
    await lines.add_lines(SYSTEM, [Entry(clock.today(), cents, "VIR")], "x")
    return await newest("bank_line")


def wish() -> CostWish:
    return CostWish(
        on=clock.today(),
        label="Papier",
        account=Account.PURCHASES,
        amount_cents=1200,
        key="once",
    )
