"""Deposits by mode: notes and cheques at the counter, cards and holds at Stripe (L34)."""

from datetime import timedelta
from typing import Any

import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing import cheques, jobs
from backend.billing import queries as billing
from backend.billing.errors import ChequeCameBack, ChequeNotDeposited
from backend.jobs import inbox, unsent
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.owing_errors import (
    DepositAlready,
    DepositEnded,
    DepositMissing,
    DepositNotAsked,
    HoldTooEarly,
    LoanStillOut,
    NothingToKeep,
)
from backend.lending.queries import deposits as found
from backend.lending.queries.deposits import Deposit
from backend.lending.rules import DepositMode, DepositWay, Outcome
from backend.lending.service import cards, damages, deposits, unpaying
from backend.lending.values import Back
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_person, open_drawer
from tests.integration.lending.test_owing import agree, owed
from tests.lending import Lent, Shelf, day, mine, staff, want, whom
from tests.paying import events, pay

TUESDAY, FRIDAY = day("2026-11-24"), day("2026-11-27")
BROKEN = Back(outcome=Outcome.DAMAGED, note="Cassé")


@pytest.fixture
async def nadia(alice: Member) -> By:
    await open_drawer()
    return By(Actor.PERSON, await add_person("Nadia", "Comptoir"))


async def thing(shelf: Shelf, mode: DepositMode, cents: int = 3000, **said: Any) -> Lent:
    name = f"Remorque {mode}"
    return await shelf.resource(name, deposit_mode=mode, deposit_cents=cents, **said)


async def booked(member: Member, lent: Lent, *days: Any) -> int:
    """A line that begins on Tuesday; fetched that day."""
    return (await lend.book(mine(member), whom(member), [want(lent, *(days or (TUESDAY,)))])).lines[
        0
    ]


async def only(line: int) -> Deposit:
    return (await found.of_line(line))[0]


async def damage(by: By, line: int, cents: int) -> str:
    return await damages.charge_damage(by, line, cents, "Cassé", key=f"damage {line} {cents}")


async def kinds() -> list[tuple[str, int]]:
    rows = await fetch("SELECT kind, amount_cents FROM lending_entry ORDER BY id")
    return [(row["kind"], row["amount_cents"]) for row in rows]


async def liability() -> int:
    cents: int = await fetch_value(
        "SELECT coalesce(sum(credit_cents - debit_cents), 0)::bigint FROM journal_line"
        " WHERE account = '165'"
    )
    return cents


async def test_nothing_is_handed_over_before_its_deposit(shelf: Shelf, alice: Member, nadia: By):
    """L34: taken once, only where the policy asks for it; given back when the thing is here."""
    lent = await thing(shelf, DepositMode.CASH_NOTE)
    line = await booked(alice, lent)
    with pytest.raises(DepositMissing):
        await lend.hand_over(staff(), line)
    with pytest.raises(DepositMissing):
        await lend.lend_now(staff(), whom(alice), lent.code)
    for _ in range(2):
        taken = await deposits.take(nadia, line, DepositWay.CASH, None, key="a")
    receipt = await billing.get_receipt(taken.receipt_public_id)
    assert (receipt.said[:2], receipt.amount_cents, await liability()) == ("D-", 3000, 3000)
    with pytest.raises(DepositAlready):
        await deposits.take(nadia, line, DepositWay.CHEQUE, None, key="b")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        with pytest.raises(LoanStillOut):
            await deposits.release(nadia, taken.deposit, None, key="c")
        await lend.take_back(staff(), line, Back())
        assert [one.public_id for one in await found.open_deposits()] == [taken.deposit]
        given = await deposits.release(nadia, taken.deposit, None, key="d")
        assert (await billing.get_receipt(given.receipt_public_id)).credit
        assert await found.open_deposits() == []
        with pytest.raises(DepositEnded):
            await deposits.release(nadia, taken.deposit, None, key="e")
        assert await liability() == 0
        await agree(alice)


async def test_notes_are_not_taken_where_nobody_asks(shelf: Shelf, alice: Member, nadia: By):
    """L34: none is none."""
    line = await booked(alice, await thing(shelf, DepositMode.NONE))
    with pytest.raises(DepositNotAsked):
        await deposits.take(nadia, line, DepositWay.CASH, None, key="a")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)


async def test_notes_are_kept_for_what_is_owed_and_no_more(shelf: Shelf, alice: Member, nadia: By):
    """L34, L35: the damage is paid by it, the rest goes back."""
    line = await booked(alice, await thing(shelf, DepositMode.CASH_NOTE))
    taken = await deposits.take(nadia, line, DepositWay.CASH, None, key="a")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, BROKEN)
        with pytest.raises(NothingToKeep):
            await deposits.keep(nadia, taken.deposit, key="b")
        await damage(nadia, line, 1200)
        for _ in range(2):
            assert await deposits.keep(nadia, taken.deposit, key="c") == 1200
        assert ((await owed(alice)).due_cents, await liability()) == (0, 1800)
        await deposits.release(nadia, taken.deposit, None, key="d")
        assert (await liability(), (await only(line)).is_open) == (0, False)
        await agree(alice)


