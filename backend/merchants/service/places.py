"""Places: one firm a trade, a territory and a day (P1). Contributions to the life of a contract.

Whoever touches a trade's places locks the trade first, so that nobody is forgotten between a place
that gets free and somebody who begins to wait. The constraint `trade_place_alone` decides all the same.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from asyncpg import Range

from backend.kit import clock, formats, locks
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.merchants import contracts, rules
from backend.merchants.rules import PlaceState, WaitEnd
from backend.merchants.service import telling
from backend.merchants.trades import BY_NUMBER


class Slot(NamedTuple):
    """A trade in a territory; 0 is the rest of the club."""

    trade: int
    territory: int


class Freed(NamedTuple):
    """A place that others may have now. `lapsed`: its firm had waited for it, and waits no more."""

    place: int
    slot: Slot
    lapsed: bool


async def lock_trades(slots: Iterable[Slot]) -> None:
    """In their order, after partners and orders."""
    within()
    for trade in sorted({slot.trade for slot in slots}):
        await locks.alone("trade", trade)


async def slots_of(contract_id: int) -> list[Slot]:
    within()
    rows = await fetch(
        "SELECT trade, coalesce(territory, 0) AS territory FROM contract_trade"
        " WHERE contract = $1 ORDER BY trade, territory",
        contract_id,
    )
    return [Slot(**row) for row in rows]


async def places_of(contract_id: int) -> set[Slot]:
    """What it holds, or was offered; kept past its time too, until somebody writes that off."""
    within()
    rows = await fetch(
        "SELECT trade, coalesce(territory, 0) AS territory FROM trade_place"
        " WHERE contract = $1 AND state <> 'freed'",
        contract_id,
    )
    return {Slot(**row) for row in rows}


async def taken_by(contract_id: int) -> set[Slot]:
    """What is its own; a place that it is only offered may still go to the next who waits (P7)."""
    within()
    rows = await fetch(
        "SELECT trade, coalesce(territory, 0) AS territory FROM trade_place"
        " WHERE contract = $1 AND state = 'taken'",
        contract_id,
    )
    return {Slot(**row) for row in rows}


async def waits_in(contract_id: int) -> set[Slot]:
    """The lists on which it has a line of its own."""
    within()
    rows = await fetch(
        "SELECT trade, coalesce(territory, 0) AS territory FROM trade_wait"
        " WHERE contract = $1 AND ended_at IS NULL",
        contract_id,
    )
    return {Slot(**row) for row in rows}


async def take_or_wait(
    contract_id: int,
    slot: Slot,
    during: tuple[date, date],
    until: datetime | None,
    *,
    wait: bool = True,
) -> bool:
    """A place held until an instant (for good with None), or a line of the waiting list (P1).

    Who comes later does not pass before those who wait. The trade is locked.
    """
    within()
    if await _waits(slot, before=contract_id) or not await take(contract_id, slot, during, until):
        if wait:
            await _wait(contract_id, slot)
        return False
    return True


async def take(
    contract_id: int,
    slot: Slot,
    during: tuple[date, date],
    until: datetime | None,
    state: PlaceState = PlaceState.HELD,
) -> int | None:
    """The place's key; None where another firm has one of those days."""
    within()
    found: int | None = await fetch_value(
        "INSERT INTO trade_place (contract, trade, territory, during, state, until, since,"
        " offered_until) VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, $8)"
        " ON CONFLICT ON CONSTRAINT trade_place_alone DO NOTHING RETURNING id",
        contract_id,
        slot.trade,
        slot.territory,
        Range(*during),
        (state if until is not None else PlaceState.TAKEN).value,
        until,
        clock.now(),
        until if state is PlaceState.OFFERED else None,
    )
    return found


async def keep(contract_id: int, during: tuple[date, date], until: datetime | None) -> None:
    """What the contract holds is held longer, or taken for good with None; then it waits no more.

    A renewal's place is never held for less than its grace (P3), and one that was offered not for
    less than it was offered; what is taken stays so; and none begins before its own first day:
    another firm may have had it until then.
    """
    within()
    await fetch(
        "UPDATE trade_place s SET state = $2, until = CASE WHEN $3::timestamptz IS NULL"
        " THEN NULL WHEN c.previous IS NULL THEN greatest(s.offered_until, $3)"
        " ELSE greatest(s.until, $3) END,"
        " during = daterange(greatest(lower(s.during), $4), $5) FROM contract c"
        " WHERE c.id = s.contract AND c.id = $1 AND s.state IN ('held', 'offered')",
        contract_id,
        (PlaceState.TAKEN if until is None else PlaceState.HELD).value,
        until,
        *during,
    )
    over = until is None
    await fetch(
        "UPDATE trade_wait w SET place = s.id, ended_at = $2, end_reason = $3 FROM trade_place s"
        " WHERE w.contract = $1 AND w.ended_at IS NULL AND s.contract = $1 AND s.trade = w.trade"
        " AND s.territory IS NOT DISTINCT FROM w.territory AND s.state <> 'freed'",
        contract_id,
        clock.now() if over else None,
        WaitEnd.TAKEN.value if over else None,
    )


