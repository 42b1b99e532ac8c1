"""Money of a household that ends: none is asked for any more, and what comes all the same is shown."""

from datetime import timedelta

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import differences, lines
from backend.billing import queries as billing
from backend.billing.errors import OrderNotByTransfer
from backend.billing.rules import DifferenceKind, OrderState, PayWay
from backend.billing.statements import Entry
from backend.kit import clock, formats
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import AlreadyMonthly, DebitUnderWay, HouseholdEnded
from backend.membership.rules import Status
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import paying, send_all
from tests.integration.membership.test_households import clerk
from tests.paying import IBAN, events, pay


async def test_a_household_does_not_end_while_its_debit_runs(stripe: Remote) -> None:
    """M5, B6: its days would begin where nobody lives."""
    joined, _, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    other = await add_household("Bob", "Petit")
    with pytest.raises(DebitUnderWay):
        await membership.merge(SYSTEM, joined.household_id, other.household_id)
    with pytest.raises(DebitUnderWay):
        await membership.end_household(SYSTEM, joined.household_id)
    await stripe.end_debit(session, "settled")
    await events(stripe)
    await membership.merge(SYSTEM, joined.household_id, other.household_id)


async def test_what_was_ordered_and_not_paid_ends_with_its_household(
    stripe: Remote, db: Database
) -> None:
    """M5, B10: the page closes, the transfer is not waited for."""
    joined = await add_household("Alice", "Martin", address="alice@example.org")
    transfer = await membership.order_transfer(SYSTEM, joined.household_id, 12)
    await membership.end_household(SYSTEM, joined.household_id)
    assert (await billing.get_order(transfer.public_id)).state() is OrderState.CANCELLED
    await lines.add_lines(SYSTEM, [Entry(clock.today(), transfer.amount_cents, "VIR")], "x")
    [line] = await lines.waiting()
    with pytest.raises(OrderNotByTransfer):
        await membership.match_transfer(SYSTEM, line.public_id, transfer.public_id)


@pytest.mark.parametrize("act", ["merge", "move"])
async def test_a_transfer_on_its_way_is_matched_when_its_household_was_merged(
    db: Database, act: str
) -> None:
    """M5, B10: found by its reference, it buys days where its people live now; its receipt says which."""
    one, two = await add_household("Alice", "Martin"), await add_household("Zoé", "Petit")
    own = (await pay_dues(two.household_id, 3)).span.end
    order = await membership.order_transfer(SYSTEM, one.household_id, 12)
    label = f"VIR {await billing.reference_of(order)}"
    if act == "merge":
        await membership.merge(SYSTEM, one.household_id, two.household_id)
    else:
        homes = (one.household_id, two.household_id)
        await membership.move(SYSTEM, one.person_id, *homes)
    await lines.add_lines(SYSTEM, [Entry(clock.today(), order.amount_cents, label)], "x")
    [line] = await lines.waiting()
    assert [each.order for each in await lines.candidates(line)] == [order.public_id]
    await membership.match_transfer(SYSTEM, line.public_id, order.public_id)
    until = (await queries.standing(two.household_id)).paid_until
    assert until is not None
    assert until > own
    printed = await fetch_value("SELECT printed::text FROM receipt ORDER BY id DESC LIMIT 1")
    assert formats.day(own + timedelta(days=1)) in printed
    assert formats.day(until) in printed


async def test_a_transfer_is_not_matched_when_nobody_is_left_who_has_its_days(
    db: Database,
) -> None:
    """M5, B10: merged, and then all of them left the club: the line is given back."""
    one, two = await add_household("Alice", "Martin"), await add_household("Zoé", "Petit")
    order = await membership.order_transfer(SYSTEM, one.household_id, 12)
    await membership.merge(SYSTEM, one.household_id, two.household_id)
    await membership.end_household(SYSTEM, two.household_id)
    await lines.add_lines(SYSTEM, [Entry(clock.today(), order.amount_cents, "VIR")], "x")
    [line] = await lines.waiting()
    with pytest.raises(HouseholdEnded):
        await membership.match_transfer(SYSTEM, line.public_id, order.public_id)


async def test_late_money_goes_where_the_last_of_them_went(stripe: Remote) -> None:
    """M5: of one day, Alice moved in the morning; the household was merged in the afternoon."""
    by, one = await clerk(), await add_household("Alice", "Martin", address="alice@example.org")
    bob = await membership.add_adult(by, one.household_id, "Bob", "Martin")
    nine, two = await add_household("Nina", "Neuf"), await add_household("Zoé", "Petit")
    ordered = await membership.order_dues(
        one.household_id, PayWay.ONLINE, By(Actor.PERSON, bob), done_path="/", back_path="/"
    )
    await send_all()
    await membership.move(by, one.person_id, one.household_id, nine.household_id)
    await membership.merge(by, one.household_id, two.household_id)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    assert (await queries.standing(nine.household_id)).status is Status.PROSPECT
    assert (await queries.standing(two.household_id)).status is Status.CURRENT


@pytest.mark.parametrize("kind", ["monthly", "debit"])
async def test_a_transfer_is_not_ordered_by_oneself_when_another_payment_runs(
    stripe: Remote, kind: str
) -> None:
    """B1: as online: nobody pays twice for the same days."""
    monthly = kind == "monthly"
    said = {} if monthly else {"iban": IBAN}
    joined, _, _ = await paying(stripe, PayWay.MONTHLY if monthly else PayWay.ONLINE, **said)
    with pytest.raises(AlreadyMonthly if monthly else DebitUnderWay):
        await membership.order_transfer(SYSTEM, joined.household_id, 12, by_oneself=True)


async def test_money_that_comes_after_the_end_is_shown_to_the_treasurer(stripe: Remote) -> None:
    """M5, B5: pressed at the last moment on a page that was closing."""
    joined = await add_household("Alice", "Martin", address="alice@example.org")
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await send_all()
    await membership.end_household(SYSTEM, joined.household_id)
    await pay(stripe, ordered.public_id)
    await send_all()
    for _ in range(2):
        await events(stripe)
    [found] = await differences.waiting()
    assert (found.kind, found.difference_cents) == (DifferenceKind.ENDED, 6000)
    assert found.order == ordered.public_id
