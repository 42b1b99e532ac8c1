"""Money of Stripe that the treasurer gives back by bank transfer or in cash (B8, B9, B10)."""

import asyncio
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM, By
from backend.billing import books, differences, drawers, jobs, lines, receipts, refunds
from backend.billing import queries as billing
from backend.billing.errors import (
    DrawerNotOpen,
    DrawerTooEmpty,
    OrderUnknown,
    PaymentUnknown,
    RefundTooLarge,
)
from backend.billing.refunds import Repayment
from backend.billing.rules import OrderState, PaymentKind, PayWay
from backend.billing.statements import Entry
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from backend.kit.keys import IdempotencyMismatch
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import NotPaidOnline
from backend.membership.rules import Status
from backend.sandbox.stripe.remote import Remote
from tests import sign_in
from tests.factories import add_household, add_person, add_role, open_drawer, pay_dues
from tests.integration.billing.test_misfortunes import facts, paying
from tests.integration.membership.test_households import clerk
from tests.paying import events

BOOKED = "SELECT count(*) FROM payment WHERE kind = 'refund'"
MOVED = (
    "SELECT string_agg(l.account || ' ' || l.debit_cents - l.credit_cents, ', ' ORDER BY l.id)"
    " FROM journal_line l JOIN journal_entry e ON e.id = l.entry JOIN payment p ON p.id = e.payment"
    " WHERE p.kind = 'refund'"
)


async def repay(by: By, order: str, cents: int, way: PayWay, key: str = "k") -> str:
    return await membership.repay_dues(by, Repayment(order, cents, "revenu", way), key=key)


async def standing_of(household_id: int) -> Status:
    return (await queries.standing(household_id)).status


async def test_a_refund_that_came_back_is_paid_by_transfer(stripe: Remote):
    """B8, M9: from 512, once however often it is sent, with its credit note; its days end."""
    joined, order, session = await paying(stripe, PayWay.ONLINE)
    refund = await stripe.refund(session)
    await stripe.fail_refund(refund["id"])
    await events(stripe)
    by = await clerk()
    before = await fetch_value(BOOKED)
    said = await asyncio.gather(*(repay(by, order, 1200, PayWay.TRANSFER) for _ in range(3)))
    assert len(set(said)) == 1
    assert await fetch_value(BOOKED) == before + 1
    assert (await fetch_value(MOVED)).endswith("756 1200, 512 -1200")
    assert await standing_of(joined.household_id) is Status.PROSPECT
    assert (await billing.get_order(order)).state() is OrderState.REFUNDED
    printed = "SELECT printed ->> 'way' FROM receipt WHERE printed ->> 'number' = $1"
    assert "Rendu par virement" in await fetch_value(printed, said[0])
    # Stripe still says that it has the money: read again, the days do not come back.
    await membership.fulfil(await facts(session))
    assert await standing_of(joined.household_id) is Status.PROSPECT
    with pytest.raises(IdempotencyMismatch):
        await repay(by, order, 100, PayWay.TRANSFER)


async def test_each_movement_has_its_paper_when_a_refund_came_back_and_was_repaid(
    stripe: Remote,
) -> None:
    """M9, B10: four papers of their own numbers, which add up to what is left: nothing."""
    joined, order, session = await paying(stripe, PayWay.ONLINE)
    refund = await stripe.refund(session)
    await events(stripe)
    await stripe.fail_refund(refund["id"])
    for _ in range(2):
        await events(stripe)
    await repay(await clerk(), order, 1200, PayWay.TRANSFER)
    year, today = clock.today().year, clock.today()
    sold = await books.sales(today, today)
    assert [(one.receipt, one.amount_cents) for one in sold] == [
        (f"C-{year}-00001", 1200),
        (f"AC-{year}-00001", -1200),
        (f"C-{year}-00002", 1200),
        (f"AC-{year}-00002", -1200),
    ]
    payer_id = (await queries.household_by_id(joined.household_id)).payer_id
    papers = await billing.receipts_of(payer_id)
    assert sum(-one.amount_cents if one.credit else one.amount_cents for one in papers) == 0
    [taken_back] = [one for one in papers if one.kind is PaymentKind.RETURNED]
    assert f"Annule l'avoir AC-{year}-00001" in taken_back.printed["way"]
    assert (await receipts.render(taken_back)).startswith(b"%PDF-")
    assert all(gap.whole for gap in await books.gaps())


async def test_a_part_keeps_the_days_and_never_more_than_is_left_goes_back(stripe: Remote):
    """B8: what was asked of Stripe is no longer there to be given; what Stripe and the club gave
    back together ends the days, whoever was last.
    """
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    by = await clerk()
    await repay(by, order, 500, PayWay.TRANSFER)
    assert await standing_of(joined.household_id) is Status.CURRENT
    with pytest.raises(RefundTooLarge):
        await repay(by, order, 701, PayWay.TRANSFER, "l")
    rows = await membership.refund_dues(by, order, 700, "le reste", key="m")
    with pytest.raises(PaymentUnknown):
        await repay(by, order, 1, PayWay.TRANSFER, "n")
    await jobs.hurry(rows[0])
    await events(stripe)
    assert await standing_of(joined.household_id) is Status.PROSPECT
    assert (await billing.get_order(order)).left_cents == 0