async def test_a_cheque_waits_in_the_box_until_it_is_kept(shelf: Shelf, alice: Member, nadia: By):
    """L34: a paper is no money; cashed whole, what is too much goes back in notes."""
    line = await booked(alice, await thing(shelf, DepositMode.CASH_NOTE))
    said = "Banque 123"
    taken = await deposits.take(nadia, line, DepositWay.CHEQUE, None, key="a", cheque=said)
    assert (await liability(), await cheques.waiting()) == (0, [])
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        assert await deposits.keep(nadia, taken.deposit, key="b") == 1200
        [paper] = await cheques.waiting()
        assert (paper.amount_cents, paper.number) == (3000, said)
        assert (await owed(alice)).due_cents == 0
        assert (await only(line)).banked_cents == 1800
        await deposits.release(nadia, taken.deposit, None, key="c")
        assert await liability() == 0
        await agree(alice)


@pytest.mark.parametrize("given_back", [False, True])
async def test_a_damage_is_owed_again_when_the_cheque_that_was_kept_comes_back(
    shelf: Shelf, alice: Member, nadia: By, *, given_back: bool
):
    """L34, B8, B10: all of it, once, with what the counter gave back of it in notes."""
    line = await booked(alice, await thing(shelf, DepositMode.CASH_NOTE))
    taken = await deposits.take(nadia, line, DepositWay.CHEQUE, None, key="a")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        await deposits.keep(nadia, taken.deposit, key="b")
        if given_back:
            await deposits.release(nadia, taken.deposit, None, key="c")
        [cheque] = await cheques.waiting()
        with pytest.raises(ChequeNotDeposited):
            await unpaying.bounce_deposit(nadia, cheque.order, "Sans provision")
        await cheques.deposit(nadia, [cheque.payment])
        await unpaying.bounce_deposit(nadia, cheque.order, "Sans provision")
        with pytest.raises(ChequeCameBack):
            await unpaying.bounce_deposit(nadia, cheque.order, "Sans provision")
        held = await only(line)
        assert ((await owed(alice)).due_cents, held.held_cents) == (3000 if given_back else 1200, 0)
        assert (held.is_open, await liability()) == (False, 0)
        gaps = [row["difference_cents"] for row in await fetch("SELECT * FROM difference")]
        assert gaps == ([-1800] if given_back else [])
        await agree(alice)


async def test_a_cheque_goes_back_as_it_came(shelf: Shelf, alice: Member, nadia: By):
    """L34: nothing of it ever stood in the books."""
    line = await booked(alice, await thing(shelf, DepositMode.CASH_NOTE))
    taken = await deposits.take(nadia, line, DepositWay.CHEQUE, None, key="a")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, Back())
        await deposits.release(nadia, taken.deposit, None, key="b")
    assert await kinds() == [("deposit_held", 3000), ("deposit_released", 3000)]
    assert await fetch("SELECT 1 FROM journal_line WHERE account IN ('165', '5112')") == []


# Stripe


