"""Baskets: ordered until the cut-off, one list for the grower, late ones in the next round (S2, S3)."""

from datetime import date, time, timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership.queries import Member
from backend.orders import lists, queries
from backend.orders.errors import NoRoundSoon, RoundNotYet, RoundUnknown, TooLateToCancel
from backend.orders.rules import OPEN, PayAt, TicketState
from backend.orders.service import handing, rounds
from backend.places.service import ClosureWish
from tests import factories, orders
from tests.lending import day
from tests.orders import GROWER, Counter, mine

AT_SIX = day("2026-11-24", 18)
JUST_BEFORE = AT_SIX - timedelta(seconds=1)
THIS, NEXT = date(2026, 11, 26), date(2026, 12, 3)


async def test_order_is_for_this_thursday_when_made_before_the_cutoff(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: until the last second before six it is in this week's round."""
    baskets = await counter.baskets()
    first = await counter.order(baskets, alice)
    with clock.frozen(JUST_BEFORE):
        last = await counter.order(baskets, bob)
    assert (first.on, last.on) == (THIS, THIS)
    assert await orders.state(first) == "confirmed"
    assert (await orders.ticket(first)).round == (await orders.ticket(last)).round


async def test_late_order_goes_to_the_next_round_when_its_page_said_this_week(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: the page was opened in time and sent too late; the answer says so and nothing is refused."""
    baskets = await counter.baskets()
    await counter.order(baskets, bob)
    with clock.frozen(AT_SIX):
        placed = await counter.order(baskets, alice, on=THIS)
    assert (placed.on, placed.late) == (NEXT, True)


async def test_nothing_is_lost_when_the_scheduler_was_down_at_the_cutoff(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: hours after the cut-off the round is closed for everybody, and its list has what was in time."""
    baskets = await counter.baskets()
    in_time = await counter.order(baskets, alice, {"Petit panier": 2, "Grand panier": 1})
    with clock.frozen(AT_SIX + timedelta(hours=9)):
        late = await counter.order(baskets, bob)
        found = await queries.get_round((await orders.ticket(in_time)).round)
        assert found.is_closed
        assert found.sent_at is None
        assert await rounds.send_due() == 1
        assert await rounds.send_due() == 0
    assert await orders.state(in_time) == "with_partner"
    assert await orders.state(late) == "confirmed"
    assert [(s.name, s.count) for s in await lists.sums_of(found.id)] == [
        ("Petit panier", 2),
        ("Grand panier", 1),
    ]


async def test_other_lists_leave_when_one_cannot(
    counter: Counter, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3: the one that fails is logged, stands out at the counter, and leaves the next time."""
    first = await counter.order(await counter.baskets(), alice)
    bread = await counter.service(
        "Pain",
        {"Baguette": 120},
        weekly=True,
        delivery_weekday=3,
        cutoff_weekday=1,
        cutoff_time=time(18, 5),
    )
    second = await counter.order(bread, alice)
    stuck, tell = (await orders.ticket(first)).round, rounds.tell_partner

    async def fails(round_: queries.Round, was: date | None = None) -> None:
        if round_.public_id == stuck:
            raise RuntimeError
        await tell(round_, was)

    with clock.frozen(AT_SIX + timedelta(hours=1)):
        with monkeypatch.context() as broken, capture_logs() as said:
            broken.setattr(rounds, "tell_partner", fails)
            assert await rounds.send_due() == 1
        assert [each.get("public_id") for each in said] == [stuck]
        assert [await orders.state(each) for each in (first, second)] == [
            "confirmed",
            "with_partner",
        ]
        assert (await queries.get_round(stuck)).is_stuck
        assert await rounds.send_due() == 1
    assert await orders.state(first) == "with_partner"


async def test_grower_is_sent_one_list_when_the_job_runs_twice(
    counter: Counter, alice: Member
) -> None:
    """S3: one e-mail, with sums and without a name (P5)."""
    baskets = await counter.baskets()
    placed = await counter.order(baskets, alice, {"Petit panier": 3})
    round_ = (await orders.ticket(placed)).round
    with clock.frozen(AT_SIX):
        assert await rounds.send_list(SYSTEM, round_)
        assert not await rounds.send_list(SYSTEM, round_)
    rows = await fetch("SELECT payload::text FROM outbox WHERE key LIKE 'order.list:%' ORDER BY id")
    assert len(rows) == 1
    said = rows[0]["payload"]
    assert GROWER in said
    assert "3 × Petit panier" in said
    assert "Martin" not in said
    assert "Alice" not in said


async def test_list_is_refused_when_one_may_still_order(counter: Counter, alice: Member) -> None:
    """S3: nobody sends it early, and the database would refuse it too."""
    placed = await counter.order(await counter.baskets(), alice)
    round_ = (await orders.ticket(placed)).round
    with pytest.raises(RoundNotYet):
        await rounds.send_list(SYSTEM, round_)
    with pytest.raises(asyncpg.CheckViolationError, match="order_round_in_time"):
        await fetch("UPDATE order_round SET sent_at = $1", clock.now())


async def test_database_takes_no_order_into_a_round_when_its_list_has_left(
    counter: Counter, alice: Member
) -> None:
    """S3: whatever code forgets, the guard stands in the table."""
    baskets = await counter.baskets()
    placed = await counter.order(baskets, alice)
    with clock.frozen(AT_SIX):
        await rounds.send_due()
        other = await counter.order(baskets, alice)
    gone = await fetch_value("SELECT round FROM order_ticket WHERE public_id = $1", placed.ticket)
    with pytest.raises(asyncpg.CheckViolationError, match="no order any more"):
        await fetch("UPDATE order_ticket SET round = $1 WHERE public_id = $2", gone, other.ticket)


async def test_week_is_left_out_when_the_site_is_closed(counter: Counter, alice: Member) -> None:
    """S3: nothing is delivered before a closed door."""
    baskets = await counter.baskets()
    wish = ClosureWish(site="tilleuls", first_on=THIS, last_on=THIS, reason="Travaux")
    await factories.close_days(wish)
    assert (await counter.order(baskets, alice)).on == NEXT
    await fetch("DELETE FROM site_hours")
    with pytest.raises(NoRoundSoon):
        await counter.order(baskets, alice)


async def test_member_cancels_alone_until_the_cutoff(counter: Counter, alice: Member) -> None:
    """S2: afterwards the counter decides, and the household is told."""
    baskets = await counter.baskets()
    first, second = [await counter.order(baskets, alice) for _ in range(2)]
    await handing.cancel(mine(alice), first.ticket, alice.household_id)
    with clock.frozen(AT_SIX):
        with pytest.raises(TooLateToCancel):
            await handing.cancel(mine(alice), second.ticket, alice.household_id)
        await handing.cancel(SYSTEM, second.ticket, reason="Pas de récolte")
    assert await orders.state(first) == await orders.state(second) == "cancelled"
    assert await orders.told("order.cancelled") == [alice.person_id, alice.person_id]


async def test_partner_reads_the_list_until_its_address_ends(
    counter: Counter, alice: Member
) -> None:
    """S3, P5: the address is a secret of one round; it ends two weeks after the delivery."""
    placed = await counter.order(await counter.baskets(), alice)
    with clock.frozen(AT_SIX):
        await rounds.send_due()
    public_id = (await orders.ticket(placed)).round
    kept = await fetch_value("SELECT link_hash FROM order_round WHERE public_id = $1", public_id)
    assert (await queries.round_of_link(kept)).public_id == public_id
    with clock.frozen(day("2026-12-11", 1)), pytest.raises(RoundUnknown):
        await queries.round_of_link(kept)
    await rounds.show_again(SYSTEM, public_id)
    with pytest.raises(RoundUnknown):
        await queries.round_of_link(kept)


async def test_counter_reads_how_far_a_delivery_is(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: how many are in it, lie ready and are ticked off; a cancelled one is none of them."""
    baskets = await counter.baskets(pay_at=PayAt.NOTHING)
    first, second, gone = [await counter.order(baskets, one) for one in (alice, bob, bob)]
    await handing.cancel(SYSTEM, gone.ticket)
    round_ = (await orders.ticket(first)).round
    with clock.frozen(AT_SIX):
        await rounds.send_due()
        await rounds.receive(SYSTEM, round_, {first.ticket: "B3"})
        found = await queries.get_round(round_)
        assert (found.orders, found.ready, found.collected) == (2, 1, 0)
        await rounds.receive(SYSTEM, round_, {second.ticket: "B4"})
        await handing.hand_over(SYSTEM, first.ticket)
        found = await queries.get_round(round_)
    assert (found.orders, found.ready, found.collected) == (2, 1, 1)


async def test_every_move_leaves_its_trace(counter: Counter, alice: Member) -> None:
    """S2: one table of moves, written by a trigger; the app's role cannot write it."""
    placed = await counter.order(await counter.baskets(pay_at=PayAt.NOTHING), alice)
    with clock.frozen(AT_SIX):
        await rounds.send_due()
        round_ = (await orders.ticket(placed)).round
        await rounds.receive(SYSTEM, round_, {placed.ticket: "B3"})
    found = await orders.ticket(placed)
    assert (found.state, found.shelf) == (TicketState.READY, "B3")
    assert await orders.told("order.ready") == [alice.person_id]
    assert [move.state for move in await queries.moves_of(found.id)] == list(OPEN)


@pytest.mark.parametrize("state", ["ready", "collected", "refunded", "ordered"])
async def test_database_refuses_a_move_that_is_not_in_the_table(
    counter: Counter, alice: Member, state: str
) -> None:
    """S2: a cancelled order is never ready, nor collected, nor ordered again; unpaid, it may end refunded."""
    placed = await counter.order(await counter.baskets(), alice)
    await handing.cancel(SYSTEM, placed.ticket)
    change = "UPDATE order_ticket SET state = $1, ready_at = changed_at WHERE public_id = $2"
    if state == "refunded":
        await fetch(change, state, placed.ticket)
        return
    with pytest.raises(asyncpg.CheckViolationError, match="does not move"):
        async with transaction():
            await fetch(change, state, placed.ticket)