async def test_two_at_once_never_give_back_more_than_is_left(stripe: Remote):
    """B8: each press with a key of its own: the order's row decides."""
    _, order, _ = await paying(stripe, PayWay.ONLINE)
    by = await clerk()
    outcomes = await asyncio.gather(
        *(repay(by, order, 1200, PayWay.TRANSFER, str(n)) for n in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, str) for each in outcomes) == 1
    assert all(isinstance(each, str | DomainError) for each in outcomes), outcomes
    assert (await billing.get_order(order)).left_cents == 0


async def test_cash_comes_out_of_an_open_drawer_that_holds_it(stripe: Remote):
    """B9: the next count expects so much less; without a drawer nobody hands out cash."""
    _, order, _ = await paying(stripe, PayWay.ONLINE)
    by = await clerk()
    with pytest.raises(DrawerNotOpen):
        await repay(by, order, 1200, PayWay.CASH)
    await open_drawer(float_cents=1000)
    with pytest.raises(DrawerTooEmpty):
        await repay(by, order, 1200, PayWay.CASH)
    await repay(by, order, 1000, PayWay.CASH)
    drawer = await drawers.find_open(None)
    assert drawer is not None
    assert (drawer.given_cents, drawer.expected_cents) == (1000, 0)
    assert await fetch_value(MOVED) == "756 1000, 530 -1000"


async def test_books_and_papers_agree_when_money_went_back_beside_stripe(stripe: Remote):
    """B10: the line of the bank is matched with its entry; every balance is even, and parts are whole."""
    _, order, _ = await paying(stripe, PayWay.ONLINE)
    by, today = await clerk(), clock.today()
    await repay(by, order, 1200, PayWay.TRANSFER)
    await lines.add_lines(by, [Entry(today, -1200, "VIR SEPA MARTIN", "")], "releve.csv")
    [line] = await lines.waiting()
    [found] = await lines.candidates(line)
    assert found.entry is not None
    await lines.match_entry(by, line.public_id, found.entry)
    told = await books.reconciliation(today, today)
    assert told.whole
    assert [each for each in told.balances if each.difference_cents] == []
    assert sum(each.amount_cents for each in await books.sales(today, today)) == 0


async def test_a_dispute_that_is_won_after_the_money_went_back_gives_no_days(stripe: Remote):
    """B7, B8: the family has its money twice from the bank, never days with it."""
    joined, order, session = await paying(stripe, PayWay.ONLINE)
    await repay(await clerk(), order, 1200, PayWay.TRANSFER)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert await standing_of(joined.household_id) is Status.PROSPECT


async def test_money_of_the_counter_goes_back_over_the_counter(stripe: Remote):
    """B8: this act is for money of Stripe; an order that is none of dues is unknown to it."""
    joined = await add_household()
    await pay_dues(joined.household_id, 1)
    order = await fetch_value("SELECT public_id FROM pay_order")
    with pytest.raises(NotPaidOnline):
        await repay(SYSTEM, order, 100, PayWay.TRANSFER)
    with pytest.raises(OrderUnknown):
        await repay(SYSTEM, "nothing", 100, PayWay.TRANSFER)


async def test_pages_book_what_was_given_back_otherwise(
    client: httpx.AsyncClient, settings: Any, stripe: Remote
):
    """B8, D3: from the difference to the form; both pages then show who gave back what, and how."""
    joined, order, session = await paying(stripe, PayWay.ONLINE)
    await stripe.open_dispute(session)
    for row in await membership.withdraw(SYSTEM, joined.household_id, order):
        await jobs.hurry(row)
    [found] = await differences.waiting()
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager, sudo=True)
    shown = (await client.get(f"/gestion/ecarts/{found.public_id}")).text
    path = f"/gestion/remboursements/{order}"
    assert f"{path}?comment=transfer" in shown
    await open_drawer(float_cents=2000)
    form = (await client.get(f"{path}?comment=transfer")).text
    assert 'value="transfer" checked' in form
    [drawer] = await drawers.opened()
    sent = {"amount": "2", "reason": "au guichet", "key": "a", "how": drawer.public_id}
    assert (await sign_in.post(client, settings, path, sent)).status_code == 303
    closed = await sign_in.post(client, settings, path, {**sent, "key": "b", "how": "nothing"})
    assert closed.status_code == 409
    sent = {"amount": "10", "reason": "virement du 3", "key": "c", "how": "transfer"}
    assert (await sign_in.post(client, settings, path, sent)).status_code == 303
    for page in (path, f"/gestion/ecarts/{found.public_id}"):
        told = (await client.get(page)).text
        assert "En espèces" in told
        assert "Hélène Vasseur · virement du 3" in told
    assert [each.amount_cents for each in await refunds.given_back(order)] == [200, 1000]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'dues_repaid'") == 2