async def keep_offered(contract_id: int) -> None:
    """The places it was offered are taken."""
    within()
    rows = await fetch(
        "UPDATE trade_place SET state = 'taken', until = NULL WHERE contract = $1"
        " AND state = 'offered' RETURNING id",
        contract_id,
    )
    await fetch(
        "UPDATE trade_wait SET ended_at = $2, end_reason = $3 WHERE place = ANY($1)",
        [row["id"] for row in rows],
        clock.now(),
        WaitEnd.TAKEN.value,
    )


async def give_back(contract_id: int) -> list[Freed]:
    """What is held for a payment that is not made; what it was offered stays so until its day (P1)."""
    within()
    await fetch(
        "UPDATE trade_place SET state = 'offered', until = offered_until WHERE contract = $1"
        " AND state = 'held' AND offered_until > $2",
        contract_id,
        clock.now(),
    )
    return await free(contract_id, only_held=True)


async def free(
    contract_id: int, *, only_dead: bool = False, only_held: bool = False, trade: int | None = None
) -> list[Freed]:
    """Its places open to those who wait: all, those kept past their time, those that are held, or
    one trade's.

    The trades are locked.
    """
    within()
    rows = await fetch(
        "UPDATE trade_place SET state = 'freed', until = NULL, freed_at = $2 WHERE contract = $1"
        " AND state <> 'freed' AND (NOT $3 OR until <= $2) AND (NOT $5 OR state = 'held')"
        " AND ($4::bigint IS NULL OR trade = $4)"
        " RETURNING id, trade, coalesce(territory, 0) AS territory",
        contract_id,
        clock.now(),
        only_dead,
        trade,
        only_held,
    )
    lapsed = await _lapse([row["id"] for row in rows])
    freed = [
        Freed(row["id"], Slot(row["trade"], row["territory"]), row["id"] in lapsed) for row in rows
    ]
    for one in freed:
        await offer_next(one.slot)
    return freed


async def _lapse(place_ids: Collection[int]) -> set[int]:
    """Who let these places go waits no more; which of them had been waited for."""
    rows = await fetch(
        "UPDATE trade_wait SET ended_at = $2, end_reason = $3 WHERE place = ANY($1)"
        " AND ended_at IS NULL RETURNING place",
        list(place_ids),
        clock.now(),
        WaitEnd.LAPSED.value,
    )
    return {row["place"] for row in rows}


async def pass_lines(contract_id: int, following_id: int) -> None:
    """Its lines go on with their date for a year that goes on, and what it was offered until its day."""
    within()
    await _pass_offers("c.id = $1 AND n.id = $2", contract_id, following_id)
    await fetch(
        "UPDATE trade_wait w SET contract = $2, place = NULL WHERE w.contract = $1"
        " AND w.ended_at IS NULL AND EXISTS (SELECT 1 FROM contract_trade x WHERE x.contract = $2"
        "  AND x.trade = w.trade AND x.territory IS NOT DISTINCT FROM w.territory)"
        " AND NOT EXISTS (SELECT 1 FROM trade_wait v WHERE v.contract = $2 AND v.trade = w.trade"
        "  AND v.territory IS NOT DISTINCT FROM w.territory AND v.ended_at IS NULL)",
        contract_id,
        following_id,
    )


async def _pass_offers(which: str, *values: object) -> None:
    """What a contract `c` was offered is offered to its renewal `n` until the same instant, unsaid: its
    line goes there with its date. `which` has two parameters.
    """
    rows = await fetch(
        "UPDATE trade_place s SET state = 'freed', until = NULL, freed_at = $3::timestamptz"  # noqa: S608 - ours
        " FROM contract c, contract n WHERE s.state = 'offered' AND s.until > $3"
        f" AND c.id = s.contract AND n.previous = c.id AND n.ended_on IS NULL AND {which}"
        " AND EXISTS (SELECT 1 FROM contract_trade x WHERE x.contract = n.id"
        "  AND x.trade = s.trade AND x.territory IS NOT DISTINCT FROM s.territory)"
        " AND NOT EXISTS (SELECT 1 FROM trade_wait v WHERE v.contract = n.id AND v.trade = s.trade"
        "  AND v.territory IS NOT DISTINCT FROM s.territory AND v.ended_at IS NULL)"
        " RETURNING s.id, s.trade, coalesce(s.territory, 0) AS territory, s.offered_until,"
        " n.id AS following, upper(n.during) AS after",
        *values,
        clock.now(),
    )
    for row in rows:
        slot, days = Slot(row["trade"], row["territory"]), (clock.today(), row["after"])
        await fetch(
            "UPDATE trade_wait SET contract = $2, place = $3 WHERE place = $1 AND ended_at IS NULL",
            row["id"],
            row["following"],
            await take(row["following"], slot, days, row["offered_until"], PlaceState.OFFERED),
        )


