"""Dues that are taken back while others, paid later, stand."""

from datetime import timedelta

import pytest

from backend.billing import cheques
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import paying
from tests.integration.membership.test_households import clerk
from tests.paying import events

FIRST = "SELECT public_id FROM pay_order ORDER BY id LIMIT 1"


async def test_who_paid_twice_is_a_member_today_when_the_first_is_undone(db: Database) -> None:
    """M1, B8: the days of the second begin where those of the first are gone, as many of them."""
    joined = await add_household()
    await pay_dues(joined.household_id, 3)
    once = (await queries.standing(joined.household_id)).paid_until
    second = (await pay_dues(joined.household_id, 3)).span
    by, order = await clerk(), await fetch_value(FIRST)
    await membership.undo_dues(by, joined.household_id, order, None, "payé deux fois")
    standing = await queries.standing(joined.household_id)
    assert standing.status is Status.CURRENT
    assert standing.paid_until == clock.today() + (second.end - second.start)
    assert once is not None
    assert abs(standing.paid_until - once) <= timedelta(days=3)  # months are not all as long


async def test_days_that_run_stay_where_they_are_when_later_ones_are_undone(db: Database) -> None:
    """M1: nothing moves that nothing was taken from."""
    joined = await add_household()
    first = (await pay_dues(joined.household_id, 3)).span
    await pay_dues(joined.household_id, 3)
    by = await clerk()
    order = await fetch_value(FIRST.replace("ORDER BY id", "ORDER BY id DESC"))
    await membership.undo_dues(by, joined.household_id, order, None, "payé deux fois")
    assert (await queries.standing(joined.household_id)).paid_until == first.end


@pytest.mark.parametrize(
    ("at_the_bank", "words"), [(False, "Chèque rendu le"), (True, "Montant du chèque rendu le")]
)
async def test_a_credit_note_says_what_was_given_back(
    db: Database, at_the_bank: bool, words: str
) -> None:
    """M9: a cheque that the bank has cashed is no longer there to be handed back."""
    joined, by = await add_household(), await clerk()
    await membership.take_dues(by, joined.household_id, 12, PayWay.CHEQUE, None, key="k")
    if at_the_bank:
        await cheques.deposit(by, [each.payment for each in await cheques.waiting()])
    await membership.undo_dues(by, joined.household_id, await fetch_value(FIRST), None, "erreur")
    way = await fetch_value("SELECT printed ->> 'way' FROM receipt WHERE series = 'AC'")
    assert way.startswith(words)


async def test_who_renewed_is_a_member_today_when_an_older_payment_goes_back(
    stripe: Remote,
) -> None:
    """M1, B8: a refund of the year that runs leaves the one that was paid after it."""
    joined, _, session = await paying(stripe, PayWay.ONLINE)
    await pay_dues(joined.household_id, 1)
    await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
