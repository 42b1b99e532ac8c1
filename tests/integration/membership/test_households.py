"""Households split, merged, moved house, gone from the landlord's list, back again."""

from datetime import timedelta

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import office, queries
from backend.membership import service as membership
from backend.membership.errors import (
    AlreadyInHousehold,
    DwellingUnknown,
    HouseholdUnknown,
    PlanStillRuns,
    SameHousehold,
    SplitWithoutAdult,
)
from backend.membership.rules import Category, Proof, Status
from backend.membership.service import HomeWish, Joined
from backend.people.errors import PersonMissing
from backend.places import service as places
from backend.places.service import Wish
from backend.privacy.erasing import erase
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_dwelling, add_household, add_person, pay_dues
from tests.integration.billing.test_checkout import order
from tests.landlord_lists import export, rows
from tests.paying import events, pay

ELSEWHERE = HomeWish(
    category=Category.NEIGHBOUR, street="9 rue du Four", postcode="80000", town="Amiens"
)


async def clerk() -> By:
    return By(Actor.PERSON, await add_person("Nadia", "Comptoir"))


async def a_family() -> tuple[By, Joined, int, int]:
    """Alice, Bob and their child Chloé, paid for a year."""
    by, joined = await clerk(), await add_household()
    bob = await membership.add_adult(by, joined.household_id, "Bob", "Martin")
    chloe = await membership.add_child(by, joined.household_id, "Chloé", "Martin")
    await pay_dues(joined.household_id)
    return by, joined, bob, chloe


async def names(household_id: int) -> list[str]:
    household = await queries.household_by_id(household_id)
    return sorted(one.given_name for one in household.people if one.left_on is None)


async def test_a_couple_parts_and_the_paid_days_stay(db: Database):
    """M5: those who go found a household with cards of their own; no period is touched."""
    by, joined, bob, chloe = await a_family()
    before = await fetch("SELECT * FROM period")
    founded = await membership.split(by, joined.household_id, [bob, chloe], ELSEWHERE)
    assert await names(joined.household_id) == ["Alice"]
    assert await names(founded.household_id) == ["Bob", "Chloé"]
    assert await fetch("SELECT * FROM period") == before
    assert (await queries.standing(founded.household_id)).status is Status.PROSPECT
    cards = await fetch(
        "SELECT household, revoked_at IS NULL AS alive FROM card WHERE person = $1 ORDER BY id", bob
    )
    assert [tuple(row) for row in cards] == [
        (joined.household_id, False),
        (founded.household_id, True),
    ]


async def test_each_of_two_households_has_an_adult(db: Database):
    by, joined, bob, chloe = await a_family()
    for goers in ([chloe], [bob, joined.person_id, chloe], [bob, joined.person_id], []):
        with pytest.raises(SplitWithoutAdult):
            await membership.split(by, joined.household_id, goers, ELSEWHERE)
    assert await names(joined.household_id) == ["Alice", "Bob", "Chloé"]
    assert await fetch_value("SELECT count(*) FROM household") == 1


async def test_two_households_become_one_and_no_paid_day_is_lost(db: Database):
    """M5: as many days as the first had ahead go on after those of the other; its rows stay."""
    by, joined, _, _ = await a_family()
    other = await add_household("Zoé", "Petit")
    await pay_dues(other.household_id, 3)
    days = await fetch("SELECT household, during FROM period ORDER BY id")
    await membership.merge(by, joined.household_id, other.household_id)
    assert await names(other.household_id) == ["Alice", "Bob", "Chloé", "Zoé"]
    ahead = [each["during"].upper - clock.today() - timedelta(days=1) for each in days]
    until = (await queries.standing(other.household_id)).paid_until
    assert until == clock.today() + sum(ahead, timedelta())  # today itself was had twice
    assert (await fetch("SELECT household, during FROM period ORDER BY id"))[:2] == days
    assert (await queries.standing(joined.household_id)).status is Status.ENDED
    assert await fetch_value("SELECT sum(paid_cents) FROM period") == 12 * 500 + 3 * 500


async def test_days_are_carried_when_the_other_household_is_paid_for_longer(db: Database):
    """M5: the shorter of the two loses nothing either; each payment keeps its own days."""
    by, first, other = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(first.household_id, 1)
    await pay_dues(first.household_id, 1)
    await pay_dues(other.household_id, 12)
    before = await fetch("SELECT pay_order, during FROM period ORDER BY id")
    await membership.merge(by, first.household_id, other.household_id)
    carried = await fetch(
        "SELECT pay_order, upper(during) - lower(during) AS days FROM period WHERE paid_cents = 0"
        " ORDER BY during"
    )
    one, two, _ = (row["during"].upper - row["during"].lower for row in before)
    assert [tuple(row) for row in carried] == [
        (before[0]["pay_order"], one.days - 1),
        (before[1]["pay_order"], two.days),
    ]


