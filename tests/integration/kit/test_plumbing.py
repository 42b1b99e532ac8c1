"""Limits, keys, outbox, inbox and job claims, counted in PostgreSQL."""

import asyncio
from datetime import datetime, timedelta

import pytest

from backend.jobs.schedule import TIMETABLE
from backend.kit import claims, clock, inbox, keys, limits, outbox
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import Busy
from backend.kit.keys import IdempotencyMismatch
from backend.kit.limits import Limit
from tests.conftest import Database

FIVE = Limit("test", 5, timedelta(hours=1))


async def test_sixth_try_waits_when_five_are_allowed(db: Database):
    for _ in range(5):
        await limits.spend(FIVE, "a@example.org")
    with pytest.raises(Busy) as refusal:
        await limits.spend(FIVE, "a@example.org")
    assert 3500 < refusal.value.retry_after <= 3601
    await limits.spend(FIVE, "b@example.org")


async def test_window_slides(db: Database):
    for _ in range(5):
        await limits.spend(FIVE, "a")
    with clock.travel(timedelta(minutes=61)):
        await limits.spend(FIVE, "a")


async def test_tries_go_when_their_window_is_over(db: Database):
    """What counts an address, even hashed, is kept no longer than it counts."""
    await limits.spend(FIVE, "old")
    with clock.travel(FIVE.per + timedelta(seconds=1)):
        await limits.spend(FIVE, "new")
        await limits.purge()
        assert await fetch_value("SELECT count(*) FROM tries") == 1
    assert ("limits.purge", limits.purge) in [(task.name, task.job) for task in TIMETABLE]


async def test_parallel_tries_never_pass_the_limit(db: Database):
    """SEC6: the count is right with any number of processes, because the row decides."""
    answers = await asyncio.gather(
        *(limits.spend(FIVE, "a") for _ in range(30)), return_exceptions=True
    )
    assert sum(answer is None for answer in answers) == 5


async def answer_once(key: str, body: str, effect: str) -> str:
    async with transaction():
        earlier = await keys.earlier("test", key, body, str)
        if earlier is not None:
            return earlier
        await fetch(
            "INSERT INTO landlord (public_id, slug, name, created_at) VALUES ($1, $1, $1, now())",
            effect,
        )
        await keys.keep("test", key, body, effect)
        return effect


async def test_same_key_gives_the_same_answer_when_fifty_ask_at_once(db: Database):
    """V7: one row and fifty identical answers, stored with the effect."""
    answers = await asyncio.gather(*(answer_once("k", "body", f"e{n}") for n in range(50)))
    assert len(set(answers)) == 1
    assert await fetch_value("SELECT count(*) FROM landlord") == 1


async def test_same_key_with_another_body_is_refused(db: Database):
    """V8: a mismatch has no effect."""
    await answer_once("k", "body", "one")
    with pytest.raises(IdempotencyMismatch):
        await answer_once("k", "other", "two")
    assert await fetch_value("SELECT count(*) FROM landlord") == 1


async def test_answers_stay_a_month_and_do_not_stay_for_ever(db: Database):
    """V8: keys are kept at least 30 days; after 60 their answers are nobody's business."""
    await answer_once("k", "body", "one")
    with clock.travel(timedelta(days=31)):
        await keys.purge()
        assert await answer_once("k", "body", "two") == "one"
    with clock.travel(timedelta(days=61)):
        await keys.purge()
    assert await fetch_value("SELECT count(*) FROM idempotency_key") == 0


class Post:
    def __init__(self, fails: int = 0) -> None:
        self.sent: list[str] = []
        self.fails = fails

    async def __call__(self, letter: outbox.Letter) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("the post is closed")
        self.sent.append(letter.key)
        await asyncio.sleep(0.01)


async def put(key: str) -> None:
    async with transaction():
        await outbox.put("mail", key, {"to": "a"})


async def test_letter_is_sent_once_when_many_workers_drain(db: Database):
    """REL7: each row leaves once."""
    for number in range(10):
        await put(f"m{number}")
    await put("m1")
    post = Post()
    await asyncio.gather(*(outbox.drain({"mail": post}, limit=3) for _ in range(8)))
    assert sorted(post.sent) == sorted(f"m{number}" for number in range(10))


