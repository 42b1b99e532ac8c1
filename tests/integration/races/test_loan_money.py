"""Two clerks at once: money of a loan is taken, given back, decided and held a single time."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from backend.lending import service as lend
from backend.lending.errors import MoveRefused
from backend.lending.owing_errors import NothingOwed
from backend.lending.queries import debts
from backend.lending.rules import DepositMode, DepositWay, Outcome, Period, TicketKind
from backend.lending.service import damages, deposits, paying
from backend.lending.service.blackouts import Blackout, black_out
from backend.lending.values import Back
from tests import factories, lending
from tests.conftest import Database
from tests.factories import add_person, open_drawer
from tests.integration.lending.conftest import NOW
from tests.lending import day, mine, staff, want, whom
from tests.property.year.wrong import wrong

pytestmark = pytest.mark.races
Clerk = Callable[[By, str], Awaitable[Any]]
BROKEN = Back(outcome=Outcome.DAMAGED, note="Cassé")


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


async def a_debt(cents: int) -> tuple[int, str]:
    """The household and its debt, for a thing that came back broken."""
    shelf, alice = await lending.add_shelf(), await factories.add_member("Alice")
    given = await lend.lend_now(staff(), whom(alice), (await shelf.resource()).code)
    await lend.take_back(staff(), given.line, BROKEN)
    debt = await damages.charge_damage(staff().by, given.line, cents, "Cassé", key="before")
    return alice.household_id, debt


async def paid() -> Clerk:
    home, _ = await a_debt(900)
    return lambda by, key: paying.take_payment(by, home, 900, PayWay.CASH, None, key=key)


async def given_back() -> Clerk:
    home, debt = await a_debt(900)
    by = staff().by
    await paying.take_payment(by, home, 900, PayWay.CASH, None, key="before")
    await damages.waive(by, debt, 900, "Geste", key="before")
    return lambda by, key: paying.give_back(by, home, 900, PayWay.CASH, None, key=key)


async def agreed() -> Clerk:
    _, debt = await a_debt(8000)
    return lambda by, _: damages.agree(by, debt)


async def answered() -> Clerk:
    home, debt = await a_debt(900)
    await damages.contest(staff().by, home, debt, "Déjà cassé")
    return lambda by, _: damages.answer(by, debt, "Vous avez raison.", accepted=True)


async def waived() -> Clerk:
    _, debt = await a_debt(900)
    return lambda by, key: damages.waive(by, debt, 900, "Geste", key=key)


async def a_line() -> int:
    shelf, alice = await lending.add_shelf(), await factories.add_member("Alice")
    pledge = {"deposit_mode": DepositMode.CASH_NOTE, "deposit_cents": 3000}
    lent = await shelf.resource(**pledge)
    return (await lend.book(mine(alice), whom(alice), [want(lent, day("2026-11-24"))])).lines[0]


async def held() -> Clerk:
    line = await a_line()
    return lambda by, key: deposits.take(by, line, DepositWay.CASH, None, key=key)


async def let_go() -> Clerk:
    taken = await deposits.take(staff().by, await a_line(), DepositWay.CASH, None, key="before")
    return lambda by, key: deposits.release(by, taken.deposit, None, key=key)


async def kept() -> Clerk:
    line = await a_line()
    taken = await deposits.take(staff().by, line, DepositWay.CASH, None, key="before")
    await lend.hand_over(staff(), line)
    await lend.take_back(staff(), line, BROKEN)
    await damages.charge_damage(staff().by, line, 900, "Cassé", key="before")
    return lambda by, key: deposits.keep(by, taken.deposit, key=key)


async def test_who_pays_while_the_club_ends_the_booking_has_it_owed_back(db: Database) -> None:
    """L12, L32, L35: five households pay at the counter and one gives up, as a clerk blocks it all."""
    await open_drawer(float_cents=10_000)
    shelf = await lending.add_shelf()
    members = [await factories.add_member(f"Alice{n}") for n in range(6)]
    lent = await shelf.resource(copies=6, price_cents=300)
    tuesday = want(lent, day("2026-11-24"))
    made = [(await lend.book(mine(one), whom(one), [tuesday])).booking for one in members]
    week = Period(day("2026-11-23"), day("2026-11-30"))
    wish = Blackout(resource=lent.id, kind=TicketKind.BLACKOUT, note="Travaux", period=week)

    async def pay(number: int) -> int:
        home, key = members[number].household_id, f"k{number}"
        try:
            await paying.take_payment(staff().by, home, 300, PayWay.CASH, None, key=key)
        except NothingOwed:
            return 0
        return 300

    async def give_up() -> int:
        with contextlib.suppress(MoveRefused):
            await lend.cancel(mine(members[5]), made[5])
        return 0

    *paid, _ = await asyncio.gather(
        *(pay(number) for number in range(5)), give_up(), black_out(staff(), wish)
    )
    owed = [await debts.owed_by(one.household_id) for one in members]
    assert [(one.due_cents, one.credit_cents) for one in owed] == [(0, cents) for cents in paid]
    assert await wrong() == []


@pytest.mark.parametrize(
    "prepare",
    [paid, given_back, agreed, answered, waived, held, let_go, kept],
    ids=lambda f: f.__name__,
)
async def test_it_is_done_once_when_six_clerks_do_it_at_once(
    db: Database, prepare: Callable[[], Awaitable[Clerk]]
) -> None:
    """L12, L34, L35, B8: one does it, the others are refused with its reason; the books agree."""
    await open_drawer(float_cents=10_000)
    act = await prepare()
    clerks = [By(Actor.PERSON, await add_person(f"N{n}", "Comptoir")) for n in range(6)]
    before = await fetch_value("SELECT count(*) FROM lending_entry")

    async def attempt(number: int) -> bool:
        try:
            await act(clerks[number], f"k{number}")
        except DomainError:
            return False
        return True

    done = await asyncio.gather(*(attempt(number) for number in range(6)))
    assert done.count(True) == 1
    assert await fetch_value("SELECT count(*) FROM lending_entry") == before + 1
    assert await wrong() == []
