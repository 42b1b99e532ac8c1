"""A household that has ended takes nobody in, and gives its days once."""

import asyncio

import pytest

from backend.kit.database import fetch_value, transaction
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import HouseholdEnded
from backend.membership.service.companions import enter
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.membership.test_households import ELSEWHERE, clerk, names


async def test_days_are_carried_once_when_a_merge_is_pressed_twice(db: Database):
    """M5, M2: the second press finds the household ended."""
    by, one, two = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(one.household_id, 12)
    until = (await queries.standing(one.household_id)).paid_until
    said = await asyncio.gather(
        *(membership.merge(by, one.household_id, two.household_id) for _ in range(2)),
        return_exceptions=True,
    )
    assert [type(each) for each in said if each is not None] == [HouseholdEnded]
    assert (await queries.standing(two.household_id)).paid_until == until
    assert await fetch_value("SELECT count(*) FROM period") == 2


async def test_everybody_still_has_a_household_when_two_merges_cross(db: Database):
    """M5: the first that is heard decides where they live."""
    by, one, two = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    said = await asyncio.gather(
        membership.merge(by, one.household_id, two.household_id),
        membership.merge(by, two.household_id, one.household_id),
        return_exceptions=True,
    )
    assert [type(each) for each in said if each is not None] == [HouseholdEnded]
    homes = [await queries.find_member(each.person_id) for each in (one, two)]
    assert len({each and each.household_id for each in homes}) == 1
    assert None not in homes


async def test_nobody_enters_a_household_when_it_has_ended(db: Database):
    """M5: merged into, moved to, given an adult or a child: each is refused, nobody is nowhere."""
    by, one, gone = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(one.household_id, 12)
    await membership.end_household(by, gone.household_id)
    for act in (
        membership.merge(by, one.household_id, gone.household_id),
        membership.move(by, one.person_id, one.household_id, gone.household_id),
        membership.add_adult(by, gone.household_id, "Bob", "Martin"),
        membership.add_child(by, gone.household_id, "Lou", "Martin"),
        membership.split(by, gone.household_id, [gone.person_id], ELSEWHERE),
    ):
        with pytest.raises(HouseholdEnded):
            await act
    with pytest.raises(HouseholdEnded):
        async with transaction():
            await enter(gone.household_id, one.person_id, adult=True)
    assert (await names(one.household_id), await names(gone.household_id)) == (["Alice"], [])
    assert await queries.find_member(one.person_id) is not None
