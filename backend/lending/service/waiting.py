"""The waiting list (L23): join it, pause, answer an offer or pass it on."""

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, once_more, transaction
from backend.lending import busy, packing, times
from backend.lending.errors import AlreadyWaiting, FreeAlready, HoldOver, ResourceUnknown
from backend.lending.policy import Model
from backend.lending.rules import (
    Channel,
    LineState,
    Period,
    Priority,
    Verb,
    check_accepted,
    check_people,
)
from backend.lending.service import charging, shelf, telling
from backend.lending.service.acts import check_own, once, trace
from backend.lending.service.holding import booked, check_again, make_booking
from backend.lending.service.lines import (
    check_member,
    enter_line,
    lock_household,
    set_state,
)
from backend.lending.service.promoting import promote
from backend.lending.values import Ask, Booked, For, Want
from backend.places import queries as places


@once_more
async def wait(ask: Ask, whom: For, want: Want, priority: Priority = Priority.USUAL) -> Booked:
    """A place on the list, for a model and a time; only staff give another class.

    Raises FreeAlready, AlreadyWaiting, ResourceUnknown, TooManyPeople, a PeriodWrong.
    """
    check_own(ask, whom)
    chosen = priority if ask.is_staff else Priority.USUAL

    async def act() -> Booked:
        await lock_household(whom.household_id)
        await check_member(ask, whom)
        model = (await shelf.lock_named([want.resource]))[want.resource]
        if model.retired_at is not None:
            raise ResourceUnknown
        check_people(want.people, model.capacity)
        calendar = await places.get_calendar(model.site_id)
        period = times.settled(model.policy, calendar, want.period, clock.now())
        await _check_wanted(model, whom, period)
        public_id = codes.random_id()
        booking_id = await make_booking(public_id, whom, Channel.WAITLIST)
        line_id = await _add(model, booking_id, period, chosen, want.people)
        await trace("wait", ask, whom.person_id, public_id)
        return Booked(booking=public_id, version=1, state=LineState.WAITLISTED, lines=(line_id,))

    async with transaction():
        body = {"verb": "wait", "whom": whom, "want": want, "priority": chosen}
        return await once(ask, body, Booked, act)


@once_more
async def pause(ask: Ask, line_id: int, *, on: bool = True) -> Booked:
    """No offer while it is paused; its age stays. `on` False ends the pause."""

    async def act() -> Booked:
        scene, line = await enter_line(ask, line_id)
        await fetch(
            "UPDATE wish SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, $3) END"
            " WHERE line = $1 AND ended_at IS NULL",
            line.id,
            on,
            clock.now(),
        )
        await promote(scene.model_of(line))
        return booked(scene, line.state)

    async with transaction():
        return await once(ask, {"verb": "pause", "line": line_id, "on": on}, Booked, act)


@once_more
async def accept(ask: Ask, line_id: int, *, accepted: bool = False) -> Booked:
    """Yes to an offer: the limits are looked at now (L21). Raises HoldOver, a LimitReached."""

    async def act() -> Booked:
        scene, line = await enter_line(ask, line_id)
        if line.state is not LineState.OFFERED:
            raise HoldOver
        policy = scene.model_of(line).policy
        if not ask.is_staff:
            check_accepted(policy.rules_text, accepted=accepted)
        await check_again(ask, scene, [line])
        asks = policy.needs_approval and not ask.is_staff
        state = await set_state(line, Verb.REQUEST if asks else Verb.CONFIRM)
        await charging.price(line.id, line.household_id, scene.model_of(line), state, line.period)
        await fetch("UPDATE wish SET ended_at = $2 WHERE line = $1", line.id, clock.now())
        await telling.tell_booked(state, [line])
        await trace("accept", ask, scene.person_id, scene.booking)
        return booked(scene, state)

    async with transaction():
        body = {"verb": "accept", "line": line_id, "accepted": accepted}
        return await once(ask, body, Booked, act)


@once_more
async def skip(ask: Ask, line_id: int) -> Booked:
    """No to this offer, and still in line: the next one is asked at once.

    Where nobody else gets it the wish pauses, or the same offer would come again with the next tick.
    """

    async def act() -> Booked:
        scene, line = await enter_line(ask, line_id)
        state = await set_state(line, Verb.SKIP)
        await fetch("UPDATE booking_line SET unit = NULL WHERE id = $1", line.id)
        offered = await promote(scene.model_of(line), but=line.id)
        await _pause_unless_taken(line.id, offered)
        await trace("skip", ask, scene.person_id, scene.booking)
        return booked(scene, state)

    async with transaction():
        return await once(ask, {"verb": "skip", "line": line_id}, Booked, act)


async def _pause_unless_taken(line_id: int, offered: list[int]) -> None:
    """What was passed on is another's now, or nobody's: then no word until the tenant says so."""
    await fetch(
        "UPDATE wish w SET paused_at = $3 FROM booking_line mine WHERE w.line = $1"
        " AND mine.id = $1 AND NOT EXISTS (SELECT 1 FROM booking_line other"
        " WHERE other.id = ANY($2) AND other.occupied && mine.occupied)",
        line_id,
        offered,
        clock.now(),
    )


async def _check_wanted(model: Model, whom: For, period: Period) -> None:
    """Nobody waits for what is free, nor twice for the same time."""
    waits = await fetch_value(
        "SELECT count(*) FROM booking_line l JOIN booking b ON b.id = l.booking"
        " WHERE l.resource = $1 AND b.household = $2 AND l.state IN ('waitlisted', 'offered')"
        " AND l.during && tstzrange($3, $4)",
        model.id,
        whom.household_id,
        period.start,
        period.end,
    )
    if waits:
        raise AlreadyWaiting
    units = (await busy.units_of([model.id])).get(model.id, [])
    wide = busy.wide(model, period)
    taken = await busy.busy_times([model.id], wide, clock.now(), under_lock=True)
    if not model.counted or packing.free_units(units, taken, wide):
        raise FreeAlready(name=model.name)


async def _add(
    model: Model, booking_id: int, period: Period, priority: Priority, people: int | None
) -> int:
    """The line that waits takes nobody's time: it has no unit."""
    occupied = busy.wide(model, period)
    line_id: int = await fetch_value(
        "INSERT INTO booking_line (booking, resource, state, during, occupied, people, changed_at)"
        " VALUES ($1, $2, $3, tstzrange($4, $5), tstzrange($6, $7), $8, $9) RETURNING id",
        booking_id,
        model.id,
        LineState.WAITLISTED.value,
        period.start,
        period.end,
        occupied.start,
        occupied.end,
        people,
        clock.now(),
    )
    await fetch(
        "INSERT INTO wish (line, resource, priority, since) VALUES ($1, $2, $3, $4)",
        line_id,
        model.id,
        priority.value,
        clock.now(),
    )
    return line_id
