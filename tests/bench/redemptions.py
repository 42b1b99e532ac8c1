"""V16, PERF3: redemptions a second through the real server, next to the same SQL by itself."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import asyncpg

from backend import settings as configuration
from backend.kit import clock, codes
from backend.kit.database import Connection, fetch, fetch_value
from backend.vouchers import keyring, shown
from tests import factories
from tests.bench.figures import percentile, told, told_least
from tests.bench.stage import Stage, stage
from tests.factories import Market

CLIENTS = (1, 8, 32)
EACH = 400
OPEN = 200_000
AIM = 0.5
CORES = 2

Act = Callable[[int], Awaitable[None]]


async def run() -> None:
    async with stage(workers=CORES) as club:
        keyring.use(
            configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(club.home)}).signing_keys
        )
        market = await factories.add_market(limit_count=1)
        await fill(market, OPEN)
        told("open vouchers", await fetch_value("SELECT count(*) FROM voucher"), "")
        taken = iter(await payloads(2 * sum(count(each) for each in CLIENTS) + 2000))
        for clients in CLIENTS:
            await compare(club, market, taken, clients)
        await paced(club, market, taken, 50, 60, 95)
        await paced(club, market, taken, 200, 250, 99)


def count(clients: int) -> int:
    return EACH * min(clients, 8)


async def compare(club: Stage, market: Market, taken: Any, clients: int) -> None:
    mine = [next(taken) for _ in range(count(clients))]
    theirs = [next(taken) for _ in range(count(clients))]
    pool = await asyncpg.create_pool(
        club.app_url, min_size=clients, max_size=clients, connection_class=Connection
    )
    raw = await measure(lambda n: by_sql(pool, market, theirs[n]), len(theirs), clients)
    await pool.close()
    async with Wire(club, market, clients) as till:
        real = await measure(lambda n: till.redeem(mine[n]["payload"]), len(mine), clients)
    for name, (rate, times) in (("server", real), ("SQL alone", raw)):
        told(f"{clients} clients, {name}: redemptions a second", rate, "/s")
        for share in (50, 95, 99):
            told(f"{clients} clients, {name}: p{share}", percentile(times, share), "ms")
    told_least(f"{clients} clients: server / SQL alone", real[0] / raw[0], "", AIM, "issue 2")


async def measure(act: Act, acts: int, clients: int) -> tuple[float, list[float]]:
    """Acts a second, and how long each took in milliseconds."""
    waiting, times = iter(range(acts)), []

    async def client() -> None:
        for number in waiting:
            started = time.perf_counter()
            await act(number)
            times.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return acts / (time.perf_counter() - started), times


async def paced(
    club: Stage, market: Market, taken: Any, rate: int, bound: float, share: int
) -> None:
    """At a steady rate: how long an answer takes from the instant it was due."""
    times: list[float] = []
    codes_ = [next(taken) for _ in range(rate * 4)]
    async with Wire(club, market, 64) as till:

        async def one(number: int, started: float) -> None:
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await till.redeem(codes_[number]["payload"])
            times.append((time.perf_counter() - due) * 1000)

        started = time.perf_counter() + 0.2
        await asyncio.gather(*(one(number, started) for number in range(len(codes_))))
    told(f"at {rate}/s: p50", percentile(times, 50), "ms")
    told(f"at {rate}/s: p{share}", percentile(times, share), "ms", bound, "V16 PERF3")


class Wire:
    """A till that costs almost nothing: HTTP/1.1 written by hand, one connection for each client."""

    def __init__(self, club: Stage, market: Market, clients: int) -> None:
        self.port = urlsplit(club.url).port
        self.token, self.clients = market.till.token, clients
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    async def __aenter__(self) -> Self:
        for _ in range(self.clients):
            self.free.put_nowait(await asyncio.open_connection("localhost", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self.free.empty():
            self.free.get_nowait()[1].close()

    async def redeem(self, payload: str) -> None:
        body = json.dumps({"code": payload, "price_cents": 1250})
        reader, writer = await self.free.get()
        writer.write(
            f"POST /api/v1/redemptions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}"
            f"\r\nauthorization: Bearer {self.token}\r\nidempotency-key: {codes.random_id()}"
            f"\r\ncontent-type: application/json\r\n\r\n{body}".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length, head
        said = await reader.readexactly(int(length[1]))
        assert b" 201 " in head[:20], said
        self.free.put_nowait((reader, writer))


async def by_sql(pool: asyncpg.Pool, market: Market, voucher: Any) -> None:
    """What a redemption asks of PostgreSQL, statement by statement, with nothing around it."""
    now, key, use = clock.now(), codes.random_id(), codes.random_id()
    till = market.till.caller
    async with pool.acquire() as connection:
        await connection.fetch(TILL, codes.hash_token(market.till.token))
        async with connection.transaction():
            await connection.fetch(KEY, "bench", key, b"f" * 32, now)
            await connection.fetch(LOCK, voucher["long_id"], till.partner_id)
            await connection.fetch(MARK, voucher["id"], now)
            await connection.fetch(
                USE,
                use,
                voucher["id"],
                market.offer.id,
                voucher["household"],
                voucher["claimant"],
                till.partner_id,
                till.shop_id,
                till.till_id,
                now,
            )
            await connection.fetch(AUDIT, now, till.till_id, voucher["claimant"], use)
            await connection.fetch(OUTBOX, f"bench:{use}", now)
            await connection.fetch(KEEP, "bench", key, b"f" * 32, '{"given": {}}', now)


TILL = (
    "SELECT t.id, t.cashiers, t.revoked_at, s.name, s.closed_at, p.name FROM till t"
    " JOIN shop s ON s.id = t.shop JOIN partner p ON p.id = s.partner WHERE t.token_hash = $1"
)
KEY = (
    "INSERT INTO idempotency_key (scope, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT ON CONSTRAINT idempotency_key_once DO NOTHING RETURNING id"
)
LOCK = shown._VOUCHER.format(key="long_id")
MARK = (
    "UPDATE voucher SET state = 'redeemed', held_until = NULL, held_by = NULL,"
    " hold_extended = false, shown_at = $2, changed_at = $2 WHERE id = $1"
)
USE = (
    "INSERT INTO redemption (public_id, voucher, round, offer, offer_version, household, person,"
    " partner, shop, till, channel, mode, at, full_cents, paid_cents, saving_cents,"
    " identity_checked) VALUES ($1, $2, 0, $3, 1, $4, $5, $6, $7, $8, 'scan', 'online', $9, 1250,"
    " 1125, 125, false) ON CONFLICT ON CONSTRAINT redemption_once DO NOTHING RETURNING id"
)
AUDIT = (
    "INSERT INTO audit_entry (at, actor, actor_id, subject_id, verb, object_kind, object_id, facts)"
    " VALUES ($1, 'till', $2, $3, 'voucher.redeem', 'redemption', $4, '{}')"
)
OUTBOX = (
    "INSERT INTO outbox (kind, key, payload, created_at, due_at) VALUES ('bench', $1, '{}', $2, $2)"
    " ON CONFLICT ON CONSTRAINT outbox_key_key DO NOTHING RETURNING id"
)
KEEP = (
    "INSERT INTO idempotency_key (scope, key, fingerprint, answer, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT idempotency_key_once"
    " DO UPDATE SET answer = EXCLUDED.answer WHERE idempotency_key.answer IS NULL"
)

HOUSEHOLDS = 5_000
CHUNK = 20_000  # each statement within its time-out
PEOPLE = (
    "INSERT INTO person (public_id, given_name, family_name, language, search, created_at)"
    " SELECT 'bench ' || n, 'Alice', 'Martin', 'fr', '', now() FROM generate_series(1, $1::int) n"
)
HOMES = (
    "INSERT INTO household (public_id, tile, payer, category, proof, street, postcode, town,"
    " created_at) SELECT 'BEN-' || n, -n, h.payer, h.category, h.proof, h.street, h.postcode,"
    " h.town, h.created_at FROM household h, generate_series(1, $1::int) n WHERE h.id = $2"
)
PAID = (
    "INSERT INTO period (household, during, category, paid_cents, pay_order, created_at)"
    " SELECT h.id, p.during, p.category, p.paid_cents, p.pay_order, p.created_at"
    " FROM household h, period p WHERE h.public_id LIKE 'BEN-%' AND p.household = $1"
)
VOUCHERS = """
INSERT INTO voucher (long_id, code, household, claimant, offer, offer_version, partner, state,
                     period, slot, claimer, issued_at, valid_from, valid_until, generation,
                     hold_extended, round, changed_at)
