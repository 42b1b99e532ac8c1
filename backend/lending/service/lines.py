"""Bookings and their lines as verbs take hold of them: household, resources, then the rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_value, within
from backend.lending.errors import (
    BookingUnknown,
    ChangedMeanwhile,
    LoansByAdults,
    MembersOnly,
    MoveRefused,
)
from backend.lending.limits import Counted
from backend.lending.policy import Model
from backend.lending.rules import BOOKED_SQL, DONE, OPEN, Channel, LineState, Period, Verb, after
from backend.lending.service import borrowers, notices
from backend.lending.service.rows import find_lines, typed
from backend.lending.values import Ask, For, LineRow
from backend.membership import queries as membership
from backend.membership.errors import HouseholdUnknown
from backend.membership.rules import Status

GOOD_STANDING = {Status.CURRENT, Status.PROVISIONAL, Status.GRACE}


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A booking under lock: its lines as they are now, and their resources by id."""

    booking_id: int
    booking: str
    version: int
    household_id: int | None
    person_id: int | None
    channel: Channel
    lines: tuple[LineRow, ...]
    models: dict[int, Model]

    def line(self, line_id: int) -> LineRow:
        return next(line for line in self.lines if line.id == line_id)

    def model_of(self, line: LineRow) -> Model:
        return self.models[line.resource_id]

    def in_state(self, *states: LineState) -> list[LineRow]:
        return [line for line in self.lines if line.state in states]


async def enter(ask: Ask, booking: str) -> Scene:
    """Locks the booking's household and resources, then reads it again; its version grows.

    Raises BookingUnknown, also for somebody else's, and ChangedMeanwhile for a stale page (L12).
    """
    within()
    found = await find_lines("b.public_id = $1", booking)
    return await _enter(ask, found)


async def enter_line(
    ask: Ask, line_id: int, *, ends: Period | None = None
) -> tuple[Scene, LineRow]:
    """The same by one of its lines. `ends`: where others may lose their bookings by it."""
    within()
    found = await find_lines("b.id = (SELECT booking FROM booking_line WHERE id = $1)", line_id)
    scene = await _enter(ask, found, ends)
    return scene, scene.line(line_id)


async def _enter(ask: Ask, found: Sequence[LineRow], ends: Period | None = None) -> Scene:
    if not found or (not ask.is_staff and found[0].household_id != ask.household_id):
        raise BookingUnknown
    first = found[0]
    assert first.booking_id is not None
    assert first.booking is not None
    assert first.channel is not None
    ids = {line.resource_id for line in found}
    models = await borrowers.lock_all(ids, ends, first.household_id)
    version = await touch(first.booking_id, ask.version)
    lines = await find_lines("b.id = $1", first.booking_id)
    return Scene(
        booking_id=first.booking_id,
        booking=first.booking,
        version=version,
        household_id=first.household_id,
        person_id=first.person_id,
        channel=first.channel,
        lines=tuple(lines),
        models=models,
    )


async def lock_household(household_id: int) -> None:
    within()
    if await locks.lock("household", household_id) is None:
        raise HouseholdUnknown


async def check_member(ask: Ask, whom: For) -> None:
    """Lending is for households that have paid, or are in grace; a child books nothing alone."""
    within()
    household = await membership.household_by_id(whom.household_id)
    if household.standing().status not in GOOD_STANDING:
        raise MembersOnly
    if not ask.is_staff and whom.person_id not in {one.person_id for one in household.adults}:
        raise LoansByAdults


async def touch(booking_id: int, version: int | None = None) -> int:
    """The next version; every page that shows an older one is stale."""
    within()
    following: int | None = await fetch_value(
        "UPDATE booking SET version = version + 1"
        " WHERE id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING version",
        booking_id,
        version,
    )
    if following is None:
        name = await fetch_value("SELECT public_id FROM booking WHERE id = $1", booking_id)
        raise ChangedMeanwhile(booking=name)
    return following


async def set_state(line: LineRow, verb: Verb, *, reason: str | None = None) -> LineState:
    """Moves a line that takes no more time than before; `rules.MOVES` says where to (L3)."""
    within()
    following = after(line.state, verb)
    moved = await fetch_value(
        "UPDATE booking_line SET state = $3, lapses_at = NULL, reason = coalesce($4, reason),"
        " changed_at = $5 WHERE id = $1 AND state = $2 RETURNING id",
        line.id,
        line.state.value,
        following.value,
        reason,
        clock.now(),
    )
    if moved is None:
        raise MoveRefused(verb=verb.value, state=line.state.value)
    if line.state is not LineState.HELD:  # of a draft nothing was ever told
        await notices.withdraw([line.id])
    return following


async def counted(
    household_id: int, since: datetime, but: Iterable[int] = (), *, now: datetime
) -> list[Counted]:
    """What counts for the household's limits: what is open, and what ended after an instant (L21).

    Not what nobody answered or came for and whose time is over, written down or not (L38).
    """
    within()
    rows = await fetch(
        "SELECT b.public_id AS booking, r.name, b.person AS person_id, r.policy AS policy_id,"  # noqa: S608 - our own words
        ' l.state, lower(l.during) AS start, upper(l.during) AS "end"'
        " FROM booking b JOIN booking_line l ON l.booking = b.id"
        " JOIN resource r ON r.id = l.resource WHERE b.household = $1 AND l.id <> ALL($2)"
        " AND (l.lapses_at IS NULL OR l.lapses_at > $5)"
        f" AND (l.state NOT IN ({BOOKED_SQL}) OR upper(l.during) > $5)"
        " AND (l.state = ANY($3) OR (l.state = ANY($4) AND upper(l.during) > $6))"
        " ORDER BY lower(l.during), l.id",
        household_id,
        list(but),
        [state.value for state in OPEN],
        [state.value for state in DONE],
        now,
        since,
    )
    return [Counted(**typed(row)) for row in rows]
