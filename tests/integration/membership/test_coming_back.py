"""Who comes back to the club: the days that their household had paid, and nobody else's (M5)."""

import asyncio
from contextvars import Context
from datetime import date, timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership import former, queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.membership.service import Joined
from backend.membership.service.periods import lock_household
from backend.people.errors import PersonMissing
from backend.privacy.erasing import erase
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import paying, send_all
from tests.integration.membership.test_households import ELSEWHERE, a_family, clerk
from tests.paying import events, pay


async def public_id(person_id: int) -> str:
    found: str = await fetch_value("SELECT public_id FROM person WHERE id = $1", person_id)
    return found


async def back(person_id: int) -> Joined:
    return await membership.come_back(await clerk(), await public_id(person_id), ELSEWHERE, None)


async def until(joined: Joined) -> date | None:
    return (await queries.standing(joined.household_id)).paid_until


async def test_the_paid_days_come_back_with_who_comes_back(db: Database) -> None:
    """M5: those still ahead, from the day of the return; they are on record, and told."""
    joined = await add_household(address="alice@example.org")
    paid = (await pay_dues(joined.household_id)).span
    await membership.end_household(await clerk(), joined.household_id)
    with clock.travel(timedelta(days=100)):
        assert await former.days_ahead(joined.person_id) == (paid.end - clock.today()).days + 1
        again = await back(joined.person_id)
        assert await until(again) == paid.end
        assert (await queries.standing(again.household_id)).status is Status.CURRENT
    assert (await queries.standing(joined.household_id)).status is Status.ENDED
    noted = "SELECT count(*) FROM audit_entry WHERE verb = 'days_brought' AND subject_id = $1"
    assert await fetch_value(noted, joined.person_id) == 1
    said = "SELECT count(*) FROM outbox WHERE position('jours déjà payés' IN payload::text) > 0"
    assert await fetch_value(said) == 1


async def test_the_first_of_two_has_the_days_when_both_come_back_at_once(db: Database) -> None:
    """M5: a day is had once, by one household."""
    _, joined, bob, _ = await a_family()
    await membership.end_household(await clerk(), joined.household_id)
    both = await asyncio.gather(back(joined.person_id), back(bob))
    statuses = [(await queries.standing(each.household_id)).status for each in both]
    assert sorted(statuses) == [Status.CURRENT, Status.PROSPECT]
    assert await fetch_value("SELECT count(*) FROM period WHERE carried_from IS NOT NULL") == 1


async def test_who_left_the_others_takes_none_of_their_days(db: Database) -> None:
    """M5: they stay with who stays, and later with who was there to the end."""
    by, joined, bob, _ = await a_family()
    year = await until(joined)
    await membership.leave(by, joined.household_id, bob)
    assert await former.days_ahead(bob) == 0
    assert await until(joined) == year
    with clock.travel(timedelta(days=1)):
        await membership.end_household(by, joined.household_id)
        assert await until(await back(bob)) is None
        assert await until(await back(joined.person_id)) == year


@pytest.mark.parametrize("act", ["leave", "split"])
async def test_who_left_in_the_morning_takes_none_when_the_others_end_that_day(
    db: Database, act: str
) -> None:
    """M5: of one day it counts who was still there at its end, not who comes back first."""
    by, joined, bob, _ = await a_family()
    year = await until(joined)
    if act == "leave":
        await membership.leave(by, joined.household_id, bob)
    else:
        await membership.split(by, joined.household_id, [bob], ELSEWHERE)
    await membership.end_household(by, joined.household_id)
    assert await former.left_behind(bob) == []
    household = await queries.household_by_id(joined.household_id)
    assert [one.given_name for one in household.people if household.was_to_the_end(one)] == [
        "Alice",
        "Chloé",
    ]
    if act == "leave":
        assert await until(await back(bob)) is None
    assert await until(await back(joined.person_id)) == year


