"""What a redemption asks of PostgreSQL, statement by statement: the limit that a server can reach."""

from typing import Any

import asyncpg

from backend.kit import clock, codes
from backend.vouchers import ledger, shown
from tests.factories import Market


async def by_sql(pool: asyncpg.Pool, market: Market, voucher: Any) -> None:
    """One redemption, with nothing around it."""
    now, key, use = clock.now(), codes.random_id(), codes.random_id()
    till = market.till.caller
    async with pool.acquire() as connection:
        await connection.fetch(TILL, codes.hash_token(market.till.token))
        async with connection.transaction():
            await connection.fetch(KEY, "bench", key, b"f" * 32, now)
            await connection.fetch(LOCK, voucher["long_id"], till.partner_id)
            await connection.fetch(MARK, voucher["id"], now)
            await connection.fetch(
                ledger._USE,
                *(use, voucher["id"], 0, market.offer.id, 1),
                *(voucher["household"], voucher["claimant"]),
                *(till.partner_id, till.shop_id, till.till_id, None),
                *("scan", "online", None, now, None, 1250, 1125, 125, False),
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