async def stop_waiting(contract_id: int, trade: int | None = None) -> None:
    """For any of its trades, or for one."""
    within()
    await fetch(
        "UPDATE trade_wait SET ended_at = $2, end_reason = $3 WHERE contract = $1"
        " AND ended_at IS NULL AND ($4::bigint IS NULL OR trade = $4)",
        contract_id,
        clock.now(),
        WaitEnd.LEFT.value,
        trade,
    )


async def offer_next(slot: Slot) -> None:
    """The first who waits has the place until an instant, and is told (P1). The trade is locked."""
    within()
    await _pass_offers(
        "s.trade = $1 AND coalesce(s.territory, 0) = $2 AND upper(c.during)"
        " <= ($3 AT TIME ZONE 'Europe/Paris')::date",
        *slot,
    )
    await _carry_lines(slot)
    first = await fetch_one(
        "SELECT w.id, w.contract, upper(c.during) AS until, c.paid_at IS NOT NULL AS paid,"
        " c.paid_at IS NOT NULL OR c.previous IS NOT NULL AS dated"
        " FROM trade_wait w JOIN contract c ON c.id = w.contract"
        " WHERE w.trade = $1 AND coalesce(w.territory, 0) = $2 AND w.ended_at IS NULL"
        " AND w.place IS NULL ORDER BY w.since, w.id LIMIT 1",
        slot.trade,
        slot.territory,
    )
    if first is None:
        return
    today = clock.today()
    during = (today, first["until"]) if first["dated"] else rules.year_from(today)
    until = clock.now() + timedelta(days=(await contracts.terms()).offer_days)
    place = await take(first["contract"], slot, during, until, PlaceState.OFFERED)
    if place is None:
        return
    await fetch("UPDATE trade_wait SET place = $2 WHERE id = $1", first["id"], place)
    await owe_from(first["contract"], clock.paris(until).date())
    await telling.tell(
        "partner.place",
        f"place:{place}",
        first["contract"],
        trade=BY_NUMBER[slot.trade].said,
        until=formats.day(clock.paris(until).date()),
        paid=first["paid"],
    )


async def _carry_lines(slot: Slot) -> None:
    """Lines outlive a year: they pass to the renewal, with their date; without one they end.

    A first contract that waits has no year yet: it begins when it has its place.
    """
    over = (
        " AND w.trade = $1 AND coalesce(w.territory, 0) = $2 AND w.ended_at IS NULL"
        " AND w.place IS NULL AND (c.ended_on IS NOT NULL OR (upper(c.during) <= $3"
        " AND (c.paid_at IS NOT NULL OR c.previous IS NOT NULL)))"
    )
    await fetch(
        "UPDATE trade_wait w SET contract = n.id FROM contract c, contract n"  # noqa: S608 - ours
        f" WHERE c.id = w.contract AND n.previous = c.id AND n.ended_on IS NULL{over}"
        " AND EXISTS (SELECT 1 FROM contract_trade x WHERE x.contract = n.id AND x.trade = w.trade"
        " AND x.territory IS NOT DISTINCT FROM w.territory)"
        " AND NOT EXISTS (SELECT 1 FROM trade_wait v WHERE v.contract = n.id AND v.trade = w.trade"
        " AND v.territory IS NOT DISTINCT FROM w.territory AND v.ended_at IS NULL)",
        slot.trade,
        slot.territory,
        clock.today(),
    )
    await fetch(
        "UPDATE trade_wait w SET ended_at = $4, end_reason = $5 FROM contract c"  # noqa: S608 - ours
        f" WHERE c.id = w.contract{over}",
        slot.trade,
        slot.territory,
        clock.today(),
        clock.now(),
        WaitEnd.LEFT.value,
    )


async def owe_from(contract_id: int, day: date) -> None:
    """Who waited owes nothing before it has a place; a renewal owes from its first day."""
    within()
    await fetch(
        "UPDATE contract SET owed_on = greatest(owed_on, $2) WHERE id = $1 AND paid_at IS NULL"
        " AND previous IS NULL",
        contract_id,
        day,
    )


async def _waits(slot: Slot, *, before: int) -> bool:
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM trade_wait WHERE trade = $1 AND coalesce(territory, 0) = $2"
        " AND ended_at IS NULL AND contract <> $3)",
        slot.trade,
        slot.territory,
        before,
    )
    return found


async def _wait(contract_id: int, slot: Slot) -> None:
    await fetch(
        "INSERT INTO trade_wait (contract, trade, territory, since)"
        " VALUES ($1, $2, nullif($3, 0), $4)"
        " ON CONFLICT (contract, trade, coalesce(territory, 0)) WHERE ended_at IS NULL DO NOTHING",
        contract_id,
        slot.trade,
        slot.territory,
        clock.now(),
    )
