"""Messages of bookings on real mail servers: one that dies with its worker, one that never answers."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from backend.kit import clock, outbox
from backend.kit.database import fetch_value
from backend.lending import sending
from backend.lending import service as lend
from backend.membership.queries import Member
from backend.notifications.smtp import SmtpGateway
from backend.people.rules import Channel
from tests import factories, lending
from tests.conftest import Database
from tests.integration.races.test_campaign_killed import LINES, Letterbox, letterbox, run
from tests.lending import Lent, mine, want, whom

__all__ = ["letterbox"]
pytestmark = pytest.mark.races
BOOKINGS, KILLS = 40, 3
AFTER_A_LEASE = outbox.LEASE + timedelta(seconds=5)


async def shelf(copies: int) -> tuple[Lent, Member]:
    member = await factories.add_member("Alice", "Martin", "alice@example.org")
    return await (await lending.add_shelf()).resource(copies=copies), member


async def book(thing: Lent, member: Member) -> None:
    calendar = lending.CALENDAR
    first = calendar.next_open_day(clock.today() + timedelta(days=3))
    assert first is not None
    await lend.book(mine(member), whom(member), [want(thing, lending.day(str(first)))])


async def test_each_booking_is_told_once_when_workers_are_killed(
    db: Database, letterbox: tuple[Letterbox, str], tmp_path: Path
) -> None:
    """L37: SIGKILL at random instants; a mailbox that knows a Message-ID has each message once.

    What SMTP cannot promise is counted: a mail that the server took while its worker died comes again
    under the same Message-ID, at most one for each line that the dead worker had open.
    """
    kept, url = letterbox
    thing, member = await shelf(BOOKINGS)
    for _ in range(BOOKINGS):
        await book(thing, member)
    killed, shift, worker = 0, timedelta(0), "tests.integration.races.loan_worker"
    for target in sorted(random.sample(range(3, BOOKINGS - 8), KILLS)):
        killed += await run(db, url, tmp_path, shift, kept, target, worker)
        shift += AFTER_A_LEASE
    await run(db, url, tmp_path, shift, kept, None, worker)
    assert killed >= 1
    letters = set(kept.came)
    mine_alone = {number for to, number in letters if to == "alice@example.org"}
    confirmed = await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.confirmed'")
    others = await fetch_value("SELECT count(*) FROM message WHERE kind NOT LIKE 'lending.%'")
    assert (confirmed, len(mine_alone)) == (BOOKINGS, BOOKINGS + others)
    assert sum(Counter(kept.came).values()) - len(letters) <= killed * LINES
    assert not await fetch_value("SELECT count(*) FROM loan_notice WHERE told_at IS NULL")


async def test_a_mail_server_that_never_answers_holds_no_booking(db: Database) -> None:
    """L37: the worker hangs on it, with its letters leased; whoever books meanwhile waits for nothing."""
    reached, over = asyncio.Event(), asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await over.wait()
        writer.close()

    thing, member = await shelf(3)
    await book(thing, member)
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    dead = {Channel.EMAIL: SmtpGateway(f"smtp://127.0.0.1:{port}", "club@example.org")}
    worker = asyncio.create_task(outbox.drain(sending.senders(dead)))
    await reached.wait()
    for _ in range(2):
        await book(thing, member)
    assert not worker.done()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    over.set()
    server.close()
    await server.wait_closed()
    assert await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'confirmed'") == 3
    assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'lending'") == 3
