"""SIGKILL before every other statement of what the counter and the treasurer do: all of it or nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import cheques, costs, drawers, lines
from backend.billing.costs import CostWish
from backend.billing.gateway import Facts
from backend.billing.rules import Account, PayWay
from backend.billing.statements import Entry
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


# What each act needs, and how many statements it has at least.
ACTS: dict[str, tuple[Callable[[int], Awaitable[list[Any]]], int]] = {
    "take": (take, 20),
    "undo": (undo, 14),
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
    "grant": (grant, 8),
    "merge": (merge, 20),
    "move": (move, 12),
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
