"""A deposit that was asked and not answered is none; an answer that comes too late is let go (L34)."""

import pytest

from backend.audit.service import By
from backend.billing import jobs
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import queries as loans
from backend.lending import service as lend
from backend.lending.owing_errors import DepositEnded, DepositMissing
from backend.lending.queries import deposits as found
from backend.lending.rules import DepositMode, DepositWay
from backend.lending.service import cards, deposits
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from tests.integration.lending.test_deposits import (
    BROKEN,
    FRIDAY,
    TUESDAY,
    booked,
    damage,
    intent_of,
    nadia,
    only,
    send,
    thing,
    with_card,
)
from tests.integration.lending.test_owing import owed
from tests.lending import Shelf, day, mine, staff, want
from tests.paying import events, pay

__all__ = ["nadia"]


async def asked(member: Member, line: int) -> str:
    """Stripe's page for the deposit stands open, and nobody has said yes."""
    ordered = await cards.order_hold(
        member.household_id, line, mine(member).by, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    return ordered.public_id


async def open_now(member: Member) -> list[tuple[DepositWay, int]]:
    mine_ = await found.of_household(member.household_id)
    return [(one.way, one.held_cents) for one in mine_]


async def test_page_without_an_answer_lets_nothing_go_out(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: without a card that was left, the thing stays here."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    with clock.frozen(TUESDAY):
        await asked(alice, line)
        with pytest.raises(DepositMissing):
            await lend.hand_over(staff(), line)


@pytest.mark.parametrize("way", [DepositWay.HOLD, DepositWay.CARD])
async def test_card_that_was_left_stands_in_for_a_page_without_an_answer(
    way: DepositWay, stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34, L35: held by the club itself for a short loan, else charged for what is owed."""
    lent = await thing(shelf, DepositMode.AUTHORISATION, longest_length=20)
    line = await booked(alice, lent, TUESDAY, FRIDAY)
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await asked(alice, line)
        if way is DepositWay.CARD:
            await lend.change(mine(alice), line, want(lent, TUESDAY, day("2026-12-01")).period)
        await lend.hand_over(staff(), line)
        await send()
        await events(stripe)
        assert await open_now(alice) == [(way, 3000)]
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        await deposits.keep(nadia, (await only(line)).public_id, key="k")
        await send()
        await events(stripe)
        assert (await owed(alice)).due_cents == 0


async def test_money_on_its_way_is_not_asked_for_again(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: handed over, undone and handed over again before Stripe has answered, it is one hold."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.undo(staff(), line)
        await lend.hand_over(staff(), line)
        await send()
        await events(stripe)
        assert await open_now(alice) == [(DepositWay.HOLD, 3000)]
    assert await fetch_value("SELECT count(*) FROM pay_order WHERE kind = 'hold'") == 1


async def test_hold_that_was_refused_is_asked_for_again(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: nothing is held by a card that said no; the next hand-over asks once more."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    await with_card(stripe, alice)
    await stripe.mishaps(off_session="declined")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await send()
        await events(stripe)
        await lend.undo(staff(), line)
        await stripe.mishaps(off_session="paid")
        await lend.hand_over(staff(), line)
        await send()
        await events(stripe)
        assert await open_now(alice) == [(DepositWay.HOLD, 3000)]


async def test_money_held_too_late_is_let_go(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: its owner said yes while the booking was given up; nothing stays held on the card."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    with clock.frozen(TUESDAY):
        order = await asked(alice, line)
        await pay(stripe, order)
        await lend.cancel(mine(alice), (await loans.get_line(line)).booking)
        await events(stripe)
        await send()
        assert (await stripe.get(await intent_of(order)))["status"] == "canceled"
        await events(stripe)
        assert await open_now(alice) == []
    assert await fetch_value("SELECT count(*) FROM lending_entry") == 0


async def test_hold_that_is_being_taken_is_not_let_go(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34, L12: one clerk keeps it, the next gives it back before Stripe has answered; it is kept."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await send()
        await events(stripe)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        held = (await only(line)).public_id
        await deposits.keep(nadia, held, key="k")
        with pytest.raises(DepositEnded):
            await deposits.release(nadia, held, None, key="r")
        await send()
        await events(stripe)
        assert (await owed(alice)).due_cents == 0


async def test_card_is_let_go_when_the_rules_ask_for_none_any_more(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: what was held under the old rules is free at the return all the same."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await fetch("UPDATE lending_policy SET deposit_mode = 'none'")
        await lend.take_back(staff(), line)
    assert await open_now(alice) == []
