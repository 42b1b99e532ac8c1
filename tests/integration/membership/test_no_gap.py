"""Days that are paid begin today, whatever was taken away or came back before them (M1)."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.billing.gateway import Facts, Movement
from backend.billing.rules import PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.membership.service.periods import give_up_debits
from tests.conftest import Database
from tests.factories import add_household, pay_dues

THREAD = "pi_1"


async def order_year(household_id: int) -> str:
    ordered = await membership.order_dues(
        household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    return ordered.public_id


async def hear(order: str, *kinds: PaymentKind) -> None:
    """What Stripe says of the whole amount: one movement of each kind."""
    cents = await fetch_value("SELECT amount_cents FROM pay_order WHERE public_id = $1", order)
    moved = (
        Movement(kind=kind, amount_cents=cents, at=clock.now(), external_id=f"{THREAD}{again}")
        for kind, again in zip(kinds, ["", "", "", "b", "b"], strict=False)
    )
    await membership.fulfil(Facts(order=order, thread=THREAD, movements=tuple(moved)))


async def test_days_that_come_back_begin_today_when_those_before_them_are_gone(db: Database):
    """M1, B7: a month and then a year; the year is disputed, the month undone, the dispute won."""
    home = (await add_household()).household_id
    await pay_dues(home, 1)
    month = await fetch_value("SELECT public_id FROM pay_order")
    year = await order_year(home)
    await hear(year, PaymentKind.PAYMENT)
    days = await fetch_value("SELECT max(upper(during) - lower(during)) FROM period")
    await hear(year, PaymentKind.PAYMENT, PaymentKind.DISPUTE)
    await membership.undo_dues(SYSTEM, home, month, None, "Erreur")
    await hear(year, PaymentKind.PAYMENT, PaymentKind.DISPUTE, PaymentKind.REINSTATED)
    standing = await queries.standing(home)
    assert standing.status is Status.CURRENT
    assert standing.paid_until == clock.today() + timedelta(days=days - 1)


async def test_paid_days_begin_today_when_a_debit_before_them_never_ended(db: Database):
    """M1, B6: a month in cash went after a debit's year; the next one finds both where they belong."""
    home = (await add_household()).household_id
    year = await order_year(home)
    await membership.fulfil(
        Facts(
            order=year,
            thread=THREAD,
            pending=True,
            pending_since=clock.now(),
            pending_amount_cents=6000,
        )
    )
    await pay_dues_anyway(home, "one")
    with clock.travel(timedelta(days=31)):
        await pay_dues_anyway(home, "two")
        assert (await queries.standing(home)).status is Status.CURRENT
        until = (await queries.standing(home)).paid_until
        assert until is not None
        assert until < clock.today() + timedelta(days=65)


async def test_paid_days_begin_by_night_when_a_debit_before_them_never_ended(db: Database):
    """M1, B6: nobody pays a second time; the first night after the debit's patience is enough."""
    home = (await add_household()).household_id
    await membership.fulfil(
        Facts(
            order=await order_year(home),
            thread=THREAD,
            pending=True,
            pending_since=clock.now(),
            pending_amount_cents=6000,
        )
    )
    await pay_dues_anyway(home, "one")
    await give_up_debits()
    over = "SELECT count(*) FROM period WHERE cancelled_at IS NOT NULL"
    assert await fetch_value(over) == 0
    last = await fetch_value("SELECT max(provisional_until) FROM period")
    with clock.travel(last - clock.today()):
        await give_up_debits()
        assert await fetch_value(over) == 0
    with clock.travel(timedelta(days=31)):
        for _ in range(2):
            await give_up_debits()
        standing = await queries.standing(home)
        assert standing.status is Status.CURRENT
        assert standing.paid_until is not None
        assert standing.paid_until < clock.today() + timedelta(days=32)


@pytest.mark.parametrize(("late", "given_up"), [(0, 0), (1, 1)])
async def test_a_debit_has_its_last_day_when_something_else_is_paid_on_it(
    db: Database, late: int, given_up: int
):
    """B6: until then it may arrive; the day after, what is paid begins in its place."""
    home = (await add_household()).household_id
    await membership.fulfil(
        Facts(
            order=await order_year(home),
            thread=THREAD,
            pending=True,
            pending_since=clock.now(),
            pending_amount_cents=6000,
        )
    )
    last = await fetch_value("SELECT max(provisional_until) FROM period")
    with clock.travel(last - clock.today() + timedelta(days=late)):
        await pay_dues_anyway(home, "one")
    over = "SELECT count(*) FROM period WHERE cancelled_at IS NOT NULL"
    assert await fetch_value(over) == given_up


async def pay_dues_anyway(household_id: int, key: str) -> None:
    await membership.take_dues(
        SYSTEM, household_id, 1, PayWay.CHEQUE, None, key=key, confirmed=True
    )


async def test_days_come_back_once_more_when_they_were_given_anew_before(db: Database):
    """B5, B8: refunded, three months paid meanwhile, come back; then all of it once more."""
    home = (await add_household()).household_id
    year = await order_year(home)
    said = [PaymentKind.PAYMENT, PaymentKind.REFUND]
    await hear(year, *said[:1])
    await hear(year, *said)
    await pay_dues(home, 3)
    said.append(PaymentKind.RETURNED)
    await hear(year, *said)
    months = await fetch_value("SELECT public_id FROM pay_order WHERE way = 'cash'")
    await membership.undo_dues(SYSTEM, home, months, None, "Erreur")
    said.append(PaymentKind.REFUND)
    await hear(year, *said)
    assert (await queries.standing(home)).status is Status.PROSPECT
    said.append(PaymentKind.RETURNED)
    for _ in range(2):
        await hear(year, *said)
    assert (await queries.standing(home)).status is Status.CURRENT
    assert await fetch_value("SELECT count(*) FROM period WHERE cancelled_at IS NULL") == 1