async def test_who_was_alone_brings_their_paid_days(db: Database):
    """M5: a move that ends a household shortens nothing; a lapsed one is current from today."""
    by, alone, other = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(alone.household_id, 6)
    until = (await queries.standing(alone.household_id)).paid_until
    await membership.move(by, alone.person_id, alone.household_id, other.household_id)
    standing = await queries.standing(other.household_id)
    assert (standing.status, standing.paid_until) == (Status.CURRENT, until)
    assert (await queries.standing(alone.household_id)).status is Status.ENDED


async def test_who_moves_from_a_family_takes_no_day_along(db: Database):
    """M5: the days belong to the household that goes on."""
    by, joined, bob, _ = await a_family()
    other = await add_household("Zoé", "Petit")
    await membership.move(by, bob, joined.household_id, other.household_id)
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT
    assert await fetch_value("SELECT count(*) FROM period") == 1


async def test_receipts_to_come_name_somebody_who_is_still_there(db: Database):
    """M9: who moved out is named on no new receipt; what was issued stays as it was."""
    by, joined, bob, _ = await a_family()
    await membership.split(by, joined.household_id, [joined.person_id], ELSEWHERE)
    await pay_dues(joined.household_id, 1)
    named = "SELECT printed -> 'payer' ->> 'name' AS name FROM receipt ORDER BY id"
    assert [row["name"] for row in await fetch(named)] == ["Alice Martin", "Bob Martin"]
    await membership.rename(by, bob, "Robert", "Martin")
    payer = await billing.get_payer((await queries.household_by_id(joined.household_id)).payer_id)
    assert payer.name == "Robert Martin"


