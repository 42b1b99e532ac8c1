"""The whole timetable, and the worker that keeps it.

Any number of workers run it. APScheduler only ticks: each tick claims what is due under a unique
key, so that a task runs once in its period whoever ticks first, and again if that worker died.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend.activities import jobs as activity_jobs
from backend.audit import lists
from backend.billing import gateway, portal
from backend.billing.fec import MAKERS
from backend.billing.stripe import Stripe
from backend.identity import jobs as identity_jobs
from backend.insight import jobs as insight_jobs
from backend.insurance import jobs as insurance_jobs
from backend.jobs import inbox as stripe_inbox
from backend.jobs import outbox, reconciliation, unsent
from backend.kit import clock, database, inbox, keys, limits
from backend.kit.claims import run_once
from backend.kit.errors import DomainError
from backend.lending import jobs as lending_jobs
from backend.membership import jobs as membership_jobs
from backend.membership.service import periods, prices, renewals, yearly
from backend.merchants import jobs as merchant_jobs
from backend.notifications.post import Post, close_post, open_post
from backend.orders import jobs as order_jobs
from backend.privacy import jobs as privacy_jobs
from backend.settings import Settings
from backend.skills import jobs as skill_jobs
from backend.vouchers import jobs as voucher_jobs

log = structlog.get_logger("jobs")
BEAT = 1.0  # seconds between two looks at the outbox and the inbox
LISTS = 10.0  # seconds between two looks for long lists whose maker is gone
TICK = 60.0  # seconds between two looks at the timetable
JOBS = 5  # outbox, its bulk lane, inbox, long lists and timetable; each runs once at a time
PATIENCE = 8.0  # seconds for what is under way when told to stop; whoever tells us waits ten


class Task(NamedTuple):
    """`period` names the period an instant lies in; the job runs once in each."""

    name: str
    period: Callable[[datetime], str]
    job: Callable[[], Awaitable[None]]


def daily(at: time) -> Callable[[datetime], str]:
    """From this hour in Paris to the same hour of the next day; a missed hour is made up for."""

    def period(moment: datetime) -> str:
        there = clock.paris(moment)
        day = there.date() if there.time() >= at else there.date() - timedelta(days=1)
        return day.isoformat()

    return period


def weekly(moment: datetime) -> str:
    """From Monday to Sunday, in Paris."""
    return f"{clock.paris(moment):%G-W%V}"


def hourly(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H}"


def ten_minutes(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H}:{moment.minute // 10}"


TIMETABLE = (
    Task("lending.sweep", ten_minutes, lending_jobs.sweep),
    Task("lending.remind", ten_minutes, lending_jobs.remind),
    Task("lending.keep_months", daily(time(3, 5)), lending_jobs.keep_months),
    Task("lending.forget", daily(time(3, 25)), lending_jobs.forget_loans),
    Task("lending.look_after", daily(time(5, 30)), lending_jobs.look_after),
    Task("orders.send_lists", ten_minutes, order_jobs.send_lists),
    Task("orders.remind", hourly, order_jobs.remind),
    Task("orders.forget", daily(time(3, 35)), order_jobs.forget),
    Task("skills.remind", hourly, skill_jobs.remind),
    Task("skills.close", hourly, skill_jobs.close),
    Task("activities.remind", ten_minutes, activity_jobs.remind),
    Task("activities.sweep", daily(time(3, 35)), activity_jobs.sweep),
    Task("stripe.unsent", hourly, unsent.look),
    Task("lists.purge", hourly, lists.purge),
    Task("portal.purge", daily(time(3, 40)), portal.purge),
    Task("dues.debits", daily(time(0, 5)), periods.give_up_debits),
    Task("dues.year", daily(time(10, 0)), yearly.tell_yearly_sums),
    Task("dues.price", daily(time(10, 5)), prices.tell_new_prices),
    Task("renewals.notices", daily(time(8, 0)), renewals.give_notices),
    Task("renewals.charges", daily(time(9, 0)), renewals.charge_renewals),
    Task("inbox.purge", daily(time(3, 10)), inbox.purge),
    Task("limits.purge", daily(time(3, 15)), limits.purge),
    Task("keys.purge", daily(time(3, 17)), keys.purge),
    Task("privacy.retain", daily(time(3, 20)), privacy_jobs.retain),
    Task("identity.purge", daily(time(3, 30)), identity_jobs.purge),
    Task("certificates.count", daily(time(0, 15)), insurance_jobs.count_certificates),
    Task("certificates.remind", daily(time(9, 30)), insurance_jobs.remind),
    Task("partners.places", hourly, merchant_jobs.write_off_dead),
    Task("partners.keep_up", daily(time(6, 30)), merchant_jobs.keep_up),
    Task("dues.remind", daily(time(6, 0)), membership_jobs.remind),
    Task("vouchers.check_counters", daily(time(4, 0)), voucher_jobs.check_counters),
    Task("vouchers.close_months", daily(time(4, 10)), voucher_jobs.close_months),
    Task("insight.figures", ten_minutes, insight_jobs.settle),
    Task("insight.check", daily(time(4, 40)), insight_jobs.check),
    Task("welcome.new", daily(time(7, 0)), insight_jobs.welcome_new),
    Task("welcome.some", weekly, insight_jobs.choose_some),
    Task("insight.signals", daily(time(4, 20)), insight_jobs.look),
    Task("stripe.reconcile", daily(time(2, 30)), reconciliation.reconcile),
)


async def tick(timetable: Sequence[Task] = TIMETABLE) -> None:
    """Runs what is due and nobody else has run. One task that fails does not stop the others."""
    for task in timetable:
        try:
            await run_once(task.name, task.period(clock.now()), task.job)
        except Exception:
            log.exception("task failed", task=task.name)


async def run(settings: Settings) -> None:
    """`palier work`: until it is told to stop."""
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    assert settings.database_url is not None, "the command starts the embedded server first"
    await database.open_pool(settings.database_url)
    stripe = Stripe(settings)
    gateway.connect(stripe)
    at_work = asyncio.Semaphore(JOBS)
    ways, bulk = open_post(settings, kept=True), open_post(settings, kept=True)
    scheduler = _scheduler(settings, ways, bulk, at_work)
    scheduler.start()
    log.info("working")
    await stopped.wait()
    scheduler.pause()
    await _finish(at_work)
    scheduler.shutdown(wait=False)
    await close_post(ways)
    await close_post(bulk)
    await stripe.close()
    await database.close_pool()


async def _finish(at_work: asyncio.Semaphore) -> None:
    """What is being sent is noted as sent: cut off between the two, it would be sent once more."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            for _ in range(JOBS):
                await at_work.acquire()


def _scheduler(
    settings: Settings, ways: Post, bulk: Post, at_work: asyncio.Semaphore
) -> AsyncIOScheduler:
    at_once, a_minute = settings.smtp_connections, settings.bulk_a_minute
    scheduler = AsyncIOScheduler(
        timezone=clock.PARIS, job_defaults={"coalesce": True, "misfire_grace_time": None}
    )
    for job, seconds in (
        (lambda: outbox.drain(ways, at_once), BEAT),
        (lambda: outbox.drain_bulk(bulk, at_once, a_minute), BEAT),
        (stripe_inbox.drain, BEAT),
        (lambda: lists.resume(MAKERS), LISTS),
        (tick, TICK),
    ):
        scheduler.add_job(_calmly, "interval", seconds=seconds, args=[job, at_work])
    return scheduler


async def _calmly(job: Callable[[], Awaitable[object]], at_work: asyncio.Semaphore) -> None:
    """A database that is away for a while is no reason to end."""
    try:
        async with at_work:
            await job()
    except DomainError as refusal:
        log.warning("later", why=refusal.slug)
    except Exception:
        log.exception("job failed")