async def test_letter_is_tried_again_later_when_the_post_is_closed(db: Database):
    """REL7: a failure outside delivers later."""
    await put("m")
    post = Post(fails=1)
    await outbox.drain({"mail": post})
    await outbox.drain({"mail": post})
    assert post.sent == []
    with clock.travel(timedelta(minutes=1)):
        await outbox.drain({"mail": post})
    assert post.sent == ["m"]
    assert await fetch_value("SELECT payload::text FROM outbox") == "{}"


async def test_letter_is_sent_once_when_those_before_it_outlast_its_lease(db: Database):
    """REL7: a slow post must not let another worker send what waits behind it a second time."""
    await put("slow")
    await put("behind")
    other = Post()

    class Slow(Post):
        async def __call__(self, letter: outbox.Letter) -> None:
            await super().__call__(letter)
            if letter.key == "slow":
                with clock.travel(timedelta(seconds=61)):
                    await outbox.drain({"mail": other})

    post = Slow()
    await outbox.drain({"mail": post})
    assert (post.sent + other.sent).count("behind") == 1


async def test_nothing_leaves_when_the_effect_is_rolled_back(db: Database):
    with pytest.raises(KeyError, match="crash"):
        async with transaction():
            await outbox.put("mail", "m", {})
            raise KeyError("crash")
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_lease_of_a_killed_worker_runs_out(db: Database):
    """REL6: what a dead worker held is done by another."""
    await put("m")
    async with transaction():
        await fetch("UPDATE outbox SET leased_until = $1", clock.now() + timedelta(seconds=60))
    post = Post()
    await outbox.drain({"mail": post})
    assert post.sent == []
    with clock.travel(timedelta(seconds=61)):
        await outbox.drain({"mail": post})
    assert post.sent == ["m"]


async def test_event_is_stored_once(db: Database):
    first = await inbox.store("stripe", "evt_1", "x", None, "{}", clock.now())
    second = await inbox.store("stripe", "evt_1", "x", None, "{}", clock.now())
    assert first is not None
    assert second is None


async def test_task_runs_once_a_period_when_workers_tick_together(db: Database):
    """REL6: each (task, period) is claimed under a unique key."""
    ran: list[int] = []

    async def job() -> None:
        ran.append(1)
        await asyncio.sleep(0.01)

    ticks = [claims.run_once("night", "2026-11-21", job) for _ in range(10)]
    assert sum(await asyncio.gather(*ticks)) == 1
    assert ran == [1]


async def test_task_runs_once_when_it_outlasts_its_lease(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    """REL6: whoever works keeps the claim; ten minutes are for the dead."""
    monkeypatch.setattr(claims, "RENEWED_EVERY", timedelta(milliseconds=5))
    ran: list[int] = []

    async def job() -> None:
        ran.append(1)
        for minutes in (9, 18, 27):
            with clock.travel(timedelta(minutes=minutes)):
                await leased_beyond(clock.now() + timedelta(minutes=8))
                assert not await claims.run_once("night", "2026-11-21", job)

    assert await claims.run_once("night", "2026-11-21", job)
    assert ran == [1]


async def leased_beyond(moment: datetime) -> None:
    while await fetch_value("SELECT leased_until FROM job_claim") < moment:  # noqa: ASYNC110 - a row
        await asyncio.sleep(0.005)


async def test_task_of_a_failed_run_is_done_when_its_lease_is_over(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    """REL6: a lease is renewed while its job runs and not after."""
    monkeypatch.setattr(claims, "RENEWED_EVERY", timedelta(milliseconds=5))

    async def failing() -> None:
        raise KeyError("crash")

    async def job() -> None:
        pass

    with pytest.raises(KeyError):
        await claims.run_once("night", "2026-11-21", failing)
    with clock.travel(timedelta(minutes=9)):
        await asyncio.sleep(0.05)
        assert not await claims.run_once("night", "2026-11-21", job)
    with clock.travel(timedelta(minutes=11)):
        assert await claims.run_once("night", "2026-11-21", job)