SELECT decode(lpad(to_hex(n), 24, '0'), 'hex'), 'B' || lpad(n::text, 11, '0'), h.id, p.id, $1, 1,
       $2, 'issued', 'bench', n, 0, now(), current_date - 1, $3, 1, false, 0, now()
FROM generate_series($4::int, $5::int) n
JOIN household h ON h.public_id = 'BEN-' || (n % $6::int + 1)
JOIN person p ON p.public_id = 'bench ' || (n % $6::int + 1)
"""


async def fill(market: Market, vouchers: int) -> None:
    """One true member, copied; vouchers of distinct households, as in a town."""
    alice = await factories.add_member()
    await fetch(PEOPLE, HOUSEHOLDS)
    await fetch(HOMES, HOUSEHOLDS, alice.household_id)
    await fetch(PAID, alice.household_id)
    until = clock.end_of_day(clock.today() + timedelta(days=20))
    for first in range(1, vouchers + 1, CHUNK):
        last = min(first + CHUNK - 1, vouchers)
        await fetch(VOUCHERS, market.offer.id, market.partner.id, until, first, last, HOUSEHOLDS)
    await fetch("ANALYZE")


async def payloads(wanted: int) -> list[dict[str, Any]]:
    """Vouchers spread over all of them, with the text of their code."""
    rows = await fetch(
        "SELECT id, long_id, household, claimant, offer, partner, valid_until FROM voucher"
        " ORDER BY md5(id::text) LIMIT $1",
        wanted,
    )
    return [{**dict(row), "payload": _sealed(row)} for row in rows]


def _sealed(row: Any) -> str:
    voucher = codes.Voucher(
        long_id=bytes(row["long_id"]),
        offer=row["offer"],
        place=codes.Place.PARTNER,
        place_id=row["partner"],
        valid_until=row["valid_until"],
        generation=1,
    )
    return codes.seal(voucher, keyring.signing_keys())