async def with_card(stripe: Remote, member: Member) -> str:
    """The member left a card, without paying."""
    ordered = await cards.order_card(
        member.household_id, mine(member).by, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    session = await pay(stripe, ordered.public_id)
    assert (await stripe.get(session))["mode"] == "setup"
    await events(stripe)
    return ordered.public_id


async def send() -> None:
    """What waits for Stripe leaves, in its order."""
    rows = await fetch(
        "SELECT id FROM outbox WHERE done_at IS NULL AND gave_up_at IS NULL AND due_at <= $1"
        " AND kind IN ('checkout', 'charge', 'capture', 'release', 'checkout_close', 'refund',"
        " 'method_detach')"
        " ORDER BY id",
        clock.now(),
    )
    for row in rows:
        await jobs.hurry(row["id"])


async def test_a_card_is_left_and_charged_only_for_a_damage(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: a loan of a week has a card; it is charged once, for what is owed, and no more."""
    lent = await thing(shelf, DepositMode.CARD_IMPRINT)
    line = await booked(alice, lent, TUESDAY, FRIDAY)
    with pytest.raises(DepositMissing):
        await lend.hand_over(staff(), line)
    await with_card(stripe, alice)
    assert await found.has_card(alice.household_id)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        assert ((await only(line)).way, (await only(line)).held_cents) == (DepositWay.CARD, 3000)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        for _ in range(2):
            await deposits.keep(nadia, (await only(line)).public_id, key="k")
        await send()
        await events(stripe)
        assert (await owed(alice)).due_cents == 0
        assert not (await only(line)).is_open
    charged = await fetch("SELECT amount_cents FROM payment WHERE way = 'online'")
    assert [row["amount_cents"] for row in charged] == [1200]


async def test_a_card_is_free_when_the_thing_is_fine(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34, L31: nothing is charged; undone, it stands for the loan again."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, Back())
        assert not (await only(line)).is_open
        await lend.undo(staff(), line)
        assert (await only(line)).held_cents == 3000
        await lend.take_back(staff(), line, Back())
        assert not (await only(line)).is_open
    assert await fetch_value("SELECT count(*) FROM payment WHERE way = 'online'") == 0


async def held_online(stripe: Remote, member: Member, line: int) -> str:
    ordered = await cards.order_hold(
        member.household_id, line, mine(member).by, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    return ordered.public_id


async def intent_of(order: str) -> str:
    found: str = await fetch_value(
        "SELECT stripe_intent FROM pay_order WHERE public_id = $1", order
    )
    return found


async def test_money_is_held_at_the_hand_over_and_let_go_after(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: authorised by its owner, never taken; let go once the return can no more be undone."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    with clock.frozen(TUESDAY):
        order = await held_online(stripe, alice, line)
        held = await only(line)
        assert (held.way, held.held_cents) == (DepositWay.HOLD, 3000)
        assert held.capture_before is not None
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, Back())
        await send()
        assert (await stripe.get(await intent_of(order)))["status"] == "requires_capture"
        await lend.undo(staff(), line)
    with clock.frozen(TUESDAY + timedelta(hours=2)):
        await send()
        assert (await stripe.get(await intent_of(order)))["status"] == "requires_capture"
        await lend.take_back(staff(), line, Back())
    with clock.frozen(TUESDAY + timedelta(hours=3)):
        await send()
        assert (await stripe.get(await intent_of(order)))["status"] == "canceled"
        await events(stripe)
        assert not (await only(line)).is_open
        assert await kinds() == [("deposit_held", 3000), ("deposit_released", 3000)]
    assert await fetch_value("SELECT count(*) FROM payment WHERE way = 'online'") == 0


async def test_a_hold_is_taken_only_for_what_is_owed(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34, L35: the part goes to the damage, the rest is let go; the same events again change nothing."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    with clock.frozen(TUESDAY):
        order = await held_online(stripe, alice, line)
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        await deposits.keep(nadia, (await only(line)).public_id, key="k")
        await send()
        await events(stripe)
        taken = await stripe.get(await intent_of(order))
        assert (taken["status"], taken["amount_received"]) == ("succeeded", 1200)
        assert (await owed(alice)).due_cents == 0
        assert not (await only(line)).is_open
        expected = [
            ("deposit_held", 3000),
            ("damage", 1200),
            ("deposit_kept", 1200),
            ("deposit_released", 1800),
        ]
        assert await kinds() == expected
        await inbox.catch_up(order)
        assert await kinds() == expected


async def test_no_hold_is_placed_that_ends_before_the_loan(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: not days before the pick-up, and never for six days or more: those have a card."""
    lent = await thing(shelf, DepositMode.AUTHORISATION, longest_length=20)
    line = await booked(alice, lent, TUESDAY, day("2026-12-01"))
    by = mine(alice).by
    for at in (clock.now(), TUESDAY):
        with clock.frozen(at), pytest.raises(HoldTooEarly):
            await cards.order_hold(alice.household_id, line, by, done_path="/", back_path="/")
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        assert (await only(line)).way is DepositWay.CARD


async def test_the_club_holds_by_itself_on_a_card_that_was_left(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: for five days at most, where the owner is not asked again."""
    line = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION), TUESDAY, FRIDAY)
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await send()
        await events(stripe)
        held = await only(line)
        assert (held.way, held.held_cents) == (DepositWay.HOLD, 3000)
        assert held.capture_before is not None


async def test_a_charge_that_never_reached_stripe_leaves_the_debt(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34, B4: called off and told once; the money is still owed, and paid another way."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        await deposits.keep(nadia, (await only(line)).public_id, key="k")
        await stripe.fail_next("busy", times=1000)
        row = await fetch_value("SELECT id FROM outbox WHERE kind = 'charge'")
        await fetch("UPDATE outbox SET attempts = $2 WHERE id = $1", row, outbox.MOST_ATTEMPTS - 1)
        await jobs.hurry(row)
        await stripe.forget_failures()
        for _ in range(2):
            await unsent.look()
        assert (await owed(alice)).due_cents == 1200
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.unpaid'") == 1
    assert await fetch_value("SELECT count(*) FROM difference WHERE kind = 'unsent'") == 1


async def test_a_card_that_refuses_leaves_the_debt(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: the household is told, nothing was taken; a hold that is refused is seen on the list."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    short = await booked(alice, await thing(shelf, DepositMode.AUTHORISATION))
    await with_card(stripe, alice)
    await stripe.mishaps(off_session="declined")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await lend.hand_over(staff(), short)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        await deposits.keep(nadia, (await only(line)).public_id, key="k")
        await send()
        await events(stripe)
        assert (await owed(alice)).due_cents == 1200
        assert [one.failed for one in await found.open_deposits()] == [True]
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.unpaid'") == 1
    assert await fetch_value("SELECT count(*) FROM payment WHERE way = 'online'") == 0
