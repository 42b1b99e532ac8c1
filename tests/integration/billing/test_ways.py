"""The switches of the ways of paying (B1)."""

import asyncio

import pytest

from backend.audit.service import SYSTEM, person
from backend.billing import ways
from backend.billing.errors import NoWayLeft, WayClosed
from backend.billing.rules import PayWay
from backend.billing.ways import Way
from backend.kit.database import fetch, fetch_value
from tests.conftest import Database
from tests.factories import add_person

ALL = frozenset(Way)


async def test_every_way_is_open_when_nobody_closed_one(db: Database) -> None:
    """B1: both online ways are there from the first day."""
    assert {PayWay.ONLINE, PayWay.MONTHLY, PayWay.CASH} <= await ways.ways()
    assert await ways.ways() == ALL


async def test_a_way_is_closed_and_opened_again_when_the_treasurer_switches_it(
    db: Database,
) -> None:
    """B1: either online way can be switched off; each switch is dated, with its person."""
    treasurer = await add_person("Théo", "Roux")
    await ways.set_ways(person(treasurer), ALL - {Way.MONTHLY})
    with pytest.raises(WayClosed):
        await ways.check_open(PayWay.MONTHLY)
    await ways.check_open(PayWay.ONLINE)
    await ways.set_ways(person(treasurer), ALL)
    await ways.check_open(PayWay.MONTHLY)
    rows = await fetch("SELECT way, open, person FROM way_switch ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("monthly", False, treasurer),
        ("monthly", True, treasurer),
    ]
    told = await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'ways_set'")
    assert told == 2


async def test_nothing_is_written_when_the_same_ways_are_chosen_again(db: Database) -> None:
    await ways.set_ways(SYSTEM, ALL)
    assert await fetch_value("SELECT count(*) FROM way_switch") == 0
    assert await fetch_value("SELECT count(*) FROM audit_entry") == 0


@pytest.mark.parametrize("wanted", [frozenset[Way](), frozenset({Way.SEPA})])
async def test_the_last_way_stays_when_all_would_be_closed(
    db: Database, wanted: frozenset[Way]
) -> None:
    with pytest.raises(NoWayLeft):
        await ways.set_ways(SYSTEM, wanted)
    assert await ways.ways() == ALL


async def test_some_way_stays_when_two_people_close_the_others_at_once(db: Database) -> None:
    """REL1: each sees what the other wrote."""
    await asyncio.gather(
        ways.set_ways(SYSTEM, frozenset({Way.CASH})), ways.set_ways(SYSTEM, frozenset({Way.ONLINE}))
    )
    assert await ways.ways() in ({Way.CASH}, {Way.ONLINE})