async def test_the_last_day_counts_when_older_code_wrote_who_left(db: Database) -> None:
    """M5: it did not say whether others stayed; who left on an earlier day takes none all the same."""
    by, joined, bob, _ = await a_family()
    await membership.leave(by, joined.household_id, bob)
    await fetch("UPDATE household_member SET others_stayed = false")
    with clock.travel(timedelta(days=1)):
        await membership.end_household(by, joined.household_id)
        assert await former.left_behind(bob) == []
        assert await former.left_behind(joined.person_id) == [joined.household_id]


async def test_later_money_goes_where_the_days_went(stripe: Remote) -> None:
    """M5: Bob had the year and left it with Alice; what is paid late goes on after it."""
    by, joined = await clerk(), await add_household(address="alice@example.org")
    bob = await membership.add_adult(by, joined.household_id, "Bob", "Martin")
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await send_all()
    await pay_dues(joined.household_id)
    await membership.end_household(by, joined.household_id)
    first, second = await back(bob), await back(joined.person_id)
    await membership.merge(by, first.household_id, second.household_id)
    alone = await membership.split(by, second.household_id, [bob], ELSEWHERE)
    year = await until(second)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    assert year is not None
    assert await until(alone) is None
    assert (await until(second) or year) > year


async def test_later_money_is_the_first_ones_when_there_were_no_days(stripe: Remote) -> None:
    """M5: as its days would have been."""
    by, joined = await clerk(), await add_household(address="alice@example.org")
    bob = await membership.add_adult(by, joined.household_id, "Bob", "Martin")
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await send_all()
    await membership.end_household(by, joined.household_id)
    first, second = await back(bob), await back(joined.person_id)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    assert await until(second) is None
    assert await until(first) is not None


async def test_days_that_went_on_elsewhere_do_not_come_back(db: Database) -> None:
    """M5: merged, they are the other household's, whoever leaves it."""
    by, joined, other = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(joined.household_id)
    await membership.merge(by, joined.household_id, other.household_id)
    year = await until(other)
    await membership.leave(by, other.household_id, joined.person_id)
    assert await until(await back(joined.person_id)) is None
    assert await until(other) == year


async def test_who_is_erased_while_they_come_back_does_not_come_back(db: Database) -> None:
    """D1, M5: whoever waits for the household reads the person after that; nothing of them is left."""
    joined = await add_household(address="alice@example.org")
    await pay_dues(joined.household_id)
    by, known = await clerk(), await public_id(joined.person_id)
    await membership.end_household(by, joined.household_id)
    async with transaction():
        await lock_household(joined.household_id)
        erasing = asyncio.create_task(
            erase(SYSTEM, joined.person_id, ErasureWay.DESK), context=Context()
        )
        await waiting_for_locks(1, erasing)
        coming = asyncio.create_task(
            membership.come_back(by, known, ELSEWHERE, None), context=Context()
        )
        await waiting_for_locks(2, coming)
    _, came = await asyncio.gather(erasing, coming, return_exceptions=True)
    assert isinstance(came, PersonMissing)
    assert await fetch_value("SELECT count(*) FROM payer WHERE name = 'Alice Martin'") == 0
    assert await fetch_value("SELECT count(*) FROM household_member WHERE left_on IS NULL") == 0


async def waiting_for_locks(many: int, task: asyncio.Task[Any]) -> None:
    """Until so many wait, or it is over without waiting."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    while not task.done() and await fetch_value(waiting) < many:
        await fetch_value("SELECT pg_stat_clear_snapshot()")
        await fetch_value("SELECT pg_sleep(0.02)")


async def test_days_that_came_back_end_with_their_money(stripe: Remote) -> None:
    """B8, M5: they stand on their payment as before."""
    joined, _, session = await paying(stripe, PayWay.ONLINE)
    await membership.end_household(await clerk(), joined.household_id)
    again = await back(joined.person_id)
    assert (await queries.standing(again.household_id)).status is Status.CURRENT
    await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(again.household_id)).status is Status.PROSPECT
