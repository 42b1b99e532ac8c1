"""Many want the last unit, on every path that takes time; one gets it, the others hear why not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from backend.kit import clock
from backend.kit.database import DatabaseBusy, fetch, fetch_value
from backend.kit.errors import DomainError
from backend.lending import busy
from backend.lending import service as lend
from backend.lending.errors import JustTaken, OthersSince, StillOut
from backend.lending.rules import Period, TicketKind
from backend.lending.service import claims
from backend.lending.values import Ask, Booked, Given
from backend.membership.queries import Member
from tests import factories, lending
from tests.conftest import Database, execute
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, want, whom

pytestmark = pytest.mark.races

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")


class Scene(NamedTuple):
    shelf: Shelf
    alice: Member
    bob: Member


@pytest.fixture
async def scene(db: Database) -> AsyncIterator[Scene]:
    with clock.frozen(NOW):
        shelf = await lending.add_shelf()
        alice, bob = [await factories.add_member(name) for name in ("Alice", "Bob")]
        yield Scene(shelf, alice, bob)


async def patiently(act: Callable[[], Awaitable[Any]]) -> Any:
    """The answer of an act, tried again while the house is full; a refusal is an answer too."""
    while True:
        try:
            return await act()
        except DatabaseBusy:
            continue
        except DomainError as refusal:
            return refusal


async def test_last_unit_goes_to_one_of_fifty(scene: Scene) -> None:
    """L6: exactly one success and 49 clean refusals with alternatives; nothing raw."""
    drill = await scene.shelf.resource()
    members = [await factories.add_member(f"Voisin {n}") for n in range(10)]
    asks = [(mine(member), member) for member in members for _ in range(5)]

    def book(ask: Ask, member: Member) -> Callable[[], Awaitable[Any]]:
        return lambda: lend.book(ask, whom(member), [want(drill, TUESDAY, WEDNESDAY)])

    answers = await asyncio.gather(*(patiently(book(*each)) for each in asks))
    assert sum(isinstance(answer, Booked) for answer in answers) == 1
    refusals = [answer for answer in answers if isinstance(answer, JustTaken)]
    assert len(refusals) == 49
    assert all(refusal.facts["alternatives"] for refusal in refusals)
    assert await lending.overlaps() == 0


async def test_each_unit_goes_to_one_when_several_are_left(scene: Scene) -> None:
    """L6, L8: as many successes as units, however many ask."""
    drill = await scene.shelf.resource(copies=3)

    def book() -> Callable[[], Awaitable[Any]]:
        ask = mine(scene.alice)
        return lambda: lend.book(ask, whom(scene.alice), [want(drill, TUESDAY)])

    answers = await asyncio.gather(*(patiently(book()) for _ in range(12)))
    assert sum(isinstance(answer, Booked) for answer in answers) == 3
    assert await fetch_value("SELECT count(DISTINCT unit) FROM booking_line") == 3


async def test_two_who_want_two_things_never_wait_in_a_ring(scene: Scene) -> None:
    """L11: rooms and projectors asked for in opposite orders; each booking has both or none."""
    one, two = await scene.shelf.resource("Salle"), await scene.shelf.resource("Projecteur")

    def book(member: Member, lent: tuple[Lent, ...]) -> Callable[[], Awaitable[Any]]:
        ask = mine(member)
        return lambda: lend.book(ask, whom(member), [want(each, TUESDAY) for each in lent])

    acts = [book(scene.alice, (one, two)), book(scene.bob, (two, one))] * 4
    answers = await asyncio.gather(*(patiently(act) for act in acts))
    assert len({answer.booking for answer in answers if isinstance(answer, Booked)}) == 1
    assert await fetch_value("SELECT count(*) FROM booking_line") == 2


async def test_limit_holds_when_many_ask_at_once(scene: Scene) -> None:
    """L21: checked under lock at the write: two bookings for the flat, not one more."""
    drill = await scene.shelf.resource(copies=9, household_bookings=2)

    def book() -> Callable[[], Awaitable[Any]]:
        ask = mine(scene.alice)
        return lambda: lend.book(ask, whom(scene.alice), [want(drill, TUESDAY)])

    await asyncio.gather(*(patiently(book()) for _ in range(9)))
    assert await fetch_value("SELECT count(*) FROM booking") == 2


async def test_double_tap_is_one_booking_when_both_come_at_once(scene: Scene) -> None:
    """L12: the same key on two connections."""
    drill, ask = await scene.shelf.resource(copies=5), mine(scene.alice)
    wish = [want(drill, TUESDAY)]
    answers = await asyncio.gather(
        *(patiently(lambda: lend.book(ask, whom(scene.alice), wish)) for _ in range(5))
    )
    assert len({answer.booking for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM booking") == 1


# L7: each path, ready to take Tuesday, when Bob's booking comes at the same time.
Path = Callable[[Scene, Lent], Awaitable[Callable[[], Awaitable[Any]]]]


async def by_desk_scan(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    made = await lend.book(staff(), whom(scene.alice), [want(drill, WEDNESDAY)])
    ask = staff()
    return lambda: lend.hand_over(ask, made.lines[0], drill.code)


async def on_the_spot(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    ask = staff()
    return lambda: lend.lend_now(ask, whom(scene.alice), drill.code, day("2026-11-24", 12))


async def by_new_dates(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    made = await lend.book(staff(), whom(scene.alice), [want(drill, FRIDAY)])
    ask = mine(scene.alice)
    return lambda: lend.change(ask, made.lines[0], Period(TUESDAY, WEDNESDAY))


async def by_extending(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    given = await lend.lend_now(staff(), whom(scene.alice), drill.code, NOW + timedelta(hours=1))
    ask = staff()
    return lambda: lend.extend(ask, given.line, WEDNESDAY)


async def by_renewing(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    given = await lend.lend_now(staff(), whom(scene.alice), drill.code, day("2026-11-21"))
    ask = mine(scene.alice)
    return lambda: lend.renew(ask, given.line)


async def by_restoring(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    made = await lend.book(staff(), whom(scene.alice), [want(drill, TUESDAY)])
    await lend.cancel(mine(scene.alice), made.booking)
    ask = staff()
    return lambda: lend.restore(ask, made.lines[0])


async def by_undoing(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    given = await lend.lend_now(staff(), whom(scene.alice), drill.code, TUESDAY)
    await lend.take_back(staff(), given.line)
    ask = staff()
    return lambda: lend.undo(ask, given.line)


async def by_swapping(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    """Alice's line leaves the other copy for this one, where nobody can move out of the way."""
    second = await lend.add_unit(lending.SYSTEM, drill.id, lend.UnitWish())
    made = await lend.book(staff(), whom(scene.alice), [want(drill, TUESDAY, unit=second.code)])
    await lend.take_out_of_use(
        staff(), second.code, TicketKind.REPAIR, "Fil usé", Period(WEDNESDAY, FRIDAY)
    )
    ask = staff()
    return lambda: lend.swap(ask, made.lines[0], drill.code)


