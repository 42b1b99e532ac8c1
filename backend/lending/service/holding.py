"""A tenant's way in: hold a time, extend the hold once, confirm it; or the desk books at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.lending import limits, rules, times
from backend.lending.errors import (
    HoldExtendedOnce,
    HoldOver,
    ResourceUnknown,
    StaffOnly,
    UnitUnknown,
)
from backend.lending.limits import Counted, Wish
from backend.lending.policy import Model
from backend.lending.rules import Channel, LineState, Period, Verb
from backend.lending.service import shelf
from backend.lending.service.acts import check_own, check_wish, once, trace, unmet
from backend.lending.service.claims import Claim, claim, taken
from backend.lending.service.lines import (
    Scene,
    check_member,
    counted,
    enter,
    lock_household,
    set_state,
)
from backend.lending.values import Ask, Booked, For, LineRow, Want
from backend.places import queries as places

LONGEST_WINDOW = timedelta(days=366)


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One line to be: what is wanted, settled by policy and calendar."""

    model: Model
    period: Period
    people: int | None
    only: tuple[int, ...] | None


@once_more
async def hold(ask: Ask, whom: For, wants: Sequence[Want]) -> Booked:
    """Holds units for some minutes, all of them or none (L11, L13).

    Raises JustTaken with alternatives, a LimitReached, a PeriodWrong, MembersOnly, TooManyPeople.
    """
    check_own(ask, whom)
    body = {"verb": "hold", "whom": whom, "wants": list(wants)}
    async with transaction(on_refusal=unmet(wants)):
        return await once(ask, body, Booked, lambda: _hold(ask, whom, wants))


@once_more
async def book(ask: Ask, whom: For, wants: Sequence[Want], *, accepted: bool = False) -> Booked:
    """Holds and confirms in one act: the desk, or a page without a countdown."""
    check_own(ask, whom)
    body = {"verb": "book", "whom": whom, "wants": list(wants), "accepted": accepted}

    async def act() -> Booked:
        held = await _hold(ask, whom, wants)
        scene = await enter(msgspec.structs.replace(ask, version=None), held.booking)
        return await _confirm(ask, scene, accepted=accepted)

    async with transaction(on_refusal=unmet(wants)):
        return await once(ask, body, Booked, act)


@once_more
async def extend_hold(ask: Ask, booking: str) -> Booked:
    """The same minutes once more, a single time (L13). Raises HoldOver and HoldExtendedOnce."""
    body = {"verb": "extend_hold", "booking": booking}

    async def act() -> Booked:
        scene = await enter(ask, booking)
        lines = _held(scene)
        if any(line.extended for line in lines):
            raise HoldExtendedOnce
        until = max(_until(scene.model_of(line).policy.hold_minutes) for line in lines)
        await fetch(
            "UPDATE booking_line SET lapses_at = $2, extended = true WHERE id = ANY($1)",
            [line.id for line in lines],
            until,
        )
        return booked(scene, LineState.HELD, until)

    async with transaction():
        return await once(ask, body, Booked, act)


@once_more
async def confirm(ask: Ask, booking: str, *, accepted: bool = False) -> Booked:
    """Limits are looked at again (L21). Requested where the policy wants staff to say yes.

    Raises HoldOver, RulesNotAccepted and a LimitReached.
    """
    body = {"verb": "confirm", "booking": booking, "accepted": accepted}

    async def act() -> Booked:
        return await _confirm(ask, await enter(ask, booking), accepted=accepted)

    async with transaction():
        return await once(ask, body, Booked, act)


async def _hold(ask: Ask, whom: For, wants: Sequence[Want]) -> Booked:
    await lock_household(whom.household_id)
    await check_member(whom.household_id)
    spots = await _spots(ask, wants)
    public_id = codes.random_id()
    lines = await _counted(whom.household_id, spots)
    if not ask.is_staff:
        limits.check_holds(spots[0].model.policy, lines)
    await check_all(ask, whom.person_id, spots, lines, public_id)
    channel = Channel.DESK if ask.is_staff else Channel.ONLINE
    booking_id = await make_booking(public_id, whom, channel)
    until = max(_until(spot.model.policy.hold_minutes) for spot in spots)
    made = await _claim_all(booking_id, spots, until)
    await trace("hold", ask, whom.person_id, public_id)
    return Booked(
        booking=public_id, version=1, state=LineState.HELD, lapses_at=until, lines=tuple(made)
    )


async def _spots(ask: Ask, wants: Sequence[Want]) -> list[Spot]:
    """The wants under lock, kits taken apart, times as policy and calendar make them."""
    parts = await _parts(wants)
    models = await shelf.lock_named({want.resource for want in parts})
    calendars = await places.calendars(list({model.site_id for model in models.values()}))
    now, spots = clock.now(), []
    for want in parts:
        model = models[want.resource]
        if model.retired_at is not None:
            raise ResourceUnknown
        rules.check_people(want.people, model.capacity)
        period = times.settled(model.policy, calendars[model.site_id], want.period, now)
        only = await _only(ask, model, want.unit)
        spot = Spot(model=model, period=period, people=want.people, only=only)
        spots += [spot] * max(1, want.count)
    return spots


