"""Two processes want the last unit at once (L6)."""

import asyncio
import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from backend.kit import clock
from backend.lending.rules import DueRule, SlotMode
from tests import factories, lending
from tests.conftest import Database

pytestmark = pytest.mark.races
ROOT = Path(__file__).resolve().parents[3]
TIMES = 25


async def test_last_unit_goes_to_one_of_fifty_in_two_processes(db: Database) -> None:
    """L6: exactly one success and 49 clean refusals with alternatives, whichever process asks."""
    shelf = await lending.add_shelf()
    hours = {"slot_mode": SlotMode.HOURS, "longest_length": 60, "usual_length": 60}
    room = await shelf.resource("Salle", due_rule=DueRule.KEEP, **hours)
    members = [await factories.add_member(name) for name in ("Alice", "Bob")]
    start = clock.start_of_day(clock.today() + timedelta(days=2)) + timedelta(hours=10)
    processes = [
        await begin(
            {
                "url": db.app_url,
                "resource": room.id,
                "household": member.household_id,
                "person": member.person_id,
                "start": start.isoformat(),
                "times": TIMES,
            }
        )
        for member in members
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
    came = [json.loads((await process.communicate())[0]) for process in processes]
    assert Counter(one for some in came for one in some) == {"booked": 1, "just_taken": 49}
    assert await lending.overlaps() == 0


async def begin(told: dict[str, object]) -> asyncio.subprocess.Process:
    """It has its pool open and waits to be told."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.races.borrower"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(told).encode() + b"\n")
    assert await process.stdout.readline() == b"ready\n"
    return process
