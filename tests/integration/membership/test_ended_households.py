"""Money of a household that ends: none is asked for any more, and what comes all the same is shown."""

import pytest

from backend.audit.service import SYSTEM
from backend.billing import differences, lines
from backend.billing import queries as billing
from backend.billing.errors import OrderNotByTransfer
from backend.billing.rules import DifferenceKind, OrderState, PayWay
from backend.billing.statements import Entry
from backend.kit import clock
from backend.membership import service as membership
from backend.membership.errors import DebitUnderWay
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household
from tests.integration.billing.test_misfortunes import paying, send_all
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
