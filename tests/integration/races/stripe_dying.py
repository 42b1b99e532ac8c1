"""A process that does one act with Stripe and is killed before its n-th statement.

    python -m tests.integration.races.stripe_dying DATABASE_URL STRIPE_URL

Each line on its input is [n, act, arguments]; it is done in a fork, which kills itself before that
statement (BEGIN and COMMIT count). The answer is the fork's exit: -9 when it died, 0 when it was done.
Each life begins a minute after the one before, so that what a dead worker held is free again.
"""

import asyncio
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from backend import settings
from backend.audit.service import SYSTEM
from backend.billing import gateway, jobs
from backend.billing.stripe import Stripe
from backend.jobs import inbox
from backend.jobs.reconciliation import reconcile
from backend.kit import clock, database
from backend.membership import service as membership
from backend.membership.service.renewals import charge_renewals


async def settle(object_id: str) -> None:
    facts = await gateway.connected().read(object_id)
    assert facts is not None
    await inbox.settle(facts)


async def withdraw(household_id: int, order: str) -> None:
    await membership.withdraw(SYSTEM, household_id, order)


async def give_back(order: str) -> None:
    await membership.refund_dues(SYSTEM, order, 500, "geste", key="one")


async def stop(household_id: int) -> None:
    await membership.stop_monthly(SYSTEM, household_id)


ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "settle": settle,
    "withdraw": withdraw,
    "give_back": give_back,
    "stop": stop,
    "send": jobs.hurry,
    "charge": charge_renewals,
    "reconcile": reconcile,
}


async def live(
    url: str, stripe_url: str, ahead: float, last: int, act: str, args: list[Any]
) -> None:
    with clock.travel(timedelta(seconds=ahead)):
        await database.open_pool(url, max_size=1)
        loaded = dataclasses.replace(settings.load(), stripe_url=stripe_url)
        gateway.connect(Stripe(loaded))
        die_before(last)
        await ACTS[act](*args)


def die_before(last: int) -> None:
    """Counts every message to the database of this process."""
    sent = 0
    for name in ("fetch", "execute"):
        done = getattr(database.Connection, name)

        def counted(self: Any, *args: Any, _done: Any = done, **more: Any) -> Any:
            nonlocal sent
            sent += 1
            if sent == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return _done(self, *args, **more)

        setattr(database.Connection, name, counted)


def main() -> None:
    url, stripe_url = sys.argv[1:]
    for lives, line in enumerate(sys.stdin):
        last, ahead, act, args = json.loads(line)
        pid = os.fork()
        if pid == 0:
            asyncio.run(live(url, stripe_url, ahead + 61 * lives, last, act, args))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
