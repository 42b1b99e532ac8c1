"""L6, L26, L43: what is free, staff's pages and bookings a second, with more and more behind them.

Bookings stand beside the same rows written straight by asyncpg; at the end, how each grew with the past.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import asyncpg

from backend.kit import clock, codes
from backend.kit.database import Connection, fetch, fetch_value
from backend.lending import queries
from backend.lending import service as lend
from backend.lending.rules import DueRule, Period, SlotMode
from backend.lending.service import counting
from backend.membership.queries import Member
from tests import factories, lending
from tests.bench.figures import percentile, timed, told
from tests.bench.stage import Stage, stage
from tests.bench.visitors import Visitors, invite
from tests.bench.wire import Phone
from tests.integration.statements import statements
from tests.lending import Lent, Shelf, staff, whom

RESOURCES, UNITS, DAYS = 500, 10, 60
OPEN = 50_000
PAST = (1_000, 100_000, 1_000_000)
TIMES, CLIENTS, EACH, HOUSEHOLDS = 20, 8, 60, 6
HOUR = timedelta(hours=1)
# The pages of staff, with who opens them and, where a promise states one, the bound in ms.
PAGES = (
    ("day of loans, whole page", "desk", "/comptoir/prets", 300, "L26"),
    ("plan of the week, whole page", "desk", "/comptoir/planning", None, ""),
    ("report of a month, whole page", "manager", "/gestion/bilan-des-prets?du={since}", None, ""),
    ("report of a year, whole page", "manager", "/gestion/bilan-des-prets?du={year}", None, ""),
)
# What each figure was in each round, by its name.
Grown = dict[str, list[float]]


async def run() -> None:
    async with stage() as club:
        shelf = await lending.add_shelf()
        first = await resource(shelf, "Modèle")
        await fill(club, first, await factories.add_member("Tout le quartier"))
        who, grown, last = await invite(club), Grown(), 0
        for past in PAST:
            await add_past(club, past - last)
            last = past
            await counting.keep_months()  # as each night
            await club.analyze()
            print(f"-- {past} past bookings", flush=True)
            await reads(shelf, grown)
            await pages(club, who, grown)
            await writes(club, shelf, past, grown)
        for name, values in grown.items():
            told(f"{name}: from {PAST[0]} to {PAST[-1]} past", values[-1] / values[0], "times")


async def resource(shelf: Shelf, name: str, copies: int = 2) -> Lent:
    """Booked by the hour, round the clock."""
    return await shelf.resource(
        name,
        copies=copies,
        slot_mode=SlotMode.HOURS,
        due_rule=DueRule.KEEP,
        longest_length=600,
        usual_length=60,
    )


async def reads(shelf: Shelf, grown: Grown) -> None:
    rows = await fetch(
        "SELECT public_id FROM resource WHERE site = $1 ORDER BY id LIMIT $2",
        shelf.site_id,
        RESOURCES,
    )
    names, now = [row["public_id"] for row in rows], clock.now()
    within = Period(now, now + timedelta(days=DAYS))

    async def gaps() -> None:
        found = await queries.availability(names, within)
        assert sum(len(one.gaps) for one in found.values()) > len(names)

    await measure(grown, f"free times of {RESOURCES} resources, {DAYS} days", gaps)
    await measure(grown, "today's lists", lambda: queries.today(shelf.site_id), 300, "L26")
    async with statements() as said:
        await queries.today(shelf.site_id)
    told("statements of today's screen", len(said), "", 1, "L26")


async def pages(club: Stage, who: Visitors, grown: Grown) -> None:
    """Through the real server, as a browser of the house asks for them."""
    since = clock.today() - timedelta(days=30)
    for name, role, page, bound, promise in PAGES:
        path = page.format(since=since, year=clock.today() - timedelta(days=364))
        async with Phone(club, getattr(who, role), 1) as browser:
            await measure(grown, name, partial(browser.load, path), bound, promise)


async def measure(
    grown: Grown,
    name: str,
    act: Callable[[], Awaitable[object]],
    bound: float | None = None,
    promise: str = "",
) -> None:
    await act()
    times = [await timed(act) for _ in range(TIMES)]
    told(f"{name}: p50", percentile(times, 50), "ms")
    told(f"{name}: p95", percentile(times, 95), "ms", bound, promise)
    grown.setdefault(name, []).append(percentile(times, 50))


async def writes(club: Stage, shelf: Shelf, round_: int, grown: Grown) -> None:
    """Each client books hours of its own, for several households: on one resource, then each on another.

    Then the same rows without us.
    """
    members = [
        [await factories.add_member(f"Voisin {n}") for n in range(HOUSEHOLDS)]
        for _ in range(CLIENTS)
    ]
    hot = await resource(shelf, f"Prisé {round_}")
    one = await rate("bookings, one hot resource", book([hot] * CLIENTS, members))
    cold = [await resource(shelf, f"Calme {round_} {n}") for n in range(CLIENTS)]
    many = await rate("bookings, many resources", book(cold, members))
    pool = await asyncpg.create_pool(
        club.app_url, min_size=CLIENTS, max_size=CLIENTS, connection_class=Connection
    )
    alone = await rate("guarded inserts of asyncpg alone", await insert(pool, hot, members))
    await pool.close()
    told("a booking on a hot resource, in inserts of asyncpg", alone / one, "")
    told("a booking on one of many, in inserts of asyncpg", alone / many, "")
    grown.setdefault("time of a booking, hot", []).append(1 / one)
    grown.setdefault("time of a booking, many", []).append(1 / many)
    grown.setdefault("time of an insert of asyncpg", []).append(1 / alone)


def book(lent: list[Lent], members: list[list[Member]]) -> Callable[[int, int], Awaitable[object]]:
    tomorrow = clock.start_of_day(clock.today() + timedelta(days=1))

    async def one(client: int, n: int) -> object:
        start = tomorrow + (client * EACH + n) * HOUR
        wants = [lending.want(lent[client], start)]
        return await lend.book(staff(), whom(members[client][n % HOUSEHOLDS]), wants)

    return one


async def insert(
    pool: asyncpg.Pool, lent: Lent, members: list[list[Member]]
) -> Callable[[int, int], Awaitable[object]]:
    """The least a booking is: its row, and its line under the constraint."""
    resource_id = await fetch_value("SELECT id FROM resource WHERE public_id = $1", lent.id)
    far = clock.now() + timedelta(days=400)

    async def one(client: int, n: int) -> object:
        start, who = far + (client * EACH + n) * HOUR, members[client][0]
        async with pool.acquire() as connection, connection.transaction():
            booking = await connection.fetchval(
                "INSERT INTO booking (public_id, household, person, channel, created_at)"
                " VALUES ($1, $2, $3, 'desk', $4) RETURNING id",
                codes.random_id(),
                who.household_id,
                who.person_id,
                start,
            )
            return await connection.fetchval(
                LINE, booking, resource_id, lent.units[0].id, start, start + HOUR
            )

    return one


async def rate(name: str, act: Callable[[int, int], Awaitable[object]]) -> float:
    """So many a second, all clients together."""
    times: list[float] = []

    async def client(number: int) -> None:
        times.extend([await timed(partial(act, number, n)) for n in range(EACH)])

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    found = len(times) / (time.perf_counter() - started)
    told(f"{name}: a second", found, "/s")
    told(f"{name}: p95", percentile(times, 95), "ms")
    return found


async def fill(club: Stage, first: Lent, member: Member) -> None:
    """The other resources, their units, and what is open: each unit ten hours of ten days."""
    connection = await asyncpg.connect(club.owner_url)
    now = clock.now()
    try:
        await connection.execute(MORE_RESOURCES, RESOURCES - 1)
        await connection.execute(MORE_UNITS, UNITS)
        await open_lines(connection, member, now)
    finally:
        await connection.close()
    told("units", await fetch_value("SELECT count(*) FROM unit"), "")
    told("open lines", await fetch_value("SELECT count(*) FROM booking_line"), "")
    assert first.units


async def open_lines(connection: asyncpg.Connection, member: Member, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO booking (public_id, household, person, channel, created_at)"
        " SELECT 'open' || n, $1, $2, 'desk', $3 FROM generate_series(1, $4::int) n",
        member.household_id,
        member.person_id,
        now,
        OPEN,
    )
    await connection.execute(
        "INSERT INTO booking_line (booking, resource, unit, during, occupied, state, changed_at)"
        " SELECT b.id, u.resource, u.id, r, r, 'confirmed', $1 FROM"
        " (SELECT *, row_number() OVER (ORDER BY id) AS n FROM unit) u"
        " CROSS JOIN generate_series(0, 9) d"
        " JOIN booking b ON b.public_id = 'open' || ((u.n - 1) * 10 + d + 1)"
        " CROSS JOIN LATERAL (SELECT $1::timestamptz + (d * 6 + u.n % 6) * interval '1 day') s (at)"
        " CROSS JOIN LATERAL (SELECT tstzrange(at, at + interval '10 hours')) t (r)",
        now,
    )


async def add_past(club: Stage, count: int) -> None:
    """Loans that are over, over the last five years."""
    connection = await asyncpg.connect(club.owner_url)
    try:
        await connection.execute("ALTER TABLE booking_line DISABLE TRIGGER USER")
        await connection.execute(PAST_BOOKINGS, count)
        await connection.execute(PAST_LINES)
        await connection.execute(PAST_CUSTODY)
        await connection.execute("ALTER TABLE booking_line ENABLE TRIGGER USER")
    finally:
        await connection.close()


LINE = (
    "INSERT INTO booking_line (booking, resource, unit, during, occupied, state, changed_at)"
    " VALUES ($1, $2, $3, tstzrange($4, $5), tstzrange($4, $5), 'confirmed', $4)"
    " ON CONFLICT ON CONSTRAINT booking_line_no_two DO NOTHING RETURNING id"
)
MORE_RESOURCES = (
    "INSERT INTO resource (public_id, site, policy, name, category, description, search, counted,"
    " pieces, created_at) SELECT 'bench' || n, site, policy, name || n, category, '', search,"
    " true, '{}', created_at FROM resource, generate_series(1, $1::int) n"
)
MORE_UNITS = (
    "INSERT INTO unit (resource, code, shelf, facts, created_at)"
    " SELECT r.id, 'BENCH' || r.id || 'N' || n, '', '{}', r.created_at"
    " FROM resource r, generate_series(1, $1::int) n"
)
PAST_BOOKINGS = (
    "INSERT INTO booking (public_id, household, person, channel, created_at)"
    " SELECT 'past' || (SELECT count(*) FROM booking) + n, household, person, 'desk', created_at"
    " FROM (SELECT * FROM booking ORDER BY id LIMIT 1) b, generate_series(1, $1::int) n"
)
PAST_LINES = (
    "INSERT INTO booking_line (booking, resource, unit, during, occupied, state, changed_at)"
    " SELECT b.id, u.resource, u.id, r, r, 'closed', lower(r) FROM"
    " (SELECT id, (id + id / 5000 * 173) % 1800 AS day FROM booking b WHERE public_id LIKE 'past%'"
    "  AND NOT EXISTS (SELECT 1 FROM booking_line l WHERE l.booking = b.id)) b"
    " JOIN unit u ON u.id = 1 + b.id % 5000 CROSS JOIN LATERAL (SELECT tstzrange("
    "  today - (b.day + 2) * interval '1 day', today - (b.day + 1) * interval '1 day')"
    "  FROM date_trunc('day', now()) today) t (r)"
)
PAST_CUSTODY = (
    "INSERT INTO custody (unit, line, household, person, out_at, out_noted_at, in_at, in_noted_at,"
    " outcome, given, taken) SELECT l.unit, l.id, b.household, b.person, lower(l.during),"
    " lower(l.during), upper(l.during), upper(l.during), 'fine', '{}', '{}' FROM booking_line l"
    " JOIN booking b ON b.id = l.booking WHERE l.state = 'closed'"
    " AND NOT EXISTS (SELECT 1 FROM custody c WHERE c.line = l.id)"
)
