"""What stands when a process dies between Stripe and us, or before it ever asked."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta

from backend.audit.service import SYSTEM
from backend.billing import jobs
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.billing.service import Ordered
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_household
from tests.paying import events, pay

# A worker that sends one outbox row and is killed at the point named by its last argument.
WORKER = """
import asyncio, dataclasses, os, signal, sys
from backend import settings
from backend.billing import answers, gateway, jobs
from backend.billing.stripe import Stripe
from backend.kit import database

async def main(url, stripe_url, row, moment):
    await database.open_pool(url)
    loaded = settings.load()
    gateway.connect(Stripe(dataclasses.replace(loaded, stripe_url=stripe_url)))
    async def killed(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    if moment == "before the call":
        gateway.connected().open_checkout = killed
    if moment == "after the call":
        answers.keep_checkout = killed
    await jobs.hurry(int(row))

asyncio.run(main(*sys.argv[1:]))
"""


async def ordered_but_not_sent() -> Ordered:
    joined = await add_household(category=Category.TENANT)
    return await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )


async def run_worker(
    db: Database, settings: Settings, stripe: Remote, row: int, moment: str
) -> int:
    environ = {**os.environ, "PALIER_ENV": "test", "PALIER_HOME": str(settings.home)}
    arguments = [db.app_url, stripe.url, str(row), moment]
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", WORKER, *arguments], env=environ, check=False
    )
    return done.returncode


async def sessions_made(stripe: Remote) -> list[dict[str, object]]:
    calls = (await stripe.calls())["calls"]
    return [call for call in calls if call["path"] == "/v1/checkout/sessions"]


async def test_one_charge_when_a_worker_is_killed_between_stripe_and_commit(db, settings, stripe):
    """B4: SIGKILL after the call, before we kept its answer; the retry has the same key."""
    ordered = await ordered_but_not_sent()
    code = await run_worker(db, settings, stripe, ordered.row, "after the call")
    assert code == -signal.SIGKILL
    assert (await billing.get_order(ordered.public_id)).stripe_session is None
    with clock.travel(timedelta(seconds=61)):  # the dead worker's lease is over
        await jobs.hurry(ordered.row)
    made = await sessions_made(stripe)
    assert [call["key"] for call in made] == [f"{ordered.public_id}-1"] * 2
    assert made[1]["replayed"] is True
    await pay(stripe, ordered.public_id)
    await events(stripe)
    assert await fetch_value("SELECT count(*) FROM payment") == 1
    assert await fetch_value("SELECT sum(amount_cents) FROM payment") == 1200


async def test_it_is_sent_later_when_a_worker_is_killed_before_the_call(db, settings, stripe):
    """REL7: crash between commit and send delivers later, once."""
    ordered = await ordered_but_not_sent()
    code = await run_worker(db, settings, stripe, ordered.row, "before the call")
    assert code == -signal.SIGKILL
    assert await sessions_made(stripe) == []
    await jobs.hurry(ordered.row)
    assert await sessions_made(stripe) == []  # the dead worker still holds its lease
    assert await run_worker(db, settings, stripe, ordered.row, "never") == 0
    with clock.travel(timedelta(seconds=61)):
        await jobs.hurry(ordered.row)
    assert len(await sessions_made(stripe)) == 1


async def test_an_answer_lost_on_the_way_is_found_again(stripe):
    """B4: Stripe did it and answered 500: the SDK's own retry has our key."""
    await stripe.fail_next("lost", "/v1/checkout/sessions")
    ordered = await ordered_but_not_sent()
    await jobs.hurry(ordered.row)
    made = await sessions_made(stripe)
    assert {call["key"] for call in made} == {f"{ordered.public_id}-1"}
    assert sum(not call["replayed"] for call in made) == 1
    assert (await billing.get_order(ordered.public_id)).stripe_session is not None


async def test_stripe_that_is_away_is_asked_again_later(stripe):
    """REL7: what could not be sent waits with longer pauses, under the same key."""
    await stripe.fail_next("refused", "/v1/checkout/sessions", times=2)
    ordered = await ordered_but_not_sent()
    await jobs.hurry(ordered.row)
    assert await fetch_value("SELECT last_error FROM outbox") == "StripeUnavailable"
    await jobs.hurry(ordered.row)  # not due yet
    assert (await billing.get_order(ordered.public_id)).checkout_url is None
    with clock.travel(timedelta(seconds=30)):
        await jobs.hurry(ordered.row)
    assert (await billing.get_order(ordered.public_id)).checkout_url is not None


async def test_one_row_is_sent_by_one_of_many_workers(stripe):
    """REL7: eight at once, one call; the row is never sent twice."""
    ordered = await ordered_but_not_sent()
    await asyncio.gather(*(jobs.hurry(ordered.row) for _ in range(8)))
    await jobs.hurry(ordered.row)
    assert len(await sessions_made(stripe)) == 1
    rows = await fetch("SELECT done_at IS NOT NULL AS done, payload::text AS words FROM outbox")
    assert [tuple(row) for row in rows] == [(True, "{}")]
