"""Somebody who dies in the middle of an act, and whoever comes after does it again."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from tests.integration.races.dying_acts import ACTS
from tests.property.year.wrong import wrong

ROOT = Path(__file__).resolve().parents[3]
MOST = 120  # statements of one act
LEASE = timedelta(seconds=61)  # what a dead worker held is free again
# All that an act with money may leave: half of it would show in one of these.
TABLES = [
    "household_member",
    "card",
    "pay_order",
    "payment",
    "period",
    "journal_entry",
    "journal_line",
    "receipt",
    "invoice",
    "refund",
    "drawer_session",
    "drawer_deposit",
    "cheque_deposit",
    "deposited_cheque",
    "bank_line",
    "monthly_plan",
    "renewal_wish",
    "renewal",
    "audit_entry",
    "message",
    "outbox",
    "idempotency_key",
    "booking",
    "booking_line",
    "custody",
    "ticket",
    "loan_notice",
    "loan_debt",
    "debt_contest",
    "loan_deposit",
    "lending_entry",
    "order_ticket",
    "ticket_line",
    "ticket_move",
    "ticket_payment",
    "seat",
    "seat_payment",
]
CHANGED = {
    "household": "ended_at IS NOT NULL",
    "household_member": "left_on IS NULL",
    "card": "revoked_at IS NULL",
    "period": "cancelled_at IS NULL",
    "drawer_session": "closed_at IS NULL",
    "bank_line": "state = 'waiting'",
    "booking_line": "state IN ('requested', 'confirmed', 'checked_out')",
    "custody": "in_at IS NULL",
    "loan_deposit": "ended_at IS NULL",
    "debt_contest": "answered_at IS NULL",
    "pay_order": "cancelled_at IS NULL AND closed_at IS NULL",
}
COUNTS = ", ".join(
    [f"(SELECT count(*) FROM {name})" for name in TABLES]
    + [f"(SELECT count(*) FROM {name} WHERE {where})" for name, where in CHANGED.items()]
)


async def rows() -> list[int]:
    """How many rows of each table there are, and how many of them still count."""
    found: list[int] = await fetch_value(f"SELECT ARRAY[{COUNTS}]")
    return found


class Mortal:
    """The process that does an act and dies in it."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process, self.url = process, url
        self.begin(None)

    def begin(self, stripe_url: str | None) -> None:
        """Another test: where Stripe is, and that nobody has died yet."""
        self.stripe_url, self.lives = stripe_url, 0

    async def outlive(
        self, act: str, *args: Any, ahead: timedelta = timedelta(), step: int = 1
    ) -> int:
        """Dies before the first statement, then some later, until it is done; gives how many it took."""
        for last in range(1, MOST, step):
            self.lives += 1  # each begins after the one before, whatever that one did
            code = await self.once(act, list(args), last, ahead + self.lives * LEASE)
            assert await wrong() == []
            if code == 0:
                return last - 1
            assert code == -signal.SIGKILL, code
        raise AssertionError(f"{act} never ends")

    async def at_once(self, act: str, *args: Any, step: int = 2) -> int:
        """The same of an act that is one transaction: all of it or nothing, and again is no more."""
        before, seen = await rows(), []
        for last in range(1, MOST, step):
            code = await self.once(act, list(args), last, timedelta())
            seen.append(await rows())
            assert await wrong() == []
            if code == 0:
                break
            assert code == -signal.SIGKILL, code
        assert seen[-1] != before
        assert all(each in (before, seen[-1]) for each in seen)
        with contextlib.suppress(DomainError):  # it was done, and says so
            await ACTS[act](*args)
        assert await rows() == seen[-1]
        return last - 1

    async def in_vain(self, act: str, *args: Any, step: int = 2) -> int:
        """The same of an act that only looks: nothing stays of it, done or not."""
        before = await rows()
        for last in range(1, MOST, step):
            code = await self.once(act, list(args), last, timedelta())
            assert await rows() == before
            if code == 0:
                break
            assert code == -signal.SIGKILL, code
        assert code == 0
        return last - 1

    async def once(self, act: str, args: list[Any], last: int, ahead: timedelta) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        wish = {"url": self.url, "stripe": self.stripe_url, "act": act, "args": args}
        line = json.dumps({**wish, "last": last, "ahead": ahead.total_seconds()})
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()
        for _ in range(1000):
            said = (await self.process.stdout.readline()).decode().strip()
            if said.lstrip("-").isdigit():  # anything else is its log
                return int(said)
        raise AssertionError("it only logs")


@contextlib.asynccontextmanager
async def mortal_on(url: str, home: Path) -> AsyncIterator[Mortal]:
    """One process for many acts: to load the house takes longer than to die in it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.races.dying_acts",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PALIER_ENV": "test", "PALIER_HOME": str(home)},
    )
    yield Mortal(process, url)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()