async def _parts(wants: Sequence[Want]) -> list[Want]:
    """A kit is what comes with it (L11)."""
    rows = await fetch(
        "SELECT k.public_id AS kit, p.public_id AS part, q.many FROM kit_part q"
        " JOIN resource k ON k.id = q.kit JOIN resource p ON p.id = q.part"
        " WHERE k.public_id = ANY($1) ORDER BY q.id",
        [want.resource for want in wants],
    )
    found: list[Want] = []
    for want in wants:
        inside = [row for row in rows if row["kit"] == want.resource]
        found += [
            msgspec.structs.replace(want, resource=row["part"], count=row["many"] * want.count)
            for row in inside
        ] or [want]
    return found


async def _only(ask: Ask, model: Model, code: str) -> tuple[int, ...] | None:
    if not code:
        return None
    if not ask.is_staff:
        raise StaffOnly
    unit_id = await fetch_value(
        "SELECT id FROM unit WHERE code = $1 AND resource = $2 AND retired_at IS NULL",
        code,
        model.id,
    )
    if unit_id is None:
        raise UnitUnknown
    return (unit_id,)


async def _claim_all(booking_id: int, spots: Sequence[Spot], until: datetime) -> list[int]:
    """A line for each spot. Raises JustTaken for the first that nobody can have, with the others."""
    made = [
        await claim(
            spot.model,
            Claim(
                period=spot.period,
                state=LineState.HELD,
                booking_id=booking_id,
                lapses_at=until,
                people=spot.people,
                only=spot.only,
            ),
        )
        for spot in spots
    ]
    lines = [line for line in made if line is not None]
    if len(lines) < len(spots):
        refused = spots[made.index(None)]
        possible = {
            spot.model.public_id for spot, line in zip(spots, made, strict=True) if line is not None
        }
        raise await taken(refused.model, refused.period, sorted(possible))
    return lines


async def _confirm(ask: Ask, scene: Scene, *, accepted: bool) -> Booked:
    lines = _held(scene)
    models = [scene.model_of(line) for line in lines]
    if not ask.is_staff:
        for model in models:
            rules.check_accepted(model.policy.rules_text, accepted=accepted)
    await check_again(ask, scene, lines)
    state = LineState.CONFIRMED
    for line, model in zip(lines, models, strict=True):
        asks = model.policy.needs_approval and not ask.is_staff
        moved = await set_state(line, Verb.REQUEST if asks else Verb.CONFIRM)
        state = moved if asks else state
    if accepted:
        await fetch(
            "UPDATE booking SET accepted_at = $2 WHERE id = $1", scene.booking_id, clock.now()
        )
    await trace("confirm", ask, scene.person_id, scene.booking, state=state.value)
    return booked(scene, state)


async def check_again(ask: Ask, scene: Scene, lines: Sequence[LineRow]) -> None:
    """The limits, without the booking's own lines, at the moment it becomes one (L21)."""
    within()
    assert scene.household_id is not None
    assert scene.person_id is not None
    spots = [
        Spot(model=scene.model_of(line), period=line.period, people=None, only=None)
        for line in lines
    ]
    others = await _counted(scene.household_id, spots, [line.id for line in scene.lines])
    await check_all(ask, scene.person_id, spots, others, scene.booking)


async def check_all(
    ask: Ask, person_id: int, spots: Sequence[Spot], lines: list[Counted], booking: str
) -> None:
    """Each spot against the household's lines and the spots before it."""
    within()
    now, strikes = clock.now(), 0
    if any(clock.paris(spot.period.start).date() > clock.today() for spot in spots):
        strikes = await _strikes(person_id)
    for spot in spots:
        wish = Wish(
            policy=spot.model.policy,
            person_id=person_id,
            period=spot.period,
            now=now,
            strikes=strikes,
        )
        await check_wish(ask, wish, lines, booking)
        lines.append(
            Counted(
                booking=booking,
                name=spot.model.name,
                person_id=person_id,
                policy_id=spot.model.policy.id,
                state=LineState.CONFIRMED,
                period=spot.period,
            )
        )


async def _strikes(person_id: int) -> int:
    """Those of the person's household that still count (L25)."""
    rows = await fetch(
        "SELECT s.at FROM strike s JOIN household_member m ON m.household = s.household"
        " WHERE m.person = $1 AND m.left_on IS NULL AND s.forgiven_at IS NULL",
        person_id,
    )
    return rules.strikes_left([row["at"] for row in rows], clock.now())


async def _counted(
    household_id: int, spots: Sequence[Spot], but: Sequence[int] = ()
) -> list[Counted]:
    since = min(spot.period.start for spot in spots) - LONGEST_WINDOW
    return await counted(household_id, since, but, now=clock.now())


async def make_booking(
    public_id: str, whom: For, channel: Channel, external_code: str | None = None
) -> int:
    """An empty one; its lines come by the door."""
    within()
    made: int = await fetch_value(
        "INSERT INTO booking (public_id, household, person, channel, created_at, external_code)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        public_id,
        whom.household_id,
        whom.person_id,
        channel.value,
        clock.now(),
        external_code,
    )
    return made


def _held(scene: Scene) -> list[LineRow]:
    """All of it is still held. Raises HoldOver."""
    lines = scene.in_state(LineState.HELD)
    if not lines:
        raise HoldOver
    return lines


def booked(scene: Scene, state: LineState, lapses_at: datetime | None = None) -> Booked:
    return Booked(
        booking=scene.booking,
        version=scene.version,
        state=state,
        lapses_at=lapses_at,
        lines=tuple(line.id for line in scene.lines),
    )


def _until(minutes: int) -> datetime:
    return clock.now() + timedelta(minutes=minutes)
