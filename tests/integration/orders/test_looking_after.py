"""Reminders, what nobody fetches, parcels that are forgotten, and what stays of a person (S2, S4, S5)."""

from datetime import timedelta
from typing import NoReturn

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership.queries import Member
from backend.orders import jobs, queries
from backend.orders.errors import (
    OrderingMembersOnly,
    ProofNeeded,
    ServiceClosed,
    TooLateToUndo,
    TooManyOrders,
)
from backend.orders.rules import MOST_ALONE, MOVES, TicketState
from backend.orders.service import handing, looking_after
from backend.orders.service.ordering import Placed
from backend.privacy import erasing
from backend.privacy import queries as privacy
from backend.privacy.rules import ErasureWay
from tests import factories, orders
from tests.conftest import Database
from tests.orders import Counter

WEEK, MONTH = timedelta(days=7), timedelta(days=30)


async def test_who_forgot_is_reminded_once_after_a_week_and_by_day(
    counter: Counter, alice: Member
) -> None:
    """S4: not a minute earlier, not at night, not twice; what is ready anew is told anew."""
    placed = await counter.order(await counter.pressing(), alice)
    await handing.make_ready(SYSTEM, [placed.ticket], "P1")
    for wait in (WEEK - timedelta(minutes=1), WEEK + timedelta(hours=12)):
        with clock.travel(wait):
            await jobs.remind()
    assert await orders.told("order.reminder") == []
    with clock.travel(WEEK):
        await jobs.remind()
        await jobs.remind()
    assert await orders.told("order.reminder") == [alice.person_id]


