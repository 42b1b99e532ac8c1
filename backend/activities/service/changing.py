"""Sessions are changed or cancelled: one occurrence, or it and those after it (A1).

An occurrence that was changed by hand is left as it is unless it is named; a look says which these are
before anything is done, by doing it and taking it back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.activities import rules
from backend.activities.errors import (
    ActivityReasonNeeded,
    CapacityTaken,
    SessionChanged,
    SessionEdited,
)
from backend.activities.rules import Details, Hours, Plan, Scope
from backend.activities.service import paying, telling
from backend.activities.service.line import by_contact, contact, lock_session, promote
from backend.activities.service.making import COLUMNS, Meant, find_meant, reserve, values
from backend.audit.service import By, note
from backend.kit import clock, formats, locks
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.looking import Seen, take_back
from backend.lending.service import rooms

LONGEST_REASON = 300


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`version`: of the page. `also`: occurrences changed by hand that are to follow, by public id."""

    details: Details
    hours: Hours
    scope: Scope
    version: int
    also: tuple[str, ...] = ()


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one session. `kept`: it was changed by hand before and stays so; `told`: adults."""

    session: str
    was_at: datetime
    starts_at: datetime
    by_hand: bool
    kept: bool
    told: int


@once_more
async def look_at_change(by: By, session: str, change: Change) -> list[Changed]:
    """What `change` would do, its refusals included; nothing stays of it, and nobody is told."""
    try:
        async with transaction():
            take_back(await _change(by, session, change))
    except Seen as seen:
        done: list[Changed] = seen.done
        return done


@once_more
async def change(by: By, session: str, change: Change) -> list[Changed]:
    """Writes it, moves the line where there is more room, and tells whom another time, place or price
    meets.

    Raises SessionUnknown, SessionChanged, SessionEdited, PlanWrong, CapacityTaken, RoomBusy,
    LeaderUnknown.
    """
    async with transaction():
        return await _change(by, session, change)


@once_more
async def cancel(by: By, session: str, scope: Scope, reason: str) -> int:
    """It does not take place, and whoever has a seat or waits is told why; how many sessions these are.

    Its seats stay, for the record. Raises ActivityReasonNeeded, SessionUnknown, SessionEdited.
    """
    said = reason.strip()
    if not 3 <= len(said) <= LONGEST_REASON:
        raise ActivityReasonNeeded().at("reason")
    async with transaction():
        rows = await _lock(session, scope)
        for row in rows:
            await _cancel(by, row, said)
        return len(rows)


async def _change(by: By, session: str, change: Change) -> list[Changed]:
    rules.check_plan(Plan(details=change.details, hours=change.hours))
    rules.check_day(change.hours.day, clock.today())
    rows = await _lock(session, change.scope)
    this = next(row for row in rows if row["public_id"] == session)
    if this["version"] != change.version:
        raise SessionChanged
    meant = await find_meant(change.details)
    days = (change.hours.day - clock.paris(this["starts_at"]).date()).days
    chosen = [row for row in rows if _is_meant(row, session, change)]
    for row in chosen:  # all rooms first: one that moves a week takes the time of the next
        await _give_room_back(by, row)
    done = {row["id"]: await _write(by, row, meant, change, days) for row in chosen}
    await note(
        "activity.change",
        by,
        object_kind="activity",
        object_id=session,
        scope=change.scope.value,
        sessions=len(chosen),
    )
    return [done[row["id"]] if row["id"] in done else _kept(row) for row in rows]


def _is_meant(row: Any, session: str, change: Change) -> bool:
    """The rest leaves out what was changed by hand, unless it is named."""
    return not row["by_hand"] or row["public_id"] in {session, *change.also}


def _kept(row: Any) -> Changed:
    at = row["starts_at"]
    return Changed(
        session=row["public_id"], was_at=at, starts_at=at, by_hand=True, kept=True, told=0
    )


async def _lock(session: str, scope: Scope) -> list[Any]:
    """The session, or it and those of its series that come later, in the order of their ids.

    Raises SessionUnknown, and SessionEdited where it is over or cancelled.
    """
    this = await lock_session(session)
    if this["cancelled_at"] is not None or this["starts_at"] <= clock.now():
        raise SessionEdited
    if scope is Scope.THIS or this["series"] is None:
        return [this]
    found = await fetch(
        "SELECT id FROM activity_session WHERE series = $1 AND starts_at >= $2"
        " AND cancelled_at IS NULL ORDER BY id",
        this["series"],
        this["starts_at"],
    )
    rows = [await locks.lock("activity_session", row["id"]) for row in found]
    return sorted(rows, key=lambda row: (row["starts_at"], row["id"]))


async def _give_room_back(by: By, row: Any) -> None:
    if row["room_tickets"]:
        await rooms.give_back(by, row["room"], row["room_tickets"])
        await fetch("UPDATE activity_session SET room_tickets = '{}' WHERE id = $1", row["id"])


async def _write(by: By, row: Any, meant: Meant, change: Change, days: int) -> Changed:
    starts_at, ends_at = rules.moved(row["starts_at"], change.hours, days)
    rules.check_to_come(starts_at, clock.now())
    if meant.said.capacity < row["taken"]:
        raise CapacityTaken(taken=row["taken"], day=clock.paris(row["starts_at"]).date())
    tickets = await reserve(by, meant, starts_at, ends_at)
    by_hand = change.scope is Scope.THIS and row["series"] is not None
    await fetch(
        "UPDATE activity_session SET starts_at = $2, ends_at = $3, room_tickets = $4, by_hand = $5,"  # noqa: S608 - our own words
        " sequence = sequence + 1, version = version + 1, changed_at = $6,"
        f" {', '.join(f'{name} = ${at + 7}' for at, name in enumerate(COLUMNS))} WHERE id = $1",
        row["id"],
        starts_at,
        ends_at,
        tickets,
        by_hand,
        clock.now(),
        *values(meant),
    )
    new = await lock_session(row["public_id"])
    told = await _tell(row, new)
    await promote(new)
    return Changed(
        session=row["public_id"],
        was_at=row["starts_at"],
        starts_at=starts_at,
        by_hand=row["by_hand"],
        kept=False,
        told=told,
    )


async def _tell(was: Any, new: Any) -> int:
    """How many adults heard of another time, place or price; who was there before the line moves.

    A seat keeps the price of the day it was asked for.
    """
    moved = any(was[name] != new[name] for name in ("starts_at", "ends_at", "place"))
    priced = was["price_cents"] != new["price_cents"]
    whom = by_contact(await _live(new["id"])) if moved or priced else {}
    if moved:
        await telling.tell("activity.moved", new, whom, before=telling.when(was))
    if priced:
        price = formats.euros(new["price_cents"])
        await telling.tell("activity.priced", new, whom, price=price)
    return len(whom)


async def _cancel(by: By, row: Any, reason: str) -> None:
    await _give_room_back(by, row)
    await fetch(
        "UPDATE activity_session SET cancelled_at = $2, changed_at = $2, cancel_reason = $3,"
        " sequence = sequence + 1, version = version + 1 WHERE id = $1",
        row["id"],
        clock.now(),
        reason,
    )
    await paying.call_off(by, row)
    whom = by_contact(await _live(row["id"]))
    await telling.tell("activity.cancelled", row, whom, reason=reason)
    await note(
        "activity.cancel", by, object_kind="activity", object_id=row["public_id"], told=len(whom)
    )


async def _live(session_id: int) -> Sequence[Any]:
    within()
    return await fetch(
        f"SELECT {contact('s')} AS contact, p.given_name FROM seat s JOIN person p ON p.id = s.person"  # noqa: S608 - our own words
        " WHERE s.session = $1 AND s.state <> 'cancelled' ORDER BY s.id",
        session_id,
    )