async def test_both_households_of_a_split_hear_of_it(db: Database):
    """D6: a trace for each adult, who stays and who goes."""
    by, joined, bob, _ = await a_family()
    await fetch("DELETE FROM message")
    founded = await membership.split(by, joined.household_id, [bob], ELSEWHERE)
    await membership.leave(by, founded.household_id, bob)
    told = await fetch("SELECT person, count(*) AS times FROM message GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in told] == [(joined.person_id, 1), (bob, 2)]


async def test_nobody_comes_back_who_was_erased(db: Database):
    """D1: a key that is left of somebody is nobody."""
    by, joined, bob, _ = await a_family()
    await membership.end_household(by, joined.household_id)
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", bob)
    await erase(by, bob, ErasureWay.DESK)
    with pytest.raises(PersonMissing):
        await membership.come_back(by, public_id, ELSEWHERE, None)


async def test_carried_days_go_when_their_money_goes_back(stripe: Remote):
    """B8: days that stand on a refunded payment end wherever they were carried to."""
    first, other = await add_household(), await add_household("Zoé", "Petit")
    session = await pay(stripe, (await order(first)).public_id)
    await events(stripe)
    await membership.merge(await clerk(), first.household_id, other.household_id)
    assert (await queries.standing(other.household_id)).status is Status.CURRENT
    await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT


async def test_who_pays_each_month_stops_that_first(stripe: Remote):
    """B11: nobody goes on paying for a household that has ended."""
    by, first, other = await clerk(), await add_household(), await add_household("Zoé", "Petit")
    await pay(stripe, (await order(first, PayWay.MONTHLY)).public_id)
    await events(stripe)
    with pytest.raises(PlanStillRuns):
        await membership.merge(by, first.household_id, other.household_id)
    with pytest.raises(PlanStillRuns):
        await membership.end_household(by, first.household_id)
    with pytest.raises(PlanStillRuns):
        await membership.leave(by, first.household_id, first.person_id)
    assert await names(first.household_id) == ["Alice"]


async def test_nothing_is_merged_when_both_are_the_same_household(db: Database):
    by, one = await clerk(), await add_household()
    with pytest.raises(SameHousehold):
        await membership.merge(by, one.household_id, one.household_id)
    assert await names(one.household_id) == ["Alice"]


async def test_a_household_moves_house(db: Database):
    """M5, M9: the old dwelling is free, the new one proved; receipts keep the address they had."""
    await add_dwelling("L/01 00206", "80000", 3)
    joined = await add_household(
        category=Category.TENANT, contract="L/01 00206", postcode="80000", rooms=3
    )
    await pay_dues(joined.household_id)
    printed = await fetch_value("SELECT printed::text FROM receipt")
    new = await add_dwelling("L/02 00001", "80000", 2, landlord="autre")
    by = await clerk()
    wish = HomeWish(dwelling_id=new)
    assert await membership.rehouse(by, joined.household_id, wish) is Proof.PROVED
    assert await membership.rehouse(by, joined.household_id, wish) is Proof.PROVED  # pressed twice
    after = await queries.household_by_id(joined.household_id)
    assert (after.dwelling_id, after.category) == (new, Category.TENANT)
    assert await fetch_value("SELECT printed::text FROM receipt") == printed
    next_one = await add_household(
        "Zoé", "Petit", category=Category.TENANT, contract="L/01 00206", postcode="80000", rooms=3
    )
    assert (await queries.household_by_id(next_one.household_id)).proof is Proof.PROVED
    taken = HomeWish(dwelling_id=after.dwelling_id)
    assert await membership.rehouse(by, next_one.household_id, taken) is Proof.TO_CHECK
    with pytest.raises(DwellingUnknown):
        await membership.rehouse(by, next_one.household_id, HomeWish(dwelling_id=10**9))


async def test_who_leaves_the_landlord_pays_as_a_neighbour(db: Database):
    await add_dwelling()
    joined = await add_household(
        category=Category.TENANT, contract="L/01 00206", postcode="80000", rooms=3
    )
    await membership.become_neighbours(await clerk(), joined.household_id)
    after = await queries.household_by_id(joined.household_id)
    assert (after.category, after.proof, after.dwelling_id) == (
        Category.NEIGHBOUR,
        Proof.NEIGHBOUR,
        None,
    )
    await membership.rehouse(await clerk(), joined.household_id, ELSEWHERE)
    assert (await queries.household_by_id(joined.household_id)).street == "9 rue du Four"


async def test_a_former_member_comes_back_as_who_they_were(db: Database):
    """M5: the same person, a new household, the old rows untouched."""
    by, joined, bob, _ = await a_family()
    await membership.end_household(by, joined.household_id)
    assert (await queries.household_by_id(joined.household_id)).ended_on == clock.today()
    assert await queries.find_member(bob) is None
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", bob)
    founded = await membership.come_back(by, public_id, ELSEWHERE, None)
    assert founded.person_id == bob
    assert await names(founded.household_id) == ["Bob"]
    assert await fetch_value("SELECT count(*) FROM household_member WHERE person = $1", bob) == 2
    with pytest.raises(AlreadyInHousehold):
        await membership.come_back(by, public_id, ELSEWHERE, None)
    assert await fetch_value("SELECT count(*) FROM household") == 2


async def test_a_departure_in_the_landlords_list_is_flagged_and_nothing_else(db: Database):
    """M8: never automatic: membership and dwelling stay until staff say what is true."""
    by, joined, lines = await clerk(), *await a_listed_tenant()
    assert await office.departures() == []
    await bring(lines[1:])
    flagged = await office.get_departure(joined.household_public_id)
    assert flagged.gone
    assert (await queries.household_by_id(joined.household_id)).proof is Proof.PROVED
    await membership.confirm_stay(by, joined.household_id)
    assert await office.departures() == []
    with pytest.raises(HouseholdUnknown):
        await office.get_departure(joined.household_public_id)


async def test_another_contract_on_the_dwelling_is_a_departure_until_undone(db: Database):
    """M8: a new tenant's contract is seen; a list that is undone flags nothing."""
    joined, lines = await a_listed_tenant()
    batch = await bring([{**lines[0], "NUM_CONTRAT": "L/9999999"}, *lines[1:]])
    assert [one.household_public_id for one in await office.departures()] == [
        joined.household_public_id
    ]
    assert not (await office.departures())[0].gone
    await places.undo_import(batch, SYSTEM, "Hélène Vasseur")
    assert await office.departures() == []


async def test_another_tenant_is_a_departure_when_the_dwelling_was_out_of_the_list_between(
    db: Database,
):
    """M8: empty for a while, it is let anew: whoever had it is still asked about, also on the import."""
    joined, lines = await a_listed_tenant()
    await bring(lines[1:])
    batch = await bring([{**lines[0], "NUM_CONTRAT": "L/9999999"}, *lines[1:]])
    flagged = await office.get_departure(joined.household_public_id)
    assert not flagged.gone
    touched = await office.touched_by(batch)
    assert [one.household_public_id for one in touched] == [joined.household_public_id]


async def test_nothing_is_a_departure_when_the_next_lists_put_it_right(db: Database):
    """M8: a wrong contract, then a list without the dwelling, then the same tenant again."""
    _, lines = await a_listed_tenant()
    await bring([{**lines[0], "NUM_CONTRAT": "L/9999999"}, *lines[1:]])
    await bring(lines)
    assert await office.departures() == []
    await bring(lines[1:])
    batch = await bring(lines)
    assert await office.departures() == []
    assert await office.touched_by(batch) == []


async def bring(lines: list[dict[str, str]]) -> str:
    wish = Wish(
        content=export(lines), file_name="l.csv", landlord_slug="orme", by_name="Hélène Vasseur"
    )
    outcome = await places.import_dwellings(wish, SYSTEM, confirmed=True)
    assert outcome.batch is not None
    return outcome.batch


async def a_listed_tenant() -> tuple[Joined, list[dict[str, str]]]:
    lines = rows(30)
    with clock.frozen(clock.now() - timedelta(days=3)):
        await bring(lines)
    dwelling = await fetch_value("SELECT id FROM dwelling ORDER BY external_id LIMIT 1")
    with clock.frozen(clock.now() - timedelta(days=2)):
        joined = await membership.join(
            membership.JoinWish(given_name="Alice", family_name="Martin", dwelling_id=dwelling),
            await clerk(),
        )
    return joined, lines