async def test_unclaimed_list_has_what_waits_for_thirty_days(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S4: a setting of the service; computed when read."""
    pressing = await counter.pressing()
    placed = await counter.order(pressing, alice)
    await handing.make_ready(SYSTEM, [placed.ticket], "P1")
    with clock.travel(MONTH - timedelta(minutes=1)):
        later = await counter.order(pressing, bob)
        await handing.make_ready(SYSTEM, [later.ticket], "P2")
        assert [each.unclaimed for each in await queries.open_at(counter.site_id)] == [False, False]
    with clock.travel(MONTH):
        found = await queries.open_at(counter.site_id)
        assert [(each.shelf, each.unclaimed) for each in found] == [("P1", True), ("P2", False)]


async def test_parcel_is_forgotten_thirty_days_after_its_end(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S5: sender, paper, person and household are gone; one that still lies there is kept."""
    parcels = await counter.parcels()
    taken, there = await counter.parcel(parcels, alice), await counter.parcel(parcels, bob, "C3")
    with pytest.raises(ProofNeeded):
        await handing.hand_over(SYSTEM, taken.ticket)
    await handing.hand_over(SYSTEM, taken.ticket, proof="passport")
    with clock.travel(MONTH - timedelta(minutes=1)):
        await jobs.forget()
    assert (await orders.ticket(taken)).sender == "Un magasin"
    with clock.travel(MONTH):
        assert await looking_after.forget() == 1
        assert await looking_after.forget() == 0
    kept = await orders.ticket(taken)
    assert (kept.sender, kept.proof, kept.person_id, kept.household_id) == ("", "", None, None)
    assert (await orders.ticket(there)).sender == "Un magasin"
    assert await orders.told("order.ready") == [bob.person_id]


async def test_nothing_tells_of_a_parcel_once_it_is_forgotten(
    counter: Counter, db: Database, alice: Member, bob: Member
) -> None:
    """S5: in whatever table one looks, its number and sender stand nowhere but in its own row, which
    names nobody; what is told of a parcel that still lies there stays.
    """
    parcels = await counter.parcels()
    taken, there = await counter.parcel(parcels, alice), await counter.parcel(parcels, bob, "C3")
    with clock.travel(WEEK):
        await jobs.remind()
        await handing.hand_over(SYSTEM, taken.ticket, proof="passport")
    assert await where(db, taken) > {"order_ticket", "audit_entry", "message", "outbox"}
    with clock.travel(WEEK + MONTH):
        assert await looking_after.forget() == 1
    assert await where(db, taken) == {"order_ticket"}
    assert await where(db, there) >= {"order_ticket", "audit_entry", "message", "outbox"}
    assert (
        await fetch_value(
            "SELECT count(*) FROM message WHERE person = $1 AND kind LIKE 'order.%'",
            alice.person_id,
        )
        == 0
    )
    record = await fetch(
        "SELECT verb, subject_id FROM audit_entry WHERE verb LIKE 'orders.%' ORDER BY id"
    )
    assert {row["subject_id"] for row in record if row["verb"] == "orders.collect"} == {None}
    assert await fetch_value("SELECT unlink_parcels($1)", [there.ticket]) == 0


async def where(db: Database, placed: Placed) -> set[str]:
    """The tables in which something of it can be read: its number, its code, who sent it to whom."""
    rows = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = set()
    for table in {row["tablename"] for row in rows}:
        for said in (placed.ticket, placed.code):
            sql = f'SELECT 1 FROM "{table}" x WHERE position($1 IN x::text) > 0 LIMIT 1'
            if await fetch_value(sql, said) is not None:
                found.add(table)
    return found


async def test_orders_from_home_end_somewhere(counter: Counter, alice: Member, bob: Member) -> None:
    """S3: what is paid on collection costs nothing to order: so many at once; the counter may go on."""
    copies = await counter.service("Copies", {"Une page": 10})
    placed = [await counter.order(copies, alice) for _ in range(MOST_ALONE)]
    with pytest.raises(TooManyOrders):
        await counter.order(copies, alice)
    await counter.order(copies, alice, by=SYSTEM)
    await counter.order(copies, bob)
    for each in placed[:2]:
        await handing.cancel(orders.mine(alice), each.ticket, alice.household_id)
    await counter.order(copies, alice)


async def test_orders_stand_in_the_export_and_leave_with_the_person(
    counter: Counter, alice: Member
) -> None:
    """D1, S2: told in full, held back while one waits; then what was paid stays without its person."""
    pressing = await counter.pressing()
    placed = await counter.order(pressing, alice, words={"Chemise": "bleue"})
    assert "bleue" in str(await privacy.dossier(alice.person_id))
    assert "order_open" in {hold.slug for hold in (await erasing.look(alice.person_id)).holds}
    await handing.cancel(SYSTEM, placed.ticket)
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    row = await fetch_value("SELECT words FROM ticket_line")
    assert (row, (await orders.ticket(placed)).person_id) == ("", None)


async def test_hand_over_is_undone_within_a_quarter_of_an_hour(
    counter: Counter, alice: Member
) -> None:
    """S2: a gesture too many; afterwards it stands."""
    placed = await counter.order(await counter.service("Copies", {"Une page": 0}), alice)
    await handing.make_ready(SYSTEM, [placed.ticket], "")
    await handing.hand_over(SYSTEM, placed.ticket)
    await handing.undo(SYSTEM, placed.ticket)
    assert await orders.state(placed) == "ready"
    await handing.hand_over(SYSTEM, placed.ticket)
    with clock.travel(timedelta(minutes=15)), pytest.raises(TooLateToUndo):
        await handing.undo(SYSTEM, placed.ticket)


async def test_order_is_refused_to_who_is_not_a_member_or_elsewhere(
    counter: Counter, alice: Member
) -> None:
    """S1: for members in good standing, where the service is offered."""
    baskets = await counter.baskets()
    joined = await factories.add_household("Odette", "Leroy")
    wish = {"household_id": joined.household_id, "person_id": joined.person_id}
    nobody = Member(**{**{f: getattr(alice, f) for f in alice.__struct_fields__}, **wish})
    with pytest.raises(OrderingMembersOnly):
        await counter.order(baskets, nobody)
    elsewhere = Counter(counter.site_id + 1, "")
    with pytest.raises(ServiceClosed):
        await elsewhere.order(baskets, alice)
    with pytest.raises(ServiceClosed):
        await counter.parcel(baskets, alice)


async def test_the_trigger_and_the_rules_have_the_same_table(
    counter: Counter, alice: Member
) -> None:
    """S2: every pair of states, asked of both."""
    allowed = {(start, end) for starts, end in MOVES.values() for start in starts}
    placed = await counter.order(await counter.service("Copies", {"Une page": 0}), alice)
    found = set()
    for start in TicketState:
        for end in TicketState:
            if start is not end and await _moves(placed.ticket, start, end):
                found.add((start, end))
    assert found == allowed


async def _moves(ticket: str, start: TicketState, end: TicketState) -> bool:
    """Whether the database lets another order like this one, brought there; nothing of it stays."""
    change = "UPDATE order_ticket SET state = $2, ready_at = changed_at WHERE id = $1"
    try:
        async with transaction():
            row = await fetch_value(LIKE, ticket)
            for step in WAYS[start]:
                await fetch(change, row, step.value)
            await fetch(change, row, end.value)
            _stop()
    except _Enough:
        return True
    except asyncpg.CheckViolationError:
        return False


class _Enough(Exception):
    """Nothing of it stays."""


def _stop() -> NoReturn:
    raise _Enough


S = TicketState
# From its beginning to each state, by moves that are allowed.
WAYS: dict[TicketState, tuple[TicketState, ...]] = {
    S.ORDERED: (),
    S.CONFIRMED: (S.CONFIRMED,),
    S.WITH_PARTNER: (S.CONFIRMED, S.WITH_PARTNER),
    S.READY: (S.CONFIRMED, S.READY),
    S.COLLECTED: (S.CONFIRMED, S.READY, S.COLLECTED),
    S.CANCELLED: (S.CANCELLED,),
    S.REFUNDED: (S.CANCELLED, S.REFUNDED),
}
LIKE = (
    "INSERT INTO order_ticket (public_id, code, service, site, household, person, channel, state,"
    " shelf, note, sender, proof, ordered_at, changed_at) SELECT 'x', 'x', service, site, household,"
    " person, channel, 'ordered', '', '', '', '', ordered_at, changed_at FROM order_ticket"
    " WHERE public_id = $1 RETURNING id"
)
