"""SIGKILL before every statement of every act with Stripe: what is left is right, and happens once."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.membership.service.renewals import give_notices
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests.conftest import Database
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of
from tests.integration.billing.test_renewals import deliver_mail, term, with_wish
from tests.paying import events
from tests.property.test_year_of_misfortunes import WRONG

pytestmark = pytest.mark.races
ROOT = Path(__file__).resolve().parents[3]
MOST = 120  # statements of one act


class Mortal:
    """The process that does an act and dies in it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def outlive(
        self, act: str, *args: Any, ahead: timedelta = timedelta(), step: int = 1
    ) -> int:
        """Dies before the first statement, then some later, until it is done; gives how many it took."""
        for last in range(1, MOST, step):
            code = await self.once(last, act, list(args), ahead)
            assert await wrong() == []
            if code == 0:
                return last - 1
            assert code == -signal.SIGKILL, code
        raise AssertionError(f"{act} never ends")

    async def once(self, last: int, act: str, args: list[Any], ahead: timedelta) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = json.dumps([last, ahead.total_seconds(), act, args])
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()
        for _ in range(1000):
            said = (await self.process.stdout.readline()).decode().strip()
            if said.lstrip("-").isdigit():  # anything else is its log
                return int(said)
        raise AssertionError("it only logs")


async def wrong() -> list[str]:
    return [name for name, statement in WRONG.items() if await fetch(statement)]


@pytest.fixture
async def mortal(db: Database, settings: Settings, stripe: Remote) -> AsyncIterator[Mortal]:
    environ = {**os.environ, "PALIER_ENV": "test", "PALIER_HOME": str(settings.home)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.races.stripe_dying",
        db.app_url,
        stripe.url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environ,
    )
    yield Mortal(process)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


async def counts(table: str, where: str = "true") -> int:
    found: int = await fetch_value(f"SELECT count(*) FROM {table} WHERE {where}")
    return found


async def unheard(stripe: Remote, way: PayWay = PayWay.ONLINE) -> tuple[Any, str, str]:
    """Paid at Stripe, and nobody was told."""
    await stripe.mishaps(drop=["*"])
    return await paying(stripe, way)


async def test_a_payment_is_written_once_when_its_fulfilment_is_killed(
    stripe: Remote, mortal: Mortal
):
    """REL3, B4: payment, days, receipt and message together or not at all."""
    joined, _, session = await unheard(stripe)
    assert await mortal.outlive("settle", session) > 10
    for table in ("payment", "period", "receipt", "message"):
        assert await counts(table) == 1
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def test_a_night_that_is_killed_goes_on_until_everything_is_repaired(
    stripe: Remote, mortal: Mortal
):
    """REL3, B5: each life dies one statement later than the one before."""
    joined, _, session = await unheard(stripe)
    await stripe.refund(session, 200)
    assert await mortal.outlive("reconcile", step=5) > 20
    assert await counts("payment") == 2
    assert await counts("reconciliation") == 1
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def test_money_goes_back_once_when_a_withdrawal_is_killed(stripe: Remote, mortal: Mortal):
    """REL3, REL7, B4: asked once, sent once, booked once, with one credit note."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    assert await mortal.outlive("withdraw", joined.household_id, order) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'refund'")
    assert await mortal.outlive("send", row) > 2
    refund = await fetch_value("SELECT external_id FROM refund")
    assert await mortal.outlive("settle", refund, step=3) > 5
    assert [await counts("refund"), await counts("payment", "kind = 'refund'")] == [1, 1]
    assert await counts("receipt", "series = 'AC'") == 1


async def test_the_treasurer_gives_back_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B4."""
    _, order, _ = await paying(stripe, PayWay.ONLINE)
    assert await mortal.outlive("give_back", order) > 5
    with clock.travel(timedelta(hours=1)):  # the last life was minutes ahead
        await send_all()
        await events(stripe)
    assert await counts("payment", "kind = 'refund'") == 1


async def test_a_dispute_is_written_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B7: and the plan ends at Stripe once."""
    joined, order, session = await paying(stripe, PayWay.MONTHLY)
    await stripe.mishaps(drop=["*"])
    await stripe.open_dispute(session)
    assert await mortal.outlive("settle", session) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'subscription_end'")
    assert await mortal.outlive("send", row) > 2
    assert (await stripe.get(await subscription_of(order)))["status"] == "canceled"
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT


async def test_leaving_is_done_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B11."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    assert await mortal.outlive("stop", joined.household_id) > 5
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'subscription_stop'")
    assert await mortal.outlive("send", row) > 2
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is True
    assert await counts("message", "kind = 'dues.stopped'") == 1


async def test_one_charge_when_a_renewal_is_killed(stripe: Remote, mortal: Mortal):
    """REL3, B4, B11: the order, the letter, and the call to Stripe: one charge in the end."""
    joined = await with_wish(stripe)
    last = await term(joined)
    ahead = last - clock.today()
    with clock.travel(ahead - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    assert await mortal.outlive("charge", ahead=ahead, step=2) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'charge'")
    assert await mortal.outlive("send", row, ahead=ahead + timedelta(hours=1)) > 2
    await events(stripe)
    calls = (await stripe.calls())["calls"]
    made = [one for one in calls if (one["method"], one["path"]) == ("POST", "/v1/payment_intents")]
    assert len([one for one in made if not one["replayed"]]) == 1
    assert await counts("payment", "kind = 'payment'") == 2
    await membership.stop_renewing(SYSTEM, joined.household_id)
