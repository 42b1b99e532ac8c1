"""The timetable under many workers, and a worker as a process."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.jobs import schedule
from backend.jobs.schedule import TIMETABLE, Task, daily, tick
from backend.kit import clock
from backend.kit.claims import LEASE
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household

MONDAY = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
AT_THREE = daily(time(3, 10))


class Nights:
    """A nightly task that says when it ran."""

    def __init__(self, falls_over: int = 0) -> None:
        self.ran: Counter[str] = Counter()
        self.falls_over = falls_over

    async def work(self) -> None:
        await asyncio.sleep(0)
        if self.falls_over:
            self.falls_over -= 1
            raise ConnectionError
        self.ran[AT_THREE(clock.now())] += 1


async def test_each_night_runs_once_when_two_schedulers_tick_for_a_week(db: Database):
    """REL6: exactly once a period, whoever ticks first."""
    nights = Nights()
    timetable = [Task("night", AT_THREE, nights.work)]
    for hour in range(7 * 24):
        with clock.frozen(MONDAY + timedelta(hours=hour, minutes=30)):
            await asyncio.gather(tick(timetable), tick(timetable))
    assert set(nights.ran.values()) == {1}
    assert len(nights.ran) == 8  # the night before is made up for at the first tick


async def test_a_task_is_tried_again_when_its_worker_fell_over(db: Database):
    """REL6: within its lease by nobody, after it by the next who ticks."""
    nights = Nights(falls_over=1)
    timetable = [Task("night", AT_THREE, nights.work)]
    with clock.frozen(MONDAY):
        await tick(timetable)
        await tick(timetable)
        assert nights.ran.total() == 0
    with clock.frozen(MONDAY + LEASE + timedelta(seconds=1)):
        await tick(timetable)
        await tick(timetable)
    assert nights.ran.total() == 1


async def test_a_task_that_fails_does_not_stop_the_next(db: Database):
    bad, good = Nights(falls_over=9), Nights()
    await tick([Task("bad", AT_THREE, bad.work), Task("good", AT_THREE, good.work)])
    assert good.ran.total() == 1


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-21T03:09:59+01:00", "2026-11-20"),
        ("2026-11-21T03:10:00+01:00", "2026-11-21"),
        ("2026-03-29T03:10:00+02:00", "2026-03-29"),  # the hour that was skipped
    ],
)
def test_a_night_begins_at_its_hour_in_paris(instant, day):
    assert AT_THREE(clock.parse_instant(instant)) == day


async def test_the_real_timetable_runs(stripe: Remote):
    """Every task named there works on an empty club."""
    await tick()
    done = await fetch_value("SELECT count(*) FROM job_claim WHERE done_at IS NOT NULL")
    assert done == len(TIMETABLE) == len({task.name for task in TIMETABLE})


async def test_a_worker_sends_what_waits_and_stops_when_told(db, settings, stripe):
    """REL7: `palier work` as a process of its own."""
    joined = await add_household(category=Category.TENANT)
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    environ = {
        **os.environ,
        "PALIER_ENV": "test",
        "PALIER_HOME": str(settings.home),
        "PALIER_DATABASE_URL": db.app_url,
        "PALIER_STRIPE_URL": stripe.url,
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web.cli", "work", env=environ
    )
    try:
        for _ in range(1200):
            if (await billing.get_order(ordered.public_id)).checkout_url is not None:
                break
            await asyncio.sleep(0.1)
        assert (await billing.get_order(ordered.public_id)).checkout_url is not None
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 60) == 0
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()


async def test_letter_under_way_is_finished_when_the_worker_is_told_to_stop():
    """REL7: cut off between sending and noting it, the same letter would leave twice."""
    noted = []
    at_work = asyncio.Semaphore(schedule.JOBS)

    async def send() -> None:
        await asyncio.sleep(0.1)
        noted.append("sent")

    under_way = asyncio.create_task(schedule._calmly(send, at_work))
    await asyncio.sleep(0)
    await schedule._finish(at_work)
    assert noted == ["sent"]
    await under_way