async def by_ticket(scene: Scene, drill: Lent) -> Callable[[], Awaitable[Any]]:
    """Maintenance takes time too; a booking that it meets is cancelled, never doubled."""
    ask, period = staff(), Period(TUESDAY, WEDNESDAY)
    kind = TicketKind.BLACKOUT
    return lambda: lend.take_out_of_use(ask, drill.code, kind, "Ménage", period)


PATHS: dict[str, Path] = {
    "desk scan": by_desk_scan,
    "walk-in": on_the_spot,
    "edit dates": by_new_dates,
    "extend": by_extending,
    "renew": by_renewing,
    "restore": by_restoring,
    "undo": by_undoing,
    "swap unit": by_swapping,
    "maintenance": by_ticket,
}


@pytest.mark.parametrize("path", PATHS)
async def test_time_is_given_once_when_a_path_meets_a_booking(scene: Scene, path: str) -> None:
    """L7: at the same moment, on two connections; a refusal is a sentence, and nothing overlaps."""
    for _ in range(3):
        drill = await scene.shelf.resource(f"Perceuse {clock.now()} {_}")
        act = await PATHS[path](scene, drill)
        ask = mine(scene.bob)
        wish = [want(drill, TUESDAY, unit="")]
        answers = await asyncio.gather(
            patiently(act), patiently(lambda a=ask, w=wish: lend.book(a, whom(scene.bob), w))
        )
        refused = [one for one in answers if isinstance(one, DomainError)]
        assert all(isinstance(one, JustTaken) for one in refused)
        assert len(refused) <= 1
        assert await lending.overlaps() == 0


