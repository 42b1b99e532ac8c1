"""The ladder of reminders is set from a day on, whole, and told."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import choices, errors
from backend.membership import service as membership
from backend.membership.reminders import FIRST_LADDER, Channel, Step
from tests.conftest import Database

SHORT = (Step(-10, (Channel.EMAIL, Channel.PRINT)), Step(10, (Channel.DOOR,)))
LONG = (*SHORT, Step(20, (Channel.SMS,)))


async def test_our_ladder_holds_when_none_was_set(db: Database) -> None:
    """N5: the office has nothing to do before the first reminder leaves."""
    assert await choices.ladder() == FIRST_LADDER
    assert await choices.all_steps() == []


async def test_a_ladder_holds_from_its_day_when_it_is_set(db: Database) -> None:
    """N5: the ladder is the office's own; another may be set for a coming day."""
    today = clock.today()
    later = today + timedelta(days=30)
    await membership.set_ladder(SYSTEM, SHORT, today)
    await membership.set_ladder(SYSTEM, LONG, later)
    assert await choices.ladder() == SHORT
    assert await choices.ladder(today - timedelta(days=1)) == FIRST_LADDER
    assert await choices.ladder(later) == LONG
    told = {(each.since, each.until) for each in await choices.all_steps()}
    assert told == {(today, later - timedelta(days=1)), (later, None)}


async def test_what_was_to_come_is_replaced_when_a_ladder_begins_before_it(db: Database) -> None:
    today = clock.today()
    await membership.set_ladder(SYSTEM, LONG, today + timedelta(days=30))
    await membership.set_ladder(SYSTEM, SHORT, today)
    await membership.set_ladder(SYSTEM, LONG, today)
    assert await choices.ladder(today + timedelta(days=60)) == LONG
    assert len(await choices.all_steps()) == len(LONG)


async def test_old_and_new_are_told_when_a_ladder_is_set(db: Database) -> None:
    await membership.set_ladder(SYSTEM, SHORT, clock.today())
    new = await fetch_value(
        "SELECT facts #>> '{changes,ladder,1}' FROM audit_entry WHERE verb = 'ladder_set'"
    )
    assert new == "-10: email, print; +10: door"


async def test_nothing_changes_when_a_ladder_is_refused(db: Database) -> None:
    with pytest.raises(errors.LadderMute):
        await membership.set_ladder(SYSTEM, (Step(0, (Channel.SMS,)),), clock.today())
    assert await choices.ladder() == FIRST_LADDER
    assert await fetch_value("SELECT count(*) FROM audit_entry") == 0


async def test_one_whole_ladder_wins_when_two_people_set_it_at_once(db: Database) -> None:
    """REL1: never a mixture of two ladders; the slower one is told."""
    results = await asyncio.gather(
        *(membership.set_ladder(SYSTEM, steps, clock.today()) for steps in (SHORT, LONG)),
        return_exceptions=True,
    )
    assert all(isinstance(each, errors.LadderMoved | None) for each in results)
    assert await choices.ladder() in (SHORT, LONG)


@pytest.mark.parametrize(
    "values",
    ["(0, '{}', daterange('2027-01-01', NULL))", "(0, '{fax}', daterange('2027-01-01', NULL))"],
)
async def test_the_database_refuses_a_step_that_reaches_nobody(db: Database, values: str) -> None:
    connection = await asyncpg.connect(db.app_url)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            f"INSERT INTO reminder_step (offset_days, channels, during) VALUES {values}"
        )
    await connection.close()
