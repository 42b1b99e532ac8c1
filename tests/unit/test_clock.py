import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from backend.kit import clock
from backend.kit.zone import find_day

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_time_stands_still_when_frozen() -> None:
    with clock.frozen(NOON):
        assert clock.now() == NOON
    assert clock.now() != NOON


async def test_every_task_sees_the_frozen_time_when_it_was_frozen_outside() -> None:
    async def read() -> datetime:
        await asyncio.sleep(0)
        return clock.now()

    with clock.frozen(NOON):
        assert await asyncio.gather(read(), read()) == [NOON, NOON]
        with clock.travel(timedelta(minutes=2)):
            assert await asyncio.create_task(read()) == NOON + timedelta(minutes=2)
        assert await read() == NOON


def test_time_goes_on_when_travelling() -> None:
    before = clock.now()
    with clock.travel(timedelta(hours=30)):
        first = clock.now()
        assert first - before >= timedelta(hours=30)
        assert clock.now() >= first
    assert clock.now() - before < timedelta(hours=30)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (
            datetime(2027, 3, 10, 22, 30, tzinfo=UTC),
            date(2027, 4, 9),
        ),  # 23:30, the clocks go forward
        (datetime(2027, 10, 14, 22, 30, tzinfo=UTC), date(2027, 11, 14)),  # 00:30, they go back
    ],
)
def test_whole_days_lead_to_the_day_they_mean_when_the_clocks_change(
    at: datetime, day: date
) -> None:
    """A test that counts days is right at any hour at which it is run."""
    with clock.frozen(at), clock.travel(timedelta(days=30)):
        assert clock.today() == day
        assert clock.paris(clock.now()).time() == clock.paris(at).time()
        with clock.travel(timedelta(days=-30)):
            assert clock.now() == at


def test_time_is_put_back_when_the_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), clock.frozen(NOON):
        _ = 1 // 0
    assert clock.now() != NOON


def test_today_is_tomorrow_already_when_paris_is_past_midnight() -> None:
    with clock.frozen(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 23),
        (date(2026, 7, 1), datetime(2026, 6, 30, 22, 0, tzinfo=UTC), 24),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC), 25),
        (date(2026, 12, 31), datetime(2026, 12, 30, 23, 0, tzinfo=UTC), 24),
    ],
)
def test_a_day_has_its_own_length_when_the_hour_changes(
    day: date, start: datetime, hours: int
) -> None:
    assert clock.start_of_day(day) == start
    after = clock.end_of_day(day) + timedelta(microseconds=1)
    assert after - start == timedelta(hours=hours)
    assert after == clock.start_of_day(day + timedelta(days=1))
    assert clock.paris(clock.end_of_day(day)).date() == day


@pytest.mark.parametrize("said", ["0026-11-24", "9999-12-31", "2026-02-30", "demain"])
def test_a_day_that_nobody_means_is_none(said: str) -> None:
    assert find_day(said) is None
    assert find_day("2026-11-24") == date(2026, 11, 24)


def test_a_naive_instant_is_refused_when_asked_for_paris() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.paris(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    "text", ["2027-01-01T10:00:00+01:00", "2027-01-01T09:00:00Z", "2027-01-01T10:00:00"]
)
@pytest.mark.parametrize("env", ["demo", "test"])
def test_the_clock_starts_at_palier_now_when_in_demo_or_test(env: str, text: str) -> None:
    ahead = clock._head_start({"PALIER_ENV": env, "PALIER_NOW": text})
    started = clock._real() + ahead - datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
    assert abs(started) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "environment",
    [
        {"PALIER_ENV": "production", "PALIER_NOW": "2027-01-01T10:00:00+01:00"},
        {"PALIER_NOW": "2027-01-01T10:00:00+01:00"},
        {"PALIER_ENV": "demo", "PALIER_NOW": "tomorrow"},
        {"PALIER_ENV": "demo"},
    ],
)
def test_the_clock_is_the_real_one_when_palier_now_does_not_count(
    environment: dict[str, str],
) -> None:
    assert clock._head_start(environment) == timedelta(0)


def test_measured_time_goes_on_when_frozen() -> None:
    with clock.frozen(NOON):
        first = clock.monotonic()
        while clock.monotonic() == first:
            pass
        assert clock.monotonic() > first
