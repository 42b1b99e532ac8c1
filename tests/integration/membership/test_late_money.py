"""Money that comes, or comes back, after its household was merged: its days are where its people live."""

from datetime import date, timedelta

import pytest

from backend.billing import differences
from backend.billing.refunds import Repayment
from backend.billing.rules import DifferenceKind, PayWay
from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import facts, paying, told
from tests.integration.membership.test_households import clerk
from tests.paying import IBAN, events


async def until(joined: Joined) -> date | None:
    return (await queries.standing(joined.household_id)).paid_until


async def join_up(first: Joined, given_name: str = "Zoé") -> Joined:
    """Everybody of the first household lives with somebody else now."""
    other = await add_household(given_name, "Petit")
    await membership.merge(await clerk(), first.household_id, other.household_id)
    return other


@pytest.mark.parametrize("act", ["merge", "move"])
async def test_a_dispute_won_after_a_merge_gives_its_days_to_the_new_household(
    stripe: Remote, act: str
) -> None:
    """B7, M5: what was disputed as they went is theirs again where they live, and once."""
    first, _, session = await paying(stripe, PayWay.ONLINE)
    year = await until(first)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    if act == "merge":
        other = await join_up(first)
    else:
        other = await add_household("Zoé", "Petit")
        homes = (first.household_id, other.household_id)
        await membership.move(await clerk(), first.person_id, *homes)
    assert await until(other) is None
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    for _ in range(2):
        await membership.fulfil(await facts(session))
    assert year is not None
    assert await until(other) == year
    assert await fetch_value("SELECT count(*) FROM period WHERE carried_from IS NOT NULL") == 1
    assert (await queries.standing(first.household_id)).status is Status.ENDED


async def test_won_days_go_on_after_those_the_new_household_has(stripe: Remote) -> None:
    """B7, M5: as many days, after Zoé's own; today is had once."""
    first, _, session = await paying(stripe, PayWay.ONLINE)
    year = await until(first)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    other = await join_up(first)
    own = (await pay_dues(other.household_id, 3)).span.end
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert year is not None
    assert await until(other) == own + (year - clock.today())


async def test_won_days_find_their_people_after_a_second_merge(stripe: Remote) -> None:
    """B7, M5: carried once before the dispute, and disputed as they went on to a third household."""
    first, _, session = await paying(stripe, PayWay.ONLINE)
    year = await until(first)
    second = await join_up(first)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    third = await join_up(second, "Yann")
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert year is not None
    assert await until(third) == year


async def test_a_refund_that_came_back_after_a_merge_gives_its_days_there(stripe: Remote) -> None:
    """B8, M5: the money is the club's again, until the treasurer gives it back another way."""
    first, order, session = await paying(stripe, PayWay.ONLINE)
    year = await until(first)
    refund = await stripe.refund(session)
    await events(stripe)
    other = await join_up(first)
    await stripe.fail_refund(refund["id"])
    await events(stripe)
    assert await until(other) == year
    by = await clerk()
    await membership.repay_dues(by, Repayment(order, 1200, "revenu", PayWay.TRANSFER), key="k")
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT


async def test_a_late_refund_after_a_merge_ends_the_days_there(stripe: Remote) -> None:
    """B8, M5: and nothing of it is left in either household."""
    first, _, session = await paying(stripe, PayWay.ONLINE)
    other = await join_up(first)
    await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT
    assert await fetch_value("SELECT count(*) FROM period WHERE cancelled_at IS NULL") == 0


async def test_the_mail_and_the_receipt_of_late_money_name_the_days_it_bought(
    stripe: Remote,
) -> None:
    """M5, M9: those where its people live now, after the days they have there."""
    first, _, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    with clock.travel(timedelta(days=40)):
        other = await join_up(first)
        own = (await pay_dues(other.household_id, 3)).span.end
        await fetch("DELETE FROM message")
        await stripe.end_debit(session, "settled")
        await events(stripe)
        last = await until(other)
        label = await fetch_value(
            "SELECT printed ->> 'label' FROM receipt ORDER BY id DESC LIMIT 1"
        )
    assert last is not None
    days = [formats.day(own + timedelta(days=1)), formats.day(last)]
    assert label.endswith(f", du {days[0]} au {days[1]}")
    said = await fetch_value(
        "SELECT payload::text FROM outbox WHERE payload::text LIKE '%%dues.paid%%' ORDER BY id DESC"
        " LIMIT 1"
    )
    assert all(day in said for day in days)


@pytest.mark.parametrize("outcome", ["settled", "failed"])
async def test_a_debit_that_answers_after_a_merge_is_the_new_households(
    stripe: Remote, outcome: str
) -> None:
    """B6, M5: waited for in vain, they merged; what comes late is theirs, what fails is told to them."""
    first, _, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    with clock.travel(timedelta(days=40)):
        other = await join_up(first)
        await stripe.end_debit(session, outcome)
        await events(stripe)
        standing = await queries.standing(other.household_id)
        expected = Status.CURRENT if outcome == "settled" else Status.PROSPECT
        assert standing.status is expected
    assert await told("dues.failed") == (outcome == "failed")
    assert await told("dues.paid") == (outcome == "settled")
    assert await differences.waiting() == []


async def test_money_for_people_who_left_the_club_is_the_treasurers(stripe: Remote) -> None:
    """REL8: where nobody lives anywhere, the difference says so, as before."""
    first, _, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    with clock.travel(timedelta(days=40)):
        await membership.end_household(await clerk(), first.household_id)
        await stripe.end_debit(session, "settled")
        await events(stripe)
    assert [each.kind for each in await differences.waiting()] == [DifferenceKind.ENDED]
