"""What the database itself guarantees of vouchers and their uses."""

import itertools
from typing import Any

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.vouchers import service
from backend.vouchers.rules import MOVES, VoucherState
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database

STATES = list(VoucherState)
FIRST_STEPS = {
    VoucherState.ISSUED: [],
    VoucherState.REDEEMED: ["redeemed"],
    VoucherState.CANCELLED: ["cancelled"],
    VoucherState.REVOKED: ["revoked"],
}


@pytest.fixture
async def voucher(db: Database) -> int:
    market = await factories.add_market()
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    found: int = await fetch_value("SELECT id FROM voucher WHERE code = $1", code)
    return found


async def move(voucher: int, state: str) -> None:
    await fetch("UPDATE voucher SET state = $2 WHERE id = $1", voucher, state)


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(STATES, 2)))
async def test_database_refuses_a_move_when_it_is_not_in_the_table(
    voucher: int, before: VoucherState, after: VoucherState
) -> None:
    """V1: every pair is tried; the database lets through what the rules name, nothing else."""
    for step in FIRST_STEPS[before]:
        await move(voucher, step)
    if (before, after) in MOVES:
        await move(voucher, after.value)
        return
    with pytest.raises(asyncpg.CheckViolationError):
        await move(voucher, after.value)


@pytest.mark.parametrize("state", ["held", "expired", "used", ""])
async def test_database_refuses_a_state_that_is_none(voucher: int, state: str) -> None:
    """V1: held and expired are read from dates, never stored."""
    with pytest.raises(asyncpg.CheckViolationError):
        await move(voucher, state)


@pytest.mark.parametrize("state", ["redeemed", "cancelled", "revoked"])
async def test_voucher_begins_issued(voucher: int, state: str) -> None:
    """V1: no voucher is born used or taken back."""
    names = await columns("voucher", but={"id", "long_id", "code", "state", "slot"})
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(
            f"INSERT INTO voucher (long_id, code, state, slot, {names})"
            f" SELECT '\\x00', 'X', $2, 9, {names} FROM voucher WHERE id = $1",
            voucher,
            state,
        )


@pytest.mark.parametrize("table", ["redemption", "reversal", "refused_attempt", "offer_version"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_app_may_not_change_what_happened(db: Database, table: str, verb: str) -> None:
    """V2: the club's own role is refused, whatever the code above it does."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(verb.format(table))


async def test_use_is_stored_whole(db: Database) -> None:
    """V3: shop, device, staff, channel, mode, both times, receipt, price and saving."""
    market = await factories.add_market()
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    till = market.till.caller
    scan = Scan(
        code=code,
        key=codes.random_id(),
        till=till,
        price_cents=1250,
        receipt_ref="T-0042",
        cashier="Karim",
    )
    verdict = await service.redeem(scan)
    row: Any = await fetch_one("SELECT * FROM redemption WHERE public_id = $1", verdict.redemption)
    assert (row["shop"], row["till"], row["cashier"]) == (till.shop_id, till.till_id, "Karim")
    assert (row["channel"], row["mode"], row["receipt_ref"]) == ("typed", "online", "T-0042")
    assert (row["full_cents"], row["paid_cents"], row["saving_cents"]) == (1250, 1125, 125)
    assert row["at"] == verdict.at
    assert row["person"] == alice.person_id


async def test_reversal_is_one_for_a_use(db: Database) -> None:
    """V2: a reversal references its use under a unique key."""
    market = await factories.add_market()
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    till = market.till.caller
    use = await service.redeem(Scan(code=code, key="a", till=till))
    await service.reverse(Undo(redemption=use.redemption, reason="erreur", key="b", till=till))
    names = await columns("reversal", but={"id", "public_id"})
    with pytest.raises(asyncpg.UniqueViolationError):
        await fetch(
            f"INSERT INTO reversal (public_id, {names}) SELECT 'again', {names} FROM reversal"
        )


async def test_voucher_is_used_again_when_its_use_was_undone(db: Database) -> None:
    """V1: redeemed goes back to issued; the next use is a round of its own."""
    market = await factories.add_market()
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    till = market.till.caller
    for turn in range(3):
        use = await service.redeem(Scan(code=code, key=f"use {turn}", till=till))
        undo = Undo(redemption=use.redemption, reason="erreur", key=f"undo {turn}", till=till)
        await service.reverse(undo)
    await service.redeem(Scan(code=code, key="last", till=till))
    assert await fetch_value("SELECT array_agg(round ORDER BY id) FROM redemption") == [0, 1, 2, 3]


async def columns(table: str, but: set[str]) -> str:
    rows = await fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1", table
    )
    return ", ".join(row[0] for row in rows if row[0] not in but)
