"""A3, PERF6: the agenda of a year: 1,500 sessions with 20,000 seats, a page, the feed, the poster, a seat."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from backend.activities import feed, printing, queries
from backend.activities import service as activities
from backend.activities.queries import figures
from backend.audit.service import person
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member, find_member
from tests import factories
from tests.bench.crowd import gather
from tests.bench.figures import percentile, timed, told
from tests.bench.stage import stage

HOUSEHOLDS, SESSIONS, SEATS_EACH = 2_000, 1_500, 13
TIMES, MOST_MS = 30, 50


async def run() -> None:
    async with stage() as club:
        await gather(club, await factories.add_market(), HOUSEHOLDS, HOUSEHOLDS)
        await plan_a_year()
        await club.analyze()
        reader = await a_reader()
        told("sessions", await fetch_value("SELECT count(*) FROM activity_session"), "")
        told("seats", await fetch_value("SELECT count(*) FROM seat"), "")
        today = clock.today()
        month = today + timedelta(days=30)
        await measure("the agenda of a month", partial(queries.agenda, today, month))
        await measure("one session", partial(queries.get_session, await a_session()))
        await measure("my seats", partial(queries.seats_of, reader.household_id))
        await measure("near, for the first page", partial(queries.near, reader))
        await measure(
            "figures of a year", partial(figures.by_kind, today - timedelta(days=365), today)
        )
        await measure("the feed of a year", partial(feed.read, "club.example"), bound=False)
        await measure(
            "the poster of a month", partial(printing.print_month, today, month), bound=False
        )
        await measure("a seat taken and given back", partial(take_and_leave, reader))


async def plan_a_year() -> None:
    """Half of it is past; every session has as many seats as it holds, and one who waits."""
    now = clock.now()
    await fetch(
        "INSERT INTO activity_session (public_id, kind, title, details, place, leader_name, material,"
        " capacity, starts_at, ends_at, created_at, changed_at, cancel_reason)"
        " SELECT 'bench-' || n, (ARRAY['Cuisine', 'Gym', 'Jeux', 'Aide aux devoirs'])[1 + n % 4],"
        " 'Séance ' || n, 'Quelques mots', 'Salle ' || n % 5, '', '', $2,"
        " $1::timestamptz + make_interval(hours => (n - 750) * 5),"
        " $1::timestamptz + make_interval(hours => (n - 750) * 5 + 2), $1, $1, ''"
        " FROM generate_series(1, $3) n",
        now,
        SEATS_EACH,
        SESSIONS,
    )
    await fetch(
        "INSERT INTO seat (public_id, session, household, person, contact, state, asked_at, taken_at)"
        " SELECT 'seat-' || a.id || '-' || at, a.id, m.household, m.person, m.person,"
        " CASE WHEN at <= $2 THEN 'taken' ELSE 'waiting' END, $1, $1"
        " FROM activity_session a CROSS JOIN generate_series(1, $2 + 1) at"
        " JOIN (SELECT household, person, row_number() OVER (ORDER BY id) AS n FROM household_member"
        "  WHERE adult) m ON m.n = 1 + (a.id * 17 + at * 31) % $3",
        now,
        SEATS_EACH,
        HOUSEHOLDS - 1,
    )


async def a_session() -> str:
    found: str = await fetch_value(
        "SELECT public_id FROM activity_session WHERE starts_at > $1 ORDER BY starts_at LIMIT 1",
        clock.now() + timedelta(days=2),
    )
    return found


async def a_reader() -> Member:
    member = await find_member(
        await fetch_value("SELECT min(person) FROM household_member WHERE adult")
    )
    assert member is not None
    return member


async def take_and_leave(member: Member) -> None:
    """In line at a full session, as most are; then out of it."""
    by, session = person(member.person_id), await a_session()
    await activities.take(by, member, session, [member.person_public_id], codes.random_id())
    mine = await queries.family(member, session)
    seat = next(one.seat for one in mine if one.me)
    assert seat is not None
    await activities.leave(by, member, seat)


async def measure(name: str, act: Callable[[], Awaitable[object]], *, bound: bool = True) -> None:
    await act()
    times = [await timed(act) for _ in range(TIMES)]
    told(f"{name}: p50", percentile(times, 50), "ms")
    if bound:
        told(f"{name}: p95", percentile(times, 95), "ms", MOST_MS, "PERF6")
    else:
        told(f"{name}: p95", percentile(times, 95), "ms")