async def test_offer_is_accepted_by_one_while_its_time_ends(scene: Scene) -> None:
    """L7: waitlist accept: the offer's holder and somebody else, when it has just lapsed."""
    drill = await scene.shelf.resource()
    made = await lend.book(mine(scene.bob), whom(scene.bob), [want(drill, FRIDAY)])
    waits = await lend.wait(mine(scene.alice), whom(scene.alice), want(drill, FRIDAY))
    await lend.cancel(mine(scene.bob), made.booking)
    with clock.travel(timedelta(days=3)):
        yes, other = mine(scene.alice), mine(scene.bob)
        answers = await asyncio.gather(
            patiently(lambda: lend.accept(yes, waits.lines[0])),
            patiently(lambda: lend.book(other, whom(scene.bob), [want(drill, FRIDAY)])),
        )
    assert [isinstance(one, Booked) for one in answers] == [False, True]


async def test_one_custody_opens_when_two_desks_scan_at_once(scene: Scene) -> None:
    """L9."""
    drill = await scene.shelf.resource()
    asks = [(staff(), scene.alice), (staff(), scene.bob)]
    answers = await asyncio.gather(
        *(
            patiently(lambda a=ask, m=member: lend.lend_now(a, whom(m), drill.code))
            for ask, member in asks
        )
    )
    assert sum(isinstance(one, Given) for one in answers) == 1
    assert await fetch_value("SELECT count(*) FROM custody") == 1


async def test_unit_is_in_one_pair_of_hands_when_a_return_is_undone_meanwhile(scene: Scene) -> None:
    """L9, L31: one desk takes its return back while another lends the unit, or lends and has it back."""
    drill = await scene.shelf.resource()
    given = await lend.lend_now(staff(), whom(scene.alice), drill.code)
    await lend.take_back(staff(), given.line)
    undoing, out, back = staff(), staff(), staff()

    async def come_and_go() -> Any:
        other = await patiently(lambda: lend.lend_now(out, whom(scene.bob), drill.code))
        if isinstance(other, Given):
            await patiently(lambda: lend.take_back(back, other.line))
        return other

    undone = patiently(lambda: lend.undo(undoing, given.line))
    answers = await asyncio.gather(undone, come_and_go())
    assert sum(isinstance(one, Given) for one in answers) == 1
    assert [one for one in answers if isinstance(one, StillOut | OthersSince)]


async def test_constraint_alone_gives_the_time_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L5: with the resource's lock off, the loser reads an empty insert and hears "just taken"."""
    drill = await scene.shelf.resource()
    all_read_then_write(monkeypatch)
    answers = await two_book(scene, drill)
    assert sorted(isinstance(one, JustTaken) for one in answers) == [False, True]
    assert await lending.overlaps() == 0


async def test_time_is_given_twice_when_its_guards_are_off(
    scene: Scene, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L5, L6: the same two bookings without lock and constraint: this is the race they prevent."""
    drill = await scene.shelf.resource()
    all_read_then_write(monkeypatch)
    async with without_constraint(db):
        answers = await two_book(scene, drill)
        assert all(isinstance(one, Booked) for one in answers)
        assert await lending.overlaps() == 1
        await fetch("DELETE FROM booking_line")


def all_read_then_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks a resource, and both have read what is free before either writes."""
    met, first = asyncio.Barrier(2), iter((True, True))
    read = busy.busy_times

    async def unlocked(resource_id: int) -> Any:
        return (await busy.models("r.id = $1", resource_id))[0]

    async def together(*args: Any, **said: Any) -> Any:
        found = await read(*args, **said)
        if next(first, False):
            await met.wait()
        return found

    monkeypatch.setattr("backend.lending.service.shelf.lock_resource", unlocked)
    monkeypatch.setattr(claims.busy, "busy_times", together)


async def two_book(scene: Scene, drill: Lent) -> list[Any]:
    def hold(member: Member) -> Callable[[], Awaitable[Any]]:
        ask = mine(member)
        return lambda: lend.hold(ask, whom(member), [want(drill, TUESDAY)])

    return [*await asyncio.gather(patiently(hold(scene.alice)), patiently(hold(scene.bob)))]


@asynccontextmanager
async def without_constraint(db: Database) -> AsyncIterator[None]:
    """The owner takes it away, and puts back what PostgreSQL said it was."""
    said = await fetch_value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'booking_line_no_two'"
    )
    # The insert names the constraint: a plain unique one under its name keeps the statement whole.
    await execute(
        db.owner_url,
        "ALTER TABLE booking_line DROP CONSTRAINT booking_line_no_two",
        "ALTER TABLE booking_line ADD CONSTRAINT booking_line_no_two UNIQUE (id)",
    )
    try:
        yield
    finally:
        await execute(
            db.owner_url,
            "ALTER TABLE booking_line DROP CONSTRAINT booking_line_no_two",
            f"ALTER TABLE booking_line ADD CONSTRAINT booking_line_no_two {said}",
        )
