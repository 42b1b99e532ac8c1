"""A process that does acts with money and is killed before its n-th statement.

    python -m tests.integration.races.dying_acts

Each line on its input is {"url": ..., "stripe": ..., "last": n, "ahead": seconds, "act": ..., "args":
[...]}; it is done in a fork, which kills itself before that statement (BEGIN and COMMIT count). The
answer is the fork's exit: -9 when it died, 0 when it was done, or refused because it is.
"""

import asyncio
import dataclasses
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any

from backend import settings
from backend.billing import gateway
from backend.billing.stripe import Stripe
from backend.kit import clock, database
from backend.kit.errors import DomainError
from tests.integration.races import acts, loan_acts, order_acts, seat_acts
from tests.patience import be_patient

ACTS = {**acts.ACTS, **loan_acts.ACTS, **order_acts.ACTS, **seat_acts.ACTS}


async def live(wish: dict[str, Any]) -> None:
    with clock.travel(timedelta(seconds=wish["ahead"])):
        be_patient()
        await database.open_pool(wish["url"], max_size=1)
        if wish["stripe"]:
            gateway.connect(Stripe(dataclasses.replace(settings.load(), stripe_url=wish["stripe"])))
        die_before(wish["last"])
        try:
            await ACTS[wish["act"]](*wish["args"])
        except DomainError as refusal:
            print(f"refused: {refusal.slug}", flush=True)


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
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(live(json.loads(line)))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
