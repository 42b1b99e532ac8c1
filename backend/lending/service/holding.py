"""A tenant's way in: hold a time, extend the hold once, confirm it; or the desk books at once."""

from collections.abc import Collection, Mapping, Sequence
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
from backend.lending.owing_errors import LoanOfNobody
from backend.lending.policy import Model
from backend.lending.rules import Channel, LineState, Period, Verb
from backend.lending.schedule import Notice
from backend.lending.service import charging, notices, shelf, telling
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
from backend.lending.service.rows import find_lines
from backend.lending.values import Ask, Booked, For, LineRow, Want
from backend.places import queries as places

LONGEST_WINDOW = timedelta(days=366)


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One line to be: what is wanted, settled by policy and calendar."""

    model: Model
    period: Period
    people: int | None = None
    only: tuple[int, ...] | None = None
    units: tuple[int, ...] | None = None


@once_more
async def hold(ask: Ask, whom: For, wants: Sequence[Want]) -> Booked:
    """Holds units for some minutes, all of them or none (L11, L13).

    Raises JustTaken with alternatives, a LimitReached, a PeriodWrong, MembersOnly, LoansByAdults,
    TooManyPeople.
    """
    check_own(ask, whom)
    body = {"verb": "hold", "whom": whom, "wants": list(wants)}
    async with transaction(on_refusal=unmet(wants)):
        return await once(ask, body, Booked, lambda: _hold(ask, whom, wants))


@once_more
async def book(ask: Ask, whom: For, wants: Sequence[Want], *, accepted: bool = False) -> Booked:
    """Books without a hold, in one act: the desk, or a page without a countdown.

    The limits are looked at once, under the locks that last to its end. Raises what `hold` and
    `confirm` raise.
    """
    check_own(ask, whom)
    body = {"verb": "book", "whom": whom, "wants": list(wants), "accepted": accepted}

    async def act() -> Booked:
        wish = await _wished(ask, whom, wants, accepted=accepted)
        return await _book(ask, whom, wish, accepted=accepted)

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


class Wished(msgspec.Struct, frozen=True, kw_only=True):
    """What may be booked, all locks held and all limits looked at; the booking has no line yet."""

    booking: str
    booking_id: int
    spots: list[Spot]


async def _hold(ask: Ask, whom: For, wants: Sequence[Want]) -> Booked:
    wish = await _wished(ask, whom, wants)
    until = max(_until(spot.model.policy.hold_minutes) for spot in wish.spots)
    made = await _claim_all(wish.booking_id, wish.spots, until)
    await trace("hold", ask, whom.person_id, wish.booking)
    return Booked(
        booking=wish.booking, version=1, state=LineState.HELD, lapses_at=until, lines=tuple(made)
    )


async def _book(ask: Ask, whom: For, wish: Wished, *, accepted: bool) -> Booked:
    """A line begins confirmed; one that staff are asked for begins held, and is requested."""
    _check_rules(ask, [spot.model for spot in wish.spots], accepted=accepted)
    asked = any(_asks(ask, spot.model) for spot in wish.spots)
    made = await _claim_all(wish.booking_id, wish.spots, _until(1) if asked else None)
    if asked:
        models = {spot.model.id: spot.model for spot in wish.spots}
        lines = await find_lines("b.id = $1", wish.booking_id)
        state = await _confirm_all(ask, lines, models)
    else:
        state = LineState.CONFIRMED
        for spot, line in zip(wish.spots, made, strict=True):
            await charging.price(line, whom.household_id, spot.model, state, spot.period)
        await notices.write(Notice.CONFIRMED, dict.fromkeys(made, clock.now()))
    await trace("book", ask, whom.person_id, wish.booking, state=state.value)
    return Booked(booking=wish.booking, version=1, state=state, lines=tuple(made))


def _channel(ask: Ask) -> Channel:
    return Channel.DESK if ask.is_staff else Channel.ONLINE


async def _wished(ask: Ask, whom: For, wants: Sequence[Want], *, accepted: bool = False) -> Wished:
    """Locks the household, then the resources, as late as it can: what others wait for is short."""
    await lock_household(whom.household_id)
    await check_member(ask, whom)
    parts, ids = await _parts(wants)
    since = min(want.period.start for want in wants) - LONGEST_WINDOW
    lines = await counted(whom.household_id, since, now=clock.now())
    public_id, at = codes.random_id(), clock.now() if accepted else None
    booking_id = await make_booking(public_id, whom, _channel(ask), accepted_at=at)
    spots = await _spots(ask, parts, ids)
    if not ask.is_staff:
        limits.check_holds(spots[0].model.policy, lines)
    await check_all(ask, whom.person_id, spots, lines, public_id)
    return Wished(booking=public_id, booking_id=booking_id, spots=spots)


async def _spots(ask: Ask, parts: Sequence[Want], ids: Collection[int]) -> list[Spot]:
    """The wants under lock, times as policy and calendar make them."""
    locked = {each.model.public_id: each for each in await shelf.lock_with_units(ids)}
    calendars = await places.calendars(list({each.model.site_id for each in locked.values()}))
    now, spots = clock.now(), []
    for want in parts:
        model = locked[want.resource].model
        if model.retired_at is not None:
            raise ResourceUnknown
        rules.check_people(want.people, model.capacity)
        period = times.settled(model.policy, calendars[model.site_id], want.period, now)
        only, units = await _only(ask, model, want.unit), locked[want.resource].units
        spot = Spot(model=model, period=period, people=want.people, only=only, units=units)
        spots += [spot] * max(1, want.count)
    return spots


async def _parts(wants: Sequence[Want]) -> tuple[list[Want], list[int]]:
    """A kit is what comes with it (L11); and the resources by their ids. Raises ResourceUnknown."""
    rows = await fetch(
        "SELECT r.public_id AS wanted, coalesce(p.id, r.id) AS id, p.public_id AS part, q.many"
        " FROM resource r LEFT JOIN kit_part q ON q.kit = r.id LEFT JOIN resource p ON p.id = q.part"
        " WHERE r.public_id = ANY($1) ORDER BY q.id",
        [want.resource for want in wants],
    )
    if not {want.resource for want in wants} <= {row["wanted"] for row in rows}:
        raise ResourceUnknown
    found: list[Want] = []
    for want in wants:
        inside = [row for row in rows if row["wanted"] == want.resource and row["part"]]
        found += [
            msgspec.structs.replace(want, resource=row["part"], count=row["many"] * want.count)
            for row in inside
        ] or [want]
    return found, sorted({row["id"] for row in rows})


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


async def _claim_all(booking_id: int, spots: Sequence[Spot], until: datetime | None) -> list[int]:
    """A line for each spot, held until an instant, or confirmed at once.

    Raises JustTaken for the first that nobody can have, with the others.
    """
    made = [
        await claim(
            spot.model,
            Claim(
                period=spot.period,
                state=LineState.CONFIRMED if until is None else LineState.HELD,
                booking_id=booking_id,
                lapses_at=until,
                people=spot.people,
                only=spot.only,
                units=spot.units,
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
    _check_rules(ask, [scene.model_of(line) for line in lines], accepted=accepted)
    await check_again(ask, scene, lines)
    state = await _confirm_all(ask, lines, scene.models)
    if accepted:
        await fetch(
            "UPDATE booking SET accepted_at = $2 WHERE id = $1", scene.booking_id, clock.now()
        )
    await trace("confirm", ask, scene.person_id, scene.booking, state=state.value)
    return booked(scene, state)


def _check_rules(ask: Ask, models: Sequence[Model], *, accepted: bool) -> None:
    if not ask.is_staff:
        for model in models:
            rules.check_accepted(model.policy.rules_text, accepted=accepted)


def _asks(ask: Ask, model: Model) -> bool:
    """Whether staff say yes first; whoever of them books has said so."""
    return model.policy.needs_approval and not ask.is_staff


async def _confirm_all(
    ask: Ask, lines: Sequence[LineRow], models: Mapping[int, Model]
) -> LineState:
    """Each line as its policy wants it, and the household is told; requested where one of them is."""
    became: dict[LineState, list[LineRow]] = {}
    for line in lines:
        verb = Verb.REQUEST if _asks(ask, models[line.resource_id]) else Verb.CONFIRM
        state = await set_state(line, verb)
        model = models[line.resource_id]
        await charging.price(line.id, line.household_id, model, state, line.period)
        became.setdefault(state, []).append(line)
    for state, some in became.items():
        await telling.tell_booked(state, some)
    return LineState.REQUESTED if LineState.REQUESTED in became else LineState.CONFIRMED


async def check_again(ask: Ask, scene: Scene, lines: Sequence[LineRow]) -> None:
    """The limits, without the booking's own lines, at the moment it becomes one (L21).

    Raises LoanOfNobody.
    """
    within()
    if scene.household_id is None or scene.person_id is None:
        raise LoanOfNobody
    spots = [Spot(model=scene.model_of(line), period=line.period) for line in lines]
    others = await _counted(scene.household_id, spots, [line.id for line in scene.lines])
    await check_all(ask, scene.person_id, spots, others, scene.booking)


async def check_all(
    ask: Ask, person_id: int, spots: Sequence[Spot], lines: list[Counted], booking: str
) -> None:
    """Each spot against the household's lines and the spots before it."""
    within()
    now, strikes = clock.now(), 0
    if any(_is_far(spot) for spot in spots):
        strikes = await _strikes(person_id)
    for spot in spots:
        wish = Wish(
            policy=spot.model.policy,
            person_id=person_id,
            period=spot.period,
            now=now,
            strikes=strikes,
            booking=booking,
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


def _is_far(spot: Spot) -> bool:
    """So far ahead that strikes would stand in its way (L25)."""
    near = clock.today() + times.DAY * spot.model.policy.strike_advance_days
    return clock.paris(spot.period.start).date() > near


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
    public_id: str, whom: For, channel: Channel, *, accepted_at: datetime | None = None
) -> int:
    """An empty one; its lines come by the door."""
    within()
    made: int = await fetch_value(
        "INSERT INTO booking (public_id, household, person, channel, created_at,"
        " accepted_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        public_id,
        whom.household_id,
        whom.person_id,
        channel.value,
        clock.now(),
        accepted_at,
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
